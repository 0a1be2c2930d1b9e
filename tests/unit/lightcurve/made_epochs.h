// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "lightcurve/update.h"
#include "scratch.h"

/// A database of measurements made by hand.
namespace contimg::lightcurve::made {

struct Row {
  std::string kind, name;
  double ra_deg = 0, dec_deg = 0, flux_jy = 0, error_jy = 1e-3;
  int flags = 0;
};

class Measured {
 public:
  explicit Measured(const std::string& name) : db_(scratch(name), Database::Mode::create, 1000) {
    // As docs/formats/measurements.md has it; what nobody here reads is left out.
    db_.execute(R"sql(
      CREATE TABLE epoch (id INTEGER PRIMARY KEY AUTOINCREMENT, group_id TEXT UNIQUE,
        image_path TEXT DEFAULT '', mid_mjd REAL, ra_deg REAL, dec_deg REAL, frequency_hz REAL,
        major_arcsec REAL, minor_arcsec REAL, pa_deg REAL, rms_jy REAL, verdict TEXT DEFAULT 'PASS',
        calibration_set TEXT DEFAULT '', tier TEXT DEFAULT '', science INTEGER DEFAULT 1,
        catalogue TEXT DEFAULT 'c', change_id INTEGER UNIQUE, detection_sigma REAL, min_beam REAL,
        response_step_deg REAL, response BLOB);
      CREATE TABLE measurement (epoch_id INTEGER, kind TEXT, name TEXT, ra_deg REAL, dec_deg REAL,
        ra_error_arcsec REAL, dec_error_arcsec REAL, flux_jy REAL, noise_error_jy REAL,
        limit_jy REAL, catalogue_flux_jy REAL, offset_east_arcsec REAL, offset_north_arcsec REAL,
        flags INTEGER DEFAULT 0, reason TEXT DEFAULT '', PRIMARY KEY (epoch_id, kind, name));
      CREATE TABLE change_counter (last INTEGER, identity TEXT);
      INSERT INTO change_counter VALUES (0, 'made');
      PRAGMA application_id = 0x63696d6d; PRAGMA user_version = 2;)sql");
  }

  std::string path() const { return db_.path(); }
  Database& database() { return db_; }

  /// A field of 2 degrees about (ra, dec) that is seen with response 1 all over.
  void add(const std::string& group_id, double mjd, const std::vector<Row>& rows, double ra_deg = 0,
           double dec_deg = 0) {
    const std::vector<float> response(21 * 21, 1.0F);
    Transaction transaction(db_);
    db_.execute("UPDATE change_counter SET last = last + 1");
    Statement(db_, "INSERT OR IGNORE INTO epoch (group_id) VALUES (?1)").bind(1, group_id).run();
    Statement(db_,
              "UPDATE epoch SET mid_mjd = ?2, ra_deg = ?3, dec_deg = ?4, major_arcsec = 20,"
              " rms_jy = 0.001, detection_sigma = 5, min_beam = 0.2, response_step_deg = 0.1,"
              " response = ?5, change_id = (SELECT last FROM change_counter) WHERE group_id = ?1")
        .bind(1, group_id)
        .bind(2, mjd)
        .bind(3, ra_deg)
        .bind(4, dec_deg)
        .bind_blob(5, {reinterpret_cast<const char*>(response.data()), response.size() * 4})
        .run();
    const std::string id =
        std::to_string(db_.integer("SELECT id FROM epoch WHERE group_id = '" + group_id + "'"));
    db_.execute("DELETE FROM measurement WHERE epoch_id = " + id);
    Statement insert(
        db_,
        "INSERT INTO measurement (epoch_id, kind, name, ra_deg, dec_deg,"
        " ra_error_arcsec, dec_error_arcsec, flux_jy, noise_error_jy, flags) VALUES (" +
            id + ", ?1, ?2, ?3, ?4, 1, 1, ?5, ?6, ?7)");
    for (const Row& row : rows)
      insert.bind(1, row.kind)
          .bind(2, row.name)
          .bind(3, row.ra_deg)
          .bind(4, row.dec_deg)
          .bind(5, row.flux_jy)
          .bind(6, row.error_jy)
          .bind(7, row.flags)
          .run();
    transaction.commit();
  }

 private:
  Database db_;
};

/// Twelve sources of 0.1 Jy to 1.2 Jy along a line; the last one varies.
inline std::vector<Row> line_of_sources(std::mt19937_64& random, double gain, double turn) {
  std::normal_distribution<double> gaussian;
  std::vector<Row> rows;
  for (int i = 0; i < 12; ++i) {
    const double steady = 0.1 * (i + 1) * (i == 11 ? 1 + 0.3 * std::sin(turn) : 1);
    rows.push_back({"forced", "s" + std::to_string(i), 0.05 * i, 0.01 * i,
                    gain * steady + 1e-3 * gaussian(random), 1e-3, i == 3 ? 2 : 0});
  }
  return rows;
}

}  // namespace contimg::lightcurve::made
