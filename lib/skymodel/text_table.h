// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace contimg::skymodel {

/// A column of a table: its title, and its unit where the file says one ("deg", "mJy"; else empty).
struct TextColumn {
  std::string title;
  std::string unit;
};

/// Rows of any kind of table as text, one after the other. Numbers have all their digits; what is
/// missing (null, NaN) is empty.
class TextTable {
 public:
  virtual ~TextTable() = default;
  virtual const std::vector<TextColumn>& columns() const = 0;
  /// Only these columns (by index) are wanted of the rows; the others may be left empty.
  virtual void select(const std::vector<std::size_t>& wanted) = 0;
  /// The next row, one text per column; false after the last. A row may have the wrong number of
  /// fields. Throws DataError when the file is damaged.
  virtual bool next(std::vector<std::string>& fields) = 0;
  /// Where the last row stands: "line 12", "row 7".
  virtual std::string place() const = 0;
};

/// A text file with a title line. Fields are parted by comma, semicolon, tab or bar, whichever is
/// most frequent in the title line, and may be in double quotes. Lines that begin with # and empty
/// ones are skipped.
std::unique_ptr<TextTable> open_csv_table(const std::string& path);

/// The first table (binary or ASCII) of a FITS file.
std::unique_ptr<TextTable> open_fits_table(const std::string& path);

/// The first TABLE of a VOTable whose data are TABLEDATA.
std::unique_ptr<TextTable> open_votable(const std::string& path);

}  // namespace contimg::skymodel
