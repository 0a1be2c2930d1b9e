// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "lightcurve/footprint.h"
#include "lightcurve/place.h"
#include "variability/statistics.h"

namespace contimg::lightcurve {

using variability::kUnknown;

/// Bits of a measurement's flags (docs/formats/measurements.md).
enum Flag : std::uint32_t {
  kEdge = 1,
  kBlended = 2,
  kLowBeam = 4,
  kNearBright = 8,
  kExtended = 16,
  kUnreliable = 256,
};

/// An epoch as it was measured.
struct MeasuredEpoch {
  std::int64_t id = 0, change_id = 0;
  std::string group_id, image_path, verdict, calibration_set, tier, catalogue;
  bool science = true;
  double mid_mjd = kUnknown;
  astro::Direction centre;
  double frequency_hz = kUnknown, major_arcsec = kUnknown, minor_arcsec = kUnknown,
         pa_deg = kUnknown;
  double rms_jy = kUnknown;
  double detection_sigma = kUnknown;  ///< Unknown: no blind search, as far as is known.
  Footprint footprint;
};

/// A source of it.
struct MeasuredRow {
  bool forced = true;
  std::string name;
  Place place;  ///< Errors that are not known are a tenth of the beam.
  double flux_jy = kUnknown, error_jy = kUnknown, limit_jy = kUnknown;  ///< Error: noise only.
  double catalogue_flux_jy = kUnknown;
  double east_rad = kUnknown, north_rad = kUnknown;  ///< Of what is seen from a forced place.
  std::uint32_t flags = 0;
  std::string reason;
};

/// The database of measurements, read only.
class Measurements {
 public:
  /// Throws DataError when there is none, UsageError when it is something else, older (measure-sources
  /// migrates it) or newer.
  explicit Measurements(const std::string& path);
  Measurements(const Measurements&) = delete;  // its statements point at its database
  Measurements& operator=(const Measurements&) = delete;

  /// A random word that tells one such database from others.
  std::string identity();
  /// The latest change_id that was given out.
  std::int64_t last_change();
  std::optional<MeasuredEpoch> next_after(std::int64_t change_id);
  std::optional<MeasuredEpoch> of_group(const std::string& group_id);
  std::vector<MeasuredRow> rows(const MeasuredEpoch& epoch);

  /// For a ReadTransaction, so that an epoch and its rows are of one version.
  Database& database() { return database_; }
  const std::string& path() const { return database_.path(); }

 private:
  std::optional<MeasuredEpoch> epoch_from(Statement& found);

  Database database_;
  Statement next_, group_, rows_;
};

}  // namespace contimg::lightcurve
