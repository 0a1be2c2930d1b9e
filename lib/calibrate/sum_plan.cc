// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/sum_plan.h"

#include <algorithm>
#include <cmath>

namespace contimg::calibrate {
namespace {

constexpr std::size_t kCachedBytes = 900'000;  // of sums, in a cache of 2 MB
constexpr double kSameTime_s = 0.1;

Timeline timeline_of(const ms::RowKeys& keys, double interval_s, std::size_t most_intervals) {
  Timeline timeline;
  for (std::size_t row = 0; row < keys.time_mjd_s.size(); ++row)
    if (row == 0 || std::abs(keys.time_mjd_s[row] - keys.time_mjd_s[row - 1]) > kSameTime_s) {
      timeline.first_row.push_back(row);
      timeline.time_mjd_s.push_back(keys.time_mjd_s[row]);
    }
  timeline.first_row.push_back(keys.time_mjd_s.size());
  const auto [first, last] =
      std::minmax_element(timeline.time_mjd_s.begin(), timeline.time_mjd_s.end());
  const double start = *first - keys.integration_time_s[0] / 2;
  const double length = *last - *first + keys.integration_time_s[0];
  const double wanted = std::isfinite(interval_s) ? std::max(1.0, length / interval_s) : 1.0;
  timeline.n_interval = static_cast<std::size_t>(
      std::round(std::min({wanted, static_cast<double>(most_intervals),
                           static_cast<double>(timeline.time_mjd_s.size())})));
  for (const double time : timeline.time_mjd_s) {
    const double at = (time - start) / length * static_cast<double>(timeline.n_interval);
    timeline.interval.push_back(
        std::min(static_cast<std::size_t>(std::max(at, 0.0)), timeline.n_interval - 1));
  }
  return timeline;
}

class Planner {
 public:
  Planner(const ms::RowKeys& keys, std::size_t n_antenna, const PlanLimits& limits)
      : keys_(keys), n_antenna_(n_antenna), limits_(limits) {}

  SumPlan plan() {
    find_baselines();
    if (plan_.baselines.empty()) return plan_;
    const std::size_t bytes = plan_.baselines.size() * limits_.bytes_of_baseline;
    plan_.timeline = timeline_of(keys_, limits_.interval_s,
                                 std::max<std::size_t>(1, limits_.most_bytes / bytes));
    make_units();
    return std::move(plan_);
  }

 private:
  std::size_t pair_of(std::size_t row) const {
    return static_cast<std::size_t>(keys_.antenna1[row]) * n_antenna_ +
           static_cast<std::size_t>(keys_.antenna2[row]);
  }

  bool in_range(std::size_t row) const {
    const double* uvw = &keys_.uvw_m[3 * row];
    const double squared = uvw[0] * uvw[0] + uvw[1] * uvw[1];
    const double min_m = limits_.uv_range.min_m, max_m = limits_.uv_range.max_m;
    return squared >= min_m * min_m && squared <= max_m * max_m;
  }

  // A baseline that is out of range at any time is left out: its samples are then alike.
  void find_baselines() {
    const std::size_t n_row = keys_.time_mjd_s.size();
    enum : std::uint8_t { absent, within, outside };
    std::vector<std::uint8_t> range(n_antenna_ * n_antenna_, absent);
    for (std::size_t row = 0; row < n_row; ++row) {
      if (keys_.antenna1[row] == keys_.antenna2[row]) continue;
      std::uint8_t& known = range[pair_of(row)];
      if (!in_range(row)) known = outside;
      if (known == absent) known = within;
    }
    std::vector<std::int32_t> index(range.size(), -1);
    for (std::size_t pair = 0; pair < range.size(); ++pair)
      if (range[pair] == within) {
        index[pair] = static_cast<std::int32_t>(plan_.baselines.size());
        plan_.baselines.push_back({static_cast<std::uint32_t>(pair / n_antenna_),
                                   static_cast<std::uint32_t>(pair % n_antenna_)});
      }
    plan_.baseline_of_row.assign(n_row, -1);
    for (std::size_t row = 0; row < n_row; ++row)
      if (keys_.antenna1[row] != keys_.antenna2[row])
        plan_.baseline_of_row[row] = index[pair_of(row)];
  }

  void make_units() {
    const std::size_t n = plan_.baselines.size();
    const std::size_t step =
        std::max<std::size_t>(16, kCachedBytes / limits_.bytes_of_baseline / 16 * 16);
    const std::size_t n_step = (n + step - 1) / step;
    const Timeline& timeline = plan_.timeline;
    for (std::size_t i = 0; i < timeline.n_interval; ++i)
      for (std::size_t b = 0; b < n; b += step) {
        Unit unit;
        unit.interval = i;
        unit.first_baseline = b;
        unit.n_baseline = std::min(step, n - b);
        unit.n_total.assign(unit.n_baseline, 0);
        unit.n_good.assign(unit.n_baseline, 0);
        plan_.units.push_back(std::move(unit));
      }
    for (std::size_t t = 0; t + 1 < timeline.first_row.size(); ++t) {
      if (!limits_.use_integration.empty() && !limits_.use_integration.at(t)) continue;
      for (std::size_t row = timeline.first_row[t]; row < timeline.first_row[t + 1]; ++row) {
        if (plan_.baseline_of_row[row] < 0) continue;
        const auto baseline = static_cast<std::size_t>(plan_.baseline_of_row[row]);
        add_row(plan_.units[timeline.interval[t] * n_step + baseline / step], row, t);
      }
    }
  }

  // A few rows that are not wanted, such as autocorrelations, cost less than another access.
  static void add_row(Unit& unit, std::size_t row, std::size_t integration) {
    constexpr std::size_t kGap = 4;
    if (!unit.runs.empty()) {
      Run& last = unit.runs.back();
      const std::size_t end = last.first_row + last.n_row;
      if (last.integration == integration && row >= end && row - end <= kGap) {
        unit.n_row += row + 1 - end;
        last.n_row = row + 1 - last.first_row;
        return;
      }
    }
    unit.runs.push_back({row, 1, integration});
    ++unit.n_row;
  }

  const ms::RowKeys& keys_;
  const std::size_t n_antenna_;
  const PlanLimits& limits_;
  SumPlan plan_;
};

}  // namespace

SumPlan plan_sums(const ms::RowKeys& keys, std::size_t n_antenna, const PlanLimits& limits) {
  return Planner(keys, n_antenna, limits).plan();
}

}  // namespace contimg::calibrate
