// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/escaped_text.h"

namespace contimg::lightcurve {
namespace {

using Json = nlohmann::ordered_json;

Json json_value(const Column& column, const std::string& text) {
  if (column.type == ColumnType::text) return text;
  if (text.empty()) return nullptr;
  if (column.type == ColumnType::truth) return text == "true";
  if (column.type == ColumnType::whole) return std::strtoll(text.c_str(), nullptr, 10);
  return std::strtod(text.c_str(), nullptr);
}

Json json_row(const Table& table, const std::vector<std::string>& row) {
  Json object = Json::object();
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    object[table.columns[i].name] = json_value(table.columns[i], row[i]);
  return object;
}

std::string votable_type(const Column& column) {
  switch (column.type) {
    case ColumnType::text:
      return "datatype=\"char\" arraysize=\"*\"";
    case ColumnType::whole:
      return "datatype=\"long\"";
    case ColumnType::truth:
      return "datatype=\"boolean\"";
    default:
      return "datatype=\"double\"";
  }
}

std::string votable_ucd(const std::string& name) {
  if (name == "ra_deg") return " ucd=\"pos.eq.ra;meta.main\" ref=\"icrs\"";
  if (name == "dec_deg") return " ucd=\"pos.eq.dec;meta.main\" ref=\"icrs\"";
  if (name == "mjd") return " ucd=\"time.epoch\" ref=\"utc\"";
  if (name == "flux_jy") return " ucd=\"phot.flux.density;em.radio\"";
  if (name == "error_jy") return " ucd=\"stat.error;phot.flux.density;em.radio\"";
  return "";
}

std::string votable_head(const Column& column) {
  std::string text = "name=\"" + column.name + "\" " + votable_type(column);
  if (!column.unit.empty()) text += " unit=\"" + column.unit + "\"";
  return text + votable_ucd(column.name);
}

std::string votable_param(const Column& column, const std::string& value) {
  if (value.empty() && column.type != ColumnType::text) return "";
  return "<PARAM " + votable_head(column) + " value=\"" + xml_text(value) + "\"><DESCRIPTION>" +
         xml_text(column.description) + "</DESCRIPTION></PARAM>\n";
}

// Whole numbers have no value that says "unknown", so that one is set aside where it is needed.
std::string votable_field(const Table& table, std::size_t i) {
  const Column& column = table.columns[i];
  std::string text = "<FIELD " + votable_head(column) + "><DESCRIPTION>" +
                     xml_text(column.description) + "</DESCRIPTION>";
  const bool unknown = std::any_of(table.rows.begin(), table.rows.end(),
                                   [&](const auto& row) { return row[i].empty(); });
  if (unknown && column.type == ColumnType::whole) text += "<VALUES null=\"-1\"/>";
  return text + "</FIELD>\n";
}

std::string votable_cell(const Column& column, const std::string& text) {
  if (!text.empty() || column.type == ColumnType::text) return xml_text(text);
  return column.type == ColumnType::whole ? "-1" : column.type == ColumnType::real ? "NaN" : "";
}

}  // namespace

std::string number_text(double value, const char* format) {
  if (!std::isfinite(value)) return "";
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string to_csv(const Table& table) {
  std::string text;
  for (const Column& column : table.columns) text += (text.empty() ? "" : ",") + column.name;
  text += '\n';
  for (const std::vector<std::string>& row : table.rows) {
    std::string line;
    for (const std::string& value : row) line += csv_field(value) + ',';
    line.back() = '\n';
    text += line;
  }
  return text;
}

std::string to_json_lines(const Table& table) {
  std::string text;
  for (const std::vector<std::string>& row : table.rows) text += json_row(table, row).dump() + '\n';
  return text;
}

std::string rows_as_json(const Table& table) {
  Json array = Json::array();
  for (const std::vector<std::string>& row : table.rows) array.push_back(json_row(table, row));
  return array.dump();
}

std::string to_votable(const Table& table) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n"
      "<RESOURCE type=\"results\">\n<COOSYS ID=\"icrs\" system=\"ICRS\"/>\n"
      "<TIMESYS ID=\"utc\" timeorigin=\"MJD-origin\" timescale=\"UTC\""
      " refposition=\"TOPOCENTER\"/>\n<TABLE name=\"" +
      table.name + "\">\n";
  for (const auto& [column, value] : table.facts) text += votable_param(column, value);
  for (std::size_t i = 0; i < table.columns.size(); ++i) text += votable_field(table, i);
  text += "<DATA><TABLEDATA>\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += "<TR>";
    for (std::size_t i = 0; i < row.size(); ++i)
      text += "<TD>" + votable_cell(table.columns[i], row[i]) + "</TD>";
    text += "</TR>\n";
  }
  return text + "</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n";
}

std::string to_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) widths.push_back(column.name.size());
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  const auto line = [&](const auto& cell) {
    std::string text;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const std::string value = cell(i);
      const std::string padding(widths[i] - value.size(), ' ');
      const bool left = table.columns[i].type == ColumnType::text;
      text += (i == 0 ? "" : "  ") + (left ? value + padding : padding + value);
    }
    return text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
  };
  std::string text = line([&](std::size_t i) { return table.columns[i].name; });
  for (const auto& row : table.rows)
    text += line([&](std::size_t i) { return row[i].empty() ? std::string("-") : row[i]; });
  return text;
}

std::string flag_words(std::uint32_t flags) {
  static const char* const kWords[] = {"edge",        "blended",           "low_beam",
                                       "near_bright", "extended",          "smeared",
                                       "poor_fit",    "no_catalogue_flux", "unreliable"};
  std::string text;
  for (std::size_t bit = 0; bit < std::size(kWords); ++bit)
    if ((flags >> bit & 1u) != 0) text += (text.empty() ? "" : " ") + std::string(kWords[bit]);
  return text;
}

}  // namespace contimg::lightcurve
