// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/lane_median.h"

#include <algorithm>

namespace contimg::rfi {
namespace {

// So many lanes of 32 rows stay in the first-level cache.
constexpr std::size_t kLanesAtOnce = 64;

}  // namespace

LaneMedian::LaneMedian(std::size_t n_row) : n_row_(n_row) {
  std::size_t top = 1;
  while (2 * top < n_row) top *= 2;
  for (std::size_t p = top; p > 0 && n_row > 1; p /= 2) {
    std::size_t q = top, r = 0, d = p;
    while (true) {
      for (std::size_t i = 0; i + d < n_row; ++i)
        if ((i & p) == r) exchanges_.emplace_back(i, i + d);
      if (q == p) break;
      d = q - p;
      q /= 2;
      r = p;
    }
  }
}

const float* LaneMedian::sort(float* rows, std::size_t n_lane) const {
  for (std::size_t begin = 0; begin < n_lane; begin += kLanesAtOnce) {
    const std::size_t n = std::min(kLanesAtOnce, n_lane - begin);
    for (const auto& [low, high] : exchanges_) {
      float* const a = rows + low * n_lane + begin;
      float* const b = rows + high * n_lane + begin;
      for (std::size_t i = 0; i < n; ++i) {
        const float smaller = a[i] < b[i] ? a[i] : b[i];
        b[i] = a[i] < b[i] ? b[i] : a[i];
        a[i] = smaller;
      }
    }
  }
  return rows + n_row_ / 2 * n_lane;
}

}  // namespace contimg::rfi
