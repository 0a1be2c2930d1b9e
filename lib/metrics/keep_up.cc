// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/keep_up.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace contimg::metrics {
namespace {

using Interval = std::pair<double, double>;

// Length of the union of intervals within [from, to].
double covered_s(std::vector<Interval> intervals, double from, double to) {
  std::sort(intervals.begin(), intervals.end());
  double total = 0, end = from;
  for (const auto& [first, last] : intervals) {
    const double begin = std::max(first, end), stop = std::min(last, to);
    if (stop > begin) total += stop - begin;
    end = std::max(end, stop);
  }
  return total;
}

bool is_backlog(const WaitingGroup& group) {
  return group.why == WaitingGroup::Why::ready || group.why == WaitingGroup::Why::claimed;
}

// A group that arrived has been observed before: without that, the first of a night would come at
// an infinite rate.
double rate_of_arrival(const Work& work) {
  double sky_s = 0, begin = work.now_unix_s;
  for (const PassedGroup& group : work.arrived) {
    sky_s += group.duration_s;
    begin = std::min(begin, group.arrived_unix_s - group.duration_s);
  }
  begin = std::max(begin, work.now_unix_s - work.rate_window_s);
  return sky_s > 0 ? sky_s / (work.now_unix_s - begin) : 0;
}

double done_sky_s(const Work& work) {
  double sky_s = 0;
  for (const PassedGroup& group : work.done) sky_s += group.duration_s;
  return sky_s;
}

std::optional<double> capacity_of(const Work& work) {
  std::vector<Interval> busy;
  for (const PassedGroup& group : work.done)
    busy.emplace_back(group.arrived_unix_s, group.done_unix_s);
  for (const WaitingGroup& group : work.waiting)
    if (is_backlog(group)) busy.emplace_back(group.arrived_unix_s, work.now_unix_s);
  const double busy_s =
      covered_s(std::move(busy), work.now_unix_s - work.rate_window_s, work.now_unix_s);
  const double sky_s = done_sky_s(work);
  if (sky_s <= 0 || busy_s <= 0) return std::nullopt;
  return sky_s / busy_s;
}

double mean_duration_s(const Work& work) {
  double sum = 0;
  std::size_t n = 0;
  for (const WaitingGroup& group : work.waiting) sum += group.duration_s, ++n;
  for (const PassedGroup& group : work.arrived) sum += group.duration_s, ++n;
  for (const PassedGroup& group : work.done) sum += group.duration_s, ++n;
  return n > 0 ? sum / static_cast<double>(n) : 0;
}

void add_up(const Work& work, double allowed_latency, KeepUp& result) {
  for (const WaitingGroup& group : work.waiting) {
    if (group.why == WaitingGroup::Why::held) result.held_s += group.duration_s;
    if (group.why == WaitingGroup::Why::put_off) result.put_off_s += group.duration_s;
    if (!is_backlog(group)) continue;
    result.backlog_s += group.duration_s;
    const double slack_s = deadline_unix_s(group, allowed_latency) - work.now_unix_s;
    if (slack_s < 0) ++result.n_late;
    result.least_slack_s = std::min(slack_s, result.least_slack_s.value_or(slack_s));
  }
}

// Where nothing was done there is no rate; then the oldest group's age says how it stands.
double pressure_of(const Work& work, double allowed_latency, const KeepUp& result) {
  if (result.backlog_s <= 0) return 0;
  if (result.capacity) return result.backlog_s / *result.capacity / result.allowed_s;
  double oldest = 0;
  for (const WaitingGroup& group : work.waiting)
    if (is_backlog(group))
      oldest = std::max(
          oldest, (work.now_unix_s - group.arrived_unix_s) / (allowed_latency * group.duration_s));
  return oldest;
}

// Rates are of whole groups, so a difference of one group within the window says nothing.
KeepUp::Verdict verdict_of(const Work& work, double mean_s, const KeepUp& result) {
  if (result.backlog_s <= 0)
    return work.arrived.empty() ? KeepUp::Verdict::idle : KeepUp::Verdict::keeping_up;
  if (!result.capacity)
    return result.pressure < 1 ? KeepUp::Verdict::unknown : KeepUp::Verdict::falling_behind;
  if ((result.arrival_rate - *result.capacity) * work.rate_window_s > mean_s)
    return KeepUp::Verdict::falling_behind;
  return result.pressure < 1 ? KeepUp::Verdict::keeping_up : KeepUp::Verdict::catching_up;
}

}  // namespace

const char* why_name(WaitingGroup::Why why) {
  constexpr const char* kName[] = {"claimed", "ready", "held", "put off"};
  return kName[static_cast<int>(why)];
}

const char* verdict_name(KeepUp::Verdict verdict) {
  constexpr const char* kName[] = {"idle", "keeping up", "catching up", "falling behind",
                                   "unknown"};
  return kName[static_cast<int>(verdict)];
}

double deadline_unix_s(const WaitingGroup& group, double allowed_latency) {
  return group.arrived_unix_s + allowed_latency * group.duration_s;
}

KeepUp keep_up(const Work& work, double allowed_latency) {
  KeepUp result;
  const double mean_s = mean_duration_s(work);
  result.allowed_s = allowed_latency * mean_s;
  add_up(work, allowed_latency, result);
  result.arrival_rate = rate_of_arrival(work);
  result.throughput = done_sky_s(work) / work.rate_window_s;
  result.capacity = capacity_of(work);
  result.pressure = pressure_of(work, allowed_latency, result);
  if (result.backlog_s <= 0) result.catch_up_s = 0;
  if (result.capacity) {
    const double gain = *result.capacity - result.arrival_rate;
    if (gain > 0) result.catch_up_s = result.backlog_s / gain;
    // A group that comes when the backlog is b has to wait b / c: it is late from b = allowed c on.
    if (gain < 0)
      result.fall_behind_s =
          std::max(0.0, (result.allowed_s * *result.capacity - result.backlog_s) / -gain);
  }
  result.verdict = verdict_of(work, mean_s, result);
  return result;
}

std::optional<double> percentile(std::vector<double> values, double q) {
  if (values.empty()) return std::nullopt;
  const double rank = std::ceil(q * static_cast<double>(values.size()) - 1e-9);
  const auto index = static_cast<std::ptrdiff_t>(std::max(1.0, rank)) - 1;
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return values[static_cast<std::size_t>(index)];
}

}  // namespace contimg::metrics
