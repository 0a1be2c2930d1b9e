// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/backups.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace contimg::retention {
namespace {

constexpr double kDay = 86400, kHour = 3600;
constexpr double kMidnight = 20000 * kDay;

std::vector<double> hourly(double days) {
  std::vector<double> times;
  for (double age = days * kDay; age > 0; age -= kHour) times.push_back(kMidnight - age);
  return times;
}

TEST(ExpiredBackups, HourlyOnesForADayThenOneADayForTen) {
  const std::vector<double> taken = hourly(20);
  const auto goes =
      expired_backups(taken, std::vector<bool>(taken.size(), false), kMidnight, 1, 10);
  std::size_t n_young = 0, n_daily = 0;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const double age = kMidnight - taken[i];
    if (goes[i]) {
      EXPECT_GT(age, kDay);
    } else if (age <= kDay) {
      ++n_young;
    } else {
      ++n_daily;
      EXPECT_LE(age, 10 * kDay);
      EXPECT_DOUBLE_EQ(std::fmod(taken[i], kDay), 23 * kHour);  // the last of its day
    }
  }
  EXPECT_EQ(n_young, 24u);
  EXPECT_EQ(n_daily, 9u);
}

TEST(ExpiredBackups, ZeroIsForEver) {
  const std::vector<double> taken = hourly(400);
  const std::vector<bool> none(taken.size(), false);
  for (const bool gone : expired_backups(taken, none, kMidnight, 0, 10)) EXPECT_FALSE(gone);
  std::set<double> days;
  const auto goes = expired_backups(taken, none, kMidnight, 1, 0);
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (!goes[i]) days.insert(std::floor(taken[i] / kDay));
  EXPECT_EQ(days.size(), 400u);
}

TEST(ExpiredBackups, WhatIsToStayStaysAndOrderOfRunsDoesNotMatter) {
  std::mt19937 random(5);
  for (int turn = 0; turn < 50; ++turn) {
    std::set<double> times;
    for (int i = 0; i < 100; ++i)
      times.insert(kMidnight - std::uniform_real_distribution<>(0, 60 * kDay)(random));
    std::vector<double> taken(times.begin(), times.end());
    std::vector<bool> always(taken.size(), false);
    always[static_cast<std::size_t>(turn)] = true;
    const auto goes = expired_backups(taken, always, kMidnight, 5, 20);
    EXPECT_FALSE(goes[static_cast<std::size_t>(turn)]);
    // Asked again of what is left, nothing more goes.
    std::vector<double> left;
    std::vector<bool> still;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (goes[i]) continue;
      left.push_back(taken[i]);
      still.push_back(always[i]);
    }
    for (const bool gone : expired_backups(left, still, kMidnight, 5, 20)) EXPECT_FALSE(gone);
  }
}

}  // namespace
}  // namespace contimg::retention
