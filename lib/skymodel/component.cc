// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/component.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>

#include "astro/constants.h"
#include "base/error.h"
#include "base/file_bytes.h"
#include "base/text.h"

namespace contimg::skymodel {
namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) fields.push_back(trimmed(field));
  return fields;
}

using Columns = std::map<std::string, std::size_t>;

Columns read_titles(const std::string& where, const std::vector<std::string>& titles) {
  static const std::vector<std::string> known = {
      "name", "ra_deg", "dec_deg", "flux_jy", "spectral_index", "reference_frequency_hz"};
  Columns columns;
  for (std::size_t i = 0; i < titles.size(); ++i) {
    if (std::find(known.begin(), known.end(), titles[i]) == known.end())
      throw DataError(where + "unknown column '" + titles[i] +
                      "', expected name, ra_deg, dec_deg, flux_jy, spectral_index, "
                      "reference_frequency_hz");
    columns[titles[i]] = i;
  }
  for (std::size_t i = 0; i < 4; ++i)
    if (!columns.count(known[i])) throw DataError(where + "no column '" + known[i] + "'");
  return columns;
}

double number(const std::string& where, const std::string& title, const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value))
    throw DataError(where + title + " is '" + text + "', expected a number");
  return value;
}

Component read_component(const std::string& where, const Columns& columns,
                         const std::vector<std::string>& fields) {
  const auto value = [&](const std::string& title, double otherwise) {
    const auto column = columns.find(title);
    if (column == columns.end()) return otherwise;
    return number(where, title, fields[column->second]);
  };
  Component component;
  component.name = fields[columns.at("name")];
  component.position = {value("ra_deg", 0) * astro::kDegree, value("dec_deg", 0) * astro::kDegree};
  component.flux_jy = value("flux_jy", 0);
  component.spectral_index = value("spectral_index", 0);
  component.reference_frequency_hz = value("reference_frequency_hz", 1.4e9);
  if (std::abs(component.position.dec_rad) > astro::kPi / 2)
    throw DataError(where + "dec_deg is outside [-90, 90]");
  if (component.reference_frequency_hz <= 0)
    throw DataError(where + "reference_frequency_hz is not positive");
  return component;
}

}  // namespace

double flux_density_jy(const Component& component, double frequency_hz) {
  if (component.log_polynomial.empty())
    return component.flux_jy *
           std::pow(frequency_hz / component.reference_frequency_hz, component.spectral_index);
  const double x = std::log10(frequency_hz / 1e9);
  double sum = 0;
  for (auto a = component.log_polynomial.rbegin(); a != component.log_polynomial.rend(); ++a)
    sum = sum * x + *a;
  return std::pow(10.0, sum);
}

std::vector<Component> read_sky_csv(const std::string& path) {
  const auto text = file_bytes(path);
  if (!text) throw DataError(path + ": cannot be read, expected a CSV list of sources");
  std::istringstream file(*text);
  std::vector<Component> components;
  std::optional<Columns> columns;
  std::size_t line_number = 0, n_column = 0;
  for (std::string line; std::getline(file, line);) {
    ++line_number;
    const std::vector<std::string> fields = split(line);
    if (fields.empty() || (fields.size() == 1 && fields[0].empty()) || line[0] == '#') continue;
    const std::string where = path + ": line " + std::to_string(line_number) + ": ";
    if (!columns) {
      columns = read_titles(where, fields);
      n_column = fields.size();
      continue;
    }
    if (fields.size() != n_column)
      throw DataError(where + std::to_string(fields.size()) + " fields, expected " +
                      std::to_string(n_column));
    components.push_back(read_component(where, *columns, fields));
  }
  if (!columns) throw DataError(path + ": no title line, expected name,ra_deg,dec_deg,flux_jy,...");
  return components;
}

}  // namespace contimg::skymodel
