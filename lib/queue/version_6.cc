// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_6.h"

namespace contimg::queue {

// The arrival is kept with the group: sixteen look-ups for each of a hundred thousand groups would take
// seconds. A group's files are only ever inserted or deleted all together, so insertion tells all.
// The CHECK of stage_metrics.source cannot be changed in place: the table is made anew.
const char* const kVersion6 = R"sql(
ALTER TABLE ingest_queue ADD COLUMN last_subband_at REAL;
UPDATE ingest_queue SET last_subband_at =
  (SELECT max(f.seen_at_unix_s) FROM subband_files s JOIN hdf5_file_index f ON f.path = s.path
   WHERE s.group_id = ingest_queue.group_id);
CREATE INDEX ingest_queue_arrival ON ingest_queue (last_subband_at);
CREATE TRIGGER subband_arrived AFTER INSERT ON subband_files BEGIN
  UPDATE ingest_queue SET last_subband_at =
    (SELECT max(f.seen_at_unix_s) FROM subband_files s JOIN hdf5_file_index f ON f.path = s.path
     WHERE s.group_id = NEW.group_id)
  WHERE group_id = NEW.group_id;
END;

ALTER TABLE performance_metrics ADD COLUMN source TEXT NOT NULL DEFAULT 'measured'
  CHECK (source IN ('measured', 'log', 'estimated'));
CREATE INDEX performance_metrics_recorded ON performance_metrics (recorded_at);

CREATE TABLE stage_metrics_of_version_6 (
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
  source TEXT NOT NULL DEFAULT 'measured' CHECK (source IN ('measured', 'log', 'estimated')),
  PRIMARY KEY (group_id, stage, attempt)
);
INSERT INTO stage_metrics_of_version_6
  SELECT group_id, stage, attempt, host, slurm_job_id, started_at, ended_at, wall_s, cpu_s,
         max_rss_kb, nullif(bytes_read, 0), nullif(bytes_written, 0),
         iif(source = 'parsed', 'log', source)
  FROM stage_metrics;
DROP TABLE stage_metrics;
ALTER TABLE stage_metrics_of_version_6 RENAME TO stage_metrics;
CREATE INDEX stage_metrics_wall ON stage_metrics (stage, wall_s) WHERE source = 'measured';

CREATE INDEX job_attempt_outcome ON job_attempt (outcome, stage, ended_at);
CREATE INDEX job_state ON job (state, stage);

CREATE TABLE degradation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  step TEXT NOT NULL CHECK (step IN ('full', 'quicklook first, deep later',
                                     'convert and calibrate only')),
  reason TEXT NOT NULL,
  since REAL NOT NULL,
  pressure REAL,
  backlog_s REAL,
  capacity REAL
);
CREATE VIEW degradation_in_force AS SELECT * FROM degradation ORDER BY id DESC LIMIT 1;
)sql";

}  // namespace contimg::queue
