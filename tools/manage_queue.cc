// SPDX-License-Identifier: GPL-3.0-or-later
// manage-queue: look after the queue: see, retry, reset, pause, check, back up, restore.
//
// Reads   the queue; with validate and verify the files that it names
// Writes  the queue, backups of it
//
// Manual: docs/tools/manage-queue.md

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/run_tool.h"
#include "queue/operate.h"
#include "subband/summary.h"

namespace {
using namespace contimg;

struct Options {
  Settings settings;
  CLI::App* app = nullptr;
  bool json = false;
  queue::Order order;
};

void add_group(CLI::App* command, Options& options, bool required = true) {
  command->add_option("ID", options.order.group, "Group, as list shows it")->required(required);
}

void declare(CLI::App& app, Options& options) {
  options.app = &app;
  cli::add_settings(app, options.settings,
                    {"--queue-db", "--output-dir", "--image-dir", "--in-progress-timeout",
                     "--max-retries", "--order", "--stages", "--disk-floor-gb", "--tier",
                     "--measurement-db", "--lightcurve-db", "--backup-dir"});
  app.add_flag("--json", options.json, "Print JSON: one object a line");
  app.require_subcommand(1)->fallthrough();
  app.add_subcommand("status", "Count groups and jobs; print warnings");
  CLI::App* list = app.add_subcommand("list", "List groups in order of observation");
  list->add_option("--state", options.order.state, "Only groups in this state or stage")
      ->type_name("STATE");
  CLI::App* ready = app.add_subcommand("ready", "List groups to be taken next, best first");
  for (CLI::App* listing : {list, ready})
    listing->add_option("--limit", options.order.limit, "At most so many; 0 for all")
        ->type_name("N");
  add_group(app.add_subcommand("stages", "List the stages that a group still needs"), options);
  app.add_subcommand("step", "Say how much is done under the present pressure");
  add_group(app.add_subcommand("show", "Show all that is known about a group"), options);
  CLI::App* retry = app.add_subcommand("retry", "Make failed jobs ready again");
  add_group(retry, options, false);
  retry->add_flag("--failed", options.order.failed, "Every group that has a failed job")
      ->excludes(retry->get_option("ID"));
  retry->add_flag("--all", options.order.all, "Every group: clear all counters of failures")
      ->excludes("ID", "--failed");
  CLI::App* rerun = app.add_subcommand("rerun", "Ask for a stage and those after it once more");
  add_group(rerun, options);
  rerun->add_option("STAGE", options.order.stage, "The first of them; without it the conversion")
      ->default_val("convert");
  CLI::App* reset = app.add_subcommand("reset-stuck", "Free jobs whose worker is dead");
  reset->add_flag("--yes", options.order.yes, "Do it; otherwise only say what would be done");
  CLI::App* emergency = app.add_subcommand("reset", "Put a queue in disorder back to work");
  emergency->add_flag("--emergency", options.order.emergency,
                      "Pause, back up, give back all claims, clear all failures");
  emergency->add_flag("--yes", options.order.yes, "Do it; otherwise only say what would be done");
  CLI::App* pause = app.add_subcommand("pause", "Hold back all claims");
  pause->add_option("--reason", options.order.reason, "Why; status shows it")->type_name("TEXT");
  app.add_subcommand("resume", "Let claims go on");
  CLI::App* tick = app.add_subcommand("tick", "Record a tick: that it begins, goes on or ended");
  add_group(tick, options, false);
  tick->add_option("CODE", options.order.reason, "Exit code that it ended with");
  app.add_subcommand("obey", "Do what was asked for from a browser");
  add_group(app.add_subcommand("drop", "Forget a group; its files can be grouped anew"), options);
  add_group(app.add_subcommand("validate", "Say which files of a group are sound"), options);
  app.add_subcommand("verify", "Compare rows with files on disk, both ways");
  app.add_subcommand("check", "Check the integrity of the queue");
  CLI::App* backup = app.add_subcommand("backup", "Copy databases while they are in use");
  backup->add_option("TARGET", options.order.target,
                     "New file, or a folder; without it backup_dir");
  backup->add_flag("--all", options.order.all, "Measurements and light curves too");
  CLI::App* restore = app.add_subcommand("restore", "Put a backup in the place of its database");
  restore->add_option("BACKUP", options.order.target, "File made by backup")->required();
  app.add_subcommand("migrate", "Bring an older queue to this version");
}

ExitCode run(const Options& options) {
  queue::Order order = options.order;
  const std::string& command = order.word = options.app->get_subcommands().front()->get_name();
  const queue::Json report = queue::operate(
      order, options.settings, [](const std::string& path) { subband::read_summary(path); });
  const bool words =
      command == "ready" || command == "stages" || command == "step" || command == "tick";
  const auto print = words ? queue::as_words : queue::as_text;
  std::cout << (options.json ? queue::as_json_lines : print)(report);
  const bool faults = ((command == "verify" || command == "check") && !report.empty()) ||
                      (command == "validate" && !report["invalid"].empty());
  if (command == "check" && faults)
    spdlog::error(
        "{}: faults: {}; stop every tool and put a backup back with 'manage-queue restore FILE'",
        options.settings.queue_db, report.size());
  return faults ? ExitCode::failed : ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "manage-queue";
  tool.summary = "Look after the queue: see, retry, reset, pause, check, back up, restore.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
