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

#include "base/stop.h"
#include "cli/run_tool.h"
#include "convert/report.h"
#include "flag/in_conversion.h"
#include "flag/report.h"
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
  app.add_flag("--dry-run", o.convert.dry_run,
               "Read the headers, say what would be made, and write nothing.");
  app.add_flag("--json", o.json, "Print a JSON object instead of the path.");
  cli::add_settings(app, o.settings, convert::setting_options());
}

convert::Report convert_one(const Options& o, const convert::Group& group,
                            const convert::Settings& settings, flag::InConversion& flagging,
                            const std::function<void()>& check) {
  const auto earth = astro::EarthOrientation::from_setting(o.settings.earth_orientation);
  convert::Observer observer = convert::with_progress(group.group_id, check);
  observer.finish_set = flagging.hook(check);
  const auto report = convert::convert_group(group, settings, earth, observer);
  convert::log_report(group.group_id, report, o.settings.profile);
  flagging.present(report.ms_path);
  if (!o.files.empty()) flagging.require();
  std::cout << (o.json ? convert::to_json(group.group_id, report) : report.ms_path)
            << (o.json ? flagging.json_line(group.group_id) : "") << '\n';
  return report;
}

// A queue that is not there is a mistake, not one to be made.
ExitCode plan_next(const Options& o, convert::Settings settings, flag::InConversion& flagging) {
  const queue::QueueSettings where = queue::queue_settings(o.settings);
  queue::open_queue(where, false);
  queue::Queue jobs(where);
  const auto group = convert::next_group(jobs, o.group_id, settings);
  if (group) convert_one(o, *group, settings, flagging, check_stop);
  return ExitCode::success;
}

ExitCode run(const Options& o) {
  const convert::Settings settings = convert::settings_from(o.settings, o.convert);
  flag::InConversion flagging(flag::settings_from(o.settings, {}), o.settings.convert_flag);
  if (!o.files.empty()) {
    const std::string id = o.group_id.empty() ? convert::group_id_of(o.files) : o.group_id;
    convert_one(o, {id, o.files, !o.calibrator.empty(), o.calibrator}, settings, flagging,
                check_stop);
    return ExitCode::success;
  }
  if (o.convert.dry_run) return plan_next(o, settings, flagging);
  queue::Queue jobs(queue::queue_settings(o.settings));
  queue::WorkOptions options;
  options.group_id = o.group_id;
  options.force = o.force;
  options.log_tail = cli::log_tail;
  const auto job =
      queue::work_one(jobs, queue::Stage::convert, options,
                      [&](queue::Claim& claim, const queue::Heartbeat& heartbeat) {
                        convert::Settings claimed = settings;
                        const convert::Group group = convert::claimed_group(jobs, claim, claimed);
                        const auto check = [&] { heartbeat.check(); };
                        return convert::outcome_of(convert_one(o, group, claimed, flagging, check));
                      });
  if (job) flagging.record(jobs, job->group_id);
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
