// SPDX-License-Identifier: GPL-3.0-or-later
// manage-parcels: send groups away to be worked on without the queue, and take in what came back.
//
// Reads   the queue, receipts
// Writes  the queue, parcels
//
// Manual: docs/tools/manage-parcels.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/run_tool.h"
#include "queue/parcel.h"
#include "queue/parcel_status.h"
#include "queue/task_need.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  CLI::App* app = nullptr;
  bool json = false, tasks = false;
  std::string group, reason, scheduler;
  queue::Loss task;  // that was lost; for renew the task only
  std::vector<std::string> folders;
};

void named(CLI::App* command, const char* name, std::string& value, const char* unit,
           const char* help) {
  command->add_option(name, value, help)->type_name(unit);
}

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
  cli::add_settings(
      app, options.settings,
      {"--queue-db", "--in-progress-timeout", "--max-retries", "--stages", "--slurm-margin"});
  app.add_flag("--json", options.json, "Print JSON: one object a line");
  app.require_subcommand(1)->fallthrough();
  add_command(app, options, "pack", "Claim a group and write its parcel");
  CLI::App* merge = add_command(app, options, "merge", "Take in what came back to each folder");
  named(merge, "--lost", options.task.reason, "TEXT",
        "Why the task that went on from the receipt left none: a failed try");
  CLI::App* renew = add_command(app, options, "renew", "Extend the leases of parcels");
  for (CLI::App* command : {merge, renew}) {
    named(command, "--slurm-job", options.task.slurm_job_id, "ID",
          "Slurm's number of the job that has them");
    named(command, "--slurm-task", options.task.slurm_array_task_id, "N", "Its index in the array");
  }
  for (CLI::App* command :
       {add_command(app, options, "recall", "Give the claims of parcels back"),
        add_command(app, options, "refuse", "For a task, on its copy: say why it does not begin")})
    named(command, "--reason", options.reason, "TEXT", "Why; the queue keeps it");
  CLI::App* status = add_command(app, options, "status", "Say how the tasks of batches stand");
  status->add_flag("--tasks", options.tasks, "A line a task too");
  named(status, "--scheduler", options.scheduler, "FILE",
        "What the scheduler shows: name|index|state|node|reason; -: stdin");
  app.add_subcommand("estimate", "Say what a task that does --stages takes");
}

queue::Json answer(queue::Queue& jobs, const std::string& command, const std::string& folder,
                   const Options& o) {
  if (command == "pack") return queue::pack_group(jobs, o.group, folder);
  if (command == "merge") return queue::merge_parcel(jobs, folder, o.task);
  if (command == "refuse") return queue::refuse_parcel(folder, o.reason);
  if (command == "renew")
    return queue::renew_parcel(jobs, folder, o.task.slurm_job_id, o.task.slurm_array_task_id);
  return queue::recall_parcel(jobs, folder, o.reason);
}

queue::Json status(queue::Queue& jobs, const Options& o) {
  std::optional<queue::SchedulerView> view;
  if (!o.scheduler.empty()) view = queue::read_scheduler_view(o.scheduler);
  return queue::batch_status(jobs, o.folders, view, o.tasks);
}

ExitCode run(const Options& options) {
  const std::string command = options.app->get_subcommands().front()->get_name();
  const queue::QueueSettings settings = queue::queue_settings(options.settings);
  queue::open_queue(settings, false);  // an absent queue is an error here, not a new one
  queue::Queue jobs(settings);
  const auto print = options.json ? queue::as_json_lines : queue::as_text;
  const double margin = options.settings.slurm_margin;
  if (command == "status") std::cout << print(status(jobs, options));
  if (command == "estimate")
    std::cout << print(queue::estimate(jobs.database(), settings.stages, margin));
  if (options.folders.empty() || command == "status") return ExitCode::success;
  bool damaged = false;
  for (const std::string& folder : options.folders) {
    const queue::Json report = answer(jobs, command, folder, options);
    std::cout << print(report) << std::flush;
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
