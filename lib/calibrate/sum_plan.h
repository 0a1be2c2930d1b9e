// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "calibrate/gain_solver.h"
#include "calibrate/uv_range.h"
#include "ms/writer.h"

/// In which order sum_set() reads the rows of a set.
namespace contimg::calibrate {

/// Where the integrations of a set begin, and in which interval each is.
struct Timeline {
  std::vector<std::size_t> first_row;  ///< [integration], and the number of rows.
  std::vector<double> time_mjd_s;      ///< [integration]
  std::vector<std::size_t> interval;   ///< [integration]
  std::size_t n_interval = 1;
};

/// Neighbouring rows of one integration.
struct Run {
  std::size_t first_row = 0, n_row = 0, integration = 0;
};

/// Some baselines through one interval: their sums stay in the processor's cache, and are written to
/// memory once.
struct Unit {
  std::size_t interval = 0, first_baseline = 0, n_baseline = 0;
  std::vector<Run> runs;
  std::size_t n_row = 0;                       ///< Of all runs.
  std::vector<std::uint64_t> n_total, n_good;  ///< [baseline of the unit]
};

struct SumPlan {
  std::vector<Baseline> baselines;            ///< Cross-correlations in the range.
  std::vector<std::int32_t> baseline_of_row;  ///< [row] -1: takes no part.
  Timeline timeline;
  std::vector<Unit> units;  ///< [interval, some baselines]; together they are every cell.
};

struct PlanLimits {
  double interval_s = 60;                ///< Intervals are about this long,
  std::size_t most_bytes = 700'000'000;  ///< or longer where the sums take more than this.
  std::size_t bytes_of_baseline = 0;     ///< That the sums of one in one interval take.
  UvRange uv_range;                      ///< A baseline out of it at any time is left out.
  std::vector<bool> use_integration;     ///< [integration]; empty: all.
};

/// Plans the work on rows in any order. Without a baseline in the range the plan is empty.
SumPlan plan_sums(const ms::RowKeys& keys, std::size_t n_antenna, const PlanLimits& limits);

}  // namespace contimg::calibrate
