// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/database.h"

#include <boost/filesystem.hpp>
#include <chrono>

#include "astro/constants.h"
#include "base/atomic_output.h"
#include "base/error.h"
#include "base/filesystem.h"
#include "base/wal.h"
#include "measure/database_versions.h"

namespace contimg::measure {
namespace {

constexpr int kApplicationId = 0x63696d6d;  // "cimm"
using astro::kArcsec;
using astro::kDegree;

double now_unix_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Makes the folder, where that is a place for a database.
std::string with_folder(const std::string& path) {
  const Filesystem filesystem = filesystem_of(path);
  if (filesystem.kind == Filesystem::Kind::network)
    throw UsageError(path + ": on a network filesystem (" + filesystem.name +
                     "), where SQLite's locks cannot be trusted, expected a local disk; name "
                     "another place with --measurement-db");
  const boost::filesystem::path folder = boost::filesystem::absolute(path).parent_path();
  if (!boost::filesystem::is_directory(folder)) create_folders(folder.string());
  return path;
}

void require_ours(Database& db) {
  const bool empty = db.integer("SELECT count(*) FROM sqlite_master") == 0;
  if (!empty && db.integer("PRAGMA application_id") != kApplicationId)
    throw UsageError(db.path() +
                     ": a database, but not one of measurements, expected one or a new file; name "
                     "another with --measurement-db");
  const std::int64_t version = db.integer("PRAGMA user_version");
  if (version > kMeasurementVersion)
    throw UsageError(db.path() + ": measurements of schema version " + std::to_string(version) +
                     ", expected " + std::to_string(kMeasurementVersion) +
                     " or older; it was made by newer tools: install those");
}

// One transaction, so that a file that is killed half-way is what it was before.
void migrate(Database& db) {
  if (db.integer("PRAGMA user_version") == kMeasurementVersion) return;
  Transaction transaction(db);
  require_ours(db);  // another process may have been faster
  const std::int64_t version = db.integer("PRAGMA user_version");
  if (version < 1) db.execute(kVersion1);
  if (version < 2) db.execute(kVersion2);
  if (version < 3) db.execute(kVersion3);
  db.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  db.execute("PRAGMA user_version = " + std::to_string(kMeasurementVersion));
  transaction.commit();
}

// Floats in the byte order of the format, which is that of every machine we run on.
std::string bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

// The next of the counter: light curves find by it what is new, so it never goes back.
std::int64_t next_change(Database& db) {
  db.execute("UPDATE change_counter SET last = last + 1");
  return db.integer("SELECT last FROM change_counter");
}

std::int64_t record_epoch(Database& db, const Tile& tile) {
  const Epoch& e = tile.epoch;
  std::int64_t n_forced = 0, n_blind = 0;
  for (const Measurement& m : tile.sources) (m.kind == Kind::forced ? n_forced : n_blind) += 1;
  Statement(db,
            "INSERT INTO epoch (group_id, image_path, n_forced, n_blind, recorded_at, version) "
            "VALUES (?1, '', 0, 0, 0, 0) ON CONFLICT (group_id) DO NOTHING")
      .bind(1, e.group_id)
      .run();
  Statement update(
      db,
      "UPDATE epoch SET image_path = ?2, mid_mjd = ?3, ra_deg = ?4, dec_deg = ?5,"
      " frequency_hz = ?6, major_arcsec = ?7, minor_arcsec = ?8, pa_deg = ?9, rms_jy = ?10,"
      " verdict = ?11, calibration_set = ?12, tier = ?13, science = ?14, catalogue = ?15,"
      " n_reference = ?16, flux_scale = ?17, flux_scale_error = ?18, flux_offset_jy = ?19,"
      " flux_offset_error_jy = ?20, offset_east_arcsec = ?21, offset_north_arcsec = ?22,"
      " position_rms_arcsec = ?23, tie_reason = ?24, reliability = ?25, n_forced = ?26,"
      " n_blind = ?27, recorded_at = ?28, version = version + 1, change_id = ?29, min_beam = ?30,"
      " response_step_deg = ?31, response = ?32, detection_sigma = ?33 WHERE group_id = ?1");
  update.bind(1, e.group_id).bind(2, e.image_path).bind(3, e.mid_mjd);
  update.bind(4, e.centre.ra_rad / kDegree).bind(5, e.centre.dec_rad / kDegree);
  update.bind(6, e.frequency_hz).bind(7, e.major_rad / kArcsec).bind(8, e.minor_rad / kArcsec);
  update.bind(9, e.position_angle_rad / kDegree).bind(10, e.rms_jy).bind(11, e.verdict);
  update.bind(12, e.calibration_set).bind(13, e.tier).bind(14, e.science).bind(15, e.catalogue);
  update.bind(16, e.tie.n_source).bind(17, e.tie.slope).bind(18, e.tie.slope_error);
  update.bind(19, e.tie.offset_jy).bind(20, e.tie.offset_error_jy);
  update.bind(21, e.tie.east_rad / kArcsec).bind(22, e.tie.north_rad / kArcsec);
  update.bind(23, e.tie.position_rms_rad / kArcsec).bind(24, e.tie.reason);
  update.bind(25, e.reliability).bind(26, n_forced).bind(27, n_blind).bind(28, now_unix_s());
  update.bind(29, next_change(db));
  if (e.footprint.known()) {
    update.bind(30, e.footprint.min_beam).bind(31, e.footprint.step_rad / kDegree);
    update.bind_blob(32, bytes_of(e.footprint.response));
  }
  update.bind(33, e.detection_sigma);
  update.run();
  Statement id(db, "SELECT id FROM epoch WHERE group_id = ?1");
  id.bind(1, e.group_id).step();
  return id.integer(0);
}

void record_sources(Database& db, std::int64_t epoch_id, const Tile& tile) {
  Statement(db, "DELETE FROM measurement WHERE epoch_id = ?1").bind(1, epoch_id).run();
  Statement insert(db,
                   "INSERT INTO measurement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
                   " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)");
  for (const Measurement& m : tile.sources) {
    insert.bind(1, epoch_id).bind(2, m.kind == Kind::forced ? "forced" : "blind").bind(3, m.name);
    insert.bind(4, m.position.ra_rad / kDegree).bind(5, m.position.dec_rad / kDegree);
    insert.bind(6, m.ra_error_rad / kArcsec).bind(7, m.dec_error_rad / kArcsec);
    insert.bind(8, m.flux_jy).bind(9, m.error_jy).bind(10, m.noise_jy).bind(11, m.limit_jy);
    insert.bind(12, m.snr).bind(13, m.local_rms_jy).bind(14, m.beam_response);
    insert.bind(15, m.smearing).bind(16, m.integrated_jy).bind(17, m.major_rad / kArcsec);
    insert.bind(18, m.minor_rad / kArcsec).bind(19, m.position_angle_rad / kDegree);
    insert.bind(20, m.catalogue_flux_jy).bind(21, m.offset_east_rad / kArcsec);
    insert.bind(22, m.offset_north_rad / kArcsec).bind(23, static_cast<std::int64_t>(m.flags));
    insert.bind(24, m.reason).run();
  }
}

}  // namespace

MeasurementDatabase::MeasurementDatabase(const std::string& path)
    : database_(with_folder(path), Database::Mode::create, kBusyTimeout_ms) {
  require_ours(database_);
  switch_to_wal(database_, kBusyTimeout_ms);
  database_.execute("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  migrate(database_);
}

std::int64_t MeasurementDatabase::record(const Tile& tile) {
  Transaction transaction(database_);
  const std::int64_t id = record_epoch(database_, tile);
  record_sources(database_, id, tile);
  transaction.commit();
  return id;
}

}  // namespace contimg::measure
