// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "small_observation.h"

namespace contimg::rfi {
namespace {

TEST(Statistics, SharesAreThoseOfCrossCorrelationsAmongLiveAntennas) {
  // Antennas 1 to 4; 6 baselines of 2 x 10 samples. Antenna 4 is dead; 1&2 has 5 flagged before
  // and 3 by interference at time 0; channel 9 is bad everywhere.
  const Observation observation = small_observation(4, 2, 10, 1);
  Flags flags(observation);
  flag_autocorrelations(observation, flags);
  const std::size_t b = baseline_of(observation, 0, 1);
  for (std::size_t c = 0; c < 5; ++c) flags.row(0, b)[c] = Reason::before;
  for (std::size_t c = 5; c < 8; ++c) flags.row(0, b)[c] = Reason::interference;
  for (std::size_t t = 0; t < 2; ++t)
    for (std::size_t k = 0; k < observation.n_baseline(); ++k) {
      if (observation.is_auto(k)) continue;
      flags.row(t, k)[9] = Reason::dead_channel;
      if (observation.antenna2[k] == 3) flag_all(flags.row(t, k), Reason::dead_antenna);
    }
  const Statistics found = count(observation, flags, {{3}, {9}});
  const double live = 8 + 6, raw = live + 60;
  EXPECT_DOUBLE_EQ(found.raw_share, raw / 120);
  EXPECT_DOUBLE_EQ(found.live_share, live / 60);
  EXPECT_DOUBLE_EQ(found.lost_share, (live - 5) / 55);
  EXPECT_DOUBLE_EQ(found.by_reason[static_cast<int>(Reason::before)], 5.0 / 120);
  EXPECT_DOUBLE_EQ(found.by_reason[static_cast<int>(Reason::autocorrelation)], 0);
  EXPECT_DOUBLE_EQ(found.by_antenna[0], (8 + 2 + 2) / 40.0);
  EXPECT_DOUBLE_EQ(found.by_antenna[2], 4 / 40.0);
  EXPECT_DOUBLE_EQ(found.by_antenna[3], 1);
  EXPECT_NEAR(found.by_channel[9], 1, 1e-12);
  EXPECT_NEAR(found.by_channel[5], 1 / 6.0, 1e-12);
  EXPECT_NEAR(found.by_channel[8], 0, 1e-12);
  EXPECT_DOUBLE_EQ(found.by_baseline[b], 10 / 20.0);
  EXPECT_TRUE(std::isnan(found.by_baseline[baseline_of(observation, 2, 2)]));
  EXPECT_NEAR(found.by_time_channel[5], 1 / 3.0, 1e-12);
  EXPECT_NEAR(found.by_time_channel[10 + 5], 0, 1e-12);
}

}  // namespace
}  // namespace contimg::rfi
