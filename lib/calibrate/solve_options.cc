// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/solve_options.h"

#include <boost/filesystem.hpp>
#include <limits>
#include <memory>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/progress.h"
#include "ms/reader.h"

namespace contimg::calibrate {
namespace {

namespace fs = boost::filesystem;

}  // namespace

SolveSettings solve_settings(const Settings& settings, const SolveOptions& options,
                             const ApplyOptions& applying, const std::string& label,
                             const std::function<void()>& check) {
  SolveSettings solve;
  solve.calibrator.name = options.calibrator == "auto" ? "" : options.calibrator;
  solve.calibrator.flux_jy = options.flux_jy;
  solve.calibrator.catalogue = settings.catalogue;
  solve.calibrator.other_sources = options.model == "catalogue";
  solve.calibrator.min_beam = registry::gate_limits(settings).min_beam;
  solve.calibrator.min_flux_jy = options.min_flux_jy;
  if (options.model == "MODEL_DATA") solve.model = ModelSource::column;
  if (options.model == "catalogue" && settings.catalogue.empty())
    throw UsageError("calibrate-ms: --model catalogue without a catalogue, expected --catalogue");
  solve.refant = options.refant;
  solve.min_snr = options.min_snr;
  solve.interval_s =
      options.interval_s > 0 ? options.interval_s : std::numeric_limits<double>::infinity();
  solve.combine_intervals = options.combine == "all";
  solve.uv_range = options.uv_range;
  solve.min_antennas = options.min_antennas;
  solve.pre_applied = applying.tables;
  solve.earth_orientation = settings.earth_orientation;
  solve.command_line = applying.command_line;
  solve.n_thread = static_cast<std::size_t>(std::max(1, settings.omp_threads));
  const auto bar = std::make_shared<std::unique_ptr<Progress>>();
  solve.progress = [bar, label](std::size_t done, std::size_t total) {
    if (!*bar) *bar = std::make_unique<Progress>(label, total);
    (*bar)->advance(done - (*bar)->done());
  };
  solve.check = check;
  return solve;
}

bool is_calibrator(const std::string& ms_path) {
  return ms::Reader(ms_path, ms::Unfinished::accept).description().is_calibrator;
}

HandSolve solve_by_hand(const Settings& settings, const SolveOptions& options,
                        const ApplyOptions& applying, const std::string& ms_path,
                        const std::function<void()>& check) {
  const registry::GateLimits limits = registry::gate_limits(settings);
  const std::string name = fs::path(ms_path).stem().string();
  const std::string stem =
      (fs::path(required_path(settings, &Settings::caltable_dir)) / name).string();
  create_folders(settings.caltable_dir);
  if (!applying.force && fs::exists(stem + ".B"))
    throw ProductExists(stem + ".B: exists already; give --force to replace it");
  const SolvedSet solved =
      solve_set(ms_path, solve_settings(settings, options, applying, name, check));
  HandSolve done;
  done.paths = write_tables(solved, stem, applying.force);
  remove_tree(stem + ".png");  // of older tables
  if (options.plot) draw_or_warn(solved, done.paths, stem + ".png");
  log_solve(solved, limits, settings.profile);
  done.json = solve_json(ms_path, solved, done.paths, limits);
  for (const std::string& path : done.paths)
    done.paths_by_line += (done.paths_by_line.empty() ? "" : "\n") + path;
  return done;
}

StageReport apply_by_hand(const Settings& settings, const ApplyOptions& applying,
                          const std::string& ms_path, const std::function<void()>& check) {
  const ScienceSettings science = science_settings(settings, applying, ms_path, check);
  if (!applying.tables.empty()) return calibrate_by_hand(ms_path, science);
  registry::Registry sets(queue::queue_settings(settings), registry::limits_from(settings));
  return calibrate_by_lookup(sets, ms_path, science);
}

StageReport calibrate_job(queue::Queue& queue, const queue::Job& job, const Settings& settings,
                          const ApplyOptions& applying, const SolveOptions& options,
                          const std::function<void()>& check) {
  StageSettings stage = stage_settings(settings, applying, check);
  stage.solver = [&](const std::string& ms_path, const std::string& stem) {
    create_folders(fs::path(stem).parent_path().string());
    const SolvedSet solved =
        solve_set(ms_path, solve_settings(settings, options, applying, job.group_id, check));
    const std::vector<std::string> paths = write_tables(solved, stem, true);
    Solved result{new_set(solved, paths), solved.figures, {}};
    if (options.plot) {
      draw_or_warn(solved, paths, stem + ".png");
      result.plots = {stem + ".png"};
    }
    log_solve(solved, stage.limits.gates, settings.profile);
    return result;
  };
  return calibrate_group(queue, job, stage);
}

}  // namespace contimg::calibrate
