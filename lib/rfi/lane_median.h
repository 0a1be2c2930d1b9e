// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace contimg::rfi {

/// Medians of many columns at once: the columns of [row, lane] are sorted by the same network of
/// exchanges (Batcher's merge exchange, Knuth 5.2.2 M), in which neighbouring lanes become vector
/// instructions. About ten times as fast as std::nth_element on each column.
class LaneMedian {
 public:
  explicit LaneMedian(std::size_t n_row);

  std::size_t n_row() const { return n_row_; }
  /// Sorts each column of `rows`, [row, lane] with `n_lane` lanes, and returns row n_row / 2, the
  /// upper median. No value may be NaN. Infinities are values: as many positive as negative ones
  /// in the place of what is missing leave the median of the others.
  const float* sort(float* rows, std::size_t n_lane) const;

 private:
  std::size_t n_row_;
  std::vector<std::pair<std::size_t, std::size_t>> exchanges_;
};

}  // namespace contimg::rfi
