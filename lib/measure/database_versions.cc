// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/database_versions.h"

namespace contimg::measure {

// Rows are only added, or replaced with their whole epoch: what light curves are made from.
const char* const kVersion1 = R"sql(
CREATE TABLE epoch (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id TEXT NOT NULL UNIQUE,
  image_path TEXT NOT NULL,
  mid_mjd REAL,
  ra_deg REAL, dec_deg REAL,
  frequency_hz REAL,
  major_arcsec REAL, minor_arcsec REAL, pa_deg REAL,
  rms_jy REAL,
  verdict TEXT NOT NULL DEFAULT '',
  calibration_set TEXT NOT NULL DEFAULT '',
  tier TEXT NOT NULL DEFAULT '',
  science INTEGER NOT NULL DEFAULT 1,
  catalogue TEXT NOT NULL DEFAULT '',
  n_reference INTEGER NOT NULL DEFAULT 0,
  flux_scale REAL, flux_scale_error REAL,
  flux_offset_jy REAL, flux_offset_error_jy REAL,
  offset_east_arcsec REAL, offset_north_arcsec REAL, position_rms_arcsec REAL,
  tie_reason TEXT NOT NULL DEFAULT '',
  reliability REAL,
  n_forced INTEGER NOT NULL, n_blind INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  recorded_at REAL NOT NULL
);
CREATE INDEX epoch_time ON epoch (mid_mjd);

CREATE TABLE measurement (
  epoch_id INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('forced', 'blind')),
  name TEXT NOT NULL,
  ra_deg REAL NOT NULL, dec_deg REAL NOT NULL,
  ra_error_arcsec REAL, dec_error_arcsec REAL,
  flux_jy REAL, flux_error_jy REAL, noise_error_jy REAL, limit_jy REAL, snr REAL,
  local_rms_jy REAL, pb REAL, smearing REAL,
  integrated_jy REAL, major_arcsec REAL, minor_arcsec REAL, pa_deg REAL,
  catalogue_flux_jy REAL,
  offset_east_arcsec REAL, offset_north_arcsec REAL,
  flags INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (epoch_id, kind, name)
) WITHOUT ROWID;
CREATE INDEX measurement_name ON measurement (name, epoch_id);
)sql";

// Epochs from before have no footprint: what they saw beside their rows is not known.
const char* const kVersion2 = R"sql(
ALTER TABLE epoch ADD COLUMN change_id INTEGER;
ALTER TABLE epoch ADD COLUMN detection_sigma REAL;
ALTER TABLE epoch ADD COLUMN min_beam REAL;
ALTER TABLE epoch ADD COLUMN response_step_deg REAL;
ALTER TABLE epoch ADD COLUMN response BLOB;
UPDATE epoch SET change_id = id;
CREATE UNIQUE INDEX epoch_change ON epoch (change_id);
CREATE TABLE change_counter (
  last INTEGER NOT NULL,
  identity TEXT NOT NULL
);
INSERT INTO change_counter
  SELECT coalesce(max(change_id), 0), lower(hex(randomblob(16))) FROM epoch;
)sql";

// Known sources that were put in: of their own, so that no light curve ever meets them.
const char* const kVersion3 = R"sql(
CREATE TABLE injection (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id TEXT NOT NULL UNIQUE,
  science_image TEXT NOT NULL,
  mid_mjd REAL,
  ra_deg REAL, dec_deg REAL,
  frequency_hz REAL,
  major_arcsec REAL, minor_arcsec REAL, pa_deg REAL,
  rms_jy REAL,
  calibration_set TEXT NOT NULL DEFAULT '',
  detection_sigma REAL NOT NULL,
  seed INTEGER NOT NULL,
  n_source INTEGER NOT NULL, n_found INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 0,
  recorded_at REAL NOT NULL
);
CREATE INDEX injection_time ON injection (mid_mjd);

CREATE TABLE injected_source (
  injection_id INTEGER NOT NULL REFERENCES injection (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  ra_deg REAL NOT NULL, dec_deg REAL NOT NULL,
  true_flux_jy REAL NOT NULL, true_snr REAL NOT NULL, true_rms_jy REAL NOT NULL,
  expected REAL,
  found INTEGER NOT NULL,
  flux_jy REAL, flux_error_jy REAL, noise_error_jy REAL, snr REAL,
  local_rms_jy REAL, pb REAL, smearing REAL,
  offset_east_arcsec REAL, offset_north_arcsec REAL,
  flags INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (injection_id, name)
) WITHOUT ROWID;
)sql";

}  // namespace contimg::measure
