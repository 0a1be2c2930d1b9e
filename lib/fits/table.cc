// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/table.h"

#include <algorithm>
#include <stdexcept>

#include "base/atomic_output.h"
#include "fits/file.h"

namespace contimg::fits {
namespace {

std::size_t length(const Column& column) {
  return column.is_text ? column.texts.size() : column.numbers.size();
}

std::string form(const Column& column) {
  if (!column.is_text) return "1D";
  std::size_t longest = 1;
  for (const std::string& text : column.texts) longest = std::max(longest, text.size());
  return std::to_string(longest) + "A";
}

// Casts: CFITSIO takes what it only reads as pointers to non-const.
void write_column(const File& file, int place, const Column& column) {
  int status = 0;
  const auto n = static_cast<LONGLONG>(length(column));
  if (n == 0) return;
  if (column.is_text) {
    std::vector<char*> texts;
    texts.reserve(column.texts.size());
    for (const std::string& text : column.texts) texts.push_back(const_cast<char*>(text.c_str()));
    fits_write_col(file.raw(), TSTRING, place, 1, 1, n, texts.data(), &status);
  } else {
    fits_write_col(file.raw(), TDOUBLE, place, 1, 1, n, const_cast<double*>(column.numbers.data()),
                   &status);
  }
  file.check(status, "column " + column.name + " cannot be written");
}

}  // namespace

void write_table(const std::string& path, const Table& table) {
  std::vector<std::string> forms;
  std::vector<char*> names, form_texts, units;
  for (const Column& column : table.columns) {
    if (length(column) != length(table.columns.front()))
      throw std::invalid_argument("write_table: columns of different lengths");
    forms.push_back(form(column));
  }
  for (std::size_t i = 0; i < forms.size(); ++i) {
    names.push_back(const_cast<char*>(table.columns[i].name.c_str()));
    form_texts.push_back(const_cast<char*>(forms[i].c_str()));
    units.push_back(const_cast<char*>(table.columns[i].unit.c_str()));
  }
  AtomicOutput output(path, this_process(0), true);
  File file = File::create(output.path(), path);
  int status = 0;
  const auto n_row =
      table.columns.empty() ? 0 : static_cast<LONGLONG>(length(table.columns.front()));
  fits_create_tbl(file.raw(), BINARY_TBL, n_row, static_cast<int>(names.size()), names.data(),
                  form_texts.data(), units.data(), table.name.c_str(), &status);
  file.check(status, "the table cannot be begun");
  for (const auto& [keyword, value] : table.facts) file.write(keyword, value, "");
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    write_column(file, static_cast<int>(i + 1), table.columns[i]);
  fits_write_chksum(file.raw(), &status);
  file.check(status, "its checksum cannot be written");
  file.close();
  output.commit();
}

}  // namespace contimg::fits
