-- SPDX-License-Identifier: GPL-3.0-or-later
-- Measurements of schema version 2: tables as commit 00411fba, the last with that version, made them.
PRAGMA application_id = 1667853677;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE change_counter (
  last INTEGER NOT NULL,
  identity TEXT NOT NULL
);
INSERT INTO "change_counter" VALUES(9,'00112233445566778899aabbccddeeff');
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
, change_id INTEGER, detection_sigma REAL, min_beam REAL, response_step_deg REAL, response BLOB);
INSERT INTO "epoch" VALUES(3,'2025-12-01T03:04:05','/data/contimg/images/2025-12-01T03:04:05.fits',61010.1,101.5,16.1,1400000000.0,42.0,38.5,12.0,0.002,'PASS','2025-12-01','science',1,'known',31,1.02,0.004,0.0001,5.0e-05,0.5,-0.25,0.75,'',0.99,2,1,2,1769380400.5,8,5.0,0.2,0.1,zeroblob(1764));
INSERT INTO "epoch" VALUES(7,'2025-12-02T03:00:09','/data/contimg/images/2025-12-02T03:00:09.fits',61011.1,101.5,16.1,1400000000.0,42.0,38.5,12.0,0.002,'WARN','2025-12-01','science',0,'known',31,1.02,0.004,0.0001,5.0e-05,0.5,-0.25,0.75,'',0.99,2,1,2,1769380401.5,9,5.0,0.2,0.1,zeroblob(1764));
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
INSERT INTO "measurement" VALUES(3,'blind','b1',2.5,2.625,2.75,2.875,3.0,3.125,3.25,3.375,3.5,3.625,3.75,3.875,4.0,4.125,4.25,4.375,4.5,4.625,4.75,2,'');
INSERT INTO "measurement" VALUES(3,'forced','J0646+1606',0.5,0.625,0.75,0.875,1.0,1.125,1.25,1.375,1.5,1.625,1.75,1.875,2.0,2.125,2.25,2.375,2.5,2.625,2.75,0,'near the edge');
INSERT INTO "measurement" VALUES(3,'forced','J0647+1610',1.5,1.625,1.75,1.875,2.0,2.125,2.25,2.375,2.5,2.625,2.75,2.875,3.0,3.125,3.25,3.375,3.5,3.625,3.75,1,'');
INSERT INTO "measurement" VALUES(7,'blind','b1',2.5,2.625,2.75,2.875,3.0,3.125,3.25,3.375,3.5,3.625,3.75,3.875,4.0,4.125,4.25,4.375,4.5,4.625,4.75,2,'');
INSERT INTO "measurement" VALUES(7,'forced','J0646+1606',0.5,0.625,0.75,0.875,1.0,1.125,1.25,1.375,1.5,1.625,1.75,1.875,2.0,2.125,2.25,2.375,2.5,2.625,2.75,0,'near the edge');
INSERT INTO "measurement" VALUES(7,'forced','J0647+1610',1.5,1.625,1.75,1.875,2.0,2.125,2.25,2.375,2.5,2.625,2.75,2.875,3.0,3.125,3.25,3.375,3.5,3.625,3.75,1,'');
CREATE INDEX epoch_time ON epoch (mid_mjd);
CREATE INDEX measurement_name ON measurement (name, epoch_id);
CREATE UNIQUE INDEX epoch_change ON epoch (change_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('epoch',7);
COMMIT;
