// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/lightcurve_settings.h"
#include "base/sqlite.h"
#include "lightcurve/measurements.h"
#include "variability/ensemble.h"
#include "variability/statistics.h"

namespace contimg::lightcurve {

/// Stored by number.
enum class PointKind { forced = 0, blind = 1, missing = 2 };

/// A point as it was measured.
struct RawPoint {
  PointKind kind = PointKind::forced;
  double flux_jy = kUnknown, error_jy = kUnknown, limit_jy = kUnknown;
  std::uint32_t flags = 0;

  /// Takes part in the figures: a flux density, with none of the flags edge, near_bright, unreliable.
  bool usable() const;
  /// Good enough for a reference of the ensemble: usable, alone, a point, well in the beam.
  bool clean() const;
};

/// What an epoch's raw values are divided by.
struct Scale {
  double mjd = kUnknown;
  variability::EpochGain gain;
};

/// The point that takes part in the figures, of a usable one.
variability::Point normalised(const RawPoint& point, const Scale& scale,
                              const LightcurveSettings& settings);

/// What is kept of a source's light curve.
struct Standing {
  variability::Sums sums;
  std::size_t n_row = 0;      ///< Points with or without a number that were measured or found.
  std::size_t n_missing = 0;  ///< Points without a number.
  std::size_t n_flagged = 0;  ///< Points with a number that are not usable.
  std::size_t n_bright = 0;   ///< Clean ones of at least `reference_snr`.
  std::size_t n_judged = 0;   ///< Usable points when it was last judged.

  void add(const RawPoint& point, const Scale& scale, const LightcurveSettings& settings);
};

/// The table of statistics. The caller holds the transaction.
class Standings {
 public:
  explicit Standings(Database& db);

  /// Empty for a source without a row.
  Standing load(std::int64_t source_id);
  void save(std::int64_t source_id, const Standing& standing, const variability::Figures& figures);
  void remove_all();

 private:
  Database& db_;
  Statement load_, save_;
};

/// Sums from the columns of `source_statistics` from `first`: n, weight, weighted_mean_jy, chi2,
/// mean_jy, m2, first_mjd, last_mjd, n_limit, lowest_limit_jy, extremes.
variability::Sums sums_from(const Statement& row, int first);
extern const char* const kSumsColumns;

}  // namespace contimg::lightcurve
