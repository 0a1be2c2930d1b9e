// SPDX-License-Identifier: GPL-3.0-or-later
// image-ms: make an image of a calibrated Measurement Set with WSClean, and judge it.
//
// Reads   the sets named, or that of the next group that the queue holds; calibration tables
// Writes  <image-dir>/<date>/<group>-{image,residual,psf,model,pb,image-pbcor,rms,smearing}.fits,
//         -image.png and -thumbnail.png; stdout: the image's path
// Next    measure-sources
//
// With --inject the same sets once more, with known sources in them, into <image-dir>/injected.
//
// Manual: docs/tools/image-ms.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/stop.h"
#include "cli/run_tool.h"
#include "image/inject.h"
#include "image/options.h"
#include "image/report.h"
#include "image/stage.h"
#include "queue/work.h"

namespace {

using namespace contimg;

struct Options {
  std::vector<std::string> sets;
  std::string group_id;
  bool force = false, json = false, inject = false;
  image::ImageOptions image;
  Settings settings;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("MS", o.sets, "Image these Measurement Sets and open no queue.")->type_name("");
  app.add_option("--group", o.group_id, "Take this group from the queue.")->type_name("GROUP_ID");
  app.add_flag("--force", o.force, "With --group: also image a group that has images.");
  app.add_option("--gaintable", o.image.gaintables, "Apply these tables, in this order.")
      ->type_name("TABLE,...")
      ->delimiter(',')
      ->allow_extra_args(false);  // what follows is a set
  app.add_flag("--allow-uncalibrated", o.image.allow_uncalibrated,
               "Image DATA where there is no calibration; not for science.");
  app.add_flag("--plot,!--no-plot", o.image.plot, "Draw the image; the default.");
  app.add_flag("--overwrite", o.image.overwrite, "Replace images that are there.");
  app.add_flag("--inject", o.inject,
               "Image sets again with known faint sources in them, apart from science.");
  app.add_flag("--json", o.json, "Print a JSON object instead of the path.");
  cli::add_settings(app, o.settings, image::setting_options());
}

void tell(const Options& o, const image::ImageReport& report) {
  image::log_report(report, o.settings.profile);
  std::cout << (o.json ? image::to_json(report) : report.image_path()) << '\n';
}

ExitCode inject(const Options& o) {
  const auto tell_of = [&](const image::InjectionReport& report) {
    if (o.json || !report.image_path.empty())
      std::cout << (o.json ? image::to_json(report) : report.image_path) << '\n';
  };
  if (o.sets.empty() && o.group_id.empty())
    throw UsageError("image-ms: --inject alone, expected sets or --group too");
  for (const std::string& path : o.sets)
    tell_of(image::inject_by_hand(o.settings, o.image, path, check_stop));
  if (o.sets.empty()) {
    queue::Queue jobs(queue::queue_settings(o.settings));
    tell_of(image::inject_group(jobs, o.group_id, o.settings, o.image, o.force, check_stop));
  }
  return ExitCode::success;
}

ExitCode run(const Options& o) {
  if (!o.sets.empty() && !o.group_id.empty())
    throw UsageError("image-ms: both sets and --group, expected one of them");
  if (o.sets.empty() && !o.image.gaintables.empty())
    throw UsageError("image-ms: --gaintable is for sets by hand, expected MS");
  if (o.inject) return inject(o);
  for (const std::string& path : o.sets)
    tell(o, image::image_by_hand(o.settings, o.image, path, check_stop));
  if (!o.sets.empty()) return ExitCode::success;
  queue::Queue jobs(queue::queue_settings(o.settings));
  queue::WorkOptions options;
  options.group_id = o.group_id;
  options.force = o.force;
  options.log_tail = cli::log_tail;
  queue::work_one(jobs, queue::Stage::image, options,
                  [&](queue::Claim& claim, const queue::Heartbeat& heartbeat) {
                    const auto report = image::image_job(jobs, claim.job(), o.settings, o.image,
                                                         [&] { heartbeat.check(); });
                    tell(o, report);
                    return image::outcome_of(report);
                  });
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 0; i < argc; ++i)
    options.image.command_line += (i ? " " : "") + std::string(argv[i]);
  cli::Tool tool;
  tool.name = "image-ms";
  tool.summary = "Make an image of a calibrated Measurement Set with WSClean, and judge it.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
