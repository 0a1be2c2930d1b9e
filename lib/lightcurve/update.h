// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/settings.h"

/// The stage `lightcurve`: epochs of the measurement database become points of light curves.
namespace contimg::lightcurve {

/// What became of one epoch. States: "joined", "replaced", "restored", "unchanged", "refused" and
/// "withdrawn"; the last two with a reason.
struct EpochReport {
  std::int64_t epoch_id = 0;
  std::string group_id;
  std::string state, reason;
  std::size_t n_point = 0, n_missing = 0, n_new = 0, n_limit = 0, n_candidate = 0;
  double gain = 1, gain_error = 0;
  std::string gain_reason;
  double seconds = 0;
};

struct UpdateSettings {
  std::string measurement_db, lightcurve_db;
  LightcurveSettings limits;
  double min_separation_beams = 0.5;  ///< A detection farther from a source is never it.
  std::function<void()> check;        ///< Called between epochs; throws to stop; may be empty.
  /// Called after each epoch of update_all(), once it is kept for good; may be empty.
  std::function<void(const EpochReport&)> tell;
};

/// Joins every epoch that is new or changed since the last time, in order of change; each is one
/// transaction, so that a kill loses nothing and a second run does nothing. When there is no ensemble
/// yet and enough sources have `reference_epochs`, the first one is frozen. Does nothing while there is
/// no database of measurements.
std::vector<EpochReport> update_all(const UpdateSettings& settings);
/// The epoch of one group. Throws DataError when it was not measured.
EpochReport update_group(const UpdateSettings& settings, const std::string& group_id);
/// Takes an epoch's points out and remembers why; it stays out until it is restored.
EpochReport withdraw(const UpdateSettings& settings, const std::string& group_id,
                     const std::string& why);
EpochReport restore(const UpdateSettings& settings, const std::string& group_id);

struct BaselineReport {
  int version = 0;
  std::size_t n_source = 0, n_epoch = 0, n_refused = 0, n_normalised = 0;
  double systematic = 0;  ///< Share that steady sources scatter beyond noise and gains.
};
/// Freezes a new ensemble from all joined epochs of [from_mjd, until_mjd) (NaN: no bound), normalises every epoch
/// against it and computes all figures anew. `extend`: references of the ensemble in force stay as
/// they are, new ones are added, and only epochs without a gain are normalised.
BaselineReport rebaseline(const UpdateSettings& settings, double from_mjd, double until_mjd,
                          bool extend, const std::string& why);

}  // namespace contimg::lightcurve
