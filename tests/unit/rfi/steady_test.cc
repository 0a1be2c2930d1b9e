// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/steady.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace contimg::rfi {
namespace {

constexpr std::size_t kTimes = 24, kChannels = 384;
constexpr double kPi = 3.14159265358979323846;

// A source through a moving beam, with a bandpass that ripples and steps at subbands, and a delay.
std::complex<double> source(std::size_t t, std::size_t c) {
  const double x = 2 * (static_cast<double>(c) + 0.5) / kChannels - 1;
  const double y = 2 * (static_cast<double>(t) + 0.5) / kTimes - 1;
  const double beam = 1 - 0.1 * y * y * (1 + 0.2 * x);
  const double bandpass = 1 + 0.1 * std::cos(12 * x) + (c / 48 % 2 == 0 ? 0.08 : -0.08);
  return 20 * beam * bandpass * std::polar(1.0, 0.4 + 0.21 * static_cast<double>(c));
}

class Steady : public testing::Test {
 protected:
  Steady()
      : plane_{std::vector<float>(kTimes * kChannels), std::vector<float>(kTimes * kChannels)},
        bad_(kTimes * kChannels) {
    for (std::size_t t = 0; t < kTimes; ++t)
      for (std::size_t c = 0; c < kChannels; ++c) add(t, c, source(t, c));
  }
  void add(std::size_t t, std::size_t c, std::complex<double> value) {
    plane_.re[t * kChannels + c] += static_cast<float>(value.real());
    plane_.im[t * kChannels + c] += static_cast<float>(value.imag());
  }
  void add_noise() {
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    for (std::size_t t = 0; t < kTimes; ++t)
      for (std::size_t c = 0; c < kChannels; ++c) add(t, c, {normal(random), normal(random)});
  }
  double left(std::size_t t, std::size_t c) const {
    return std::hypot(plane_.re[t * kChannels + c], plane_.im[t * kChannels + c]);
  }

  Plane plane_;
  std::vector<char> bad_;
  SteadyPart steady_{kTimes, kChannels};
};

// Near steps a slope of the bandpass is not told from a line.
TEST_F(Steady, ASourceInAMovingBeamIsGone) {
  steady_.subtract(plane_, bad_);
  for (std::size_t t = 0; t < kTimes; ++t)
    for (std::size_t c = 0; c < kChannels; ++c)
      ASSERT_LT(left(t, c), c % 48 < 12 || c % 48 >= 36 ? 1.2 : 0.2) << t << ", " << c;
}

TEST_F(Steady, LinesAndBurstsStay) {
  add_noise();
  for (std::size_t t = 0; t < kTimes; ++t)
    for (std::size_t c = 120; c < 123; ++c) add(t, c, {6, 0});
  for (std::size_t c = 0; c < kChannels; ++c)
    for (std::size_t t = 22; t < 24; ++t) add(t, c, std::polar(6.0, 0.3 * static_cast<double>(c)));
  for (std::size_t t = 4; t < 12; ++t) add(t, 200, std::polar(6.0, 1.9 * static_cast<double>(t)));
  steady_.subtract(plane_, bad_);
  double line = 0, burst = 0, carrier = 0, rest = 0;
  for (std::size_t t = 0; t < kTimes; ++t) line += left(t, 121) / kTimes;
  for (std::size_t c = 0; c < kChannels; ++c) burst += left(23, c) / kChannels;
  for (std::size_t t = 4; t < 12; ++t) carrier += left(t, 200) / 8;
  for (std::size_t c = 210; c < 310; ++c) rest += left(15, c) / 100;
  // Noise of 1 in each part: amplitude 6.08 with a signal of 6, 1.25 without.
  EXPECT_NEAR(line, 6.08, 0.6);
  EXPECT_NEAR(burst, 6.08, 0.6);
  EXPECT_NEAR(carrier, 6.08, 0.9);
  EXPECT_NEAR(rest, std::sqrt(kPi / 2), 0.25);
}

TEST_F(Steady, KnowsTheNoiseThatIsLeft) {
  add_noise();
  for (std::size_t i = 0; i < bad_.size(); i += 2) {
    bad_[i] = 1;
    plane_.re[i] = 1e6f;
  }
  steady_.subtract(plane_, bad_);
  EXPECT_NEAR(steady_.noise(plane_, bad_), 1, 0.06);
}

TEST_F(Steady, WhatIsBadCountsForNothing) {
  for (std::size_t t = 0; t < kTimes; ++t)
    for (std::size_t c = 0; c < kChannels; ++c) {
      const bool absent = (c >= 48 && c < 96) || (t + 7 * c) % 3 == 0;
      if (!absent) continue;
      bad_[t * kChannels + c] = 1;
      plane_.re[t * kChannels + c] = 1e6f;
    }
  steady_.subtract(plane_, bad_);
  for (std::size_t t = 0; t < kTimes; ++t)
    for (std::size_t c = 0; c < kChannels; ++c)
      if (bad_[t * kChannels + c] == 0) {
        ASSERT_LT(left(t, c), 1.2) << t << ", " << c;
      }
}

TEST(SteadyPart, NothingGoodAndNextToNothingAreNoTrouble) {
  for (const std::size_t n_channel : {1, 2, 5}) {
    SteadyPart steady(1, n_channel);
    Plane plane{std::vector<float>(n_channel, 3), std::vector<float>(n_channel, 4)};
    std::vector<char> bad(n_channel, 1);
    steady.subtract(plane, bad);
    EXPECT_EQ(steady.noise(plane, bad), 0);
    bad.assign(n_channel, 0);
    steady.subtract(plane, bad);
    for (std::size_t c = 0; c < n_channel; ++c)
      EXPECT_LT(std::hypot(plane.re[c], plane.im[c]), 1e-5);
  }
}

}  // namespace
}  // namespace contimg::rfi
