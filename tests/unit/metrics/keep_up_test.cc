// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/keep_up.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/clock.h"

namespace contimg::metrics {
namespace {

constexpr double kDuration_s = 309.24, kBegin = 1.8e9;

WaitingGroup waiting(double arrived_unix_s, WaitingGroup::Why why = WaitingGroup::Why::ready) {
  WaitingGroup group;
  group.group_id = std::to_string(arrived_unix_s);
  group.arrived_unix_s = arrived_unix_s;
  group.duration_s = kDuration_s;
  group.why = why;
  return group;
}

// Groups arrive every kDuration_s / pace, first at `begin`, the first `n_first` of them at once; one
// worker takes `work_s` for each, in order. What a queue would hold at `now`.
Work night(double begin, double now, double pace, double work_s, int n_first = 1) {
  Work work;
  work.now_unix_s = now;
  work.rate_window_s = kHour_s;
  double free_at = begin;
  for (int i = 0; begin + (i - n_first) * kDuration_s / pace <= now; ++i) {
    const double arrived = begin + std::max(0, i - n_first + 1) * kDuration_s / pace;
    if (arrived > now) break;
    const double done = std::max(free_at, arrived) + work_s;
    free_at = done;
    if (arrived > now - kHour_s) work.arrived.push_back({arrived, 0, kDuration_s});
    if (done > now)
      work.waiting.push_back(waiting(arrived));
    else if (done > now - kHour_s)
      work.done.push_back({arrived, done, kDuration_s});
  }
  return work;
}

TEST(KeepUp, AnEmptyQueueIsIdle) {
  Work work;
  work.now_unix_s = kBegin;
  const KeepUp now = keep_up(work, 4);
  EXPECT_EQ(now.verdict, KeepUp::Verdict::idle);
  EXPECT_EQ(now.pressure, 0);
  EXPECT_EQ(*now.catch_up_s, 0);
  EXPECT_FALSE(now.fall_behind_s);
  EXPECT_FALSE(now.capacity);
  EXPECT_FALSE(now.least_slack_s);
}

TEST(KeepUp, AtThePaceOfTheSkyTheCapacityIsDurationOverWork) {
  // 200 s of work for 309.24 s of sky, each group before the next comes.
  const KeepUp now = keep_up(night(kBegin - 20000, kBegin, 1, 200), 4);
  EXPECT_EQ(now.verdict, KeepUp::Verdict::keeping_up);
  // Whole groups: one more or less in an hour of about twelve.
  EXPECT_NEAR(now.arrival_rate, 1, kDuration_s / kHour_s);
  EXPECT_NEAR(*now.capacity, kDuration_s / 200, 2 * 0.09 * kDuration_s / 200);
  EXPECT_LT(now.pressure, 0.5);
  EXPECT_FALSE(now.fall_behind_s);
}

TEST(KeepUp, TwiceThePaceCatchesUpOrFallsBehindAsTheRatesSay) {
  // Pace 2, and 200 s of work: the work is 2 * 200 / 309.24 = 1.29 of what one worker can do. After a
  // time T, 2 T / D groups came and T / 200 were done.
  const double elapsed = 7200;
  const KeepUp now = keep_up(night(kBegin - elapsed, kBegin, 2, 200), 40);
  const double backlog_s = 2 * elapsed - elapsed / 200 * kDuration_s;
  EXPECT_NEAR(now.backlog_s, backlog_s, 2 * kDuration_s);
  EXPECT_NEAR(*now.capacity, kDuration_s / 200, kDuration_s / kHour_s);
  EXPECT_NEAR(now.arrival_rate, 2, kDuration_s / kHour_s);
  EXPECT_EQ(now.verdict, KeepUp::Verdict::falling_behind);
  const double capacity = kDuration_s / 200;
  const double fall_behind_s = (40 * kDuration_s * capacity - backlog_s) / (2 - capacity);
  ASSERT_TRUE(now.fall_behind_s);
  EXPECT_NEAR(*now.fall_behind_s / fall_behind_s, 1, 0.35) << "rates of a dozen groups";
  EXPECT_FALSE(now.catch_up_s);
}

TEST(KeepUp, FallingBehindIsPredictedBeforeItHappens) {
  // What is predicted at each moment, plus that moment, is the time when a group is late: the first
  // for which the simulated worker takes longer than is allowed.
  const double pace = 2, work_s = 200, allowed = 20;
  const double capacity = kDuration_s / work_s;
  // A group that comes at t finds 2 t - c t of sky before it, and itself takes work_s.
  const double truth_s = allowed * kDuration_s * capacity / (pace - capacity);
  for (double elapsed : {4500.0, 6000.0, 7500.0}) {
    const KeepUp now = keep_up(night(kBegin - elapsed, kBegin, pace, work_s), allowed);
    ASSERT_TRUE(now.fall_behind_s) << elapsed;
    EXPECT_NEAR((elapsed + *now.fall_behind_s) / truth_s, 1, 0.3) << elapsed;
  }
}

TEST(KeepUp, FourTimesThePaceOfAMachineForTwo) {
  const KeepUp now = keep_up(night(kBegin - 2 * kHour_s, kBegin, 4, kDuration_s / 2), 4);
  EXPECT_NEAR(*now.capacity, 2, 0.1);
  EXPECT_NEAR(now.arrival_rate, 4, 0.1);
  EXPECT_EQ(*now.fall_behind_s, 0) << "it is too late for that";
  EXPECT_GT(now.n_late, 0);
  EXPECT_LT(*now.least_slack_s, 0);
  EXPECT_EQ(now.verdict, KeepUp::Verdict::falling_behind);
}

TEST(KeepUp, ABacklogIsGoneWhenTheRatesSaySo) {
  // An hour's backlog of 20 groups from before, arrivals at pace 1 and a machine for 3.
  Work work;
  work.now_unix_s = kBegin;
  for (int i = 0; i < 20; ++i) work.waiting.push_back(waiting(kBegin - 5000 - i));
  for (double t = kDuration_s; t <= kHour_s; t += kDuration_s)
    work.arrived.push_back({kBegin - t, 0, kDuration_s});
  for (double t = 0; t < kHour_s - 1; t += kDuration_s / 3)
    work.done.push_back({kBegin - 9000, kBegin - t, kDuration_s});
  const KeepUp now = keep_up(work, 4);
  const double backlog_s = 20 * kDuration_s;
  EXPECT_DOUBLE_EQ(now.backlog_s, backlog_s);
  const double arrivals = static_cast<double>(work.arrived.size()) * kDuration_s / kHour_s;
  const double capacity = static_cast<double>(work.done.size()) * kDuration_s / kHour_s;
  EXPECT_NEAR(now.arrival_rate, arrivals, 1e-9);
  EXPECT_NEAR(*now.capacity, capacity, 1e-9);
  EXPECT_NEAR(*now.catch_up_s, backlog_s / (capacity - arrivals), 1e-6);
  EXPECT_FALSE(now.fall_behind_s);
  EXPECT_NEAR(now.pressure, backlog_s / capacity / (4 * kDuration_s), 1e-9);
  EXPECT_EQ(now.verdict, KeepUp::Verdict::catching_up);
  EXPECT_EQ(now.n_late, 20);
  EXPECT_NEAR(*now.least_slack_s, 4 * kDuration_s - 5019, 1e-6);
}

TEST(KeepUp, TheBacklogIsGoneWhenItWasPredictedToBe) {
  // 60 groups from before, one more every 309.24 s, 150 s of work for each: gone after
  // 60 / (1 / 150 - 1 / 309.24) s. The simulated queue says when it really is.
  double gone = kBegin;
  while (!night(kBegin, gone, 1, 150, 60).waiting.empty()) gone += 10;
  EXPECT_NEAR(gone - kBegin, 60 / (1 / 150.0 - 1 / kDuration_s), 2 * 150);
  for (const double elapsed : {5400.0, 9000.0, 12600.0}) {
    const KeepUp now = keep_up(night(kBegin, kBegin + elapsed, 1, 150, 60), 4);
    ASSERT_TRUE(now.catch_up_s) << elapsed;
    // A group more or less of 24 and of 12 in the hour: 0.12 of the difference of the rates.
    EXPECT_NEAR(*now.catch_up_s / (gone - kBegin - elapsed), 1, 0.15) << elapsed;
  }
}

TEST(KeepUp, WhatIsHeldOrPutOffIsNoBacklog) {
  Work work;
  work.now_unix_s = kBegin;
  work.waiting = {waiting(kBegin - 90000, WaitingGroup::Why::held),
                  waiting(kBegin - 80000, WaitingGroup::Why::put_off)};
  const KeepUp now = keep_up(work, 4);
  EXPECT_EQ(now.backlog_s, 0);
  EXPECT_DOUBLE_EQ(now.held_s, kDuration_s);
  EXPECT_DOUBLE_EQ(now.put_off_s, kDuration_s);
  EXPECT_EQ(now.n_late, 0);
  EXPECT_EQ(now.pressure, 0);
}

TEST(KeepUp, WithoutAnyWorkDoneTheOldestGroupSaysHowItStands) {
  Work work;
  work.now_unix_s = kBegin;
  work.waiting = {waiting(kBegin - 2 * kDuration_s), waiting(kBegin - kDuration_s)};
  KeepUp now = keep_up(work, 4);
  EXPECT_NEAR(now.pressure, 0.5, 1e-9);
  EXPECT_EQ(now.verdict, KeepUp::Verdict::unknown);
  work.waiting.insert(work.waiting.begin(), waiting(kBegin - 6 * kDuration_s));
  now = keep_up(work, 4);
  EXPECT_NEAR(now.pressure, 1.5, 1e-9);
  EXPECT_EQ(now.verdict, KeepUp::Verdict::falling_behind);
}

TEST(KeepUp, TheFirstGroupOfANightComesAtThePaceOfTheSky) {
  Work work;
  work.now_unix_s = kBegin;
  work.arrived = {{kBegin, 0, kDuration_s}};
  EXPECT_NEAR(keep_up(work, 4).arrival_rate, 1, 1e-8);  // a double of 1.8e9 ends at 2e-7
}

TEST(Percentile, IsTheNearestRank) {
  std::vector<double> hundred;
  for (int i = 100; i >= 1; --i) hundred.push_back(i);
  EXPECT_EQ(*percentile(hundred, 0.5), 50);
  EXPECT_EQ(*percentile(hundred, 0.9), 90);
  EXPECT_EQ(*percentile(hundred, 0.99), 99);
  EXPECT_EQ(*percentile(hundred, 1), 100);
  EXPECT_EQ(*percentile({7}, 0.01), 7);
  EXPECT_EQ(*percentile({15, 20, 35, 40, 50}, 0.3), 20);
  EXPECT_FALSE(percentile({}, 0.5));
}

}  // namespace
}  // namespace contimg::metrics
