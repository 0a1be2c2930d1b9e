// SPDX-License-Identifier: GPL-3.0-or-later
// flag-ms: flag what is bad in a Measurement Set.
//
// Reads   the sets named, or that of the next group that the queue holds
// Writes  FLAG and FLAG_ROW in place; <set>.flags.png; stdout: the set's path
// Next    calibrate-ms
//
// Manual: docs/tools/flag-ms.md

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/stop.h"
#include "cli/run_tool.h"
#include "flag/report.h"

namespace {

using namespace contimg;

struct Options {
  std::vector<std::string> sets;
  std::string group_id;
  bool force = false, json = false, plot = true;
  flag::Settings flag;
  Settings settings;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("MS", o.sets, "Flag these Measurement Sets and open no queue.")->type_name("");
  const auto named = [&](const char* name, auto& value, const char* unit, const char* help) {
    return app.add_option(name, value, help)->type_name(unit)->capture_default_str();
  };
  const CLI::Validator share = CLI::Range(0.0, 1.0).description("");
  named("--group", o.group_id, "GROUP_ID", "Take this group from the queue.");
  app.add_flag("--force", o.force, "With --group: also flag a group that is flagged.");
  app.add_flag("--rfi,!--no-rfi", o.flag.find_interference,
               "Look for interference with AOFlagger; the default.");
  app.add_flag("--plot,!--no-plot", o.plot, "Draw what was flagged; the default.");
  named("--max-lost-share", o.flag.max_lost_share, "SHARE",
        "Refuse to flag more than this share of what was good.")
      ->check(share);
  named("--dead-antenna-share", o.flag.dead.antenna, "SHARE",
        "Flag antennas of which more than this share is flagged.")
      ->check(share);
  named("--dead-channel-share", o.flag.dead.channel, "SHARE",
        "Flag channels of which more than this share is flagged.")
      ->check(share);
  app.add_flag("--json", o.json, "Print a JSON object instead of the path.");
  cli::add_settings(app, o.settings, flag::setting_options());
}

flag::Report flag_one(const Options& o, const std::string& group_id, const std::string& path,
                      const std::function<void()>& check) {
  const flag::Settings settings = flag::settings_from(o.settings, o.flag);
  flag::Report report = flag::flag_ms(path, settings, flag::with_progress(path, check));
  if (o.plot) flag::draw_or_warn(report);
  flag::log_report(report, o.settings.profile);
  std::cout << (o.json ? flag::to_json(group_id, report) : report.ms_path) << '\n';
  return report;
}

ExitCode run(const Options& o) {
  if (!o.sets.empty() && !o.group_id.empty())
    throw UsageError("flag-ms: both sets and --group, expected one of them");
  for (const std::string& path : o.sets) flag_one(o, "", path, check_stop);
  if (!o.sets.empty()) return ExitCode::success;
  queue::Queue jobs(queue::queue_settings(o.settings));
  queue::WorkOptions options;
  options.group_id = o.group_id;
  options.force = o.force;
  options.log_tail = cli::log_tail;
  queue::work_one(
      jobs, queue::Stage::flag, options,
      [&](queue::Claim& claim, const queue::Heartbeat& heartbeat) {
        return flag::outcome_of(flag_one(o, claim.job().group_id, flag::claimed_set(jobs, claim),
                                         [&] { heartbeat.check(); }));
      });
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "flag-ms";
  tool.summary = "Flag what is bad in a Measurement Set.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
