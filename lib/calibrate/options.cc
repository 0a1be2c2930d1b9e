// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/options.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <memory>

#include "base/progress.h"

namespace contimg::calibrate {
namespace {

namespace fs = boost::filesystem;

std::function<void(std::size_t, std::size_t)> with_bar(const std::string& label) {
  const auto bar = std::make_shared<std::unique_ptr<Progress>>();
  return [bar, label](std::size_t done, std::size_t total) {
    if (!*bar) *bar = std::make_unique<Progress>(label, total);
    (*bar)->advance(done - (*bar)->done());
  };
}

}  // namespace

std::vector<std::string> setting_options() {
  std::vector<std::string> options = {"--queue-db",    "--caltable-dir",        "--catalogue",
                                      "--max-wait",    "--no-calibration",      "--omp-threads",
                                      "--max-retries", "--in-progress-timeout", "--order",
                                      "--profile",     "--earth-orientation"};
  for (const auto* more : {&registry::lookup_options(), &registry::gate_options()})
    options.insert(options.end(), more->begin(), more->end());
  return options;
}

ScienceSettings science_settings(const Settings& settings, const ApplyOptions& options,
                                 const std::string& ms_path, const std::function<void()>& check) {
  ScienceSettings science;
  science.apply.tables = options.tables;
  science.apply.force = options.force;
  science.apply.in_memory = options.in_memory;
  science.apply.n_thread = static_cast<std::size_t>(std::max(1, settings.omp_threads));
  science.apply.command_line = options.command_line;
  science.apply.progress = with_bar(ms_path);
  science.apply.check = check;
  science.solve_tile = options.solve_tile;
  science.catalogue = settings.catalogue;
  science.earth_orientation = settings.earth_orientation;
  science.tile_table = options.tile_table.empty()
                           ? fs::path(ms_path).replace_extension(".tile.G").string()
                           : options.tile_table;
  return science;
}

StageSettings stage_settings(const Settings& settings, const ApplyOptions& options,
                             const std::function<void()>& check) {
  StageSettings stage;
  stage.science = science_settings(settings, options, "calibrate", check);
  stage.caltable_dir = required_path(settings, &Settings::caltable_dir);
  stage.limits = registry::limits_from(settings);
  stage.max_wait_h = settings.max_wait_h;
  stage.allow_uncalibrated = settings.no_calibration == "uncalibrated";
  return stage;
}

}  // namespace contimg::calibrate
