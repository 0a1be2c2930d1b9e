// SPDX-License-Identifier: GPL-3.0-or-later
// import-catalogue: turn a list of sources into a catalogue that the other tools search.
//
// Reads   the VLA calibrator list, or a table of sources as CSV, FITS or VOTable
// Writes  a catalogue (SQLite)
// Next    form-groups, calibrate-ms
//
// Manual: docs/tools/import-catalogue.md

#include "skymodel/import_catalogue.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "base/error.h"
#include "cli/run_tool.h"

namespace {

using namespace contimg;

struct Options {
  skymodel::ImportOptions import;
  std::vector<std::string> columns, units;
  Settings settings;
};

void declare(CLI::App& app, Options& options) {
  skymodel::ImportOptions& import = options.import;
  app.add_option("FILE", import.input, "List of sources.")->type_name("");
  app.add_option("--output", import.output,
                 "The catalogue to write; default: state/catalogues/NAME.sqlite3 under the root, "
                 "NAME being that of FILE.")
      ->type_name("FILE");
  app.add_option("--format", import.format, "What FILE is: auto, vla, csv, fits or votable.")
      ->check(CLI::IsMember({"auto", "vla", "csv", "fits", "votable"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  app.add_option("--preset", import.columns.preset,
                 "Column titles, unit and frequency of a survey: nvss, first or racs.")
      ->check(CLI::IsMember(skymodel::preset_names()))
      ->type_name("SURVEY");
  app.add_option("--column", options.columns,
                 "The column that plays a role: name, alias, ra, dec, flux, flux-error, "
                 "spectral-index, frequency or quality. May be given again.")
      ->type_name("ROLE=TITLE");
  app.add_option("--unit", options.units,
                 "The unit of a role: deg, hours or rad; Jy, mJy or uJy; Hz, MHz or GHz. May be "
                 "given again.")
      ->type_name("ROLE=UNIT");
  app.add_option("--frequency-hz", import.columns.frequency_hz, "Frequency of the fluxes, Hz.")
      ->check(CLI::PositiveNumber)
      ->type_name("F");
  app.add_option("--max-bad-share", import.max_bad_share,
                 "Refuse a list when more than this share of its rows cannot be used.")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("SHARE")
      ->capture_default_str();
  app.add_flag("--overwrite", import.overwrite, "Replace a catalogue that differs.");
  cli::add_settings(app, options.settings, {"--root"});
}

std::map<std::string, std::string> pairs(const std::string& option,
                                         const std::vector<std::string>& texts) {
  std::map<std::string, std::string> found;
  for (const std::string& text : texts) {
    const auto refuse = [&](const char* why) {
      throw UsageError(std::string(option).append(" ").append(text).append(why));
    };
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
      refuse(": expected ROLE=VALUE");
    if (!found.emplace(text.substr(0, equals), text.substr(equals + 1)).second)
      refuse(": this role was given before");
  }
  return found;
}

ExitCode run(Options& options) {
  skymodel::ImportOptions& import = options.import;
  if (import.input.empty()) throw UsageError("no FILE given, expected a list of sources");
  import.columns.columns = pairs("--column", options.columns);
  import.columns.units = pairs("--unit", options.units);
  if (import.output.empty() && options.settings.root.empty())
    throw UsageError("import-catalogue: no place for the catalogue, expected --output or --root");
  if (import.output.empty())
    import.output = options.settings.root + "/state/catalogues/" +
                    std::filesystem::path(import.input).stem().string() + ".sqlite3";
  const skymodel::ImportedCatalogue result = skymodel::import_catalogue(import);
  spdlog::info("{}: {} sources{}", result.path, result.n_source,
               result.changed ? "" : "; already there");
  if (result.changed)
    spdlog::info("{} fluxes are numbers; {} entries give no flux", result.list.n_numeric_flux,
                 result.list.n_without_flux);
  if (result.list.n_bad > 0)
    spdlog::warn("{}: {} of {} rows passed over, the first being:", import.input, result.list.n_bad,
                 result.list.n_row);
  for (const std::string& bad : result.list.bad) spdlog::warn("  {}", bad);
  std::cout << result.path << '\n';
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "import-catalogue";
  tool.summary = "Turn a list of sources into a catalogue that the other tools search.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
