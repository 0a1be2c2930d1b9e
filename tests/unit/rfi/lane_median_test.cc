// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/lane_median.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace contimg::rfi {
namespace {

TEST(LaneMedian, SortsEachColumnWhateverTheNumberOfRows) {
  constexpr std::size_t kLanes = 70;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (std::size_t n = 1; n <= 40; ++n) {
    std::vector<float> rows(n * kLanes);
    for (float& value : rows) value = normal(random);
    std::vector<float> sorted = rows;
    const LaneMedian median(n);
    const float* middle = median.sort(sorted.data(), kLanes);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      std::vector<float> column;
      for (std::size_t k = 0; k < n; ++k) column.push_back(rows[k * kLanes + lane]);
      std::sort(column.begin(), column.end());
      ASSERT_EQ(middle[lane], column[n / 2]) << n << " rows, lane " << lane;
      for (std::size_t k = 0; k < n; ++k) ASSERT_EQ(sorted[k * kLanes + lane], column[k]);
    }
  }
}

TEST(LaneMedian, InfinitiesOnBothSidesLeaveTheMedianOfTheRest) {
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> rows = {5, inf, 1, -inf, 3};
  EXPECT_EQ(*LaneMedian(5).sort(rows.data(), 1), 3);
}

}  // namespace
}  // namespace contimg::rfi
