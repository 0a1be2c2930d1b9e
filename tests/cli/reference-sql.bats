#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Every SQL line of the reference documents, verbatim, with the sqlite3 shell, on a queue in a
# realistic state: 000 = troubleshooting, 001 = operations guide, 003 = converter.

load helpers

# seed : one group per state, files in the ledger; a living claim on 12:00.
seed() {
  mkdir -p state/db
  queue="$PWD/state/ingest.sqlite3"
  ln -s "$PWD/state/ingest.sqlite3" state/db/pipeline.sqlite3
  ln -s "$PWD/state/ingest.sqlite3" streaming_queue.sqlite3
  new_queue
  sql "INSERT INTO ingest_queue (group_id, state, received_at) VALUES
         ('2025-10-05T12:00:00', 'pending', 1), ('2025-10-05T12:05:00', 'completed', 2),
         ('2025-10-05T12:10:00', 'collecting', 3), ('2025-10-05T12:30:00', 'pending', 4);
       INSERT INTO ingest_queue (group_id, state, received_at, retry_count, error)
         VALUES ('2025-10-05T12:15:00', 'failed', 5, 3, 'bad input');
       INSERT INTO hdf5_file_index (path, filename, group_id, file_size_bytes, modified_time,
           indexed_at, inode, mtime_ns, state, seen_at_unix_s, needs_grouping)
         SELECT '/in/' || group_id || '_sb00.hdf5', group_id || '_sb00.hdf5', group_id, 1, 1, 1,
                rowid, 1, 'valid', 1, 0 FROM ingest_queue;
       INSERT INTO subband_files SELECT group_id, 0, path FROM hdf5_file_index;
       INSERT INTO performance_metrics (group_id, load_time, phase_time, write_time,
         total_time, writer_type, recorded_at) VALUES ('2025-10-05T12:05:00', 1, 2, 3, 6, 'contimg', 9)"
  claim '2025-10-05T12:00:00' 1
}

# claim GROUP TOKEN : as a worker does it, raising change_id.
claim() {
  sql "BEGIN IMMEDIATE;
       UPDATE counter SET value = $2;
       UPDATE job SET state = 'claimed', attempt = attempt + 1, claim_token = $2,
         lease_expires = unixepoch() + 900, heartbeat_at = unixepoch(), host = 'h', pid = 1
         WHERE group_id = '$1' AND stage = 'convert';
       UPDATE ingest_queue SET state = 'in_progress', processing_stage = 'processing_fresh',
         change_id = change_id + 1, changed_by = 'h:1' WHERE group_id = '$1';
       INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at)
         VALUES ($2, '$1', 'convert', 1, unixepoch());
       COMMIT"
}
job_of() { sql "SELECT state || ' ' || retry_count FROM job WHERE group_id = '$1'"; }
sound() { check 0 manage-queue --queue-db "$queue" check && same "$output" ''; }

@test "000:145 lists the tables, ingest_queue among them" {
  seed
  run sqlite3 state/ingest.sqlite3 "SELECT * FROM sqlite_master WHERE type='table';"
  holds "$output" 'CREATE TABLE ingest_queue'
  sound
}

@test "000:166 counts groups by state" {
  seed
  run sqlite3 state/ingest.sqlite3 "SELECT state, COUNT(*) FROM ingest_queue GROUP BY state;"
  same "$output" $'collecting|1\ncompleted|1\nfailed|1\nin_progress|1\npending|1'
}

@test "000:197 shows the stuck groups with their retries" {
  seed
  run sqlite3 state/ingest.sqlite3 "SELECT group_id, state, retry_count FROM ingest_queue WHERE state='in_progress';"
  same "$output" '2025-10-05T12:00:00|in_progress|0'
}

@test "000:200 resets stuck groups: job ready, lease gone, the old worker fenced, history written" {
  seed
  run sqlite3 state/ingest.sqlite3 "UPDATE ingest_queue SET state='pending' WHERE state='in_progress' AND retry_count < 3;"
  same "$status$output" 0
  same "$(state_of 2025-10-05T12:00:00)" pending
  same "$(job_of 2025-10-05T12:00:00)" 'ready 0'
  same "$(sql "SELECT count(*) FROM job WHERE claim_token IS NOT NULL")" 0
  same "$(sql "SELECT processing_stage FROM ingest_queue WHERE group_id = '2025-10-05T12:00:00'")" resuming
  same "$(sql "SELECT outcome FROM job_attempt")" reset
  same "$(sql "SELECT \"from\" || ' ' || \"to\" || ' ' || actor FROM state_history ORDER BY id DESC LIMIT 1")" \
    'in_progress pending operator (SQL)'
  sound
}

@test "000:200 leaves a group alone whose retries are spent" {
  seed
  sql "UPDATE ingest_queue SET retry_count = 3 WHERE group_id = '2025-10-05T12:00:00'"
  sqlite3 state/ingest.sqlite3 "UPDATE ingest_queue SET state='pending' WHERE state='in_progress' AND retry_count < 3;"
  same "$(state_of 2025-10-05T12:00:00)" in_progress
  sound
}

@test "000:333 clears the queue: only completed groups stay, and the files can be grouped again" {
  seed
  run sqlite3 state/ingest.sqlite3 "DELETE FROM ingest_queue WHERE state != 'completed';"
  same "$status$output" 0
  same "$(sql 'SELECT group_id FROM ingest_queue')" 2025-10-05T12:05:00
  same "$(sql 'SELECT group_id FROM subband_files')" 2025-10-05T12:05:00
  same "$(sql 'SELECT group_id FROM job')" 2025-10-05T12:05:00
  same "$(sql 'SELECT count(*) FROM hdf5_file_index WHERE group_id IS NULL AND needs_grouping = 1')" 4
  same "$(sql "SELECT count(*) FROM state_history WHERE \"to\" = 'deleted'")" 4
  sound
}

@test "000:354 a copied and checked queue opens, 000:357 and integrity_check says ok" {
  seed
  run sqlite3 state/ingest.sqlite3 "PRAGMA integrity_check;"
  same "$output" ok
  cp state/ingest.sqlite3 state/ingest.sqlite3.bak
  check 0 manage-queue --queue-db state/ingest.sqlite3.bak check
}

@test "000:360 a removed queue is made anew" {
  seed
  rm state/ingest.sqlite3
  new_queue
  check 0 manage-queue --queue-db state/ingest.sqlite3 status --json
  holds "$output" '"pending":0'
}

@test "001:102-103 counts by state through processing_queue" {
  seed
  run sqlite3 state/db/pipeline.sqlite3 "SELECT state, COUNT(*) FROM processing_queue GROUP BY state"
  same "$output" $'collecting|1\ncompleted|1\nfailed|1\nin_progress|1\npending|1'
}

@test "001:106-107 shows stuck groups with their error through processing_queue" {
  seed
  sql "UPDATE processing_queue SET error_message = 'slow' WHERE group_id = '2025-10-05T12:00:00'"
  run sqlite3 state/db/pipeline.sqlite3 "SELECT group_id, state, error FROM processing_queue WHERE state='in_progress'"
  same "$output" '2025-10-05T12:00:00|in_progress|slow'
  sound
}

@test "001:128-129 asks for the busy timeout" {
  seed
  run sqlite3 state/db/pipeline.sqlite3 "PRAGMA busy_timeout"
  same "$status$output" 00
}

@test "processing_queue takes the UPDATE and DELETE lines too, and a group inserted" {
  seed
  sql "UPDATE processing_queue SET state='pending' WHERE state='in_progress' AND retry_count < 3;"
  same "$(job_of 2025-10-05T12:00:00)" 'ready 0'
  sql "UPDATE processing_queue SET state='pending' WHERE state='failed'"
  same "$(job_of 2025-10-05T12:15:00)" 'ready 0'
  sql "INSERT INTO processing_queue (group_id, state) VALUES ('2025-10-05T13:00:00', 'pending')"
  same "$(job_of 2025-10-05T13:00:00)" 'ready 0'
  sound
  sql "DELETE FROM processing_queue WHERE state != 'completed';"
  same "$(sql 'SELECT group_id FROM job')" 2025-10-05T12:05:00
  sound
}

@test "003:209 shows the latest groups with stage, retries and error" {
  seed
  run sqlite3 streaming_queue.sqlite3 "SELECT group_id, state, processing_stage, retry_count, error FROM ingest_queue ORDER BY received_at DESC LIMIT 10;"
  same "${lines[0]}" '2025-10-05T12:15:00|failed|collecting|3|bad input'
  same "${lines[4]}" '2025-10-05T12:00:00|in_progress|processing_fresh|0|'
}

@test "003:213 shows the times of conversions" {
  seed
  run sqlite3 streaming_queue.sqlite3 "SELECT group_id, total_time, load_time, phase_time, write_time FROM performance_metrics ORDER BY recorded_at DESC LIMIT 10;"
  same "$output" '2025-10-05T12:05:00|6.0|1.0|2.0|3.0'
}

@test "003:217 counts groups by state" {
  seed
  run sqlite3 streaming_queue.sqlite3 "SELECT state, COUNT(*) FROM ingest_queue GROUP BY state;"
  holds "$output" 'in_progress|1'
}

@test "003:265 resumes a group from its checkpoint: pending, ready, the checkpoint kept" {
  seed
  sql "UPDATE ingest_queue SET checkpoint_path = '/ck/x.checkpoint.uvh5' WHERE group_id='2025-10-05T12:30:00'"
  claim '2025-10-05T12:30:00' 2
  run sqlite3 streaming_queue.sqlite3 "UPDATE ingest_queue SET state='pending', processing_stage='collecting' WHERE group_id='2025-10-05T12:30:00';"
  same "$status$output" 0
  same "$(job_of 2025-10-05T12:30:00)" 'ready 0'
  same "$(sql "SELECT checkpoint_path || ' ' || processing_stage FROM ingest_queue WHERE group_id='2025-10-05T12:30:00'")" \
    '/ck/x.checkpoint.uvh5 collecting'
  sound
}

@test "an operator cannot claim by SQL, nor rename a group" {
  seed
  run sqlite3 "$queue" "UPDATE ingest_queue SET state='in_progress' WHERE state='pending'"
  holds "$output" 'set pending instead'
  run sqlite3 "$queue" "UPDATE ingest_queue SET group_id='x' WHERE state='pending'"
  holds "$output" 'keeps its group_id'
  sound
}
