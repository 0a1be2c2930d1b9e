// SPDX-License-Identifier: GPL-3.0-or-later
// make-mosaic: add up tiles of a strip.
//
// Reads   <group>-image.fits with -pb, -rms and -smearing beside it: those named, or the queue's
// Writes  <mosaic-dir>/<date>/<name>-{image,rms,weight}.fits, -sources.csv, -image.png and
//         -thumbnail.png, rows of the queue; stdout: the image's path
// Next    people
//
// Manual: docs/tools/make-mosaic.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/stop.h"
#include "cli/run_tool.h"
#include "mosaic/report.h"
#include "mosaic/stage.h"

namespace {

using namespace contimg;

struct Options {
  mosaic::MosaicOptions mosaic;
  bool plan = false, json = false;
  Settings settings;
};

void declare(CLI::App& app, Options& o) {
  mosaic::Selection& chosen = o.mosaic.selection;
  app.add_option("IMAGE", o.mosaic.images, "Add up these tiles and open no queue.")->type_name("");
  app.add_option("--from", chosen.from, "Take tiles of the queue from this time on, UTC.")
      ->type_name("TIME");
  app.add_option("--until", chosen.until, "The same: before this time.")->type_name("TIME");
  app.add_option("--hour", chosen.hour, "Take the tiles of this hour, such as 2026-01-25T22.")
      ->type_name("HOUR");
  app.add_option("--margin", chosen.margin, "With --hour: and so many before and after it.")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(0, 100).description(""));
  app.add_option("--night", chosen.night, "Take the 24 hours from 12:00 UTC on this date.")
      ->type_name("DATE");
  app.add_option("--last", chosen.last_h, "Take the hours up to now.")
      ->type_name("HOURS")
      ->check(CLI::PositiveNumber.description(""));
  app.add_option("--dec", chosen.dec_deg, "Only tiles near this declination, in degrees.")
      ->type_name("DEG")
      ->check(CLI::Range(-90.0, 90.0).description(""));
  app.add_option("--name", o.mosaic.name, "Name of the mosaic, when there is one.")
      ->type_name("NAME");
  app.add_flag("--force-quality", o.mosaic.force_quality,
               "Also take tiles that failed, are not for science, or of another tier.");
  app.add_flag("--overwrite", o.mosaic.overwrite, "Replace mosaics made of other tiles.");
  app.add_flag("--plan", o.plan, "Print what would be added up; write nothing.");
  app.add_flag("--plot,!--no-plot", o.mosaic.plot, "Draw the mosaic; the default.");
  app.add_flag("--json", o.json, "Print JSON objects instead of paths.");
  cli::add_settings(app, o.settings, mosaic::setting_options());
}

void make_one(const Options& o, mosaic::MosaicStage& stage, const mosaic::PlannedMosaic& planned) {
  const mosaic::StageReport report = stage.make(planned);
  mosaic::log_report(report, o.settings.profile);
  std::cout << (o.json ? mosaic::to_json(report) : report.image_path) << std::endl;
}

ExitCode run(const Options& o) {
  mosaic::MosaicStage stage(o.settings, o.mosaic, check_stop);
  const mosaic::MosaicPlan plan = stage.plan();
  if (o.plan) {
    std::cout << (o.json ? mosaic::plan_json(plan) : mosaic::plan_text(plan)) << '\n';
    return ExitCode::success;
  }
  mosaic::log_plan(plan);
  stage.require_enough(plan);
  mosaic::make_all(plan,
                   [&](const mosaic::PlannedMosaic& planned) { make_one(o, stage, planned); });
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 0; i < argc; ++i)
    options.mosaic.command_line += (i > 0 ? " " : "") + std::string(argv[i]);
  cli::Tool tool;
  tool.name = "make-mosaic";
  tool.summary = "Add up tiles of a strip of the sky.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
