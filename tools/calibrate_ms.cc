// SPDX-License-Identifier: GPL-3.0-or-later
// calibrate-ms: solve for the gains of a calibrator's Measurement Set, and
// apply calibration sets.
//
// Reads   the sets named, or that of the next group that the queue holds;
// calibration tables Writes  CORRECTED_DATA, FLAG, WEIGHT in place; tables in
// --caltable-dir; stdout: the set's path Next    image-ms
//
// Manual: docs/tools/calibrate-ms.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/stop.h"
#include "calibrate/options.h"
#include "cli/run_tool.h"
#include "queue/work.h"

namespace {

using namespace contimg;

struct Options {
  std::vector<std::string> sets;
  std::string group_id;
  bool apply = false, json = false;
  calibrate::ApplyOptions applying;
  Settings settings;
};

void declare(CLI::App &app, Options &o) {
  app.add_option(
         "MS", o.sets,
         "Calibrate these Measurement Sets instead of the queue's next.")
      ->type_name("");
  app.add_flag("--apply", o.apply,
               "Only apply: what --gaintable names, or the nearest set.");
  app.add_option("--gaintable", o.applying.tables, "Tables to apply, in order.")
      ->type_name("TABLES")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_flag("--tile-solve,!--no-tile-solve", o.applying.solve_tile,
               "Solve a science group for what has drifted; the default.");
  app.add_flag(
      "--in-memory", o.applying.in_memory,
      "Change no column, only record the tables for those who use the data.");
  app.add_option("--group", o.group_id, "Take this group from the queue.")
      ->type_name("GROUP_ID");
  app.add_flag("--force", o.applying.force,
               "Calibrate again what is calibrated.");
  app.add_flag("--json", o.json, "Print a JSON object instead of the path.");
  cli::add_settings(app, o.settings, calibrate::setting_options());
}

void print(const Options &o, const calibrate::StageReport &report) {
  calibrate::log_report(report, o.settings.profile);
  std::cout << (o.json ? calibrate::to_json(report) : report.ms_path) << '\n';
}

void apply_by_hand(const Options &o, const std::string &path) {
  const auto science =
      calibrate::science_settings(o.settings, o.applying, path, check_stop);
  if (!o.applying.tables.empty())
    return print(o, calibrate::calibrate_by_hand(path, science));
  registry::Registry registry(queue::queue_settings(o.settings),
                              registry::limits_from(o.settings));
  print(o, calibrate::calibrate_by_lookup(registry, path, science));
}

ExitCode run(const Options &o) {
  if (!o.sets.empty() && !o.group_id.empty())
    throw UsageError(
        "calibrate-ms: both sets and --group, expected one of them");
  for (const std::string &path : o.sets)
    apply_by_hand(o, path);
  if (!o.sets.empty())
    return ExitCode::success;
  queue::Queue jobs(queue::queue_settings(o.settings));
  queue::WorkOptions options;
  options.group_id = o.group_id;
  options.force = o.applying.force;
  options.log_tail = cli::log_tail;
  const auto work = [&](queue::Claim &claim,
                        const queue::Heartbeat &heartbeat) {
    const auto stage = calibrate::stage_settings(o.settings, o.applying,
                                                 [&] { heartbeat.check(); });
    const calibrate::StageReport report =
        calibrate::calibrate_group(jobs, claim.job(), stage);
    print(o, report);
    return calibrate::outcome_of(report);
  };
  queue::work_one(jobs, queue::Stage::calibrate, options, work);
  return ExitCode::success;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  for (int i = 0; i < argc; ++i)
    options.applying.command_line += (i ? " " : "") + std::string(argv[i]);
  cli::Tool tool;
  tool.name = "calibrate-ms";
  tool.summary = "Solve for gains and apply them.";
  tool.declare = [&](CLI::App &app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
