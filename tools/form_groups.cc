// SPDX-License-Identifier: GPL-3.0-or-later
// form-groups: put subband files that were observed together into groups.
//
// Reads   the queue's file index, or the headers of the files named
// Writes  groups and their files in the queue; stdout: the id of each group that became pending
// Next    convert-group
//
// Manual: docs/tools/form-groups.md

#include "group/form_groups.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "astro/epoch.h"
#include "cli/run_tool.h"
#include "incoming/inspect.h"
#include "queue/queue.h"

namespace {

using namespace contimg;

struct Options {
  std::vector<std::string> files;
  bool json = false;
  group::FormSettings form;
  Settings settings;
};

void declare(CLI::App& app, Options& options) {
  app.add_option("--files", options.files,
                 "Group these files, print each group as JSON and open no queue.")
      ->type_name("FILE");
  app.add_flag("--json", options.json, "Print a JSON object for every group that changed.");
  app.add_option("--calibrator-min-flux-jy", options.form.classify.min_flux_jy,
                 "Flux density times beam response that makes a calibrator group, Jy.")
      ->capture_default_str()
      ->type_name("JY");
  app.add_option("--calibrator-max-dec-deg", options.form.classify.max_dec_separation_deg,
                 "Largest distance of a calibrator from the strip in declination, degrees.")
      ->capture_default_str()
      ->type_name("DEG");
  cli::add_settings(
      app, options.settings,
      {"--queue-db", "--expected-subbands", "--chunk-duration", "--collecting-timeout", "--partial",
       "--partial-timeout", "--min-subbands", "--earth-orientation"});
}

group::FormSettings form_settings(const Options& options) {
  group::FormSettings form = options.form;
  form.expected_subbands = options.settings.expected_subbands;
  form.chunk_duration_min = options.settings.chunk_duration_min;
  form.min_subbands = options.settings.min_subbands;
  form.collecting_timeout_s = options.settings.collecting_timeout_s;
  form.partial = options.settings.partial;
  form.partial_timeout_s = options.settings.partial_timeout_s;
  return form;
}

astro::EarthOrientation earth_orientation(const Settings& settings) {
  return settings.earth_orientation.empty()
             ? astro::EarthOrientation::built_in()
             : astro::EarthOrientation::load(settings.earth_orientation);
}

ExitCode group_named_files(const Options& options) {
  std::vector<queue::FileRecord> records;
  for (const std::string& file : options.files) records.push_back(incoming::inspect_path(file));
  for (const group::GroupReport& report :
       group::group_files(records, form_settings(options), earth_orientation(options.settings)))
    std::cout << group::to_json(report) << '\n';
  return ExitCode::success;
}

ExitCode run(const Options& options) {
  if (!options.files.empty()) return group_named_files(options);
  queue::Queue queue(queue::queue_settings(options.settings));
  queue::GroupLedger ledger(queue.database());
  const group::FormReport report = group::form_groups(
      ledger, form_settings(options), earth_orientation(options.settings), astro::now_unix_s());
  for (const group::GroupReport& each : report.groups) {
    if (options.json)
      std::cout << group::to_json(each) << '\n';
    else if (each.became_pending)
      std::cout << each.assessment.group_id << '\n';
  }
  if (options.json)
    for (const group::LateFile& late : report.late) std::cout << group::to_json(late) << '\n';
  spdlog::info("{} groups touched, {} late files", report.groups.size(), report.late.size());
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "form-groups";
  tool.summary = "Put subband files that were observed together into groups.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
