// SPDX-License-Identifier: GPL-3.0-or-later
// why: why a product is as it is.
//
// Reads   the queue, products, the databases of measurements and light curves
// Writes  stdout
//
// Manual: docs/tools/why.md

#include "report/why.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/run_tool.h"
#include "registry/registry.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  report::WhyRequest request;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("SUBJECT", o.request.subject,
                 "A group's id, a mosaic's name, or the path of a product or of a subband file.");
  app.add_option("--source", o.request.source,
                 "A source, by any of its names, or #N by its id; with --epoch.")
      ->type_name("SOURCE");
  app.add_option("--epoch", o.request.epoch, "The group, or a product of it, with --source.")
      ->type_name("GROUP");
  app.add_flag("--json", o.request.json, "Print one JSON object.");
  std::vector<std::string> settings = {"--queue-db", "--measurement-db", "--lightcurve-db"};
  const auto& lookup = registry::lookup_options();
  settings.insert(settings.end(), lookup.begin(), lookup.end());
  cli::add_settings(app, o.settings, settings);
}

ExitCode run(const Options& o) {
  std::cout << report::why(o.settings, o.request);
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "why";
  tool.summary = "Tell why a product is as it is, or why a group failed or waits.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
