// SPDX-License-Identifier: GPL-3.0-or-later
// clean-up: remove what is old and can be spared; say how long the disks will last.
//
// Reads   the queue, the configured folders, the archive
// Writes  the queue (what was removed); with --apply removes files and folders
//
// Manual: docs/tools/clean-up.md

#include "retention/clean_up.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/run_tool.h"
#include "retention/outlook.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  bool apply = false, json = false, forecast = false;
  double window_days = 7;
};

void declare(CLI::App& app, Options& o) {
  CLI::Option* apply =
      app.add_flag("--apply", o.apply, "Remove; otherwise only say what would go.");
  CLI::Option* forecast =
      app.add_flag("--forecast", o.forecast, "Say when each disk will be at its floor.")
          ->excludes(apply);
  app.add_option("--window-days", o.window_days,
                 "With --forecast: measure growth over so many days.")
      ->type_name("DAYS")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 10000.0).description(""))
      ->needs(forecast);
  app.add_flag("--json", o.json, "Print JSON: one object a line.");
  cli::add_settings(app, o.settings,
                    {"--queue-db",
                     "--input-dir",
                     "--output-dir",
                     "--image-dir",
                     "--mosaic-dir",
                     "--source-dir",
                     "--caltable-dir",
                     "--measurement-db",
                     "--lightcurve-db",
                     "--scratch-dir",
                     "--tmpfs-dir",
                     "--checkpoint-dir",
                     "--log-dir",
                     "--stages",
                     "--tier",
                     "--disk-floor-gb",
                     "--keep-raw-days",
                     "--keep-ms-days",
                     "--keep-image-days",
                     "--keep-scratch-days",
                     "--keep-log-days",
                     "--keep-hourly-backup-days",
                     "--keep-daily-backup-days",
                     "--archive-dir",
                     "--backup-dir"});
}

ExitCode run(const Options& o) {
  const queue::QueueSettings where = queue::queue_settings(o.settings);
  queue::open_queue(where, false);  // an absent queue is an error here, not a new one
  queue::Queue jobs(where);
  retention::Plan plan = retention::plan_removals(jobs, o.settings);
  if (o.forecast) {
    const auto outlook = retention::outlook(jobs, o.settings, plan, 86400 * o.window_days);
    std::cout << (o.json ? queue::as_json_lines(retention::to_json(outlook))
                         : retention::as_text(outlook));
    return ExitCode::success;
  }
  retention::Done done;
  if (o.apply) {
    retention::take_back_records(jobs, plan);
    done = retention::remove_planned(jobs, o.settings, plan);
  }
  if (o.json)
    for (const retention::Candidate& each : plan.candidates)
      std::cout << retention::to_json(each).dump() << '\n';
  else
    std::cout << retention::as_table(plan, o.apply);
  return done.n_failed > 0 ? ExitCode::try_again : ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "clean-up";
  tool.summary = "Remove what is old and can be spared; say how long the disks will last.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
