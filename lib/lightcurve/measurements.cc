// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/measurements.h"

#include <boost/filesystem.hpp>
#include <cmath>

#include "astro/constants.h"
#include "base/error.h"

namespace contimg::lightcurve {
namespace {

using astro::kArcsec;
using astro::kDegree;

constexpr int kMeasurementApplication = 0x63696d6d;         // "cimm"
constexpr int kOldestVersion = 2, kMeasurementVersion = 3;  // 3 adds tables that are not read here
// What a detection's place is worth where nobody says.
constexpr double kUnknownPlaceBeams = 0.1;

Database open(const std::string& path) {
  if (!boost::filesystem::exists(path))
    throw DataError(path +
                    ": not there, expected the database of measurements; measure-sources makes it");
  Database db(path, Database::Mode::read_only, kBusyTimeout_ms);
  if (db.integer("PRAGMA application_id") != kMeasurementApplication)
    throw UsageError(path +
                     ": not a database of measurements, expected one; name another with "
                     "--measurement-db");
  const std::int64_t version = db.integer("PRAGMA user_version");
  if (version < kOldestVersion || version > kMeasurementVersion)
    throw UsageError(path + ": measurements of schema version " + std::to_string(version) +
                     ", expected " + std::to_string(kMeasurementVersion) +
                     (version < kMeasurementVersion
                          ? "; the next measure-sources that records there migrates it"
                          : "; it was made by newer tools: install those"));
  return db;
}

const std::string kSelectEpoch =
    "SELECT id, change_id, group_id, image_path, verdict, calibration_set, tier, catalogue, "
    "science,"
    " mid_mjd, ra_deg, dec_deg, frequency_hz, major_arcsec, minor_arcsec, pa_deg, rms_jy,"
    " detection_sigma, min_beam, response_step_deg, response FROM epoch ";

}  // namespace

Measurements::Measurements(const std::string& path)
    : database_(open(path)),
      next_(database_, kSelectEpoch + "WHERE change_id > ?1 ORDER BY change_id LIMIT 1"),
      group_(database_, kSelectEpoch + "WHERE group_id = ?1"),
      rows_(database_,
            "SELECT kind = 'forced', name, ra_deg, dec_deg, ra_error_arcsec, dec_error_arcsec,"
            " flux_jy, noise_error_jy, limit_jy, catalogue_flux_jy, offset_east_arcsec,"
            " offset_north_arcsec, flags, reason FROM measurement WHERE epoch_id = ?1"
            " ORDER BY kind DESC, name") {}

std::string Measurements::identity() {
  return database_.text("SELECT identity FROM change_counter");
}

std::int64_t Measurements::last_change() {
  return database_.integer("SELECT last FROM change_counter");
}

std::optional<MeasuredEpoch> Measurements::epoch_from(Statement& found) {
  std::optional<MeasuredEpoch> epoch;
  if (found.step()) {
    epoch.emplace();
    epoch->id = found.integer(0);
    epoch->change_id = found.integer(1);
    epoch->group_id = found.text(2);
    epoch->image_path = found.text(3);
    epoch->verdict = found.text(4);
    epoch->calibration_set = found.text(5);
    epoch->tier = found.text(6);
    epoch->catalogue = found.text(7);
    epoch->science = found.integer(8) != 0;
    epoch->mid_mjd = found.real(9);
    epoch->centre = {found.real(10) * kDegree, found.real(11) * kDegree};
    epoch->frequency_hz = found.real(12);
    epoch->major_arcsec = found.real(13);
    epoch->minor_arcsec = found.real(14);
    epoch->pa_deg = found.real(15);
    epoch->rms_jy = found.real(16);
    epoch->detection_sigma = found.real(17);
    epoch->footprint =
        Footprint(epoch->centre, found.real(18), found.real(19), found.blob(20), epoch->group_id);
  }
  found.reset();
  return epoch;
}

std::optional<MeasuredEpoch> Measurements::next_after(std::int64_t change_id) {
  return epoch_from(next_.bind(1, change_id));
}

std::optional<MeasuredEpoch> Measurements::of_group(const std::string& group_id) {
  return epoch_from(group_.bind(1, group_id));
}

std::vector<MeasuredRow> Measurements::rows(const MeasuredEpoch& epoch) {
  std::vector<MeasuredRow> rows;
  rows_.bind(1, epoch.id);
  const double doubtful_rad = kUnknownPlaceBeams * epoch.major_arcsec * kArcsec;
  while (rows_.step()) {
    MeasuredRow row;
    row.forced = rows_.integer(0) != 0;
    row.name = rows_.text(1);
    row.place.direction = {rows_.real(2) * kDegree, rows_.real(3) * kDegree};
    row.place.ra_error_rad = rows_.real(4) * kArcsec;
    row.place.dec_error_rad = rows_.real(5) * kArcsec;
    if (!(row.place.ra_error_rad > 0)) row.place.ra_error_rad = doubtful_rad;
    if (!(row.place.dec_error_rad > 0)) row.place.dec_error_rad = doubtful_rad;
    row.flux_jy = rows_.real(6);
    row.error_jy = rows_.real(7);
    row.limit_jy = rows_.real(8);
    row.catalogue_flux_jy = rows_.real(9);
    row.east_rad = rows_.real(10) * kArcsec;
    row.north_rad = rows_.real(11) * kArcsec;
    row.flags = static_cast<std::uint32_t>(rows_.integer(12));
    row.reason = rows_.text(13);
    rows.push_back(row);
  }
  rows_.reset();
  return rows;
}

}  // namespace contimg::lightcurve
