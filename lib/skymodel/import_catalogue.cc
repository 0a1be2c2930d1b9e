// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/import_catalogue.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "astro/epoch.h"
#include "base/atomic_output.h"
#include "base/error.h"
#include "base/file_bytes.h"
#include "base/sha256.h"
#include "base/text.h"

namespace contimg::skymodel {
namespace {

std::string described(const ImportOptions& options, const std::string& format) {
  std::ostringstream text;
  text.precision(17);
  text << "version=" << kCatalogueVersion << " format=" << format
       << " preset=" << options.columns.preset << " frequency_hz=" << options.columns.frequency_hz
       << " max_bad_share=" << options.max_bad_share;
  for (const auto& [role, title] : options.columns.columns)
    text << " column:" << role << '=' << title;
  for (const auto& [role, unit] : options.columns.units) text << " unit:" << role << '=' << unit;
  return text.str();
}

SourceList read_list(const ImportOptions& options, const std::string& format) {
  if (format == "vla") {
    if (!options.columns.columns.empty() || !options.columns.units.empty() ||
        !options.columns.preset.empty() || options.columns.frequency_hz > 0)
      throw UsageError(options.input +
                       ": the VLA list has its own columns, bands and units, expected no --column, "
                       "--unit, --preset or --frequency-hz");
    return read_vla_list(options.input);
  }
  std::unique_ptr<TextTable> table;
  if (format == "csv")
    table = open_csv_table(options.input);
  else if (format == "fits")
    table = open_fits_table(options.input);
  else if (format == "votable")
    table = open_votable(options.input);
  else
    throw UsageError("--format " + format + ": unknown, expected auto, vla, csv, fits or votable");
  const ColumnMapping mapping = map_columns(options.input, table->columns(), options.columns);
  return read_table(options.input, *table, mapping);
}

void check_list(const ImportOptions& options, const SourceList& list) {
  std::string listed;
  for (const std::string& bad : list.bad) listed += "\n  " + bad;
  if (list.sources.empty())
    throw DataError(options.input + ": no usable source in " + std::to_string(list.n_row) +
                    " rows" + listed);
  const double share = static_cast<double>(list.n_bad) / static_cast<double>(list.n_row);
  if (share > options.max_bad_share)
    throw DataError(options.input + ": " + std::to_string(list.n_bad) + " of " +
                    std::to_string(list.n_row) + " rows cannot be used, expected at most " +
                    std::to_string(options.max_bad_share * 100) +
                    " % (--max-bad-share); the first:" + listed);
}

}  // namespace

std::string detect_format(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string begin(512, '\0');
  if (!file || std::filesystem::is_directory(path))
    throw DataError(path + ": cannot be read, expected a list of sources");
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(file.gcount()));
  require_sound(file, path);
  if (trimmed(begin).empty()) throw DataError(path + ": empty, expected a list of sources");
  if (begin.compare(0, 6, "SIMPLE") == 0) return "fits";
  if (begin.compare(0, 8, "IAU NAME") == 0) return "vla";
  const std::string bare = trimmed(begin);
  if (bare.compare(0, 5, "<?xml") == 0 || bare.find("<VOTABLE") != std::string::npos)
    return "votable";
  return "csv";
}

ImportedCatalogue import_catalogue(const ImportOptions& options) {
  const std::string format =
      options.format == "auto" ? detect_format(options.input) : options.format;
  const std::string how = described(options, format);
  ImportedCatalogue result;
  result.path = options.output;
  const std::string digest = sha256_of_file(options.input);
  if (std::filesystem::is_regular_file(options.output)) {
    try {
      Catalogue present(options.output);
      const auto meta = present.meta();
      const auto same = [&meta](const char* key, const std::string& value) {
        const auto found = meta.find(key);
        return found != meta.end() && found->second == value;
      };
      if (same("input_sha256", digest) && same("options", how)) {
        result.changed = false;
        result.n_source = static_cast<std::size_t>(present.n_source());
        return result;
      }
    } catch (const DataError&) {
      // Not a catalogue: what is said below of any other file in the way.
    }
    if (!options.overwrite)
      throw ProductExists(options.output +
                          ": another file is there; give --overwrite to replace it");
  }
  result.list = read_list(options, format);
  check_list(options, result.list);
  result.n_source = result.list.sources.size();
  const std::map<std::string, std::string> meta = {
      {"input", std::filesystem::path(options.input).filename().string()},
      {"input_sha256", digest},
      {"options", how},
      {"imported_at", astro::format_stamp(astro::mjd_s_from_unix_s(astro::now_unix_s())) + "Z"},
      {"n_source", std::to_string(result.n_source)},
      {"n_numeric_flux", std::to_string(result.list.n_numeric_flux)},
      {"n_without_flux", std::to_string(result.list.n_without_flux)},
      {"n_rejected", std::to_string(result.list.n_bad)}};
  write_catalogue(options.output, result.list.sources, meta, options.overwrite);
  result.list.sources.clear();
  return result;
}

}  // namespace contimg::skymodel
