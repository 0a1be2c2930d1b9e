// SPDX-License-Identifier: GPL-3.0-or-later
// import-earth-orientation: turn the IERS's table of Earth orientation into ours.
//
// Reads   finals2000A, as the IERS publishes it
// Writes  the table that the setting paths.earth_orientation names
// Next    convert-group
//
// Manual: docs/tools/import-earth-orientation.md

#include "astro/import_earth_orientation.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "astro/epoch.h"
#include "base/error.h"
#include "cli/run_tool.h"

namespace {

using namespace contimg;

struct Options {
  std::string finals2000a;
  std::string output;
  bool overwrite = false;
  Settings settings;
};

void declare(CLI::App& app, Options& options) {
  app.add_option("FILE", options.finals2000a, "IERS finals2000A file (all, data or daily).")
      ->required()
      ->type_name("");
  app.add_option("--output", options.output,
                 "Write the table here; default: the setting paths.earth_orientation, else "
                 "state/earth-orientation.txt under the root.")
      ->type_name("FILE");
  app.add_flag("--overwrite", options.overwrite, "Replace a table that differs.");
  cli::add_settings(app, options.settings, {"--earth-orientation", "--root"});
}

std::string output_path(const Options& options) {
  if (!options.output.empty()) return options.output;
  if (!options.settings.earth_orientation.empty()) return options.settings.earth_orientation;
  if (!options.settings.root.empty()) return options.settings.root + "/state/earth-orientation.txt";
  throw UsageError(
      "import-earth-orientation: no place for the table, expected --output, --root or the setting "
      "paths.earth_orientation");
}

ExitCode run(const Options& options) {
  const std::string output = output_path(options);
  const auto table =
      astro::import_earth_orientation(options.finals2000a, output, options.overwrite);
  const astro::TableAge age = astro::table_age(table.earth, astro::now_unix_s());
  spdlog::info("{}: {} rows, {}{}", table.path, table.earth.n_row(), table.earth.description(),
               table.changed ? "" : "; already there");
  spdlog::info("last measured {:.0f} days ago", age.since_measured_days);
  if (!age.warning.empty()) spdlog::warn("{}", age.warning);
  if (table.path != options.settings.earth_orientation) {
    spdlog::info("to use it, set paths.earth_orientation to {}", table.path);
  }
  std::cout << table.path << '\n';
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "import-earth-orientation";
  tool.summary = "Turn the IERS's table of Earth orientation into ours.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
