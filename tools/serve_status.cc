// SPDX-License-Identifier: GPL-3.0-or-later
// serve-status: tell browsers, curl and Prometheus how the work goes, and take what people ask for.
//
// Reads   the queue, the database of light curves, pictures that the queue names
// Writes  the queue: pauses, retries and commands; the overrides beside it
//
// Manual: docs/tools/serve-status.md

#include <CLI/CLI.hpp>

#include "cli/run_tool.h"
#include "cli/settings_options.h"
#include "status/server.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  CLI::App* app = nullptr;
  bool probes_only = false;
};

void declare(CLI::App& app, Options& options) {
  options.app = &app;
  app.add_flag("--probes-only", options.probes_only,
               "Listen on the health port only: another serves the rest, or nobody.");
  cli::add_settings(app, options.settings,
                    {"--queue-db", "--lightcurve-db", "--output-dir", "--image-dir", "--mosaic-dir",
                     "--caltable-dir", "--log-dir", "--serve-address", "--serve-port",
                     "--serve-also", "--health-port", "--token-file", "--legacy-loopback-writes",
                     "--allowed-origins", "--rate-limit"});
}

ExitCode run(const Options& options) {
  const auto resolve = [&](const std::vector<Given>& overrides) {
    return cli::resolve_options(*options.app, overrides).settings;
  };
  status::serve_until_told(options.settings, resolve, options.probes_only);
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "serve-status";
  tool.summary = "Serve status, dashboard and metrics over HTTP until told to end.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
