// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_3.h"

namespace contimg::queue {

// A set cannot be active without having been activated by the registry, whoever writes: the CHECK
// holds for an operator's SQL as well. History is written by triggers, so no change goes without.
const char* const kVersion3 = R"sql(
CREATE TABLE calibration_set (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL CHECK (name <> ''),
  version INTEGER NOT NULL CHECK (version > 0),
  state TEXT NOT NULL CHECK (state IN ('candidate', 'active', 'retired', 'failed')),
  state_reason TEXT NOT NULL DEFAULT '',
  invalid INTEGER NOT NULL DEFAULT 0,
  group_id TEXT,
  ms_path TEXT,
  solved_mjd REAL NOT NULL,
  solved_from_mjd REAL NOT NULL,
  solved_until_mjd REAL NOT NULL,
  valid_from_mjd REAL NOT NULL,
  valid_until_mjd REAL NOT NULL,
  dec_deg REAL NOT NULL,
  calibrator TEXT,
  flux_jy REAL,
  frequency_hz REAL,
  flux_source TEXT,
  refant TEXT,
  antennas TEXT NOT NULL CHECK (json_valid(antennas)),
  antennas_hash TEXT NOT NULL,
  low_edge_hz REAL NOT NULL,
  high_edge_hz REAL NOT NULL,
  n_channel INTEGER NOT NULL,
  config_hash TEXT NOT NULL,
  software_version TEXT,
  verdict TEXT,
  quality TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(quality)),
  override_reason TEXT,
  changed_by TEXT NOT NULL,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  activated_at REAL,
  UNIQUE (name, version),
  CHECK (state <> 'active' OR (activated_at IS NOT NULL AND verdict IS NOT NULL)),
  CHECK (valid_from_mjd <= solved_from_mjd AND solved_from_mjd <= solved_mjd
         AND solved_mjd <= solved_until_mjd AND solved_until_mjd <= valid_until_mjd)
);
CREATE UNIQUE INDEX calibration_set_active ON calibration_set (name) WHERE state = 'active';
CREATE INDEX calibration_set_lookup ON calibration_set (state, solved_mjd);

CREATE TABLE calibration_table (
  set_id INTEGER NOT NULL REFERENCES calibration_set (id) ON DELETE CASCADE,
  order_index INTEGER NOT NULL,
  path TEXT NOT NULL,
  table_type TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (set_id, order_index)
);
CREATE INDEX calibration_table_path ON calibration_table (path);

CREATE TABLE calibration_history (
  id INTEGER PRIMARY KEY,
  set_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  "from" TEXT,
  "to" TEXT NOT NULL,
  at REAL NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT
);
CREATE INDEX calibration_history_set ON calibration_history (set_id, id);

CREATE TABLE calibration_use (
  group_id TEXT PRIMARY KEY NOT NULL,
  set_id INTEGER REFERENCES calibration_set (id),
  ms_path TEXT,
  applied_at REAL NOT NULL,
  quality TEXT NOT NULL DEFAULT '',
  success INTEGER NOT NULL
);
CREATE INDEX calibration_use_set ON calibration_use (set_id);

CREATE TABLE pointing_history (
  timestamp_mjd REAL NOT NULL,
  ra REAL,
  dec REAL NOT NULL,
  source TEXT NOT NULL,
  recorded_at REAL NOT NULL,
  UNIQUE (timestamp_mjd, source)
);

CREATE TRIGGER calibration_set_added AFTER INSERT ON calibration_set BEGIN
  INSERT INTO calibration_history (set_id, name, "from", "to", at, actor, reason)
    VALUES (NEW.id, NEW.name, NULL, NEW.state, NEW.updated_at, NEW.changed_by, NEW.state_reason);
END;

CREATE TRIGGER calibration_set_changed AFTER UPDATE OF state ON calibration_set
WHEN NEW.state IS NOT OLD.state BEGIN
  INSERT INTO calibration_history (set_id, name, "from", "to", at, actor, reason)
    VALUES (NEW.id, NEW.name, OLD.state, NEW.state,
            (julianday('now') - 2440587.5) * 86400.0,
            CASE WHEN NEW.updated_at IS OLD.updated_at THEN 'operator (SQL)' ELSE NEW.changed_by END,
            NEW.state_reason);
END;

CREATE TRIGGER calibration_set_deleted AFTER DELETE ON calibration_set BEGIN
  DELETE FROM calibration_table WHERE set_id = OLD.id;
  INSERT INTO calibration_history (set_id, name, "from", "to", at, actor, reason)
    VALUES (OLD.id, OLD.name, OLD.state, 'replaced', (julianday('now') - 2440587.5) * 86400.0,
            OLD.changed_by, NULL);
END;

CREATE TRIGGER group_deleted_calibration_use AFTER DELETE ON ingest_queue BEGIN
  DELETE FROM calibration_use WHERE group_id = OLD.group_id;
END;

CREATE TRIGGER calibration_use_marks_ms AFTER INSERT ON calibration_use BEGIN
  UPDATE ms_index SET cal_applied = (NEW.set_id IS NOT NULL AND NEW.success)
    WHERE path = NEW.ms_path OR group_id = NEW.group_id;
END;

CREATE VIEW caltables AS
  SELECT s.name AS set_name, t.path, t.table_type, t.order_index, s.calibrator AS cal_field,
         s.refant, s.created_at, s.valid_from_mjd AS valid_start_mjd,
         s.valid_until_mjd AS valid_end_mjd, s.state AS status, s.state_reason AS notes,
         s.ms_path AS source_ms_path, s.software_version AS solver_version,
         s.quality AS quality_metrics, s.id AS set_id, s.version AS set_version
  FROM calibration_table t JOIN calibration_set s ON s.id = t.set_id;

CREATE VIEW calibration_applied AS
  SELECT u.ms_path, t.path AS caltable_path, u.applied_at, u.quality, u.success, u.group_id
  FROM calibration_use u JOIN calibration_table t ON t.set_id = u.set_id;
)sql";

}  // namespace contimg::queue
