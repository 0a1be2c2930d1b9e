// SPDX-License-Identifier: GPL-3.0-or-later
// measure-noise: measure the noise of each channel of a calibrated Measurement Set.
//
// Reads   the sets named, or that of the next group that the queue holds
// Writes  <set>.noise.csv; stdout: its path
//
// Manual: docs/tools/measure-noise.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/error.h"
#include "base/stop.h"
#include "cli/run_tool.h"
#include "noise/stage.h"

namespace {

using namespace contimg;

struct Options {
  std::vector<std::string> sets;
  std::string group_id;
  bool force = false, json = false;
  Settings settings;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("MS", o.sets, "Measure these Measurement Sets and open no queue.")->type_name("");
  app.add_option("--group", o.group_id, "Take this group from the queue.")->type_name("GROUP_ID");
  app.add_flag("--force", o.force, "With --group: also measure a group that is measured.");
  app.add_flag("--json", o.json, "Print a JSON object instead of the path.");
  cli::add_settings(app, o.settings, noise::setting_options());
}

noise::Report measure_one(const Options& o, const std::string& group_id, const std::string& path,
                          const std::function<void()>& check) {
  const noise::Report report = noise::measure_noise(path, check);
  std::cout << (o.json ? noise::to_json(group_id, report) : report.csv_path) << '\n';
  return report;
}

ExitCode run(const Options& o) {
  if (!o.sets.empty() && !o.group_id.empty())
    throw UsageError("measure-noise: both sets and --group, expected one of them");
  for (const std::string& path : o.sets) measure_one(o, "", path, check_stop);
  if (!o.sets.empty()) return ExitCode::success;
  queue::Queue jobs(queue::queue_settings(o.settings));
  queue::WorkOptions options;
  options.group_id = o.group_id;
  options.force = o.force;
  options.log_tail = cli::log_tail;
  queue::work_one(jobs, queue::Stage::noise, options,
                  [&](queue::Claim& claim, const queue::Heartbeat& heartbeat) {
                    const std::string& id = claim.job().group_id;
                    return noise::outcome_of(id, measure_one(o, id, noise::claimed_set(jobs, claim),
                                                             [&] { heartbeat.check(); }));
                  });
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "measure-noise";
  tool.summary = "Measure the noise of each channel of a calibrated Measurement Set.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
