// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/settings.h"
#include "report/ask.h"
#include "report/night.h"
#include "report/night_page.h"

namespace contimg::report {

struct NightRequest {
  std::string night;  ///< YYYY-MM-DD; empty: the last that has ended.
  std::string
      report_dir;  ///< Empty: `state/reports` below the root, or `reports` beside the queue.
  bool json = false;
};

/// All figures of a night, as of one moment of the queue; only rows of the night are read.
/// docs/tools/report-night.md names the members.
Json night_figures(Database& db, const Settings& settings, const Night& night, double now_unix_s);

/// Pictures for the page: the worst images first, then some that are spread over the night; few and small.
std::vector<Thumbnail> thumbnails_of(const std::vector<NightGroup>& groups);

/// Writes `<report_dir>/night-<date>.html`, whole or not at all, in place of an older one.
/// Returned: its path; with `json` the figures instead, and the path in "page".
/// Throws UsageError for what is no date or no queue, TemporaryError for the disk.
std::string report_night(const Settings& settings, const NightRequest& request);

}  // namespace contimg::report
