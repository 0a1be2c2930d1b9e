// SPDX-License-Identifier: GPL-3.0-or-later
// manage-parcels: send groups away to be worked on without the queue, and take in what came back.
//
// Reads   the queue, receipts
// Writes  the queue, parcels
//
// Manual: docs/tools/manage-parcels.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/error.h"
#include "cli/run_tool.h"
#include "queue/parcel.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  CLI::App* app = nullptr;
  bool json = false;
  std::string group, reason, job, task;
  std::vector<std::string> folders;
};

CLI::App* add_command(CLI::App& app, Options& options, const char* name, const char* what) {
  CLI::App* command = app.add_subcommand(name, what);
  if (std::string(name) == "pack")
    command->add_option("ID", options.group, "Group, as 'manage-queue ready' lists it")->required();
  command->add_option("FOLDER", options.folders, "The parcel's folder")
      ->required()
      ->expected(1, std::string(name) == "pack" ? 1 : CLI::detail::expected_max_vector_size);
  return command;
}

void declare(CLI::App& app, Options& options) {
  options.app = &app;
  cli::add_settings(app, options.settings,
                    {"--queue-db", "--in-progress-timeout", "--max-retries", "--stages"});
  app.add_flag("--json", options.json, "Print JSON: one object a line");
  app.require_subcommand(1)->fallthrough();
  add_command(app, options, "pack", "Claim a group and write its parcel");
  add_command(app, options, "merge", "Take in what came back to each folder");
  CLI::App* renew = add_command(app, options, "renew", "Extend the leases of parcels");
  renew->add_option("--slurm-job", options.job, "Slurm's number of the job that has them")
      ->type_name("ID");
  renew->add_option("--slurm-task", options.task, "Its index in the array")->type_name("N");
  CLI::App* recall = add_command(app, options, "recall", "Give the claims of parcels back");
  recall->add_option("--reason", options.reason, "Why; the queue keeps it")->type_name("TEXT");
}

queue::Json answer(queue::Queue& jobs, const std::string& command, const std::string& folder,
                   const Options& o) {
  if (command == "pack") return queue::pack_group(jobs, o.group, folder);
  if (command == "merge") return queue::merge_parcel(jobs, folder);
  if (command == "renew") return queue::renew_parcel(jobs, folder, o.job, o.task);
  return queue::recall_parcel(jobs, folder, o.reason);
}

ExitCode run(const Options& options) {
  const std::string command = options.app->get_subcommands().front()->get_name();
  const queue::QueueSettings settings = queue::queue_settings(options.settings);
  queue::open_queue(settings, false);  // an absent queue is an error here, not a new one
  queue::Queue jobs(settings);
  bool damaged = false;
  for (const std::string& folder : options.folders) {
    const queue::Json report = answer(jobs, command, folder, options);
    std::cout << (options.json ? queue::as_json_lines : queue::as_text)(report) << std::flush;
    for (const queue::Json& line : command == "merge" ? report : queue::Json::array())
      damaged = damaged || line["status"] == "damaged";
  }
  return damaged ? ExitCode::failed : ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "manage-parcels";
  tool.summary = "Send groups away to be worked on without the queue; take in what came back.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
