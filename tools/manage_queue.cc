// SPDX-License-Identifier: GPL-3.0-or-later
// manage-queue: look after the queue: see, retry, reset, pause, check, back up, restore.
//
// Reads   the queue; with validate and verify the files that it names
// Writes  the queue, backups of it
//
// Manual: docs/tools/manage-queue.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/error.h"
#include "cli/run_tool.h"
#include "queue/backup.h"
#include "queue/ready.h"
#include "queue/repair.h"
#include "queue/report.h"
#include "queue/verify.h"
#include "subband/summary.h"

namespace {
using namespace contimg;

struct Options {
  Settings settings;
  CLI::App* app = nullptr;
  bool json = false, failed = false, yes = false;
  int limit = 0;
  std::string state, group, reason, target;
};

void add_group(CLI::App* command, Options& options, bool required = true) {
  command->add_option("ID", options.group, "Group, as list shows it")->required(required);
}

void declare(CLI::App& app, Options& options) {
  options.app = &app;
  cli::add_settings(app, options.settings,
                    {"--queue-db", "--output-dir", "--image-dir", "--in-progress-timeout",
                     "--max-retries", "--order", "--stages", "--disk-floor-gb", "--tier"});
  app.add_flag("--json", options.json, "Print JSON: one object a line");
  app.require_subcommand(1)->fallthrough();
  app.add_subcommand("status", "Count groups and jobs; print warnings");
  CLI::App* list = app.add_subcommand("list", "List groups in order of observation");
  list->add_option("--state", options.state, "Only groups in this state or stage")
      ->type_name("STATE");
  CLI::App* ready = app.add_subcommand("ready", "List groups to be taken next, best first");
  for (CLI::App* listing : {list, ready})
    listing->add_option("--limit", options.limit, "At most so many; 0 for all")->type_name("N");
  add_group(app.add_subcommand("stages", "List the stages that a group still needs"), options);
  app.add_subcommand("step", "Say how much is done under the present pressure");
  add_group(app.add_subcommand("show", "Show all that is known about a group"), options);
  CLI::App* retry = app.add_subcommand("retry", "Make failed jobs ready again");
  add_group(retry, options, false);
  retry->add_flag("--failed", options.failed, "Every group that has a failed job")
      ->excludes(retry->get_option("ID"));
  CLI::App* reset = app.add_subcommand("reset-stuck", "Free jobs whose worker is dead");
  reset->add_flag("--yes", options.yes, "Do it; otherwise only say what would be done");
  CLI::App* pause = app.add_subcommand("pause", "Hold back all claims");
  pause->add_option("--reason", options.reason, "Why; status shows it")->type_name("TEXT");
  app.add_subcommand("resume", "Let claims go on");
  add_group(app.add_subcommand("drop", "Forget a group; its files can be grouped anew"), options);
  add_group(app.add_subcommand("validate", "Say which files of a group are sound"), options);
  app.add_subcommand("verify", "Compare rows with files on disk, both ways");
  app.add_subcommand("check", "Check the integrity of the queue");
  CLI::App* backup = app.add_subcommand("backup", "Copy the queue while it is in use");
  backup->add_option("TARGET", options.target, "New file, or a folder")->required();
  CLI::App* restore = app.add_subcommand("restore", "Put a backup in the queue's place");
  restore->add_option("BACKUP", options.target, "File made by backup")->required();
  app.add_subcommand("migrate", "Bring an older queue to this version");
}

queue::Json answer(const std::string& word, const Options& o) {
  const queue::QueueSettings settings = queue::queue_settings(o.settings);
  if (word == "restore") return queue::restore_queue(settings, o.target);
  if (word == "migrate") return queue::migrate_queue(settings);
  queue::open_queue(settings, false);  // an absent queue is an error here, not a new one
  queue::Queue jobs(settings);
  Database& db = jobs.database();
  if (word == "status") return queue::status(db, jobs.now_unix_s());
  if (word == "list") return queue::list_groups(db, o.state, o.limit);
  if (word == "ready") return queue::ready_groups(jobs, queue::room_rule(o.settings), o.limit);
  if (word == "stages") return queue::stages_to_do(jobs, o.group);
  if (word == "step") return queue::step_in_force(db);
  if (word == "show") return queue::show_group(db, o.group);
  if (word == "retry")
    return o.failed ? queue::retry_failed(jobs) : queue::retry_group(jobs, o.group);
  if (word == "reset-stuck") return queue::reset_stuck(jobs, o.yes);
  if (word == "pause") return queue::pause(jobs, o.reason);
  if (word == "resume") return queue::resume(jobs);
  if (word == "drop") return queue::drop_group(jobs, o.group);
  if (word == "verify") return queue::verify_products(db, o.settings.output_dir);
  if (word == "check") return queue::check_queue(db);
  if (word == "backup") return queue::backup_queue(db, o.target, jobs.now_unix_s());
  return queue::validate_group(db, o.group,
                               [](const std::string& path) { subband::read_summary(path); });
}

ExitCode run(const Options& options) {
  const std::string command = options.app->get_subcommands().front()->get_name();
  const queue::Json report = answer(command, options);
  const bool words = command == "ready" || command == "stages" || command == "step";
  const auto print = words ? queue::as_words : queue::as_text;
  std::cout << (options.json ? queue::as_json_lines : print)(report);
  const bool faults = ((command == "verify" || command == "check") && !report.empty()) ||
                      (command == "validate" && !report["invalid"].empty());
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
