#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# manage-queue: what it shows of the queue, and what it changes, checks, backs up and restores.
load helpers

mq() { manage-queue --queue-db "$queue" "$@"; }
fresh() {
  new_queue
  sql "INSERT INTO ingest_queue (group_id, state) VALUES ('2025-10-05T12:00:00', 'pending'),
       ('2025-10-05T12:05:00', 'collecting')"
  sql "INSERT INTO ingest_queue (group_id, state, retry_count, error) VALUES
       ('2025-10-05T12:10:00', 'failed', 3, 'bad input')"
}

@test "manage-queue: an absent queue is a usage error, and is not made" {
  check 2 mq status
  holds "$stderr" 'no such queue'
  [[ ! -e $queue ]]
}

@test "manage-queue: status counts, warns in the documented words, and is silent on stderr" {
  fresh
  for i in 1 2 3 4 5 6 7 8 9 10; do
    sql "INSERT INTO ingest_queue (group_id, state) VALUES ('2025-10-06T00:0$((i - 1)):00', 'pending')"
  done
  check 0 mq --quiet status
  holds "$output" 'High queue depth: 11 groups queued'
  same "$stderr" ''
  check 0 mq status --json
  holds "$output" '"pending":11'
}

@test "manage-queue: list and show tell what is known; an unknown state or group is a usage error" {
  fresh
  check 0 mq list --state failed --json
  holds "$output" '"group_id":"2025-10-05T12:10:00"'
  check 0 mq list --limit 1 --json
  same "${#lines[@]}" 1
  check 0 mq show 2025-10-05T12:10:00
  holds "$output" 'bad input'
  check 2 mq list --state odd
  check 2 mq show nothing
}

@test "manage-queue: retry makes failed groups ready, one or all" {
  fresh
  check 2 mq retry
  check 2 mq retry 2025-10-05T12:00:00
  check 0 mq retry 2025-10-05T12:10:00
  same "$(state_of 2025-10-05T12:10:00)" pending
  sql "UPDATE ingest_queue SET state = 'failed' WHERE group_id = '2025-10-05T12:10:00'"
  check 0 mq retry --failed
  same "$(state_of 2025-10-05T12:10:00)" pending
  check 0 mq check
}

@test "manage-queue: reset-stuck only says what it would do until told --yes" {
  fresh
  sql "UPDATE job SET state='claimed', claim_token=1, lease_expires=1, heartbeat_at=1, host='h', pid=1
         WHERE group_id='2025-10-05T12:00:00';
       UPDATE counter SET value=1;
       UPDATE ingest_queue SET state='in_progress', change_id=change_id+1 WHERE state='pending'"
  check 0 mq status
  holds "$output" 'Found 1 stale in-progress groups (>15 min)'
  check 0 mq reset-stuck
  holds "$output" 2025-10-05T12:00:00
  same "$(state_of 2025-10-05T12:00:00)" in_progress
  check 0 mq reset-stuck --yes
  same "$(sql "SELECT state || retry_count || processing_stage FROM ingest_queue LIMIT 1")" pending1resuming
  check 0 mq check
}

@test "manage-queue: pause and resume; drop forgets a group" {
  fresh
  check 0 mq pause --reason 'disk swap'
  check 0 mq status
  holds "$output" 'paused_reason: disk swap'
  check 0 mq resume
  check 0 mq status --json
  holds "$output" '"paused":false'
  check 0 mq drop 2025-10-05T12:00:00
  same "$(state_of 2025-10-05T12:00:00)" ''
  check 2 mq drop 2025-10-05T12:00:00
}

@test "manage-queue: check finds a broken rule and a damaged file" {
  fresh
  sql "UPDATE job SET state = 'done' WHERE group_id = '2025-10-05T12:00:00'"
  check 1 mq check
  holds "$output" "the group's state is that of its convert job"
  holds "$stderr" "queue.sqlite3: faults: 1; stop every tool and put a backup back with 'manage-queue restore FILE'"
  printf 'rubbish rubbish rubbish rubbish' | dd of="$queue" conv=notrunc status=none
  check 1 mq check
  holds "$stderr" 'manage-queue restore'
}

@test "manage-queue: backup, damage, restore; the checksum is what sha256sum says" {
  fresh
  mkdir backups
  check 0 mq backup backups --json
  (cd backups && sha256sum --quiet -c ./*.sha256)
  printf 'rubbish rubbish rubbish rubbish' | dd of="$queue" conv=notrunc status=none
  check 0 mq restore backups/*.sqlite3
  holds "$output" 'requeued: 0'
  same "$(state_of 2025-10-05T12:00:00)" pending
  ls "$queue".before-restore-*
  check 0 mq check
}

@test "manage-queue: verify compares rows and disk both ways" {
  fresh
  mkdir -p ms/science/2025-10-05/new.ms
  sql "INSERT INTO product (path, group_id, stage, kind, created_at)
    VALUES ('/gone.ms', '2025-10-05T12:00:00', 'convert', 'ms', 1)"
  check 1 mq --output-dir ms verify
  holds "$output" 'product missing'
  holds "$output" 'on disk, not in the queue'
}

@test "manage-queue: validate says which files of a group are sound and why not" {
  fresh
  small_group incoming --start 2025-10-05T12:00:00
  for file in incoming/*.hdf5; do
    sb=${file##*_sb}

    sql "INSERT INTO subband_files VALUES ('2025-10-05T12:00:00', $((10#${sb%.hdf5})), '$PWD/$file')"
  done
  check 0 mq validate 2025-10-05T12:00:00
  holds "$output" 'n_valid: 16'
  first=$(ls incoming/*_sb03.hdf5)
  : >"$first"
  check 1 mq validate 2025-10-05T12:00:00 --json
  holds "$output" '"n_invalid":1'
  holds "$output" '"reason":"empty"'
  sql "INSERT INTO hdf5_file_index
         (path, filename, file_size_bytes, modified_time, indexed_at, mtime_ns, inode,
          seen_at_unix_s, state, reason, group_id, role, role_reason)
       VALUES ('/gone_sb99.hdf5', 'gone_sb99.hdf5', 1, 1, 1, 1, 1, 1, 'invalid', 'cut off',
               '2025-10-05T12:00:00', 'bad', 'cut off')"
  check 1 mq validate 2025-10-05T12:00:00 --json
  holds "$output" '"n_invalid":2'
  holds "$output" '/gone_sb99.hdf5'
  check 0 mq show 2025-10-05T12:00:00
  holds "$output" 'cut off'
}

@test "manage-queue: show writes times in UTC for people, and in seconds with --json" {
  fresh
  sql "UPDATE ingest_queue SET received_at = 1759665600.5 WHERE group_id = '2025-10-05T12:00:00'"
  check 0 mq show 2025-10-05T12:00:00
  holds "$output" 'received_at: 2025-10-05T12:00:00Z'
  check 0 mq show 2025-10-05T12:00:00 --json
  holds "$output" '"received_at":1759665600.5'
}

@test "manage-queue: ready lists what can be taken, best first, and nothing while paused" {
  fresh
  sql "INSERT INTO ingest_queue (group_id, state, observation_class) VALUES
       ('2025-10-05T12:20:00', 'pending', 'calibrator')"
  check 0 mq --quiet --disk-floor-gb 0 ready
  same "$output" "2025-10-05T12:20:00
2025-10-05T12:00:00"
  check 0 mq --disk-floor-gb 0 ready --limit 1 --json
  same "$output" \
    '{"group_id":"2025-10-05T12:20:00","stage":"convert","observation_class":"calibrator"}'
  check 0 mq pause
  check 0 mq --disk-floor-gb 0 ready
  same "$output" ""
}

@test "manage-queue: without room nothing is ready, and status says why until there is room" {
  fresh
  check 0 mq --disk-floor-gb 1e6 --output-dir . ready
  same "$output" ""
  holds "$stderr" "expected 1e+06 GB, disk.floor_gb"
  check 0 mq status
  holds "$output" "held_reason: . has"
  check 0 mq --disk-floor-gb 0 ready
  same "$output" 2025-10-05T12:00:00
  check 0 mq status
  lacks "$output" held_reason
}

@test "manage-queue: stages lists what a group still needs; an unknown group is a usage error" {
  fresh
  check 0 mq --stages convert,flag,calibrate stages 2025-10-05T12:00:00
  same "$output" "convert
flag
calibrate"
  sql "UPDATE ingest_queue SET state = 'completed' WHERE group_id = '2025-10-05T12:00:00'"
  check 0 mq --stages convert,flag stages 2025-10-05T12:00:00
  same "$output" flag
  check 2 mq stages nothing
}
