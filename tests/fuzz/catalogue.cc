// SPDX-License-Identifier: GPL-3.0-or-later
// What the four importers of catalogues have in common.
#include "catalogue.h"

#include <cmath>
#include <filesystem>

#include "astro/constants.h"
#include "harness.h"
#include "skymodel/catalogue.h"
#include "skymodel/column_mapping.h"
#include "skymodel/import_catalogue.h"

namespace contimg::fuzz {
namespace {

bool is_unknown_or_positive(double value) {
  return std::isnan(value) || (std::isfinite(value) && value > 0);
}

void check_source(const skymodel::CatalogueSource& source) {
  require(source.position.ra_rad >= 0 && source.position.ra_rad < 2 * astro::kPi,
          source.name + ": RA is in [0, 2 pi)");
  require(std::abs(source.position.dec_rad) <= astro::kPi / 2, source.name + ": dec is a latitude");
  require(!std::isinf(source.spectral_index),
          source.name + ": spectral index is finite or unknown");
  require(!source.name.empty() && source.name.find('\n') == std::string::npos &&
              source.name.find('\t') == std::string::npos && printable(source.name) == source.name,
          "a name can be printed on one line: " + source.name);
  for (const skymodel::BandFlux& flux : source.fluxes) {
    require(is_unknown_or_positive(flux.flux_jy), source.name + ": flux density is positive");
    require(std::isfinite(flux.frequency_hz) && flux.frequency_hz > 0,
            source.name + ": frequency is positive");
    require(!std::isinf(flux.error_jy), source.name + ": error is finite or unknown");
  }
}

skymodel::ImportOptions options_of(const std::string& format, const std::string& input) {
  skymodel::ImportOptions options;
  options.input = input;
  options.output = folder() + "/catalogue.sqlite3";
  options.format = format;
  options.max_bad_share = 0.9;
  if (format != "vla") options.columns.frequency_hz = 1.4e9;
  return options;
}

void check_catalogue(const std::string& path, std::size_t n_source) {
  skymodel::Catalogue catalogue(path);
  require(catalogue.n_source() == static_cast<std::int64_t>(n_source), "all sources are there");
  Database db(path, Database::Mode::read_only, 1000);
  require(db.text("PRAGMA integrity_check(1)") == "ok", "a catalogue is sound");
  Statement rows(db, "SELECT count(*) FROM sources WHERE name IS NULL OR name = ''");
  rows.step();
  require(rows.integer(0) == 0, "every source has a name");
}

}  // namespace

void check_sources(const skymodel::SourceList& list) {
  for (const skymodel::NewSource& each : list.sources) check_source(each.source);
  require(list.bad.size() <= 10, "ten rows that were rejected are told");
}

void read_sources(const std::string& path, skymodel::TextTable& table) {
  skymodel::ColumnRequest request;
  request.frequency_hz = 1.4e9;
  const auto mapping = skymodel::map_columns(path, table.columns(), request);
  check_sources(skymodel::read_table(path, table, mapping));
}

void import_list(const std::string& format, const std::string& bytes) {
  const std::string path = write_file("list." + format, bytes);
  const skymodel::ImportOptions options = options_of(format, path);
  std::filesystem::remove(options.output);
  accepts(path, [&] { skymodel::detect_format(path); });
  skymodel::ImportedCatalogue made;
  if (!accepts(path, [&] { made = skymodel::import_catalogue(options); })) {
    require(!std::filesystem::exists(options.output), "a list that is refused leaves no catalogue");
    return;
  }
  check_catalogue(options.output, made.n_source);
  require(!skymodel::import_catalogue(options).changed, "a second import changes nothing");
}

}  // namespace contimg::fuzz
