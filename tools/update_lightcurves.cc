// SPDX-License-Identifier: GPL-3.0-or-later
// update-lightcurves: joins measured epochs to the light curves of sources.
//
// Reads   the measurement database
// Writes  the database of light curves; stdout: the group's id
// Next    query-lightcurve
//
// Manual: docs/tools/update-lightcurves.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/stop.h"
#include "cli/run_tool.h"
#include "lightcurve/stage.h"

namespace {

using namespace contimg;

struct Options {
  std::string group_id;
  bool force = false, all_new = false, json = false;
  double min_separation_beams = 0.5;
  lightcurve::Command command;
  Settings settings;
};

void declare(CLI::App& app, Options& o) {
  const auto named = [&](const char* name, auto& value, const char* unit, const char* help) {
    return app.add_option(name, value, help)->type_name(unit)->capture_default_str();
  };
  named("--group", o.group_id, "GROUP_ID", "Take this group from the queue.");
  app.add_flag("--force", o.force, "With --group: also a group that is done.");
  app.add_flag("--new", o.all_new,
               "Join every epoch that is new or was measured again, and open no queue.");
  named("--withdraw", o.command.withdraw, "GROUP_ID", "Take this group's points out; needs --why.");
  named("--restore", o.command.restore, "GROUP_ID", "Put a withdrawn group's points back in.");
  app.add_flag("--rebaseline", o.command.rebaseline,
               "Freeze a new ensemble and normalise all epochs against it; needs --why.");
  app.add_flag("--extend-baseline", o.command.extend_baseline,
               "Add references to the ensemble and normalise epochs without a gain; needs --why.");
  named("--from", o.command.from, "TIME", "Use epochs from this time on, UTC.");
  named("--until", o.command.until, "TIME", "Use epochs before this time, UTC.");
  named("--why", o.command.why, "TEXT", "The reason, which is kept.");
  named("--min-separation", o.min_separation_beams, "BEAMS",
        "Detections this far from a source are never it.")
      ->check(CLI::Range(0.05, 5.0).description(""));
  app.add_flag("--json", o.json, "Print a JSON object a line instead of the group's id.");
  cli::add_settings(app, o.settings, lightcurve::setting_options());
}

lightcurve::UpdateSettings settings_of(const Options& o) {
  lightcurve::UpdateSettings settings =
      lightcurve::settings_from(o.settings, o.min_separation_beams);
  settings.check = check_stop;
  settings.tell = [&o](const lightcurve::EpochReport& report) {
    lightcurve::log_report(report);
    std::cout << lightcurve::line_of(report, o.json) << std::endl;
  };
  return settings;
}

ExitCode run(const Options& o) {
  const int n_way = (o.all_new ? 1 : 0) + (o.group_id.empty() ? 0 : 1) + (o.command.any() ? 1 : 0);
  if (n_way > 1)
    throw UsageError(
        "update-lightcurves: several of --group, --new and what opens no queue, expected one");
  if (o.command.any()) {
    std::cout << lightcurve::run_command(o.command, settings_of(o), o.json) << '\n';
    return ExitCode::success;
  }
  if (o.all_new) {
    lightcurve::update_all(settings_of(o));
    return ExitCode::success;
  }
  queue::Queue jobs(queue::queue_settings(o.settings));
  queue::WorkOptions options;
  options.group_id = o.group_id;
  options.force = o.force;
  options.log_tail = cli::log_tail;
  queue::work_one(jobs, queue::Stage::lightcurve, options,
                  [&](queue::Claim& claim, const queue::Heartbeat& heartbeat) {
                    heartbeat.check();
                    const lightcurve::UpdateSettings settings = settings_of(o);
                    const lightcurve::EpochReport report =
                        lightcurve::update_group(settings, claim.job().group_id);
                    settings.tell(report);
                    return lightcurve::outcome_of(report);
                  });
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "update-lightcurves";
  tool.summary = "Join measured epochs to the light curves of sources.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
