// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "calibrate/stage.h"

namespace contimg::calibrate {

/// What calibrate-ms is told about applying, besides settings.
struct ApplyOptions {
  std::vector<std::string> tables;  ///< By hand; empty: looked up.
  bool force = false;
  bool in_memory = false;
  bool solve_tile = true;
  std::string tile_table;  ///< By hand: where the tile's own table goes; empty: beside the set.
  std::string command_line;
};

/// The settings of which calibrate-ms has options, for cli::add_settings().
std::vector<std::string> setting_options();

/// How sets named by hand are calibrated; `label` is shown with the progress.
ScienceSettings science_settings(const Settings& settings, const ApplyOptions& options,
                                 const std::string& ms_path, const std::function<void()>& check);

/// How groups of the queue are.
StageSettings stage_settings(const Settings& settings, const ApplyOptions& options,
                             const std::function<void()>& check);

}  // namespace contimg::calibrate
