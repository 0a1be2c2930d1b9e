// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/step.h"

#include <gtest/gtest.h>

namespace contimg::metrics {
namespace {

using queue::Degradation;
using queue::Step;

KeepUp under(double pressure) {
  KeepUp now;
  now.pressure = pressure;
  now.backlog_s = 600;
  return now;
}

Degradation in_force(Step step, double since_unix_s) {
  Degradation row;
  row.id = 7;
  row.step = step;
  row.since_unix_s = since_unix_s;
  return row;
}

const MetricsSettings kSettings;
constexpr double kHold_s = 1800;

TEST(NextStep, BeginsAtItsPressureWithItsReason) {
  EXPECT_FALSE(next_step({}, under(0.999), 5000, kSettings));
  const auto next = next_step({}, under(1.25), 5000, kSettings);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->step, Step::quicklook_first);
  EXPECT_EQ(next->reason, "pressure 1.25, at least 1.00, with a backlog of 10 min of sky");
  EXPECT_EQ(next->since_unix_s, 5000);
  EXPECT_EQ(*next->pressure, 1.25);
}

TEST(NextStep, GoesOneStepAtATime) {
  EXPECT_EQ(next_step({}, under(100), 5000, kSettings)->step, Step::quicklook_first);
  const auto next =
      next_step(in_force(Step::quicklook_first, 0), under(100), kHold_s + 1, kSettings);
  EXPECT_EQ(next->step, Step::convert_and_calibrate);
  EXPECT_FALSE(next_step(in_force(Step::convert_and_calibrate, 0), under(100), 9e9, kSettings));
}

TEST(NextStep, LastsAtLeastItsTime) {
  for (const double pressure : {0.0, 100.0}) {
    EXPECT_FALSE(
        next_step(in_force(Step::quicklook_first, 0), under(pressure), kHold_s - 1, kSettings));
    EXPECT_TRUE(next_step(in_force(Step::quicklook_first, 0), under(pressure), kHold_s, kSettings));
  }
}

TEST(NextStep, BetweenEndAndBeginningNothingChanges) {
  for (const double pressure : {0.5, 0.75, 1.0, 2.9})
    EXPECT_FALSE(next_step(in_force(Step::quicklook_first, 0), under(pressure), 9e9, kSettings));
  EXPECT_EQ(next_step(in_force(Step::quicklook_first, 0), under(0.49), 9e9, kSettings)->step,
            Step::full);
  EXPECT_FALSE(next_step(in_force(Step::convert_and_calibrate, 0), under(1.5), 9e9, kSettings));
  EXPECT_EQ(next_step(in_force(Step::convert_and_calibrate, 0), under(1.4), 9e9, kSettings)->step,
            Step::quicklook_first);
}

TEST(NextStep, APressureThatSwingsAroundALimitChangesTheStepOnce) {
  Degradation now;
  int changes = 0;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    const double pressure = minute % 2 == 0 ? 1.1 : 0.9;
    const auto next = next_step(now, under(pressure), 60.0 * minute, kSettings);
    if (!next) continue;
    ++changes;
    now = *next;
    now.id = changes;
  }
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(now.step, Step::quicklook_first);
}

TEST(NextStep, SwitchedOffItIsFullAtOnce) {
  MetricsSettings off;
  off.degrade = false;
  EXPECT_FALSE(next_step({}, under(100), 5000, off));
  const auto next = next_step(in_force(Step::convert_and_calibrate, 4999), under(100), 5000, off);
  EXPECT_EQ(next->step, Step::full);
  EXPECT_EQ(next->reason, "metrics.degrade is off");
}

}  // namespace
}  // namespace contimg::metrics
