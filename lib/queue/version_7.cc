// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_7.h"

namespace contimg::queue {

// A removed product keeps its row, so that what was made of it can still be explained. A group whose
// set was removed begins at the conversion, whoever asks for a stage that reads the set: the update of
// the group's state is taken for an operator's, and puts the jobs in order.
const char* const kVersion7 = R"sql(
CREATE TABLE notice (
  key TEXT PRIMARY KEY NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('warning', 'critical')),
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  remedy TEXT NOT NULL,
  first_seen_at REAL NOT NULL,
  last_seen_at REAL NOT NULL,
  seen INTEGER NOT NULL DEFAULT 1,
  sent_at REAL,
  cleared_at REAL,
  clear_sent_at REAL
);

ALTER TABLE job_attempt ADD COLUMN version TEXT;
ALTER TABLE job_attempt ADD COLUMN command TEXT;

ALTER TABLE product ADD COLUMN removed_at REAL;
ALTER TABLE product ADD COLUMN removed_reason TEXT;

CREATE TABLE tick (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at REAL NOT NULL,
  ended_at REAL,
  host TEXT,
  exit_code INTEGER
);
CREATE INDEX tick_started ON tick (started_at);

CREATE TABLE command (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  arguments TEXT NOT NULL DEFAULT '{}',
  requested_at REAL NOT NULL,
  requested_by TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'taken', 'done', 'failed')),
  attempt INTEGER NOT NULL DEFAULT 0,
  host TEXT,
  pid INTEGER,
  taken_at REAL,
  done_at REAL,
  result TEXT
);
CREATE INDEX command_state ON command (state, id);
CREATE INDEX job_attempt_ended ON job_attempt (ended_at, stage, outcome);

CREATE TABLE removal (
  path TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  group_id TEXT,
  size_byte INTEGER,
  sha256 TEXT,
  archived_as TEXT,
  removed_at REAL NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX removal_group ON removal (group_id);
CREATE INDEX product_created ON product (created_at);
CREATE INDEX flag_shares_recorded ON flag_shares (dim, recorded_at);

CREATE TRIGGER removed_set_is_converted_again AFTER UPDATE OF state ON job
WHEN NEW.state = 'ready' AND OLD.state IS NOT 'ready'
 AND NEW.stage IN ('flag', 'calibrate', 'image')
 AND EXISTS (SELECT 1 FROM ingest_queue g JOIN product p ON p.path = g.product_path
             WHERE g.group_id = NEW.group_id AND g.state = 'completed'
               AND p.removed_at IS NOT NULL) BEGIN
  UPDATE ingest_queue SET state = 'pending' WHERE group_id = NEW.group_id;
  UPDATE state_history SET actor = 'contimg', reason = 'its Measurement Set was removed'
    WHERE id = (SELECT max(id) FROM state_history WHERE group_id = NEW.group_id);
END;
)sql";

}  // namespace contimg::queue
