// SPDX-License-Identifier: GPL-3.0-or-later
#include "injection/completeness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace contimg::injection {
namespace {

TEST(Completeness, IsTheShareOfHighestPointsAboveTheThreshold) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  constexpr int kTrials = 400'000;
  for (const double snr : {3.0, 4.0, 5.0, 6.0, 8.0}) {
    int n_found = 0;
    for (int i = 0; i < kTrials; ++i) {
      const double at_place = snr + normal(random), east = normal(random), north = normal(random);
      n_found += at_place > 0 && std::sqrt(at_place * at_place + east * east + north * north) >= 5;
    }
    const double p = probability_found(snr, 5);
    EXPECT_NEAR(p, static_cast<double>(n_found) / kTrials,
                4 * std::sqrt(p * (1 - p) / kTrials) + 1e-5)
        << snr;
  }
}

TEST(Completeness, NothingFaintAndEverythingBright) {
  EXPECT_LT(probability_found(0.5, 5), 1e-3);
  EXPECT_GT(probability_found(0.5, 5), 0);
  EXPECT_GT(probability_found(10, 5), 1 - 1e-6);
  EXPECT_LE(probability_found(40, 5), 1);
  EXPECT_TRUE(std::isnan(probability_found(0, 5)));
}

// Wilson's interval solves (p - q)^2 = q (1 - q) / n for q, one sigma.
TEST(Completeness, AShareHasTheBoundsAtWhichItIsOneSigmaOff) {
  for (const auto& [found, n] : {std::pair{9, 10}, {0, 7}, {7, 7}, {123, 456}}) {
    const Share share = share_of(found, n);
    const double p = static_cast<double>(found) / n;
    EXPECT_DOUBLE_EQ(share.value, p);
    for (const double q : {share.low, share.high})
      EXPECT_NEAR((p - q) * (p - q), q * (1 - q) / n, 1e-12);
    EXPECT_LE(share.low, p);
    EXPECT_GE(share.high, p);
  }
  EXPECT_TRUE(std::isnan(share_of(0, 0).value));
}

}  // namespace
}  // namespace contimg::injection
