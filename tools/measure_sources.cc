// SPDX-License-Identifier: GPL-3.0-or-later
// measure-sources: flux densities of the sources in a tile's image.
//
// Reads   <group>-image.fits with -pb.fits and -smearing.fits beside it; the catalogue
// Writes  <group>.csv, rows of the measurement database; stdout: the table's path
// Next    update-lightcurves
//
// Manual: docs/tools/measure-sources.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/stop.h"
#include "cli/run_tool.h"
#include "measure/injected_stage.h"
#include "measure/stage.h"

namespace {

using namespace contimg;

struct Options {
  std::vector<std::string> images;
  std::string group_id;
  bool force = false, json = false, inject = false, keep_images = false;
  measure::StageSettings measure;
  Settings settings;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("IMAGE", o.images, "Measure these images and open no queue.")->type_name("");
  const auto named = [&](const char* name, auto& value, const char* unit, const char* help) {
    return app.add_option(name, value, help)->type_name(unit)->capture_default_str();
  };
  named("--group", o.group_id, "GROUP_ID", "Take this group from the queue.");
  app.add_flag("--force", o.force, "With --group: also measure a group that is measured.");
  app.add_flag("--force-quality", o.measure.force_quality,
               "Also measure images that failed their quality gates or are not for science.");
  named("--min-beam", o.measure.measure.min_beam, "RESPONSE",
        "Measure catalogue sources where the primary beam is at least this.")
      ->check(CLI::Range(0.01, 1.0).description(""));
  named("--limit-sigma", o.measure.measure.limit_sigma, "SIGMA",
        "Give fainter sources as upper limits.")
      ->check(CLI::Range(0.0, 100.0).description(""));
  named("--detection-sigma", o.measure.measure.detection_sigma, "SIGMA",
        "Search for sources of at least this.")
      ->check(CLI::Range(3.0, 1000.0).description(""));
  named("--flux-floor", o.measure.measure.flux_floor, "SHARE",
        "Add this share of a flux density to its error.")
      ->check(CLI::Range(0.0, 1.0).description(""));
  named("--place-floor", o.measure.measure.place_floor_beams, "BEAMS",
        "Add this share of the beam to errors of places.")
      ->check(CLI::Range(0.0, 1.0).description(""));
  app.add_flag("--blind,!--no-blind", o.measure.measure.blind,
               "Search for sources that are in no catalogue; the default.");
  app.add_flag("--fits-table", o.measure.fits_table, "Write the table as FITS too.");
  app.add_flag("--votable", o.measure.votable, "Write the table as VOTable too.");
  app.add_flag("--region", o.measure.region, "Write regions for DS9 too.");
  app.add_flag("--inject", o.inject,
               "The images are those of image-ms --inject: measure the known sources in them.");
  app.add_flag("--keep-images", o.keep_images, "With --inject: leave the images there.");
  app.add_flag("--json", o.json, "Print a JSON object instead of the path.");
  cli::add_settings(app, o.settings, measure::setting_options());
}

measure::StageReport measure_one(const Options& o, const std::string& path,
                                 const std::function<void()>& check) {
  measure::StageSettings settings = measure::settings_from(o.settings, o.measure);
  settings.measure.check = check;
  measure::StageReport report = measure::measure_image(path, settings);
  measure::log_report(report, o.settings.profile);
  std::cout << (o.json ? measure::to_json(report) : report.csv_path) << '\n';
  return report;
}

ExitCode measure_injected(const Options& o) {
  if (o.images.empty())
    throw UsageError("measure-sources: --inject alone, expected images of image-ms --inject");
  measure::StageSettings settings = measure::settings_from(o.settings, o.measure);
  settings.measure.check = check_stop;
  for (const std::string& path : o.images) {
    const auto report = measure::measure_injected_image(path, settings, o.keep_images);
    measure::log_report(report);
    std::cout << (o.json ? measure::to_json(report) : report.record_path) << '\n';
  }
  return ExitCode::success;
}

ExitCode run(const Options& o) {
  if (!o.images.empty() && !o.group_id.empty())
    throw UsageError("measure-sources: both images and --group, expected one of them");
  if (o.inject) return measure_injected(o);
  for (const std::string& path : o.images) measure_one(o, path, check_stop);
  if (!o.images.empty()) return ExitCode::success;
  queue::Queue jobs(queue::queue_settings(o.settings));
  queue::WorkOptions options;
  options.group_id = o.group_id;
  options.force = o.force;
  options.log_tail = cli::log_tail;
  queue::work_one(jobs, queue::Stage::measure, options,
                  [&](queue::Claim& claim, const queue::Heartbeat& heartbeat) {
                    return measure::outcome_of(measure_one(o, measure::claimed_image(jobs, claim),
                                                           [&] { heartbeat.check(); }));
                  });
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "measure-sources";
  tool.summary = "Measure the flux densities of the sources in a tile's image.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
