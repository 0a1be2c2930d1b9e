// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "image/image_ms.h"

namespace contimg::image {

/// What image-ms is told besides settings.
struct ImageOptions {
  std::vector<std::string> gaintables;  ///< By hand; empty: what the set says.
  bool allow_uncalibrated = false;
  bool plot = true;
  bool overwrite = false;
  std::string command_line;
};

/// The settings of which image-ms has options, for cli::add_settings().
std::vector<std::string> setting_options();

/// How a set is imaged. Throws UsageError for a weighting, threshold or pixel that cannot be
/// understood, or without a folder for images.
ImageMsSettings image_settings(const Settings& settings, const ImageOptions& options);

/// Hooks that draw a progress bar for each step and call `check`.
ImageObserver with_progress(const std::string& label, const std::function<void()>& check);

/// A flux density with its unit: "5mJy", "0.1 Jy", "300 uJy"; the case of the letters counts for
/// nothing. Throws UsageError, naming `option`.
double flux_density_jy(const std::string& text, const std::string& option);

/// An angle with its unit: "3arcsec", "3asec", "0.05arcmin", "0.001deg". Throws UsageError.
double angle_rad(const std::string& text, const std::string& option);

}  // namespace contimg::image
