// SPDX-License-Identifier: GPL-3.0-or-later
// check-config: say what configuration is in force, where it came from, and what is wrong with it.
//
// Reads   the configuration file, the environment, the options; looks at folders and programs
// Writes  nothing
//
// Manual: docs/tools/check-config.md

#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>

#include "base/clock.h"
#include "base/setting.h"
#include "cli/config_report.h"
#include "cli/run_tool.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  bool json = false, shell = false;
};

void declare(CLI::App& app, Options& options) {
  std::vector<std::string> every_option;
  for (const Setting& row : settings_table()) every_option.push_back(row.option);
  cli::add_settings(app, options.settings, every_option);
  app.add_flag("--json", options.json, "Print one JSON object instead of a table.");
  app.add_flag("--shell", options.shell,
               "Print assignments for a shell to evaluate, and check nothing.");
}

ExitCode run(const Options& options) {
  if (options.shell) {
    cli::print_config_shell(std::cout, options.settings);
    return ExitCode::success;
  }
  const double today_mjd = kUnixEpoch_mjd + static_cast<double>(std::time(nullptr)) / kDay_s;
  const auto findings = cli::check_settings(options.settings, today_mjd);
  if (options.json)
    cli::print_config_json(std::cout, options.settings, findings);
  else
    cli::print_config(std::cout, options.settings, findings);
  return cli::any_wrong(findings) ? ExitCode::usage : ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "check-config";
  tool.summary = "Check the configuration, and say where each value came from.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
