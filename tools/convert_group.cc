// SPDX-License-Identifier: GPL-3.0-or-later
// convert-group: turn one group of subband files into one Measurement Set.
//
// Reads   the files named with --files, or those of the next group that the queue holds
// Writes  <output-dir>/{science,calibrators}/YYYY-MM-DD/<group_id>.ms; stdout: its path
// Next    flag-ms
//
// Manual: docs/tools/convert-group.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/progress.h"
#include "base/stop.h"
#include "cli/run_tool.h"
#include "convert/report.h"
#include "queue/conversion.h"
#include "queue/work.h"

namespace {

using namespace contimg;

struct Options {
  std::string group_id;
  std::vector<std::string> files;
  std::string calibrator;
  bool force = false, json = false;
  convert::Settings convert;
  Settings settings;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("GROUP_ID,--group", o.group_id,
                 "Name of the group; without --files, take this group from the queue.");
  app.add_option("--files", o.files, "Convert these subband files and open no queue.")
      ->type_name("FILE");
  const auto named = [&](const char* name, auto& value, const char* unit, const char* help) {
    app.add_option(name, value, help)->type_name(unit)->capture_default_str();
  };
  named("--calibrator", o.calibrator, "NAME",
        "With --files: the group shows this calibrator and goes to calibrators/.");
  named("--telescope-name", o.convert.layout.telescope_name, "NAME",
        "Telescope written to OBSERVATION; without it the header's, or DSA_110.");
  named("--checkpoint-interval-s", o.convert.checkpoint_interval_s, "S",
        "Most work lost when killed, with --checkpoint-dir; 0: one integration.");
  app.add_flag("--overwrite", o.convert.overwrite,
               "Replace a Measurement Set that is there already.");
  app.add_flag("--force", o.force, "With --group: also convert a group that is completed.");
  app.add_flag("--json", o.json, "Print a JSON object instead of the path.");
  cli::add_settings(app, o.settings,
                    {"--queue-db",
                     "--output-dir",
                     "--scratch-dir",
                     "--checkpoint-dir",
                     "--expected-subbands",
                     "--spectral-windows",
                     "--phase-centres",
                     "--keep-autocorrelations",
                     "--stage-inputs",
                     "--stage-workers",
                     "--stage-to-tmpfs",
                     "--tmpfs-dir",
                     "--cleanup-temp",
                     "--omp-threads",
                     "--earth-orientation",
                     "--disk-floor-gb",
                     "--max-retries",
                     "--in-progress-timeout",
                     "--order",
                     "--profile"});
}

convert::Report convert_one(const Options& o, const convert::Group& group,
                            const convert::Settings& settings, const std::function<void()>& check) {
  std::optional<Progress> bar;
  const auto progress = [&](std::size_t, std::size_t total) {
    if (!bar) bar.emplace(group.group_id, total);
    bar->advance();
  };
  const convert::Report report = convert::convert_group(
      group, settings, astro::EarthOrientation::from_setting(o.settings.earth_orientation),
      {progress, check});
  convert::log_report(group.group_id, report, o.settings.profile);
  std::cout << (o.json ? convert::to_json(group.group_id, report) : report.ms_path) << '\n';
  return report;
}

queue::Outcome convert_claimed(const Options& o, queue::Queue& jobs, queue::Claim& claim,
                               const queue::Heartbeat& heartbeat) {
  convert::Settings settings = convert::settings_from(o.settings, o.convert);
  const convert::Group group = convert::claimed_group(jobs, claim, settings);
  return convert::outcome_of(convert_one(o, group, settings, [&] { heartbeat.check(); }));
}

ExitCode run(const Options& o) {
  if (!o.files.empty()) {
    const std::string id = o.group_id.empty() ? convert::group_id_of(o.files) : o.group_id;
    convert_one(o, {id, o.files, !o.calibrator.empty(), o.calibrator},
                convert::settings_from(o.settings, o.convert), check_stop);
    return ExitCode::success;
  }
  queue::Queue jobs(queue::queue_settings(o.settings));
  queue::WorkOptions options;
  options.group_id = o.group_id;
  options.force = o.force;
  options.log_tail = cli::log_tail;
  queue::work_one(jobs, queue::Stage::convert, options,
                  [&](queue::Claim& claim, const queue::Heartbeat& heartbeat) {
                    return convert_claimed(o, jobs, claim, heartbeat);
                  });
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 0; i < argc; ++i)
    options.convert.command_line += (i ? " " : "") + std::string(argv[i]);
  cli::Tool tool;
  tool.name = "convert-group";
  tool.summary = "Turn one group of subband files into one Measurement Set.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
