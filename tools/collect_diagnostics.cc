// SPDX-License-Identifier: GPL-3.0-or-later
// collect-diagnostics: what somebody needs who is to find out what is wrong, in one file.
//
// Reads   the queue, the configuration, logs, the state of the machine
// Writes  a tar.gz
//
// Manual: docs/tools/collect-diagnostics.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/error.h"
#include "cli/run_tool.h"
#include "diagnostics/collect.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  diagnostics::Request request;
  bool understood = false;  ///< The command line.
  bool ran = false;
};

void declare(CLI::App& app, Options& o) {
  cli::add_settings(app, o.settings, {"--root", "--queue-db", "--log-dir"});
  app.add_option("--output", o.request.output,
                 "The archive; default: contimg-diagnostics-HOST-TIME.tar.gz in this folder.")
      ->type_name("FILE");
  app.add_flag("--overwrite", o.request.overwrite, "Replace an archive that is there.");
  app.parse_complete_callback([&o] { o.understood = true; });
}

// A configuration that is wrong is what somebody may want to have looked at.
void collect_without_settings(Options& o) {
  o.request.fault = "it cannot be understood; configuration/check.txt says why";
  try {
    std::cerr << "collect-diagnostics: wrote " << diagnostics::collect({}, o.request)
              << " without the settings\n";
  } catch (const Error& error) {
    std::cerr << "collect-diagnostics: " << error.what() << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "collect-diagnostics";
  tool.summary = "Collect what is needed to find out what is wrong, in one file.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] {
    options.ran = true;
    std::cout << diagnostics::collect(options.settings, options.request) << '\n';
    return ExitCode::success;
  };
  const int code = cli::run_tool(argc, argv, tool);
  if (code == static_cast<int>(ExitCode::usage) && options.understood && !options.ran)
    collect_without_settings(options);
  return code;
}
