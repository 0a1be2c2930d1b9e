// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <casacore/casa/Arrays/Array.h>
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/ScalarColumn.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

/// Values of casacore's columns as values of ours.
namespace contimg::ms {

/// In casacore's order: the first axis varies fastest.
template <typename T>
std::vector<T> values_of(const casacore::Array<T>& array) {
  return std::vector<T>(array.begin(), array.end());
}

/// A whole column. Throws casacore's errors when it is of another type or not there.
template <typename T>
std::vector<T> scalar_column(const casacore::Table& table, const char* name) {
  return values_of(casacore::ScalarColumn<T>(table, name).getColumn());
}

/// More values than a cell of any subtable has. A shape beyond that is damage, and casacore would make
/// room for it.
constexpr std::int64_t kMostValues = 1 << 20;

/// One cell of a subtable. Throws DataError naming `path` and `name` ("FIELD/PHASE_DIR") when it is
/// empty or its shape is damaged.
template <typename T>
std::vector<T> cell(const std::string& path, const char* name,
                    const casacore::ArrayColumn<T>& column, casacore::rownr_t row) {
  if (!column.isDefined(row))
    throw DataError(path + ": a " + name + " is empty; the table is damaged: make it again");
  std::int64_t n_value = 1;
  for (const auto length : column.shape(row)) {
    n_value *= length >= 0 && length <= kMostValues ? length : kMostValues + 1;
    if (n_value > kMostValues)
      throw DataError(path + ": a " + name + " has the shape " + column.shape(row).toString() +
                      "; the table is damaged: make it again");
  }
  return values_of(column(row));
}

/// The first N values of a cell, which may have more: a PHASE_DIR has those of a polynomial. Throws
/// DataError as cell() does, and when it has fewer.
template <std::size_t N>
std::array<double, N> leading(const std::string& path, const char* name,
                              const casacore::ArrayColumn<double>& column, casacore::rownr_t row) {
  const std::vector<double> all = cell(path, name, column, row);
  if (all.size() < N)
    throw DataError(path + ": a " + name + " has " + std::to_string(all.size()) +
                    " values, expected " + std::to_string(N) +
                    "; the table is damaged: make it again");
  std::array<double, N> values = {};
  std::copy_n(all.begin(), N, values.begin());
  return values;
}

}  // namespace contimg::ms
