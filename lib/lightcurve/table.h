// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Tables as people and programs read them.
namespace contimg::lightcurve {

enum class ColumnType { text, real, whole, truth };

struct Column {
  std::string name, unit, description;
  ColumnType type = ColumnType::real;
};

/// Rows of values in the order of the columns, as CSV has them: empty for an unknown number,
/// "true" or "false" for a truth.
struct Table {
  std::string name;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
  /// What holds for all rows, e.g. the source; of VOTable only.
  std::vector<std::pair<Column, std::string>> facts;
};

/// A number as tables have it: empty when it is not finite.
std::string number_text(double value, const char* format = "%.7g");

/// A line of names, then a line a row (RFC 4180, but for the line's end).
std::string to_csv(const Table& table);
/// One object a line; unknown numbers are null.
std::string to_json_lines(const Table& table);
/// The rows as one array: part of a larger object.
std::string rows_as_json(const Table& table);
/// VOTable 1.4, TABLEDATA; columns named mjd are of the time system UTC, as MJD.
std::string to_votable(const Table& table);
/// Columns in line, for people; the last one is as long as it likes.
std::string to_text(const Table& table);

/// The words for a sum of flags; empty for none. Source: docs/formats/measurements.md.
std::string flag_words(std::uint32_t flags);

}  // namespace contimg::lightcurve
