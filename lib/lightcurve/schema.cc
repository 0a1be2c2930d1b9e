// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/schema.h"

namespace contimg::lightcurve {

// Blobs have a table of their own, so that rows of epochs stay small: whoever reads a light curve
// reads one of them for each point.
const char* const kSchema = R"sql(
CREATE TABLE epoch (
  id INTEGER PRIMARY KEY,
  group_id TEXT NOT NULL UNIQUE,
  change_id INTEGER NOT NULL,
  season INTEGER NOT NULL,
  mid_mjd REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('joined', 'withdrawn', 'refused')),
  gain REAL, gain_error REAL,
  n_gain INTEGER NOT NULL DEFAULT 0,
  ensemble INTEGER REFERENCES ensemble (version),
  gain_reason TEXT NOT NULL DEFAULT '',
  ra_deg REAL NOT NULL, dec_deg REAL NOT NULL,
  frequency_hz REAL,
  major_arcsec REAL, minor_arcsec REAL, pa_deg REAL,
  rms_jy REAL,
  detection_sigma REAL,
  image_path TEXT NOT NULL DEFAULT '',
  verdict TEXT NOT NULL DEFAULT '',
  calibration_set TEXT NOT NULL DEFAULT '',
  tier TEXT NOT NULL DEFAULT '',
  state_reason TEXT NOT NULL DEFAULT '',
  n_point INTEGER NOT NULL DEFAULT 0,
  n_missing INTEGER NOT NULL DEFAULT 0,
  n_new INTEGER NOT NULL DEFAULT 0,
  joined_at REAL NOT NULL
);
CREATE INDEX epoch_time ON epoch (mid_mjd);
CREATE VIRTUAL TABLE epoch_place USING rtree (id, x0, x1, y0, y1, z0, z1);
CREATE TABLE footprint (
  epoch_id INTEGER PRIMARY KEY REFERENCES epoch (id),
  min_beam REAL, response_step_deg REAL, response BLOB,
  sources BLOB NOT NULL DEFAULT x''
);

CREATE TABLE source (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('catalogue', 'discovered')),
  ra_deg REAL NOT NULL, dec_deg REAL NOT NULL,
  ra_error_arcsec REAL, dec_error_arcsec REAL,
  catalogue_flux_jy REAL,
  first_epoch_id INTEGER NOT NULL,
  n_blind INTEGER NOT NULL DEFAULT 0,
  dormant INTEGER NOT NULL DEFAULT 0
);
CREATE VIRTUAL TABLE source_place USING rtree (id, x0, x1, y0, y1, z0, z1);
CREATE TABLE source_name (
  name TEXT PRIMARY KEY NOT NULL,
  source_id INTEGER NOT NULL REFERENCES source (id)
) WITHOUT ROWID;
CREATE INDEX source_name_source ON source_name (source_id);
CREATE TABLE sighting (
  source_id INTEGER NOT NULL,
  epoch_id INTEGER NOT NULL,
  ra_deg REAL NOT NULL, dec_deg REAL NOT NULL,
  ra_error_arcsec REAL NOT NULL, dec_error_arcsec REAL NOT NULL,
  PRIMARY KEY (source_id, epoch_id)
) WITHOUT ROWID;

CREATE TABLE reason (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);
CREATE TABLE season (
  season INTEGER PRIMARY KEY
);
CREATE TABLE point (
  season INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  epoch_id INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),
  flux_jy REAL, error_jy REAL, limit_jy REAL,
  flags INTEGER NOT NULL DEFAULT 0,
  reason_id INTEGER,
  PRIMARY KEY (season, source_id, epoch_id)
) WITHOUT ROWID;

CREATE TABLE source_statistics (
  source_id INTEGER PRIMARY KEY,
  n INTEGER NOT NULL,
  weight REAL NOT NULL, weighted_mean_jy REAL NOT NULL, chi2 REAL NOT NULL,
  mean_jy REAL NOT NULL, m2 REAL NOT NULL,
  first_mjd REAL, last_mjd REAL,
  n_limit INTEGER NOT NULL, lowest_limit_jy REAL,
  n_row INTEGER NOT NULL, n_missing INTEGER NOT NULL, n_flagged INTEGER NOT NULL,
  n_bright INTEGER NOT NULL, n_judged INTEGER NOT NULL,
  eta REAL, v REAL, vs REAL, m REAL, chi2_sigma REAL, loo_sigma REAL, loo_mjd REAL,
  limit_sigma REAL,
  extremes BLOB NOT NULL
);

CREATE TABLE ensemble (
  version INTEGER PRIMARY KEY,
  made_at REAL NOT NULL,
  from_mjd REAL, until_mjd REAL,
  n_epoch INTEGER NOT NULL, n_source INTEGER NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  why TEXT NOT NULL
);
CREATE TABLE ensemble_source (
  version INTEGER NOT NULL REFERENCES ensemble (version),
  source_id INTEGER NOT NULL REFERENCES source (id),
  flux_jy REAL NOT NULL, error_jy REAL NOT NULL,
  n_epoch INTEGER NOT NULL,
  PRIMARY KEY (version, source_id)
) WITHOUT ROWID;

CREATE TABLE association (
  id INTEGER PRIMARY KEY,
  epoch_id INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('opened', 'split', 'merge', 'adopted')),
  source_id INTEGER NOT NULL,
  other_id INTEGER,
  separation_arcsec REAL, de_ruiter REAL
);
CREATE INDEX association_epoch ON association (epoch_id);
CREATE INDEX association_source ON association (source_id);

CREATE TABLE candidate (
  source_id INTEGER NOT NULL REFERENCES source (id),
  kind TEXT NOT NULL,
  significance REAL NOT NULL,
  since_mjd REAL, until_mjd REAL, depth REAL,
  reason TEXT NOT NULL,
  first_epoch_id INTEGER,
  updated_at REAL NOT NULL,
  PRIMARY KEY (source_id, kind)
) WITHOUT ROWID;

CREATE TABLE progress (
  last_change_id INTEGER NOT NULL,
  measurement_identity TEXT NOT NULL,
  next_ensemble_change INTEGER NOT NULL,
  systematic REAL, unnormalised REAL
);
INSERT INTO progress VALUES (0, '', 0, NULL, NULL);

CREATE VIEW discovered AS
  SELECT id, name, ra_deg, dec_deg FROM source WHERE origin = 'discovered' AND dormant = 0;

CREATE VIEW light_curve AS
  SELECT p.source_id, e.id AS epoch_id, e.group_id, e.mid_mjd,
    CASE p.kind WHEN 0 THEN 'forced' WHEN 1 THEN 'blind' ELSE 'missing' END AS kind,
    p.flux_jy AS raw_flux_jy, p.error_jy AS raw_error_jy, p.limit_jy AS raw_limit_jy,
    p.flux_jy / coalesce(e.gain, 1) AS flux_jy, p.limit_jy / coalesce(e.gain, 1) AS limit_jy,
    e.gain, e.gain_error, e.gain_reason, p.flags, coalesce(r.text, '') AS reason
  FROM season s CROSS JOIN point p ON p.season = s.season JOIN epoch e ON e.id = p.epoch_id
    LEFT JOIN reason r ON r.id = p.reason_id;
)sql";

}  // namespace contimg::lightcurve
