// SPDX-License-Identifier: GPL-3.0-or-later
// scan-incoming: find new subband files, judge their headers, record them in the queue.
//
// Reads   <input-dir>/<stamp>_sbNN.hdf5: the header of each new file, or of those named
// Writes  the queue's file index; stdout: a path for each new valid file
// Next    form-groups
//
// Manual: docs/tools/scan-incoming.md

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "astro/epoch.h"
#include "base/error.h"
#include "cli/run_tool.h"
#include "incoming/inspect.h"
#include "incoming/watch.h"
#include "queue/queue.h"

namespace {

using namespace contimg;

struct Options {
  std::vector<std::string> files;
  bool recursive = false;
  bool watch = false;
  bool json = false;
  double rescan_s = 300;
  Settings settings;
};

void declare(CLI::App& app, Options& options) {
  app.add_option("FILE", options.files, "Read the headers of these files and open no queue.")
      ->type_name("");
  app.add_flag("--recursive", options.recursive, "Look into folders below the input folder too.");
  app.add_flag("--watch", options.watch, "Go on recording files as they arrive, until TERM.");
  app.add_option("--rescan-s", options.rescan_s,
                 "With --watch: list the whole folder this often, seconds.")
      ->capture_default_str()
      ->type_name("S")
      ->check(CLI::PositiveNumber);
  app.add_flag("--json", options.json, "Print a JSON object for every new file, bad ones too.");
  cli::add_settings(app, options.settings, {"--input-dir", "--queue-db", "--settle-time-s"});
}

void print(const queue::FileRecord& record, bool json) {
  const bool valid = record.state == queue::FileState::valid;
  if (!valid)
    spdlog::warn("{}: {}", queue::file_state_name(record.state), record.reason);
  else if (!record.reason.empty())
    spdlog::warn("{}: {}", record.path, record.reason);
  if (json)
    std::cout << incoming::to_json(record) << std::endl;
  else if (valid)
    std::cout << record.path << std::endl;
}

ExitCode inspect_files(const Options& options) {
  bool all_valid = true;
  for (const std::string& file : options.files) {
    const queue::FileRecord record = incoming::inspect_path(file);
    all_valid = all_valid && record.state == queue::FileState::valid;
    if (record.state != queue::FileState::valid || !record.reason.empty())
      spdlog::warn("{}: {}", queue::file_state_name(record.state), record.reason);
    std::cout << (options.json ? incoming::to_json(record) : incoming::to_text(record)) << '\n';
  }
  return all_valid ? ExitCode::success : ExitCode::failed;
}

void log_scan(const incoming::ScanReport& report) {
  spdlog::info(
      "{} new valid, {} bad, {} unreadable, {} vanished; {} known, {} growing, {} incomplete",
      report.n_valid, report.n_invalid, report.n_unreadable, report.n_vanished, report.n_known,
      report.n_growing, report.n_incomplete);
}

ExitCode run(const Options& options) {
  if (!options.files.empty()) return inspect_files(options);
  const std::string& input = required_path(options.settings, &Settings::input_dir);
  queue::Queue queue(queue::queue_settings(options.settings));
  queue::FileLedger ledger(queue.database());
  incoming::WatchSettings settings;
  settings.scan.folder = incoming::real_folder(input);
  settings.scan.recursive = options.recursive;
  settings.scan.settle_time_s = options.settings.settle_time_s;
  settings.scan.now_unix_s = astro::now_unix_s;
  settings.rescan_s = options.rescan_s;
  const auto on_record = [&](const queue::FileRecord& record) { print(record, options.json); };
  if (options.watch)
    incoming::watch(ledger, settings, on_record, log_scan);
  else
    log_scan(incoming::Scanner(ledger, settings.scan, on_record).scan());
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "scan-incoming";
  tool.summary = "Find new subband files, judge their headers, record them in the queue.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
