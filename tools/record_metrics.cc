// SPDX-License-Identifier: GPL-3.0-or-later
// record-metrics: how long the stages took, and whether they keep up with the sky.
//
// Reads   the queue; lines of JSON on stdin, or logs
// Writes  the queue (measured times, the step in force), a textfile for Prometheus
//
// Manual: docs/tools/record-metrics.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/run_tool.h"
#include "metrics/session.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  metrics::Request request;
  bool json = false, lines = false;
  std::size_t limit = 100;
};

void declare(CLI::App& app, Options& o) {
  cli::add_settings(app, o.settings,
                    {"--queue-db", "--output-dir", "--image-dir", "--collecting-timeout",
                     "--stages", "--chunk-duration", "--allowed-latency", "--latency-window-h",
                     "--rate-window-min", "--degrade", "--quicklook-pressure",
                     "--convert-only-pressure", "--recover-share", "--step-hold-min"});
  CLI::Option* textfile = app.add_option("--textfile", o.request.textfile,
                                         "Write the figures to this file for Prometheus.")
                              ->type_name("FILE");
  CLI::Option* log =
      app.add_option("--log", o.request.logs,
                     "Record the times of conversions that this log tells; may be repeated.")
          ->type_name("FILE")
          ->allow_extra_args(false);
  CLI::Option* json = app.add_flag("--json", o.json, "Print all figures as one JSON object.");
  app.add_option("--limit", o.limit, "With --json: list so many waiting groups at most; 0: all.")
      ->type_name("N")
      ->capture_default_str()
      ->needs(json);
  app.add_flag("--lines", o.lines, "Read lines of JSON from stdin, whatever it is.")
      ->excludes(textfile)
      ->excludes(log)
      ->excludes(json);
  app.add_flag("--dry-run", o.request.dry_run,
               "Record nothing, put no step in force, write no file.")
      ->excludes("--lines");
}

// A pipe without any other wish is there to be read; with one, cron may have left it open.
ExitCode run(const Options& o) {
  const bool stock =
      o.json || o.request.dry_run || !o.request.textfile.empty() || !o.request.logs.empty();
  if (o.lines || (!stock && metrics::stdin_has_input())) {
    metrics::record_stdin(o.settings);
    return ExitCode::success;
  }
  const metrics::Figures figures = metrics::take_stock(o.settings, o.request);
  if (o.json) std::cout << metrics::to_json(figures, o.settings.allowed_latency, o.limit) << '\n';
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "record-metrics";
  tool.summary = "Record how long stages took, and tell whether they keep up with the sky.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
