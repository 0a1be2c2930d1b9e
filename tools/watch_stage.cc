// SPDX-License-Identifier: GPL-3.0-or-later
// watch-stage: run a stage's tool, and kill it when it makes no progress.
//
// Reads   /proc
// Writes  the queue, when it kills
//
// Manual: docs/tools/watch-stage.md

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <string>

#include "cli/run_tool.h"
#include "watch/stage.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  watch::StageRequest request;
  std::vector<std::string> stray;
  int exit_code = 0;
};

void declare(CLI::App& app, Options& o) {
  cli::add_settings(app, o.settings,
                    {"--queue-db", "--stall-min", "--max-retries", "--backoff", "--backoff-max"});
  app.add_option("--stage", o.request.stage, "Stage that the command works on.")
      ->type_name("STAGE");
  app.add_option("--group", o.request.group_id, "Group that it works on.")->type_name("ID");
  app.add_option("COMMAND", o.stray, "After --: the command and its arguments.");
}

}  // namespace

// The command's words are kept from the parser, which would take some of them for its own.
int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "watch-stage";
  tool.summary = "Run a stage's tool, and kill it when it makes no progress.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] {
    if (!options.stray.empty()) options.request.command.clear();
    options.exit_code = watch::run_stage(options.settings, options.request);
    return ExitCode::success;
  };
  char** const end = argv + argc;
  char** const dashes = std::find(argv, end, std::string("--"));
  if (dashes != end) options.request.command.assign(dashes + 1, end);
  const int code = cli::run_tool(static_cast<int>(dashes - argv), argv, tool);
  return code != 0 ? code : options.exit_code;
}
