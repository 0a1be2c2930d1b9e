// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/column_mapping.h"

#include <algorithm>

#include "astro/constants.h"
#include "base/error.h"
#include "base/text.h"

namespace contimg::skymodel {
namespace {

using Titles = std::map<std::string, std::vector<std::string>>;

/// Titles that a survey's catalogue has in its usual places: VizieR's and its authors' own.
struct Preset {
  std::string name, flux_unit, name_prefix;
  double frequency_hz;
  Titles titles;
};

const Titles& common_titles() {
  static const Titles titles = {
      {"name", {"name", "source_name", "source", "id"}},
      {"ra", {"ra_deg", "ra", "raj2000", "_raj2000", "ra_j2000", "ra_icrs", "right_ascension"}},
      {"dec", {"dec_deg", "dec", "dej2000", "_dej2000", "dec_j2000", "de_icrs", "declination"}},
      {"flux", {"flux_jy", "flux_mjy", "flux_ujy", "flux", "total_flux", "flux_density"}},
      {"flux-error", {"flux_error_jy", "flux_error_mjy", "flux_error", "e_flux"}},
      {"spectral-index", {"spectral_index", "spindex"}},
      {"frequency", {"reference_frequency_hz", "frequency_hz"}}};
  return titles;
}

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"nvss",
       "mJy",
       "NVSS J",
       1.4e9,
       {{"name", {"NVSS", "name"}},
        {"ra", {"RAJ2000", "_RAJ2000", "RA"}},
        {"dec", {"DEJ2000", "_DEJ2000", "DEC"}},
        {"flux", {"S1.4", "S1_4", "FLUX_20_CM"}},
        {"flux-error", {"e_S1.4", "e_S1_4", "FLUX_20_CM_ERROR"}}}},
      {"first",
       "mJy",
       "FIRST ",
       1.4e9,
       {{"name", {"FIRST", "name"}},
        {"ra", {"RAJ2000", "_RAJ2000", "RA"}},
        {"dec", {"DEJ2000", "_DEJ2000", "DEC"}},
        {"flux", {"Fint", "INT_FLUX_20_CM"}},
        {"flux-error", {"Rms", "RMS_FLUX_20_CM"}}}},
      {"racs",
       "mJy",
       "",
       887.5e6,
       {{"name", {"Source_Name", "RACS-DR1", "Name"}},
        {"ra", {"RA", "RAJ2000"}},
        {"dec", {"Dec", "DEJ2000"}},
        {"flux", {"Total_flux_Source", "Ftot", "Total_flux"}},
        {"flux-error", {"E_Total_flux_Source", "e_Ftot", "E_Total_flux"}}}}};
  return all;
}

std::string titles_of(const std::vector<TextColumn>& columns) {
  std::vector<std::string> titles;
  titles.reserve(columns.size());
  for (const TextColumn& column : columns) titles.push_back(column.title);
  return joined(titles);
}

const Preset* find_preset(const std::string& name) {
  if (name.empty()) return nullptr;
  for (const Preset& preset : presets())
    if (preset.name == lowered(name)) return &preset;
  throw UsageError("--preset " + name + ": unknown, expected " + joined(preset_names()));
}

std::optional<std::size_t> column_called(const std::vector<TextColumn>& columns,
                                         const std::string& title) {
  for (const bool exactly : {true, false})
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (exactly ? columns[i].title == title : lowered(columns[i].title) == lowered(title))
        return i;
  return std::nullopt;
}

// The factor of a unit to SI (degrees for angles), or nothing if it is none of that kind.
std::optional<double> factor_of(const std::string& kind, const std::string& unit) {
  static const std::map<std::string, std::map<std::string, double>> units = {
      {"angle",
       {{"deg", 1},
        {"degree", 1},
        {"degrees", 1},
        {"h", 15},
        {"hr", 15},
        {"hour", 15},
        {"hours", 15},
        {"hourangle", 15},
        {"rad", 1 / astro::kDegree},
        {"radian", 1 / astro::kDegree},
        {"radians", 1 / astro::kDegree}}},
      {"flux", {{"jy", 1}, {"mjy", 1e-3}, {"ujy", 1e-6}, {"microjy", 1e-6}}},
      {"frequency", {{"hz", 1}, {"khz", 1e3}, {"mhz", 1e6}, {"ghz", 1e9}}}};
  std::string bare = lowered(unit);
  for (const char* beam : {"/beam", " beam-1", ".beam-1", " beam^-1", " beam**-1"})
    if (kind == "flux" && bare.size() > std::string(beam).size() &&
        bare.compare(bare.size() - std::string(beam).size(), std::string::npos, beam) == 0)
      bare.erase(bare.size() - std::string(beam).size());
  const auto& known = units.at(kind);
  const auto found = known.find(bare);
  if (found == known.end()) return std::nullopt;
  return found->second;
}

std::string kind_of(const std::string& role) {
  if (role == "ra" || role == "dec") return "angle";
  if (role == "flux" || role == "flux-error") return "flux";
  return role == "frequency" ? "frequency" : "";
}

/// The user's unit, else the file's, else the title's ending ("ra_deg"), else `otherwise`.
std::optional<double> unit_factor(const std::string& role, const TextColumn& column,
                                  const ColumnRequest& request, const std::string& otherwise) {
  const std::string kind = kind_of(role);
  const auto said = request.units.find(role);
  if (said != request.units.end()) return factor_of(kind, said->second);
  if (const auto factor = factor_of(kind, column.unit)) return factor;
  const std::size_t bar = column.title.rfind('_');
  if (bar != std::string::npos)
    if (const auto factor = factor_of(kind, column.title.substr(bar + 1))) return factor;
  if (!otherwise.empty()) return factor_of(kind, otherwise);
  return std::nullopt;
}

void check_request(const ColumnRequest& request) {
  for (const auto* map : {&request.columns, &request.units})
    for (const auto& entry : *map)
      if (std::find(column_roles().begin(), column_roles().end(), entry.first) ==
          column_roles().end())
        throw UsageError("--column or --unit " + entry.first + "=" + entry.second +
                         ": no such role, expected " + joined(column_roles()));
  for (const auto& [role, unit] : request.units)
    if (kind_of(role).empty() || !factor_of(kind_of(role), unit))
      throw UsageError("--unit " + role + "=" + unit +
                       ": no such unit, expected deg, hours or rad for ra and dec, Jy, mJy or uJy "
                       "for flux, Hz, MHz or GHz for frequency");
}

bool plays_a_role(const ColumnMapping& mapping, std::size_t column) {
  return std::any_of(mapping.index.begin(), mapping.index.end(),
                     [column](const auto& entry) { return entry.second == column; });
}

void find_columns(const std::string& path, const std::vector<TextColumn>& columns,
                  const ColumnRequest& request, const Titles& titles, ColumnMapping& mapping) {
  for (const auto& [role, title] : request.columns) {
    const auto column = column_called(columns, title);
    if (!column)
      throw DataError(path + ": no column '" + title + "' for " + role + "; the columns are " +
                      titles_of(columns));
    mapping.index[role] = *column;
  }
  for (const auto& [role, candidates] : titles)
    for (const std::string& title : candidates)
      if (const auto column = column_called(columns, title))
        if (!plays_a_role(mapping, *column)) mapping.index.emplace(role, *column);
  for (const char* role : {"ra", "dec", "flux"})
    if (!mapping.index.count(role))
      throw DataError(path + ": no column for " + role + " (looked for " + joined(titles.at(role)) +
                      "); the columns are " + titles_of(columns) + "; say which with --column " +
                      role + "=TITLE");
}

void find_angle_units(const std::string& path, const std::vector<TextColumn>& columns,
                      const ColumnRequest& request, ColumnMapping& mapping) {
  const TextColumn& ra = columns[mapping.index.at("ra")];
  const auto ra_factor = unit_factor("ra", ra, request, "");
  if (ra_factor && *ra_factor > 14 && *ra_factor < 16 && !request.units.count("ra"))
    throw DataError(path + ": '" + ra.title +
                    "' is in hours by its unit or title, expected degrees; if it is so, say "
                    "--unit ra=hours");
  mapping.ra_unit_said = ra_factor.has_value();
  mapping.ra_factor = ra_factor.value_or(1);
  mapping.dec_factor =
      unit_factor("dec", columns[mapping.index.at("dec")], request, "").value_or(1);
}

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  return names;
}

const std::vector<std::string>& column_roles() {
  static const std::vector<std::string> roles = {
      "name", "alias", "ra", "dec", "flux", "flux-error", "spectral-index", "frequency", "quality"};
  return roles;
}

ColumnMapping map_columns(const std::string& path, const std::vector<TextColumn>& columns,
                          const ColumnRequest& request) {
  check_request(request);
  const Preset* preset = find_preset(request.preset);
  ColumnMapping mapping;
  find_columns(path, columns, request, preset ? preset->titles : common_titles(), mapping);
  find_angle_units(path, columns, request, mapping);
  const TextColumn& flux = columns[mapping.index.at("flux")];
  const auto flux_factor = unit_factor("flux", flux, request, preset ? preset->flux_unit : "");
  if (!flux_factor)
    throw DataError(path + ": '" + flux.title + "' has no unit that is known" +
                    (flux.unit.empty() ? "" : " ('" + flux.unit + "')") +
                    ", expected Jy, mJy or uJy; say which with --unit flux=UNIT");
  mapping.flux_factor = *flux_factor;
  mapping.band = flux.title;
  mapping.error_factor = mapping.flux_factor;
  if (const auto error = mapping.index.find("flux-error"); error != mapping.index.end())
    mapping.error_factor = unit_factor("flux-error", columns[error->second], request, "")
                               .value_or(mapping.flux_factor);
  mapping.frequency_hz = request.frequency_hz > 0 ? request.frequency_hz
                         : preset                 ? preset->frequency_hz
                                                  : 0;
  const auto frequency = mapping.index.find("frequency");
  if (frequency != mapping.index.end())
    mapping.frequency_factor =
        unit_factor("frequency", columns[frequency->second], request, "Hz").value_or(1);
  else if (mapping.frequency_hz <= 0)
    throw UsageError(path + ": the frequency of '" + flux.title +
                     "' is not known, expected --frequency-hz, --column frequency=TITLE or "
                     "--preset");
  if (preset) mapping.name_prefix = preset->name_prefix;
  return mapping;
}

}  // namespace contimg::skymodel
