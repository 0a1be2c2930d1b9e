// SPDX-License-Identifier: GPL-3.0-or-later
// query-lightcurve: a source's light curve, the candidates, the field.
//
// Reads   the database of light curves
// Writes  stdout: the table; --output, --plot: files, and stdout their paths
//
// Manual: docs/tools/query-lightcurve.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/run_tool.h"
#include "lightcurve/query.h"

namespace {

using namespace contimg;

struct Options {
  lightcurve::Query query;
  bool csv = false, json = false, votable = false;
  Settings settings;
};

void declare(CLI::App& app, Options& o) {
  lightcurve::Query& q = o.query;
  const auto named = [&](const char* name, auto& value, const char* unit, const char* help) {
    return app.add_option(name, value, help)->type_name(unit);
  };
  named("NAME", q.name, "", "The source of this name; #N is that with the id N.");
  named("--id", q.id, "N", "The source with this id.")->check(CLI::PositiveNumber.description(""));
  named("--ra", q.ra, "ANGLE", "Sources near here: right ascension, degrees or HH:MM:SS.");
  named("--dec", q.dec, "ANGLE", "And declination, degrees or DD:MM:SS.");
  named("--radius-arcsec", q.radius_arcsec, "ARCSEC", "How near.")
      ->check(CLI::Range(0.001, 36000.0).description(""))
      ->capture_default_str();
  app.add_flag("--variables", q.variables, "List the candidates, the most significant first.");
  app.add_flag("--field", q.field, "Figures of all sources; with --plot, eta against V.");
  named("--min-points", q.min_points, "N", "With --field: sources of at least so many points.")
      ->check(CLI::Range(2, 1000000).description(""))
      ->capture_default_str();
  named("--from", q.from, "TIME", "Points from here on: a date, a time (UTC) or an MJD.");
  named("--until", q.until, "TIME", "Points before this.");
  app.add_flag("--raw", q.raw, "Flux densities before normalisation.");
  auto* csv = app.add_flag("--csv", o.csv, "Print CSV; the default for light curves.");
  auto* json = app.add_flag("--json", o.json, "Print JSON: one object a line.");
  auto* votable = app.add_flag("--votable", o.votable, "Print a VOTable.");
  csv->excludes(json)->excludes(votable);
  json->excludes(votable);
  named("--output", q.output, "FILE", "Write the table here and print the path.");
  named("--plot", q.plot, "FILE", "Draw a picture instead: .png or .svg.");
  cli::add_settings(app, o.settings,
                    {"--lightcurve-db", "--variable-sigma", "--variable-modulation"});
}

ExitCode run(Options& o) {
  using lightcurve::Format;
  o.query.format = o.csv       ? Format::csv
                   : o.json    ? Format::json
                   : o.votable ? Format::votable
                               : Format::automatic;
  std::cout << lightcurve::answer(o.settings, o.query);
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "query-lightcurve";
  tool.summary = "Show a source's light curve, the candidates, or the field.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
