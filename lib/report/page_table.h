// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/ask.h"

namespace contimg::report {

/// A column of a table in the page.
struct Column {
  std::string title;
  std::function<std::string(const Json& row)> text;  ///< Not escaped yet.
  std::string css_class = {};  ///< "n": a number; "w": not wrapped; "t": text.
};

/// Columns of usual kinds, of a member of each row.
Column text_column(const std::string& title, const std::string& key,
                   const std::string& css_class = "t");
Column number_column(const std::string& title, const std::string& key,
                     std::function<std::string(double)> shown);

/// A table that scrolls by itself when it is too wide; at most `limit` rows, and how many more there are.
/// Empty for no rows.
std::string html_table(const Json& rows, const std::vector<Column>& columns,
                       std::size_t limit = 50);

/// A row of large figures, (value with unit, what it is).
std::string html_figures(const std::vector<std::pair<std::string, std::string>>& figures);

std::string html_section(const std::string& title, const std::string& body);
std::string paragraph(const std::string& text, const std::string& css_class = "");

}  // namespace contimg::report
