// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_1.h"

namespace contimg::queue {

// Times are unix seconds, UTC. `change_id` tells our own code from an operator's SQL: our code
// raises it in every UPDATE and keeps jobs and leases in step itself; an UPDATE of `state` that
// leaves it alone is an operator's, and the triggers put jobs, lease and history in order.
// The sqlite3 shell does not enforce foreign keys, so a deletion cascades by trigger as well.
const char* const kVersion1Tables = R"sql(
CREATE TABLE ingest_queue (
  group_id TEXT PRIMARY KEY NOT NULL,
  state TEXT NOT NULL DEFAULT 'collecting'
    CHECK (state IN ('collecting', 'pending', 'in_progress', 'completed', 'failed')),
  received_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
  last_update REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
  expected_subbands INTEGER NOT NULL DEFAULT 16,
  retry_count INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  error_message TEXT,
  checkpoint_path TEXT,
  processing_stage TEXT NOT NULL DEFAULT 'collecting'
    CHECK (processing_stage IN ('collecting', 'processing_fresh', 'resuming')),
  chunk_minutes REAL,
  has_calibrator INTEGER,
  calibrators TEXT,
  observation_class TEXT NOT NULL DEFAULT 'science'
    CHECK (observation_class IN ('science', 'calibrator')),
  first_time_unix_s REAL,
  last_time_unix_s REAL,
  integration_time_s REAL,
  pointing_dec_rad REAL,
  n_subbands INTEGER NOT NULL DEFAULT 0,
  missing_subbands TEXT NOT NULL DEFAULT '',
  warned_at REAL,
  product_path TEXT,
  log_tail TEXT,
  priority INTEGER NOT NULL DEFAULT 0,
  change_id INTEGER NOT NULL DEFAULT 0,
  changed_by TEXT,
  change_reason TEXT
);
CREATE INDEX ingest_queue_state ON ingest_queue (state, group_id);
CREATE INDEX ingest_queue_received ON ingest_queue (received_at);
CREATE INDEX ingest_queue_time ON ingest_queue (first_time_unix_s);

CREATE TABLE subband_files (
  group_id TEXT NOT NULL REFERENCES ingest_queue (group_id) ON DELETE CASCADE,
  subband_idx INTEGER NOT NULL,
  path TEXT NOT NULL UNIQUE,
  PRIMARY KEY (group_id, subband_idx)
);

CREATE TABLE hdf5_file_index (
  path TEXT PRIMARY KEY NOT NULL,
  filename TEXT NOT NULL,
  group_id TEXT,
  subband_code TEXT,
  subband_num INTEGER,
  timestamp_iso TEXT,
  timestamp_mjd REAL,
  file_size_bytes INTEGER NOT NULL,
  modified_time REAL NOT NULL,
  indexed_at REAL NOT NULL,
  stored INTEGER NOT NULL DEFAULT 1,
  ra REAL,
  dec REAL,
  obs_date TEXT,
  obs_time TEXT,
  inode INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('growing', 'valid', 'invalid', 'unreadable', 'vanished')),
  reason TEXT NOT NULL DEFAULT '',
  stamp_unix_s REAL,
  name_subband INTEGER NOT NULL DEFAULT -1,
  seen_at_unix_s REAL NOT NULL,
  has_header INTEGER NOT NULL DEFAULT 0,
  telescope_name TEXT,
  latitude_rad REAL,
  longitude_rad REAL,
  height_m REAL,
  drift INTEGER,
  pointing_dec_rad REAL,
  centre_ra_rad REAL,
  object_name TEXT,
  first_time_unix_s REAL,
  last_time_unix_s REAL,
  integration_time_s REAL,
  n_time INTEGER,
  n_baseline INTEGER,
  n_baseline_time INTEGER,
  n_antenna INTEGER,
  station_hash TEXT,
  polarization TEXT,
  n_channel INTEGER,
  low_edge_hz REAL,
  high_edge_hz REAL,
  channel_width_hz REAL,
  dish_diameter_m REAL,
  role TEXT CHECK (role IN ('member', 'duplicate', 'bad', 'late')),
  role_reason TEXT,
  needs_grouping INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX hdf5_file_index_group ON hdf5_file_index (group_id);
CREATE INDEX hdf5_file_index_to_group ON hdf5_file_index (stamp_unix_s)
  WHERE needs_grouping = 1;

CREATE TABLE late_files (
  path TEXT PRIMARY KEY NOT NULL,
  group_id TEXT NOT NULL,
  subband_idx INTEGER,
  arrived_at REAL NOT NULL,
  group_state TEXT,
  reason TEXT NOT NULL
);
CREATE INDEX late_files_group ON late_files (group_id);

CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  group_id TEXT NOT NULL REFERENCES ingest_queue (group_id) ON DELETE CASCADE,
  stage TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ready', 'claimed', 'done', 'failed', 'waiting')),
  priority INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0,
  retry_count INTEGER NOT NULL DEFAULT 0,
  redo INTEGER NOT NULL DEFAULT 0,
  not_before REAL,
  reason TEXT,
  log_tail TEXT,
  claim_token INTEGER,
  lease_expires REAL,
  heartbeat_at REAL,
  host TEXT,
  pid INTEGER,
  slurm_job_id TEXT,
  slurm_array_task_id TEXT,
  updated_at REAL,
  UNIQUE (group_id, stage),
  CHECK ((state = 'claimed') = (claim_token IS NOT NULL)),
  CHECK ((state = 'claimed') = (lease_expires IS NOT NULL))
);
CREATE INDEX job_ready ON job (stage, priority DESC, retry_count, group_id) WHERE state = 'ready';
CREATE INDEX job_waiting ON job (stage, not_before) WHERE state = 'waiting';
CREATE INDEX job_lease ON job (lease_expires) WHERE state = 'claimed';

CREATE TABLE job_attempt (
  claim_token INTEGER PRIMARY KEY,
  group_id TEXT NOT NULL,
  stage TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  host TEXT,
  pid INTEGER,
  slurm_job_id TEXT,
  slurm_array_task_id TEXT,
  started_at REAL NOT NULL,
  ended_at REAL,
  outcome TEXT NOT NULL DEFAULT 'running'
    CHECK (outcome IN ('running', 'done', 'failed', 'retry', 'released', 'expired', 'reset')),
  reason TEXT
);
CREATE INDEX job_attempt_group ON job_attempt (group_id, started_at);

CREATE TABLE product (
  path TEXT PRIMARY KEY NOT NULL,
  group_id TEXT NOT NULL,
  stage TEXT NOT NULL,
  kind TEXT NOT NULL,
  size_byte INTEGER,
  checksum TEXT,
  provenance TEXT,
  created_at REAL NOT NULL
);
CREATE INDEX product_group ON product (group_id, stage);

CREATE TABLE ms_index (
  path TEXT PRIMARY KEY NOT NULL,
  start_mjd REAL, end_mjd REAL, mid_mjd REAL,
  processed_at REAL,
  status TEXT,
  stage TEXT,
  stage_updated_at REAL,
  cal_applied INTEGER NOT NULL DEFAULT 0,
  imagename TEXT,
  field_name TEXT,
  pointing_ra_deg REAL, pointing_dec_deg REAL,
  ra_deg REAL, dec_deg REAL,
  group_id TEXT,
  created_at REAL
);
CREATE INDEX ms_index_mid ON ms_index (mid_mjd);
CREATE INDEX ms_index_status ON ms_index (status);
CREATE INDEX ms_index_stage ON ms_index (stage);
CREATE INDEX ms_index_group ON ms_index (group_id);

CREATE TABLE performance_metrics (
  group_id TEXT PRIMARY KEY NOT NULL,
  load_time REAL, phase_time REAL, write_time REAL, total_time REAL,
  writer_type TEXT,
  recorded_at REAL NOT NULL
);

CREATE TABLE stage_metrics (
  group_id TEXT NOT NULL,
  stage TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  host TEXT,
  slurm_job_id TEXT,
  started_at REAL,
  ended_at REAL,
  wall_s REAL, cpu_s REAL,
  max_rss_kb INTEGER,
  bytes_read INTEGER, bytes_written INTEGER,
  source TEXT NOT NULL DEFAULT 'measured' CHECK (source IN ('measured', 'parsed', 'estimated')),
  PRIMARY KEY (group_id, stage, attempt)
);

CREATE TABLE state_history (
  id INTEGER PRIMARY KEY,
  group_id TEXT NOT NULL,
  "from" TEXT,
  "to" TEXT NOT NULL,
  at REAL NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT
);
CREATE INDEX state_history_group ON state_history (group_id, id);

CREATE TABLE dead_letter (
  id INTEGER PRIMARY KEY,
  group_id TEXT NOT NULL,
  stage TEXT NOT NULL,
  error_type TEXT NOT NULL,
  reason TEXT NOT NULL,
  log_tail TEXT,
  retry_count INTEGER NOT NULL,
  created_at REAL NOT NULL,
  resolved_at REAL,
  resolution TEXT
);
CREATE INDEX dead_letter_group ON dead_letter (group_id);

CREATE TABLE control (key TEXT PRIMARY KEY NOT NULL, value TEXT, updated_at REAL);
CREATE TABLE counter (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter VALUES ('claim_token', 0);
)sql";

const char* const kVersion1Triggers = R"sql(
CREATE TRIGGER group_added AFTER INSERT ON ingest_queue BEGIN
  SELECT RAISE(ABORT, 'in_progress is entered by a claim only; insert the group as pending')
    WHERE NEW.state = 'in_progress';
  INSERT INTO job (group_id, stage, state, priority, retry_count, reason, updated_at)
    VALUES (NEW.group_id, 'convert',
      CASE NEW.state WHEN 'pending' THEN 'ready' WHEN 'completed' THEN 'done'
                     WHEN 'failed' THEN 'failed' ELSE 'waiting' END,
      NEW.priority, NEW.retry_count,
      CASE NEW.state WHEN 'collecting' THEN 'collecting' ELSE NEW.error END, NEW.last_update);
  INSERT INTO state_history (group_id, "from", "to", at, actor, reason)
    VALUES (NEW.group_id, NULL, NEW.state, NEW.last_update,
            coalesce(NEW.changed_by, 'operator (SQL)'), NEW.change_reason);
  UPDATE ingest_queue
    SET error = coalesce(NEW.error, NEW.error_message),
        error_message = coalesce(NEW.error, NEW.error_message)
    WHERE group_id = NEW.group_id AND NEW.error IS NOT NEW.error_message;
END;

CREATE TRIGGER group_keeps_its_id BEFORE UPDATE OF group_id ON ingest_queue
WHEN NEW.group_id IS NOT OLD.group_id BEGIN
  SELECT RAISE(ABORT, 'a group keeps its group_id; drop it and let form-groups make it again');
END;

CREATE TRIGGER group_changed AFTER UPDATE OF state ON ingest_queue
WHEN NEW.change_id IS NOT OLD.change_id AND NEW.state IS NOT OLD.state BEGIN
  INSERT INTO state_history (group_id, "from", "to", at, actor, reason)
    VALUES (NEW.group_id, OLD.state, NEW.state, NEW.last_update,
            coalesce(NEW.changed_by, 'contimg'), NEW.change_reason);
END;

CREATE TRIGGER group_set_by_operator AFTER UPDATE OF state ON ingest_queue
WHEN NEW.change_id IS OLD.change_id
 AND NOT (NEW.state = 'in_progress' AND OLD.state = 'in_progress') BEGIN
  SELECT RAISE(ABORT, 'in_progress is entered by a claim only; set pending instead')
    WHERE NEW.state = 'in_progress';
  UPDATE job_attempt
    SET ended_at = (julianday('now') - 2440587.5) * 86400.0, outcome = 'reset',
        reason = 'an operator set the group ' || NEW.state
    WHERE group_id = NEW.group_id AND ended_at IS NULL
      AND (stage = 'convert' OR NEW.state <> 'completed');
  UPDATE job
    SET state = CASE WHEN stage <> 'convert' THEN 'waiting' WHEN NEW.state = 'pending' THEN 'ready'
                     WHEN NEW.state = 'completed' THEN 'done'
                     WHEN NEW.state = 'failed' THEN 'failed' ELSE 'waiting' END,
        retry_count = CASE WHEN NEW.state IN ('pending', 'collecting') THEN 0 ELSE retry_count END,
        redo = (stage = 'convert' AND NEW.state = 'pending'
                AND (redo OR OLD.state = 'completed')),
        not_before = NULL, claim_token = NULL, lease_expires = NULL, heartbeat_at = NULL,
        host = NULL, pid = NULL, slurm_job_id = NULL, slurm_array_task_id = NULL,
        reason = CASE WHEN stage <> 'convert' THEN 'the stage before is not done'
                      ELSE 'an operator set the group ' || NEW.state END,
        updated_at = (julianday('now') - 2440587.5) * 86400.0
    WHERE group_id = NEW.group_id AND (stage = 'convert' OR NEW.state <> 'completed');
  UPDATE dead_letter
    SET resolved_at = (julianday('now') - 2440587.5) * 86400.0,
        resolution = 'an operator set the group ' || NEW.state
    WHERE group_id = NEW.group_id AND resolved_at IS NULL AND NEW.state <> 'failed';
  UPDATE ingest_queue
    SET last_update = (julianday('now') - 2440587.5) * 86400.0,
        retry_count = CASE WHEN NEW.state IN ('pending', 'collecting')
                            AND NEW.retry_count IS OLD.retry_count THEN 0 ELSE retry_count END,
        processing_stage = CASE
          WHEN NEW.processing_stage IS NOT OLD.processing_stage THEN processing_stage
          WHEN NEW.state = 'pending' AND OLD.state = 'completed' THEN 'collecting'
          WHEN NEW.state = 'pending' AND OLD.state = 'in_progress' THEN 'resuming'
          ELSE processing_stage END
    WHERE group_id = NEW.group_id;
  INSERT INTO state_history (group_id, "from", "to", at, actor, reason)
    VALUES (NEW.group_id, OLD.state, NEW.state, (julianday('now') - 2440587.5) * 86400.0,
            'operator (SQL)', NULL);
END;

CREATE TRIGGER group_retry_count AFTER UPDATE OF retry_count ON ingest_queue
WHEN NEW.change_id IS OLD.change_id AND NEW.retry_count IS NOT OLD.retry_count BEGIN
  UPDATE job SET retry_count = NEW.retry_count
    WHERE group_id = NEW.group_id AND stage = 'convert';
END;

CREATE TRIGGER group_priority AFTER UPDATE OF priority ON ingest_queue
WHEN NEW.priority IS NOT OLD.priority BEGIN
  UPDATE job SET priority = NEW.priority WHERE group_id = NEW.group_id;
END;

CREATE TRIGGER group_error AFTER UPDATE OF error ON ingest_queue
WHEN NEW.error IS NOT OLD.error AND NEW.error_message IS NOT NEW.error BEGIN
  UPDATE ingest_queue SET error_message = NEW.error WHERE group_id = NEW.group_id;
END;

CREATE TRIGGER group_error_message AFTER UPDATE OF error_message ON ingest_queue
WHEN NEW.error_message IS NOT OLD.error_message AND NEW.error IS OLD.error
 AND NEW.error IS NOT NEW.error_message BEGIN
  UPDATE ingest_queue SET error = NEW.error_message WHERE group_id = NEW.group_id;
END;

CREATE TRIGGER group_deleted AFTER DELETE ON ingest_queue BEGIN
  DELETE FROM subband_files WHERE group_id = OLD.group_id;
  DELETE FROM job WHERE group_id = OLD.group_id;
  DELETE FROM late_files WHERE group_id = OLD.group_id;
  UPDATE hdf5_file_index
    SET group_id = NULL, role = NULL, role_reason = NULL,
        needs_grouping = state IN ('valid', 'invalid', 'unreadable')
    WHERE group_id = OLD.group_id;
  UPDATE job_attempt
    SET ended_at = (julianday('now') - 2440587.5) * 86400.0, outcome = 'reset',
        reason = 'the group was deleted'
    WHERE group_id = OLD.group_id AND ended_at IS NULL;
  UPDATE dead_letter
    SET resolved_at = (julianday('now') - 2440587.5) * 86400.0,
        resolution = 'the group was deleted'
    WHERE group_id = OLD.group_id AND resolved_at IS NULL;
  INSERT INTO state_history (group_id, "from", "to", at, actor, reason)
    VALUES (OLD.group_id, OLD.state, 'deleted', (julianday('now') - 2440587.5) * 86400.0,
            'operator', NULL);
END;

CREATE VIEW hdf5_files AS SELECT * FROM hdf5_file_index;

CREATE VIEW processing_queue AS
  SELECT group_id, state, received_at, last_update, expected_subbands, retry_count, error,
         error_message, checkpoint_path, processing_stage, chunk_minutes, has_calibrator,
         calibrators, observation_class, product_path, priority
  FROM ingest_queue;

CREATE TRIGGER processing_queue_insert INSTEAD OF INSERT ON processing_queue BEGIN
  INSERT INTO ingest_queue
    (group_id, state, received_at, last_update, expected_subbands, retry_count, error,
     error_message, checkpoint_path, processing_stage, chunk_minutes, has_calibrator, calibrators,
     observation_class, product_path, priority)
  VALUES
    (NEW.group_id, coalesce(NEW.state, 'collecting'),
     coalesce(NEW.received_at, (julianday('now') - 2440587.5) * 86400.0),
     coalesce(NEW.last_update, (julianday('now') - 2440587.5) * 86400.0),
     coalesce(NEW.expected_subbands, 16), coalesce(NEW.retry_count, 0),
     coalesce(NEW.error, NEW.error_message), coalesce(NEW.error_message, NEW.error),
     NEW.checkpoint_path, coalesce(NEW.processing_stage, 'collecting'), NEW.chunk_minutes,
     NEW.has_calibrator, NEW.calibrators, coalesce(NEW.observation_class, 'science'),
     NEW.product_path, coalesce(NEW.priority, 0));
END;

CREATE TRIGGER processing_queue_update INSTEAD OF UPDATE ON processing_queue BEGIN
  UPDATE ingest_queue
    SET group_id = NEW.group_id, received_at = NEW.received_at,
        last_update = NEW.last_update, expected_subbands = NEW.expected_subbands,
        retry_count = NEW.retry_count, error = NEW.error, error_message = NEW.error_message,
        checkpoint_path = NEW.checkpoint_path, processing_stage = NEW.processing_stage,
        chunk_minutes = NEW.chunk_minutes, has_calibrator = NEW.has_calibrator,
        calibrators = NEW.calibrators, observation_class = NEW.observation_class,
        product_path = NEW.product_path, priority = NEW.priority
    WHERE group_id = OLD.group_id AND NEW.state IS OLD.state;
  UPDATE ingest_queue
    SET group_id = NEW.group_id, state = NEW.state, received_at = NEW.received_at,
        last_update = NEW.last_update, expected_subbands = NEW.expected_subbands,
        retry_count = NEW.retry_count, error = NEW.error, error_message = NEW.error_message,
        checkpoint_path = NEW.checkpoint_path, processing_stage = NEW.processing_stage,
        chunk_minutes = NEW.chunk_minutes, has_calibrator = NEW.has_calibrator,
        calibrators = NEW.calibrators, observation_class = NEW.observation_class,
        product_path = NEW.product_path, priority = NEW.priority
    WHERE group_id = OLD.group_id AND NEW.state IS NOT OLD.state;
END;

CREATE TRIGGER processing_queue_delete INSTEAD OF DELETE ON processing_queue BEGIN
  DELETE FROM ingest_queue WHERE group_id = OLD.group_id;
END;
)sql";

}  // namespace contimg::queue
