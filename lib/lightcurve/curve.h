// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "astro/direction.h"
#include "base/sqlite.h"
#include "variability/statistics.h"

/// Reading light curves: what query-lightcurve, the status server and reports ask.
namespace contimg::lightcurve {

using variability::kUnknown;

struct Source {
  std::int64_t id = 0;
  std::string name, origin;   ///< "catalogue" or "discovered"
  astro::Direction position;  ///< ICRS
  double ra_error_rad = kUnknown, dec_error_rad = kUnknown;
  double catalogue_flux_jy = kUnknown;
  std::vector<std::string> names;  ///< All of them, its own first.
};

/// One epoch of a source: a number, a limit, or why there is neither.
struct CurvePoint {
  std::int64_t epoch_id = 0;
  std::string group_id;
  double mjd = kUnknown;
  std::string kind;  ///< "forced", "blind", "missing", "before" (derived: see curve_of())
  double raw_flux_jy = kUnknown, raw_error_jy = kUnknown;
  double flux_jy = kUnknown, error_jy = kUnknown;  ///< Normalised, with all its errors.
  double limit_jy = kUnknown;                      ///< Normalised.
  double gain = kUnknown, gain_error = kUnknown;
  std::string gain_reason;  ///< Why the epoch is not normalised; empty: it is.
  std::uint32_t flags = 0;
  bool usable = false;  ///< Takes part in the figures.
  std::string reason;   ///< Why there is a limit or no number; empty: detected.
  std::string image_path, verdict, calibration_set;
};

struct SourceMatch {
  Source source;
  double separation_rad = 0;
};

/// A candidate as it is recorded.
struct RecordedCandidate {
  Source source;
  std::string kind, reason;
  double significance = kUnknown, since_mjd = kUnknown, until_mjd = kUnknown, depth = kUnknown;
  variability::Figures figures;
};

/// A row of the field's summary.
struct FieldRow {
  Source source;  ///< Without further names.
  variability::Figures figures;
  std::size_t n_missing = 0, n_flagged = 0;
  bool candidate = false;
};

/// A database of light curves, read only; one object serves one thread.
class Curves {
 public:
  /// Throws DataError when there is none, UsageError when it is something else or newer.
  explicit Curves(const std::string& path);

  std::optional<Source> source(std::int64_t id);
  /// By any of its names, exactly; "#123" is the source with that id.
  std::optional<Source> find(const std::string& name);
  /// Nearest first.
  std::vector<SourceMatch> cone(const astro::Direction& centre, double radius_rad,
                                std::size_t most = 1000);
  /// In order of time. With `before`, epochs that saw the place before the source was known are rows
  /// too: kind "before", a limit from the epoch's noise and response, and a reason.
  std::vector<CurvePoint> curve_of(std::int64_t source_id, bool before = true);
  variability::Figures figures(std::int64_t source_id);
  /// Most significant first.
  std::vector<RecordedCandidate> candidates();
  /// Every source with at least `min_points` usable points.
  std::vector<FieldRow> field(std::size_t min_points = 2);

  Database& database() { return database_; }

 private:
  Database database_;
};

}  // namespace contimg::lightcurve
