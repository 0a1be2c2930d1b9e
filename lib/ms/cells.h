// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <casacore/casa/Arrays/Array.h>
#include <casacore/tables/Tables/ScalarColumn.h>

#include <algorithm>
#include <array>
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

/// The first N values of a cell, which may have more: a PHASE_DIR has those of a polynomial. Throws
/// DataError naming `path` and `cell` ("FIELD/PHASE_DIR") when it has fewer.
template <std::size_t N>
std::array<double, N> leading(const std::string& path, const char* cell,
                              const casacore::Array<double>& array) {
  if (array.nelements() < N)
    throw DataError(path + ": a " + cell + " has " + std::to_string(array.nelements()) +
                    " values, expected " + std::to_string(N) +
                    "; the table is damaged: make it again");
  std::array<double, N> values = {};
  std::copy_n(array.begin(), N, values.begin());
  return values;
}

}  // namespace contimg::ms
