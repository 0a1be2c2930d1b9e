// SPDX-License-Identifier: GPL-3.0-or-later
// report-night: how a night went, as one page.
//
// Reads   the queue, the database of light curves, small pictures of images
// Writes  an HTML file
//
// Manual: docs/tools/report-night.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/run_tool.h"
#include "report/night_report.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  report::NightRequest request;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("--night", o.request.night,
                 "The night that begins at 12:00 UTC of this day; without it the last that ended.")
      ->type_name("DATE");
  app.add_option("--report-dir", o.request.report_dir,
                 "Folder for the page; without it state/reports below the root, or reports beside "
                 "the queue.")
      ->type_name("DIR");
  app.add_flag("--json", o.request.json, "Print the figures as one JSON object, too.");
  cli::add_settings(
      app, o.settings,
      {"--queue-db", "--lightcurve-db", "--measurement-db", "--stages", "--allowed-latency"});
}

ExitCode run(const Options& o) {
  std::cout << report::report_night(o.settings, o.request);
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "report-night";
  tool.summary = "Write the report of a night as one self-contained page.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
