// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "calibrate/options.h"
#include "calibrate/solve.h"
#include "calibrate/stage.h"

namespace contimg::calibrate {

/// What calibrate-ms is told about solving, besides settings.
struct SolveOptions {
  std::string calibrator = "auto", model = "point", refant = "auto", uv_range, combine = "all";
  double flux_jy = 0, min_snr = 3, interval_s = 60, min_flux_jy = 1;
  std::size_t min_antennas = 10;
  bool plot = true;
};

SolveSettings solve_settings(const Settings& settings, const SolveOptions& options,
                             const ApplyOptions& applying, const std::string& label,
                             const std::function<void()>& check);

/// True for the set of a calibrator's group.
bool is_calibrator(const std::string& ms_path);

/// What solve_by_hand() made: the tables, also as text for stdout.
struct HandSolve {
  std::vector<std::string> paths;
  std::string paths_by_line, json;
};
/// Solves a set, writes `<caltable_dir>/<its name>.B` ... and the picture. What the gates refuse is
/// warned of and said in the JSON; the tables are there then, to be looked at.
HandSolve solve_by_hand(const Settings& settings, const SolveOptions& options,
                        const ApplyOptions& applying, const std::string& ms_path,
                        const std::function<void()>& check);

/// Applies the tables named, or those that the registry has for the set.
StageReport apply_by_hand(const Settings& settings, const ApplyOptions& applying,
                          const std::string& ms_path, const std::function<void()>& check);

/// calibrate_group() with the solver of this file.
StageReport calibrate_job(queue::Queue& queue, const queue::Job& job, const Settings& settings,
                          const ApplyOptions& applying, const SolveOptions& options,
                          const std::function<void()>& check);

}  // namespace contimg::calibrate
