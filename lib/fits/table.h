// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace contimg::fits {

/// A column of numbers or of texts.
struct Column {
  std::string name, unit;
  bool is_text = false;
  std::vector<double> numbers;     ///< NaN: unknown.
  std::vector<std::string> texts;  ///< ASCII.
};

/// A binary table. All columns have the same length.
struct Table {
  std::string name;                                        ///< EXTNAME.
  std::vector<std::pair<std::string, std::string>> facts;  ///< Cards, by keyword in any case.
  std::vector<Column> columns;
};

/// Writes the table as the first extension of `path`, whole or not at all, in place of an older
/// file. Keywords longer than eight letters become HIERARCH cards. Throws std::invalid_argument for
/// columns of different lengths, TemporaryError for the disk.
void write_table(const std::string& path, const Table& table);

}  // namespace contimg::fits
