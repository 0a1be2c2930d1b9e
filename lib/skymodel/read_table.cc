// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a table as sources of a catalogue: angles, units, names; bad rows are rejected with the reason.
#include <algorithm>
#include <cmath>

#include "astro/constants.h"
#include "base/error.h"
#include "skymodel/angle_text.h"
#include "skymodel/column_mapping.h"
#include "skymodel/source_name.h"

namespace contimg::skymodel {
namespace {

/// A row that cannot be used; says why. Never leaves this file.
class BadRow : public DataError {
 public:
  using DataError::DataError;
};

bool says_nothing(const std::string& text) {
  static const std::vector<std::string> nothing = {"",     "?",    "-",   "--",
                                                   "null", "NULL", "nan", "NaN"};
  return std::find(nothing.begin(), nothing.end(), text) != nothing.end();
}

class RowParser {
 public:
  explicit RowParser(const ColumnMapping& mapping) : mapping_(mapping) {}

  NewSource parse(const std::vector<std::string>& fields, std::size_t n_column) {
    if (fields.size() != n_column)
      throw BadRow(std::to_string(fields.size()) + " fields, expected " + std::to_string(n_column));
    NewSource entry;
    entry.source.position = {ra_deg(fields) * astro::kDegree, dec_deg(fields) * astro::kDegree};
    entry.source.name = text(fields, "name");
    const std::string& prefix = mapping_.name_prefix;
    if (entry.source.name.empty()) {
      entry.source.name = long_j_name(entry.source.position);
    } else if (entry.source.name.compare(0, prefix.size(), prefix) != 0) {
      entry.aliases.push_back(entry.source.name);
      // "J0000+00" in a list whose prefix ends with J.
      const bool doubled = prefix.size() > 1 && prefix.back() == 'J' && entry.source.name[0] == 'J';
      entry.source.name.insert(0, doubled ? prefix.substr(0, prefix.size() - 1) : prefix);
    }
    const std::string alias = text(fields, "alias");
    if (!says_nothing(alias)) entry.aliases.push_back(alias);
    entry.source.spectral_index = number(fields, "spectral-index");
    entry.source.fluxes.push_back(flux(fields));
    return entry;
  }

  bool ra_may_be_hours() const {
    return !mapping_.ra_unit_said && n_decimal_ra_ > 0 && highest_ra_ <= 24 &&
           highest_ra_ - lowest_ra_ > 6;
  }
  double lowest_ra() const { return lowest_ra_; }
  double highest_ra() const { return highest_ra_; }

 private:
  std::string text(const std::vector<std::string>& fields, const std::string& role) const {
    const auto column = mapping_.index.find(role);
    if (column == mapping_.index.end()) return "";
    const std::string& value = fields[column->second];
    if (value.find_first_of("\n\t") != std::string::npos || printable(value) != value)
      throw BadRow(role + " holds control characters");
    return value;
  }

  double number(const std::vector<std::string>& fields, const std::string& role) const {
    const std::string value = text(fields, role);
    if (says_nothing(value)) return std::nan("");
    const auto parsed = read_number(value);
    if (!parsed) throw BadRow(role + " is '" + value + "', expected a number");
    return *parsed;
  }

  double ra_deg(const std::vector<std::string>& fields) {
    const std::string value = text(fields, "ra");
    const auto angle = read_angle(value);
    if (!angle) throw BadRow("ra is '" + value + "', expected an angle");
    double degrees = angle->value;
    if (angle->unit == 'h' || (angle->sexagesimal && angle->unit != 'd'))
      degrees *= 15;
    else if (angle->unit != 'd')
      degrees *= mapping_.ra_factor;
    if (!(degrees >= 0 && degrees <= 360))
      throw BadRow("ra is '" + value + "', outside 0 to 360 degrees");
    if (angle->unit == ' ' && !angle->sexagesimal) {
      lowest_ra_ = n_decimal_ra_ ? std::min(lowest_ra_, angle->value) : angle->value;
      highest_ra_ = n_decimal_ra_ ? std::max(highest_ra_, angle->value) : angle->value;
      ++n_decimal_ra_;
    }
    return degrees < 360 ? degrees : 0;
  }

  double dec_deg(const std::vector<std::string>& fields) const {
    const std::string value = text(fields, "dec");
    const auto angle = read_angle(value);
    if (!angle || angle->unit == 'h') throw BadRow("dec is '" + value + "', expected an angle");
    const bool plain = !angle->sexagesimal && angle->unit == ' ';
    const double degrees = angle->value * (plain ? mapping_.dec_factor : 1);
    if (std::abs(degrees) > 90) throw BadRow("dec is '" + value + "', outside -90 to 90 degrees");
    return degrees;
  }

  BandFlux flux(const std::vector<std::string>& fields) const {
    BandFlux flux;
    flux.band = mapping_.band;
    flux.flux_jy = number(fields, "flux") * mapping_.flux_factor;
    flux.error_jy = number(fields, "flux-error") * mapping_.error_factor;
    flux.quality = text(fields, "quality");
    flux.frequency_hz = number(fields, "frequency") * mapping_.frequency_factor;
    if (std::isnan(flux.frequency_hz)) flux.frequency_hz = mapping_.frequency_hz;
    if (!(flux.frequency_hz > 0)) throw BadRow("frequency is not positive");
    return flux;
  }

  const ColumnMapping& mapping_;
  std::size_t n_decimal_ra_ = 0;
  double lowest_ra_ = 0, highest_ra_ = 0;
};

}  // namespace

SourceList read_table(const std::string& path, TextTable& table, const ColumnMapping& mapping) {
  std::vector<std::size_t> wanted;
  for (const auto& entry : mapping.index) wanted.push_back(entry.second);
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  table.select(wanted);
  SourceList list;
  RowParser parser(mapping);
  for (std::vector<std::string> fields; table.next(fields);) {
    ++list.n_row;
    try {
      NewSource entry = parser.parse(fields, table.columns().size());
      double& flux = entry.source.fluxes[0].flux_jy;
      if (!std::isnan(flux)) ++list.n_numeric_flux;
      if (!(flux > 0)) {
        ++list.n_without_flux;
        flux = std::nan("");
      }
      list.sources.push_back(std::move(entry));
    } catch (const BadRow& bad) {
      list.reject(table.place(), bad.what());
    }
  }
  if (parser.ra_may_be_hours())
    throw DataError(path + ": RA runs from " + std::to_string(parser.lowest_ra()) + " to " +
                    std::to_string(parser.highest_ra()) +
                    " and no unit is given, which looks like hours, expected degrees; say "
                    "--unit ra=hours or --unit ra=deg");
  return list;
}

}  // namespace contimg::skymodel
