// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "measure/measure_tile.h"
#include "queue/work.h"

/// The stage `measure`: from a tile's image to rows of flux densities.
namespace contimg::measure {

/// What measure-sources does beside measuring.
struct StageSettings {
  MeasureSettings measure;
  std::string source_dir;      ///< Of the tables; empty: the image's folder.
  std::string measurement_db;  ///< Empty: tables only.
  bool force_quality = false;  ///< Also images that failed their gates or are not for science.
  bool fits_table = false, votable = false, region = false;
};

/// Options of measure-sources that are settings.
const std::vector<std::string>& setting_options();
/// Adds to `start` what a tool's settings say.
StageSettings settings_from(const contimg::Settings& settings, const StageSettings& start);

struct StageReport {
  Tile tile;
  std::string csv_path;
  std::vector<std::string> paths;  ///< All tables, the CSV first.
  std::int64_t epoch_id = 0;       ///< In the database of measurements; 0: not recorded.
  MeasureTimes times;
};

/// Measures an image, writes its tables (`<source_dir>/<group_id>.csv`, `.fits`, `.xml`, `.reg`) and
/// then the rows of the database. Doing it again replaces both. Throws what the parts throw.
StageReport measure_image(const std::string& image_path, const StageSettings& settings);

/// The image of a claimed group: what image-ms recorded. Throws DataError when it has none.
std::string claimed_image(queue::Queue& queue, const queue::Claim& claim);

queue::Outcome outcome_of(const StageReport& report);
/// One line of JSON: stage, group_id, product, state, seconds, counts, tie.
std::string to_json(const StageReport& report);
/// Logs what an operator looks for.
void log_report(const StageReport& report, bool profile);

}  // namespace contimg::measure
