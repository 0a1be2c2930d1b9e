// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/page_table.h"

#include <utility>

#include "base/escaped_text.h"
#include "report/words.h"

namespace contimg::report {
namespace {

std::string class_attribute(const std::string& css_class) {
  return css_class.empty() ? "" : " class=\"" + css_class + "\"";
}

}  // namespace

Column text_column(const std::string& title, const std::string& key, const std::string& css_class) {
  return {title, [key](const Json& row) { return word(row, key); }, css_class};
}

Column number_column(const std::string& title, const std::string& key,
                     std::function<std::string(double)> shown) {
  return {title,
          [key, shown = std::move(shown)](const Json& row) { return shown(number(row, key)); },
          "n"};
}

std::string html_table(const Json& rows, const std::vector<Column>& columns, std::size_t limit) {
  if (!rows.is_array() || rows.empty()) return "";
  std::string html = "<div class=\"wide\"><table><thead><tr>";
  for (const Column& column : columns)
    html += "<th" + class_attribute(column.css_class) + ">" + xml_text(column.title) + "</th>";
  html += "</tr></thead><tbody>\n";
  std::size_t n = 0;
  for (const Json& row : rows) {
    if (++n > limit) break;
    html += "<tr>";
    for (const Column& column : columns)
      html +=
          "<td" + class_attribute(column.css_class) + ">" + xml_text(column.text(row)) + "</td>";
    html += "</tr>\n";
  }
  html += "</tbody></table></div>\n";
  if (rows.size() > limit)
    html += paragraph(std::to_string(rows.size() - limit) + " more are not shown.", "soft");
  return html;
}

std::string html_figures(const std::vector<std::pair<std::string, std::string>>& figures) {
  std::string html = "<div class=\"figures\">";
  for (const auto& [value, what] : figures)
    html += "<div><b>" + xml_text(value) + "</b><span>" + xml_text(what) + "</span></div>";
  return html + "</div>\n";
}

std::string html_section(const std::string& title, const std::string& body) {
  return "<section><h2>" + xml_text(title) + "</h2>\n" + body + "</section>\n";
}

std::string paragraph(const std::string& text, const std::string& css_class) {
  return "<p" + class_attribute(css_class) + ">" + xml_text(text) + "</p>\n";
}

}  // namespace contimg::report
