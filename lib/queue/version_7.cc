// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_7.h"

namespace contimg::queue {

// A removed product keeps its row, so that what was made of it can still be explained.
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
  taken_at REAL,
  done_at REAL,
  result TEXT
);
CREATE INDEX command_state ON command (state, id);
)sql";

}  // namespace contimg::queue
