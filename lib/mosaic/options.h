// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "mosaic/plan.h"

namespace contimg::mosaic {

/// Which tiles of the queue make-mosaic adds up, as the command line says it.
struct Selection {
  std::string from, until, hour, night;  ///< UTC.
  std::optional<double> last_h, dec_deg;
  int margin = 2;  ///< With hour: tiles before and after it.
};

/// What make-mosaic does, beside settings.
struct MosaicOptions {
  std::vector<std::string> images;  ///< Tiles by hand: no queue is opened.
  Selection selection;
  std::string name;  ///< Empty: default_name().
  bool force_quality = false, overwrite = false, plot = true;
  std::string command_line;
};

/// Time of the middles of tiles: from <= . < until.
struct TimeWindow {
  double from_mjd = 0, until_mjd = 0;
  std::optional<double> label_mjd;  ///< What a mosaic is named by; nothing: its first tile.
  std::size_t margin = 0;           ///< Tiles beside it on either side, at most kBeside_h away.
};
constexpr double kBeside_h = 1;

/// Understands the selection. `now_unix_s`: the end of the last hours.
/// Throws UsageError for none, for several at once, and for times that are none.
TimeWindow window_of(const Selection& selection, double now_unix_s);

/// Throws UsageError for what does not go together.
void check_options(const MosaicOptions& options);

PlanSettings plan_settings(const Settings& settings, const MosaicOptions& options);

/// Options of make-mosaic that are settings.
const std::vector<std::string>& setting_options();

/// `2026-01-25T22:00:00_dec+16.3_science`
std::string default_name(double time_mjd, double dec_rad, const std::string& tier);

}  // namespace contimg::mosaic
