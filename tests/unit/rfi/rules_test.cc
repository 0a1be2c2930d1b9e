// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/rules.h"

#include <gtest/gtest.h>

#include <limits>

#include "small_observation.h"

namespace contimg::rfi {
namespace {

TEST(Rules, NotFiniteAndExactlyZeroAreBad) {
  const Observation observation = small_observation(2, 1, 4, 1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<std::complex<float>> data = {{nan, 1}, {1, inf}, {0, 0}, {0, 1e-30f}};
  Flags flags(observation);
  flags.row(0, 1)[3] = Reason::before;
  flag_bad_values(observation, {1, 1, data}, flags);
  const Span<Reason> row = flags.row(0, 1);
  EXPECT_EQ(row[0], Reason::not_finite);
  EXPECT_EQ(row[1], Reason::not_finite);
  EXPECT_EQ(row[2], Reason::zero);
  EXPECT_EQ(row[3], Reason::before);
  EXPECT_EQ(count_of(observation, flags, Reason::none), 8u);
}

TEST(Rules, AutocorrelationsAreBad) {
  const Observation observation = small_observation(3, 2, 4);
  Flags flags(observation);
  flag_autocorrelations(observation, flags);
  EXPECT_EQ(count_of(observation, flags, Reason::autocorrelation), 3u * 2 * 4 * 2);
  EXPECT_EQ(flags.row(1, baseline_of(observation, 1, 1))[0], Reason::autocorrelation);
}

TEST(Rules, TheDishBehindIsShadowed) {
  Observation observation = small_observation(3, 2, 1, 1);
  // At time 1 antennas 1 and 2 stand 4 m apart as seen from the source; w = w1 - w2 > 0 puts 1
  // nearer to it. At 4.7 m two dishes of 4.65 m do not touch.
  const auto place = [&](std::size_t t, std::size_t b) {
    return &observation.uvw_m[3 * (t * observation.n_baseline() + b)];
  };
  const std::size_t near = baseline_of(observation, 0, 1), apart = baseline_of(observation, 1, 2);
  place(1, near)[0] = 3.2;
  place(1, near)[1] = -2.4;
  place(1, near)[2] = 50;
  place(0, apart)[0] = 4.7;
  Flags flags(observation);
  flag_shadowed(observation, flags);
  EXPECT_EQ(count_of(observation, flags, Reason::shadow), 3u);
  for (std::size_t b = 0; b < observation.n_baseline(); ++b)
    EXPECT_EQ(flags.row(1, b)[0] == Reason::shadow,
              observation.antenna1[b] == 1 || observation.antenna2[b] == 1);
  place(1, near)[2] = -50;
  Flags other(observation);
  flag_shadowed(observation, other);
  EXPECT_EQ(other.row(1, baseline_of(observation, 0, 2))[0], Reason::shadow);
  EXPECT_EQ(other.row(1, apart)[0], Reason::none);
}

TEST(Rules, WhatIsMostlyInterferenceIsFlaggedWhole) {
  const Observation observation = small_observation(2, 10, 10, 2);
  const std::size_t b = baseline_of(observation, 0, 1);
  Flags flags(observation);
  for (std::size_t t = 0; t < 7; ++t)
    for (std::size_t p = 0; p < 2; ++p) flags.row(t, b)[2 * 3 + p] = Reason::interference;
  for (std::size_t t = 0; t < 6; ++t)
    for (std::size_t p = 0; p < 2; ++p) flags.row(t, b)[2 * 5 + p] = Reason::interference;
  flags.row(0, b)[2 * 8] = Reason::interference;  // in one correlation
  extend_interference(observation, {0.6, 0.6}, b, 1, flags);
  EXPECT_EQ(flags.row(9, b)[6], Reason::extended) << "7 of 10 times";
  EXPECT_EQ(flags.row(9, b)[10], Reason::none) << "6 of 10 are not more than 0.6";
  EXPECT_EQ(flags.row(0, b)[17], Reason::extended) << "the other correlation";
  EXPECT_EQ(flags.row(1, b)[17], Reason::none);
}

TEST(Rules, OtherReasonsExtendNothing) {
  const Observation observation = small_observation(2, 10, 10, 1);
  const std::size_t b = baseline_of(observation, 0, 1);
  Flags flags(observation);
  for (std::size_t t = 0; t < 9; ++t) flags.row(t, b)[3] = Reason::listed;
  for (std::size_t c = 0; c < 9; ++c) flags.row(2, b)[c] = Reason::before;
  extend_interference(observation, {0.6, 0.6}, b, 1, flags);
  EXPECT_EQ(count_of(observation, flags, Reason::extended), 0u);
}

class DeadTest : public testing::Test {
 protected:
  void kill(std::size_t antenna, double share) {
    for (std::size_t t = 0; t < observation_.n_time(); ++t)
      for (std::size_t b = 0; b < observation_.n_baseline(); ++b)
        if (observation_.antenna1[b] == antenna || observation_.antenna2[b] == antenna)
          for (std::size_t c = 0; c < share * 100; ++c) flags_.row(t, b)[c] = Reason::interference;
  }
  Observation observation_ = small_observation(6, 2, 100, 1);
  Flags flags_{observation_};
};

TEST_F(DeadTest, AnAntennaWithNextToNothingGoodIsDead) {
  kill(2, 0.96);
  kill(4, 0.90);
  const Dead dead = flag_dead(observation_, {}, flags_);
  EXPECT_EQ(dead.antennas, std::vector<std::size_t>{2});
  EXPECT_TRUE(dead.channels.empty());
  EXPECT_EQ(flags_.row(0, baseline_of(observation_, 0, 2))[99], Reason::dead_antenna);
  EXPECT_EQ(flags_.row(0, baseline_of(observation_, 0, 4))[99], Reason::none);
}

TEST_F(DeadTest, DeadAntennasDoNotMakeOthersLookDead) {
  for (const std::size_t a : {1, 2, 3, 4}) kill(a, 1);
  const Dead dead = flag_dead(observation_, {}, flags_);
  EXPECT_EQ(dead.antennas, (std::vector<std::size_t>{1, 2, 3, 4}));
  EXPECT_EQ(flags_.row(0, baseline_of(observation_, 0, 5))[0], Reason::none);
}

TEST_F(DeadTest, AMissingSubbandKillsNoAntennaAndIsADeadChannel) {
  for (std::size_t t = 0; t < observation_.n_time(); ++t)
    for (std::size_t b = 0; b < observation_.n_baseline(); ++b)
      for (std::size_t c = 0; c < 97; ++c) flags_.row(t, b)[c] = Reason::before;
  const Dead dead = flag_dead(observation_, {}, flags_);
  EXPECT_TRUE(dead.antennas.empty());
  EXPECT_EQ(dead.channels.size(), 97u);
}

TEST_F(DeadTest, AChannelThatIsMostlyFlaggedIsDead) {
  for (std::size_t b = 0; b < observation_.n_baseline(); ++b) {
    flags_.row(0, b)[7] = Reason::interference;
    flags_.row(0, b)[8] = Reason::interference;
  }
  flags_.row(1, baseline_of(observation_, 0, 1))[8] = Reason::interference;
  const Dead dead = flag_dead(observation_, {}, flags_);
  EXPECT_EQ(dead.channels, std::vector<std::size_t>{8}) << "half is not more than half";
  EXPECT_EQ(flags_.row(1, baseline_of(observation_, 2, 3))[8], Reason::dead_channel);
}

TEST_F(DeadTest, AllFlaggedIsNotEverythingDead) {
  for (std::size_t t = 0; t < observation_.n_time(); ++t)
    for (std::size_t b = 0; b < observation_.n_baseline(); ++b)
      flag_all(flags_.row(t, b), Reason::before);
  const Dead dead = flag_dead(observation_, {}, flags_);
  EXPECT_TRUE(dead.antennas.empty());
  EXPECT_EQ(count_of(observation_, flags_, Reason::before), 21u * 2 * 100);
}

TEST(Reasons, HaveNamesOfTheirOwn) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kReasonCount; ++i)
    names.emplace_back(reason_name(static_cast<Reason>(i)));
  EXPECT_EQ(names.front(), "none");
  EXPECT_EQ(names.back(), "dead-channel");
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace contimg::rfi
