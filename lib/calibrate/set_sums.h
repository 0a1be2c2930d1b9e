// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "calibrate/average_ratio.h"
#include "calibrate/field_model.h"
#include "calibrate/gain_solver.h"
#include "calibrate/series.h"
#include "calibrate/uv_range.h"
#include "caltable/calibration.h"
#include "ms/reader.h"

namespace contimg::calibrate {

/// Where the model comes from.
enum class ModelSource {
  field,   ///< FieldModel.
  column,  ///< MODEL_DATA of the set.
};

struct SumSettings {
  double interval_s = 60;  ///< The set's time is cut into equal intervals of about this length.
  UvRange uv_range;
  ModelSource model = ModelSource::field;
  const caltable::Calibration* pre_applied = nullptr;  ///< Applied before; may be null.
  std::vector<bool> use_integration;                   ///< [integration]; empty: all.
  std::size_t n_thread = 2;
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< Rows; may be empty.
  std::function<void()> check;  ///< Called often, throws to end the work; may be empty.
};

/// A whole set summed for solving: RatioSums over time within intervals, apart for each baseline,
/// channel and receptor (the parallel hands: XX and YY, or RR and LL).
struct SetSums {
  std::size_t n_antenna = 0, n_channel = 0;
  std::vector<Baseline> baselines;     ///< Cross-correlations that the set has.
  std::vector<double> time_mjd_s;      ///< [interval] middle of what was summed.
  std::vector<double> interval_s;      ///< [interval] time that it covers.
  RatioSums sums{0};                   ///< [interval, baseline, channel, receptor], not divided.
  std::vector<std::uint64_t> n_total;  ///< [baseline] visibilities looked at,
  std::vector<std::uint64_t> n_good;   ///< and those of them that are not flagged.
  std::vector<std::uint64_t> n_good_of_interval;  ///< [interval] the same.
  std::size_t n_row = 0;                          ///< Rows of the set.

  std::size_t n_interval() const { return time_mjd_s.size(); }
  std::size_t interval_cells() const { return baselines.size() * n_channel * kReceptorCount; }
  std::size_t cell(std::size_t interval, std::size_t baseline, std::size_t channel,
                   std::size_t receptor) const {
    return ((interval * baselines.size() + baseline) * n_channel + channel) * kReceptorCount +
           receptor;
  }
  static constexpr std::size_t kReceptorCount = 2;
};

/// Reads DATA, the flags from before any calibration (ms::StartingFlags) and SIGMA of a set once
/// and sums. Weights are 1 / SIGMA^2, after `pre_applied` those it gives.
///
/// One thread reads; it and the others predict and add. They take some baselines through all
/// integrations of an interval at a time, so that these sums stay in the processor's cache. At most
/// 700 MB of sums: longer intervals are taken where that is not enough.
/// Throws DataError for a set with other correlations than two parallel hands (and cross hands),
/// of several fields or windows, without data in the range, or without MODEL_DATA when that is
/// asked for.
SetSums sum_set(const std::string& set_path, const ms::Reader& set, FieldModel& model,
                const SumSettings& settings);

}  // namespace contimg::calibrate
