// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_5.h"

namespace contimg::queue {

// A mosaic outlives its members, which are the first to be removed for want of room: neither group_id
// nor image_path refers to a row.
const char* const kVersion5 = R"sql(
CREATE TABLE mosaics (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL DEFAULT 'completed'
    CHECK (status IN ('pending', 'in_progress', 'completed', 'failed')),
  tier TEXT NOT NULL,
  science INTEGER NOT NULL,
  n_images INTEGER NOT NULL,
  start_mjd REAL NOT NULL,
  end_mjd REAL NOT NULL,
  center_ra_deg REAL NOT NULL,
  center_dec_deg REAL NOT NULL,
  imsize_x INTEGER NOT NULL,
  imsize_y INTEGER NOT NULL,
  cellsize_arcsec REAL NOT NULL,
  beam_major_arcsec REAL,
  beam_minor_arcsec REAL,
  beam_pa_deg REAL,
  noise_jy REAL,
  freq_ghz REAL NOT NULL,
  calibration_set TEXT,
  verdict TEXT NOT NULL CHECK (verdict IN ('PASS', 'WARN', 'FAIL', 'UNKNOWN')),
  method TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  created_at REAL NOT NULL
);
CREATE INDEX mosaics_strip ON mosaics (tier, center_dec_deg, start_mjd);

CREATE TABLE mosaic_members (
  mosaic TEXT NOT NULL REFERENCES mosaics (name) ON DELETE CASCADE,
  order_index INTEGER NOT NULL,
  group_id TEXT NOT NULL,
  image_path TEXT NOT NULL,
  mid_mjd REAL NOT NULL,
  weight_share REAL NOT NULL,
  PRIMARY KEY (mosaic, order_index),
  UNIQUE (mosaic, group_id)
) WITHOUT ROWID;
CREATE INDEX mosaic_members_group ON mosaic_members (group_id);

CREATE TABLE mosaic_qa (
  mosaic TEXT PRIMARY KEY NOT NULL REFERENCES mosaics (name) ON DELETE CASCADE,
  verdict TEXT NOT NULL CHECK (verdict IN ('PASS', 'WARN', 'FAIL', 'UNKNOWN')),
  reasons TEXT NOT NULL,
  noise_ratio REAL,
  noise_jy REAL,
  flux_ratio REAL,
  flux_scatter REAL,
  astrometry_arcsec REAL,
  completeness REAL,
  blank_fraction REAL,
  beam_spread REAL,
  n_reference INTEGER NOT NULL,
  n_source INTEGER NOT NULL,
  figures TEXT NOT NULL CHECK (json_valid(figures)),
  gates TEXT NOT NULL CHECK (json_valid(gates)),
  recorded_at REAL NOT NULL
) WITHOUT ROWID;
)sql";

}  // namespace contimg::queue
