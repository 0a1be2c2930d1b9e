// SPDX-License-Identifier: GPL-3.0-or-later
// notify: tell people what needs them.
//
// Reads   the queue, the newest backup, free space
// Writes  the queue (what was told), a state file beside it; calls notify.command
//
// Manual: docs/tools/notify.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/run_tool.h"
#include "notice/session.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  notice::Request request;
  bool json = false;
};

void declare(CLI::App& app, Options& o) {
  cli::add_settings(
      app, o.settings,
      {"--queue-db", "--notify-command", "--notify-repeat-h", "--heartbeat-min", "--backup-dir"});
  app.add_flag("--heartbeat", o.request.heartbeat_only,
               "Look only whether ticks go on and the queue can be read.");
  app.add_option("--state", o.request.state_file,
                 "File of what was told without the queue; default: beside it.")
      ->type_name("FILE");
  app.add_flag("--json", o.json, "Print each message as a JSON object on one line.");
  app.add_flag("--dry-run", o.request.dry_run,
               "Print what would be told; send and record nothing.");
}

void print(const Options& o, const notice::Told& told) {
  if (o.json) {
    std::cout << told.json << '\n';
  } else if (o.request.dry_run) {
    std::cout << notice::severity_name(told.message.severity) << ' '
              << notice::state_name(told.message.state) << ": " << told.message.subject << '\n'
              << told.message.text << '\n'
              << told.message.remedy << (told.message.remedy.empty() ? "" : "\n");
  }
}

ExitCode run(const Options& o) {
  bool delivered = true;
  for (const notice::Told& told : notice::tell(o.settings, o.request)) {
    print(o, told);
    delivered = delivered && told.fault.empty();
  }
  return delivered ? ExitCode::success : ExitCode::try_again;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "notify";
  tool.summary = "Tell people what needs them.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
