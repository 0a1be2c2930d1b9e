// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of a tile with known sources put in, in the database of measurements; again replaces them.
#include "astro/constants.h"
#include "astro/epoch.h"
#include "measure/database.h"

namespace contimg::measure {
namespace {

std::int64_t record_tile(Database& db, const InjectedTile& tile) {
  const Epoch& e = tile.epoch;
  Statement(
      db,
      "INSERT INTO injection (group_id, science_image, detection_sigma, seed, n_source,"
      " n_found, recorded_at) VALUES (?1, '', 0, 0, 0, 0, 0) ON CONFLICT (group_id) DO NOTHING")
      .bind(1, e.group_id)
      .run();
  Statement update(
      db,
      "UPDATE injection SET science_image = ?2, mid_mjd = ?3, ra_deg = ?4, dec_deg = ?5,"
      " frequency_hz = ?6, major_arcsec = ?7, minor_arcsec = ?8, pa_deg = ?9, rms_jy = ?10,"
      " calibration_set = ?11, detection_sigma = ?12, seed = ?13, n_source = ?14, n_found = ?15,"
      " version = version + 1, recorded_at = ?16 WHERE group_id = ?1");
  update.bind(1, e.group_id).bind(2, tile.record.science_image).bind(3, e.mid_mjd);
  update.bind(4, e.centre.ra_rad / astro::kDegree).bind(5, e.centre.dec_rad / astro::kDegree);
  update.bind(6, e.frequency_hz).bind(7, e.major_rad / astro::kArcsec);
  update.bind(8, e.minor_rad / astro::kArcsec).bind(9, e.position_angle_rad / astro::kDegree);
  update.bind(10, e.rms_jy).bind(11, e.calibration_set).bind(12, e.detection_sigma);
  update.bind(13, tile.record.seed).bind(14, tile.sources.size()).bind(15, tile.n_found());
  update.bind(16, astro::now_unix_s()).run();
  Statement id(db, "SELECT id FROM injection WHERE group_id = ?1");
  id.bind(1, e.group_id).step();
  return id.integer(0);
}

void record_rows(Database& db, std::int64_t id, const InjectedTile& tile) {
  Statement(db, "DELETE FROM injected_source WHERE injection_id = ?1").bind(1, id).run();
  Statement insert(db,
                   "INSERT INTO injected_source VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
                   " ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)");
  for (const InjectedRow& row : tile.sources) {
    const Measurement& m = row.measured;
    insert.bind(1, id).bind(2, row.truth.name);
    insert.bind(3, row.truth.position.ra_rad / astro::kDegree);
    insert.bind(4, row.truth.position.dec_rad / astro::kDegree);
    insert.bind(5, row.truth.flux_jy).bind(6, row.truth.snr).bind(7, row.truth.rms_jy);
    insert.bind(8, row.expected).bind(9, row.found);
    insert.bind(10, m.flux_jy).bind(11, m.error_jy).bind(12, m.noise_jy).bind(13, m.snr);
    insert.bind(14, m.local_rms_jy).bind(15, m.beam_response).bind(16, m.smearing);
    insert.bind(17, m.offset_east_rad / astro::kArcsec);
    insert.bind(18, m.offset_north_rad / astro::kArcsec);
    insert.bind(19, static_cast<std::int64_t>(m.flags)).bind(20, m.reason).run();
  }
}

}  // namespace

std::int64_t MeasurementDatabase::record(const InjectedTile& tile) {
  Transaction transaction(database_);
  const std::int64_t id = record_tile(database_, tile);
  record_rows(database_, id, tile);
  transaction.commit();
  return id;
}

}  // namespace contimg::measure
