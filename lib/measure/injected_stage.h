// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "measure/injected_tile.h"
#include "measure/stage.h"

/// Measuring what image-ms --inject made.
namespace contimg::measure {

struct InjectedReport {
  InjectedTile tile;
  std::string record_path;
  std::int64_t injection_id = 0;  ///< In the database of measurements; 0: not recorded.
  double total_s = 0;
};

/// Measures `<stem>-image.fits` by `<stem>-injected.json` beside it, records the rows apart from
/// science, notes that in the JSON, and then removes the images of that stem unless `keep_images`:
/// killed at any moment it can be run again. No table is written, no queue opened. Without a database
/// nothing is removed. Throws what the parts throw.
InjectedReport measure_injected_image(const std::string& image_path, const StageSettings& settings,
                                      bool keep_images);

/// One line of JSON: stage, group_id, product, state, counts, seconds.
std::string to_json(const InjectedReport& report);
void log_report(const InjectedReport& report);

}  // namespace contimg::measure
