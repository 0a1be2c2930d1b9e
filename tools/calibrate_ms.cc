// SPDX-License-Identifier: GPL-3.0-or-later
// Calibrates Measurement Sets: solves those of calibrators, and gives all their corrected data.
//
// Reads   DATA, FLAG and SIGMA; calibration tables
// Writes  solutions in <caltable-dir>; CORRECTED_DATA, FLAG, WEIGHT in place; stdout: paths
// Next    image-ms
//
// Manual: docs/tools/calibrate-ms.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/stop.h"
#include "calibrate/options.h"
#include "calibrate/solve_options.h"
#include "cli/run_tool.h"
#include "queue/work.h"

namespace {

using namespace contimg;

struct Options {
  std::vector<std::string> sets;
  std::string group_id;
  bool solve = false, apply = false, json = false;
  calibrate::ApplyOptions applying;
  calibrate::SolveOptions solving;
  Settings settings;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("MS", o.sets, "Calibrate these Measurement Sets by hand.")->type_name("");
  const auto named = [&](const char* name, auto& value, const char* unit, const char* help) {
    return app.add_option(name, value, help)->type_name(unit)->capture_default_str();
  };
  named("--group", o.group_id, "GROUP_ID", "Take this group from the queue.");
  app.add_flag("--solve", o.solve, "Solve the sets named for calibration tables, and no more.");
  app.add_flag("--apply", o.apply, "Apply calibration tables to the sets named, and no more.");
  named("--gaintable", o.applying.tables, "TABLE,...",
        "Apply these tables, in this order; with --solve, before solving.")
      ->delimiter(',')
      ->allow_extra_args(false);  // what follows is a set
  calibrate::SolveOptions& s = o.solving;
  named("--calibrator", s.calibrator, "NAME", "Source to solve on; auto: the brightest in beam.");
  named("--flux", s.flux_jy, "JY", "Its flux density; alone, a source at the phase centre.")
      ->check(CLI::NonNegativeNumber);
  named("--model", s.model, "MODEL", "point, catalogue (other sources too) or MODEL_DATA.")
      ->check(CLI::IsMember({"point", "catalogue", "MODEL_DATA"}));
  named("--refant", s.refant, "NAME", "Reference antenna; auto: the first healthy one.");
  named("--minsnr", s.min_snr, "SNR", "Flag solutions with less.")->check(CLI::PositiveNumber);
  named("--solint", s.interval_s, "S", "Length of the short gains' intervals; 0: the whole set.")
      ->check(CLI::NonNegativeNumber);
  named("--uvrange", s.uv_range, "RANGE", "Baselines to solve with: '>1klambda', '100~2000m'.");
  named("--bp-combine", s.combine, "WHAT", "Bandpass of all intervals or of the best (none).")
      ->check(CLI::IsMember({"all", "none"}));
  named("--min-antennas", s.min_antennas, "N", "Refuse to solve for fewer live antennas.");
  named("--min-calibrator-flux", s.min_flux_jy, "JY", "Refuse less through the beam.");
  app.add_flag("--plot,!--no-plot", s.plot, "Draw the solutions; the default.");
  app.add_flag("--tile-solve,!--no-tile-solve", o.applying.solve_tile,
               "Solve science sets for what has drifted; the default.");
  app.add_flag("--in-memory", o.applying.in_memory,
               "Record what is to be applied; write no column.");
  app.add_flag("--force", o.applying.force, "Do again what is done already, and replace tables.");
  app.add_flag("--json", o.json, "Print a JSON object instead of paths.");
  cli::add_settings(app, o.settings, calibrate::setting_options());
}

void by_hand(const Options& o, const std::string& path) {
  calibrate::ApplyOptions applying = o.applying;
  if (o.solve || (!o.apply && calibrate::is_calibrator(path))) {
    const auto done = calibrate::solve_by_hand(o.settings, o.solving, o.applying, path, check_stop);
    if (o.solve) std::cout << (o.json ? done.json : done.paths_by_line) << '\n';
    if (o.solve) return;
    applying.tables = done.paths;
    applying.solve_tile = false;
  }
  const auto report = calibrate::apply_by_hand(o.settings, applying, path, check_stop);
  calibrate::log_report(report, o.settings.profile);
  std::cout << (o.json ? calibrate::to_json(report) : path) << '\n';
}

ExitCode run(Options& o) {
  if (o.sets.empty() && (o.solve || o.apply || !o.applying.tables.empty()))
    throw UsageError(
        "calibrate-ms: --solve, --apply and --gaintable are for sets by hand, expected MS");
  if (!o.sets.empty() && !o.group_id.empty())
    throw UsageError("calibrate-ms: both sets and --group, expected one of them");
  for (const std::string& path : o.sets) by_hand(o, path);
  if (!o.sets.empty()) return ExitCode::success;
  queue::Queue jobs(queue::queue_settings(o.settings));
  queue::WorkOptions options;
  options.group_id = o.group_id;
  options.force = o.applying.force;
  options.log_tail = cli::log_tail;
  queue::work_one(jobs, queue::Stage::calibrate, options,
                  [&](queue::Claim& claim, const queue::Heartbeat& heartbeat) {
                    const auto report =
                        calibrate::calibrate_job(jobs, claim.job(), o.settings, o.applying,
                                                 o.solving, [&] { heartbeat.check(); });
                    calibrate::log_report(report, o.settings.profile);
                    std::cout << (o.json ? calibrate::to_json(report) : report.ms_path) << '\n';
                    return calibrate::outcome_of(report);
                  });
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 0; i < argc; ++i)
    options.applying.command_line += (i ? " " : "") + std::string(argv[i]);
  cli::Tool tool;
  tool.name = "calibrate-ms";
  tool.summary = "Calibrate Measurement Sets: solve calibrators', and correct all.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
