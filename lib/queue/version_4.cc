// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_4.h"

namespace contimg::queue {

// An image outlives its Measurement Set, which is the first to be removed for want of room: ms_path
// refers to no row.
const char* const kVersion4 = R"sql(
CREATE TABLE images (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  ms_path TEXT NOT NULL,
  group_id TEXT NOT NULL,
  created_at REAL NOT NULL,
  type TEXT NOT NULL,
  format TEXT NOT NULL DEFAULT 'fits',
  pbcor INTEGER NOT NULL,
  tier TEXT NOT NULL,
  science INTEGER NOT NULL,
  field_name TEXT NOT NULL,
  center_ra_deg REAL NOT NULL,
  center_dec_deg REAL NOT NULL,
  imsize_x INTEGER NOT NULL,
  imsize_y INTEGER NOT NULL,
  cellsize_arcsec REAL NOT NULL,
  beam_major_arcsec REAL,
  beam_minor_arcsec REAL,
  beam_pa_deg REAL,
  noise_jy REAL,
  dynamic_range REAL,
  freq_ghz REAL NOT NULL,
  bandwidth_mhz REAL NOT NULL,
  integration_sec REAL NOT NULL,
  mid_mjd REAL NOT NULL,
  calibration_set TEXT,
  smearing_max REAL,
  verdict TEXT NOT NULL
);
CREATE INDEX images_group ON images (group_id);
CREATE INDEX images_strip ON images (type, tier, center_dec_deg, mid_mjd);

CREATE TABLE image_qa (
  image_path TEXT PRIMARY KEY NOT NULL REFERENCES images (path) ON DELETE CASCADE,
  group_id TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('PASS', 'WARN', 'FAIL', 'UNKNOWN')),
  reasons TEXT NOT NULL,
  global_rms_jy REAL,
  local_rms_jy REAL,
  theoretical_rms_jy REAL,
  rms_over_strip REAL,
  peak_jy REAL,
  dynamic_range REAL,
  beam_axis_ratio REAL,
  flux_ratio REAL,
  completeness REAL,
  astrometry_arcsec REAL,
  nan_fraction REAL,
  flagged_share REAL,
  n_reference INTEGER NOT NULL,
  figures TEXT NOT NULL CHECK (json_valid(figures)),
  gates TEXT NOT NULL CHECK (json_valid(gates)),
  engine TEXT NOT NULL CHECK (json_valid(engine)),
  recorded_at REAL NOT NULL
);
CREATE INDEX image_qa_group ON image_qa (group_id);
CREATE INDEX image_qa_verdict ON image_qa (verdict);

CREATE TRIGGER group_deleted_images AFTER DELETE ON ingest_queue BEGIN
  DELETE FROM image_qa WHERE group_id = OLD.group_id;
  DELETE FROM images WHERE group_id = OLD.group_id;
END;
)sql";

}  // namespace contimg::queue
