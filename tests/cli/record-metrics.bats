#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# record-metrics: the textfile, recorded times, deadlines and steps under pressure, on queues written by hand.
load helpers

rm_() { record-metrics --queue-db "$queue" --output-dir "$PWD" "$@"; }
exposition() { python "$repository/tests/witness/exposition.py" "$@"; }
# now : the time; for all rows the same where a test has set `instant`.
now() { echo "${instant:-$(date +%s)}"; }

# fresh : an empty queue. whole ID AGE : a group of 300 s, whole for AGE seconds, pending.
fresh() { new_queue; }
whole() {
  local at=$(($(now) - $2))
  sql "INSERT INTO ingest_queue (group_id, state, received_at, first_time_unix_s, last_time_unix_s,
         integration_time_s) VALUES ('$1', 'pending', $at, $at - 300, $at - 10, 10);
       INSERT INTO hdf5_file_index (path, filename, file_size_bytes, modified_time, indexed_at, inode,
         mtime_ns, state, seen_at_unix_s, needs_grouping)
         VALUES ('/in/$1', '$1', 1, 1, 1, 1, 1, 'valid', $at, 0);
       INSERT INTO subband_files VALUES ('$1', 0, '/in/$1')"
}
# done_at ID STAGE AGE : the stage ended well AGE seconds ago.
done_at() {
  sql "INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at, ended_at, outcome)
         VALUES ((SELECT coalesce(max(claim_token), 0) + 1 FROM job_attempt), '$1', '$2', 1,
                 $(($(now) - $3 - 50)), $(($(now) - $3)), 'done');
       UPDATE job SET state = 'done' WHERE group_id = '$1' AND stage = '$2'"
}
figure() { jq -c "$1" <<<"$output"; }

@test "record-metrics: an absent queue is a usage error, and is not made" {
  check 2 rm_ --json
  holds "$stderr" 'no such queue'
  [[ ! -e $queue ]]
}

@test "record-metrics: an empty queue is idle, silent, and a textfile that parses" {
  fresh
  check 0 rm_ --textfile m.prom
  same "$output$stderr" ""
  exposition m.prom >samples
  grep -qx 'dsa110_streaming_queue{state="pending"} 0' samples
  grep -qx 'dsa110_streaming_degradation{step="full"} 1' samples
  check 0 rm_ --json
  same "$(figure '[.keep_up.verdict, .keep_up.catch_up_s, .keep_up.capacity]')" '["idle",0,null]'
  same "$(sql 'SELECT count(*) FROM degradation')" 0
}

@test "record-metrics: the textfile has the documented names, held to the format by another parser" {
  fresh
  whole a 100
  sql "INSERT INTO ingest_queue (group_id, state) VALUES ('c', 'collecting'), ('d', 'completed'),
         ('f', 'failed'); UPDATE ingest_queue SET state = 'pending' WHERE group_id = 'f';
       INSERT INTO stage_metrics (group_id, stage, attempt, wall_s) VALUES ('d', 'convert', 1, 61),
         ('d', 'convert', 2, 5000), ('d', 'image', 1, 30);
       INSERT INTO stage_metrics (group_id, stage, attempt, wall_s, source)
         VALUES ('e', 'convert', 1, 7, 'log')"
  done_at d convert 60
  done_at d image 55
  done_at d lightcurve 50
  sql "UPDATE ingest_queue SET received_at = $(now) - 500 WHERE group_id = 'd';
       INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at, ended_at, outcome)
         VALUES (90, 'a', 'convert', 1, 1, 2, 'failed'), (91, 'a', 'convert', 2, 3, 4, 'expired');
       INSERT INTO hdf5_file_index (path, filename, file_size_bytes, modified_time, indexed_at, inode,
         mtime_ns, state, seen_at_unix_s, needs_grouping)
         VALUES ('/in/d', 'd', 1, 1, 1, 1, 1, 'valid', $(now) - 500, 0);
       INSERT INTO subband_files VALUES ('d', 0, '/in/d');
       INSERT INTO images (path, ms_path, group_id, created_at, type, pbcor, tier, science, field_name,
         center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec, noise_jy, freq_ghz,
         bandwidth_mhz, integration_sec, mid_mjd, verdict)
         VALUES ('d.fits', 'd.ms', 'd', 1, 'image', 0, 'science', 1, '', 1, 16, 9, 9, 3, 0.0125, 1.4,
                 187, 309, 61000, 'PASS');
       INSERT INTO image_qa (image_path, group_id, verdict, reasons, flux_ratio, flagged_share, n_reference,
         figures, gates, engine, recorded_at)
         VALUES ('d.fits', 'd', 'PASS', '', 0.97, 0.125, 9, '{}', '[]', '{}', 1);
       INSERT INTO tick (started_at, ended_at) VALUES ($(now) - 100, $(now) - 40);
       INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at)
         VALUES (92, 'a', 'image', 3, $(now) - 700), (93, 'b', 'image', 3, $(now) - 7);
       INSERT INTO calibration_set (name, version, state, solved_mjd, solved_from_mjd, solved_until_mjd,
         valid_from_mjd, valid_until_mjd, dec_deg, antennas, antennas_hash, low_edge_hz, high_edge_hz,
         n_channel, config_hash, verdict, changed_by, created_at, updated_at, activated_at)
         SELECT 's', 1, 'active', t, t, t, t - 1, t + 1, 16, '[]', 'h', 1, 2, 3, 'c', 'PASS', 'x', 1, 1, 1
         FROM (SELECT $(now) / 86400.0 + 40587 - 0.5 AS t)"
  sql "INSERT INTO product (path, group_id, stage, kind, size_byte, created_at)
       VALUES ('$PWD/ms/x.ms', 'd', 'convert', 'ms', 1000, $(now) - 1)"
  mkdir backups
  touch -d @"$(($(now) - 5000))" backups/queue-20260125T222605Z.sqlite3
  export CONTIMG_BACKUP_DIR=$PWD/backups
  free_share() { df --output=avail,size "$PWD" | awk 'NR == 2 { printf "%d", 100 * $1 / $2 }'; }
  before=$(free_share)
  check 0 rm_ --textfile m.prom
  after=$(free_share)
  exposition m.prom >samples
  # shellcheck disable=SC2016
  while read -r name; do
    case $name in
      catch_up_seconds | fall_behind_seconds) name='\(catch_up\|fall_behind\)_seconds' ;;
    esac
    grep -q "^dsa110_streaming_$name" samples || { echo "$name is absent" >&2; return 1; }
  done < <(sed -nE 's/^\| `([a-z0-9_]+)`.*\| (gauge|counter|histogram) \|.*/\1/p' \
             "$repository/docs/formats/metrics.md")
  # And none that is not in the document.
  while read -r name; do
    grep -q "^| \`$name\`" "$repository/docs/formats/metrics.md" ||
      { echo "$name is not documented" >&2; return 1; }
  done < <(sed -nE 's/^# TYPE dsa110_streaming_(\S+) .*/\1/p' m.prom)
  for state in collecting pending in_progress completed failed; do
    grep -q "^dsa110_streaming_queue{state=\"$state\"}" samples
  done
  grep -qx 'dsa110_streaming_queue{state="pending"} 2' samples
  grep -q '^dsa110_streaming_disk_free_gb{path="output"} [1-9]' samples
  grep -qx 'dsa110_streaming_processing_seconds_bucket{stage="convert",le="60"} 0' samples
  grep -qx 'dsa110_streaming_processing_seconds_bucket{stage="convert",le="120"} 1' samples
  grep -qx 'dsa110_streaming_processing_seconds_count{stage="convert"} 2' samples
  grep -qx 'dsa110_streaming_processing_seconds_sum{stage="convert"} 5061' samples
  grep -qx 'dsa110_streaming_groups_processed_total{stage="convert"} 1' samples
  grep -qx 'dsa110_streaming_image_rms_jy 0.0125' samples
  grep -qx 'dsa110_streaming_flux_ratio 0.97' samples
  grep -qx 'dsa110_streaming_lease_expired_total{stage="convert"} 1' samples
  within() { # METRIC LEAST MOST
    local value
    value=$(grep -F "dsa110_streaming_$1 " samples | sed 's/.* //; s/[.].*//')
    [[ $value -ge $2 && $value -le $3 ]] || { echo "$1 is $value" >&2; return 1; }
  }
  within calibration_age_seconds 43199 43260
  grep -qx 'dsa110_streaming_flagged_share 0.125' samples
  grep -qx 'dsa110_streaming_running_seconds{stage="convert"} 0' samples
  within 'running_seconds{stage="image"}' 700 760
  within last_tick_timestamp $(($(now) - 100)) $(($(now) - 39))
  within last_backup_timestamp $(($(now) - 5060)) $(($(now) - 5000))
  # Counters are there from the first: an increase from nothing is none for Prometheus.
  grep -qx 'dsa110_streaming_groups_failed_total{stage="lightcurve"} 0' samples
  # coreutils know the disk's share, which others may change meanwhile.
  held=$(sed -n 's/^dsa110_streaming_disk_free_share{path="output"} //p' samples |
           awk '{ printf "%d", 100 * $1 }')
  ((held >= (before < after ? before : after) - 1 && held <= (before > after ? before : after) + 1))
}

@test "record-metrics: a textfile is whole or not there, and replaced" {
  fresh
  check 75 rm_ --textfile "$PWD/queue.sqlite3/m.prom"
  echo before >m.prom
  check 0 rm_ --textfile m.prom
  lacks "$(cat m.prom)" before
  same "$(find . -name 'm.prom?*')" ""
  check 0 rm_ --textfile other.prom --dry-run
  [[ ! -e other.prom ]]
}

@test "record-metrics: warns in the documented words as long as it holds" {
  fresh
  for i in {10..20}; do whole "g$i" 10; done
  sql "INSERT INTO ingest_queue (group_id, state, received_at)
         VALUES ('2025-10-05T12:30:00', 'collecting', $(now) - 601), ('young', 'collecting', $(now));
       INSERT INTO performance_metrics (group_id, total_time, recorded_at)
         VALUES ('2025-10-05T12:35:00', 285.2, $(now)), ('fast', 269, $(now)),
                ('old', 999, $(now) - 4000);
       UPDATE job SET state = 'claimed', claim_token = 1, lease_expires = 1, heartbeat_at = 1,
         host = 'h', pid = 1 WHERE group_id = 'g10';
       UPDATE ingest_queue SET state = 'in_progress', last_update = 1, change_id = change_id + 1
         WHERE group_id = 'g10'"
  whole g21 10
  for _ in 1 2; do
    check 0 rm_ --quiet --json
    same "$(cut -d ' ' -f 3- <<<"$stderr")" "\
WARNING: High queue depth: 11 groups queued
WARNING: Found 1 stale in-progress groups (>15 min)
WARNING: Group 2025-10-05T12:35:00 took 285.2 s (exceeds 4.5 min threshold)
WARNING: Group 2025-10-05T12:30:00 has been waiting for missing subbands longer than 600 s"
    same "$(figure '.warnings | length')" 4
  done
  check 0 rm_ --collecting-timeout 700 --json
  lacks "$stderr" 'missing subbands'
  sql "DELETE FROM ingest_queue; DELETE FROM performance_metrics"
  check 0 rm_ --json
  same "$stderr" ""
}

@test "record-metrics: lines from a pipe are recorded and passed on" {
  fresh
  whole a 10
  line='{"stage":"convert","group_id":"a","state":"completed","seconds":12.5,"load_time":4,"odd":1}'
  run --separate-stderr bash -c "printf '%s\n' '$line' | record-metrics --queue-db '$queue'"
  same "$status$output" "0$line"
  same "$(sql "SELECT wall_s, source, cpu_s IS NULL FROM stage_metrics")" "12.5|measured|1"
  same "$(sql "SELECT total_time, load_time, source FROM performance_metrics")" "12.5|4.0|measured"
  before=$(sql ".dump")
  printf '%s\n' "$line" | check 0 record-metrics --queue-db "$queue"
  same "$(sql .dump)" "$before"
}

@test "record-metrics: a malformed line is named by its number and does not stop the others" {
  fresh
  whole a 10
  printf '%s\n' '/data/a.ms' '{"stage":"flag","group_id":"a","seconds":3}' \
    '{"stage":"flag","group_id":"unknown","seconds":3}' >lines
  run --separate-stderr bash -c "record-metrics --queue-db '$queue' <lines"
  same "$status" 1
  same "$output" "$(cat lines)"
  holds "$stderr" 'line 1: not a JSON object'
  holds "$stderr" 'line 3: unknown: not in the queue'
  holds "$stderr" '1 lines are malformed'
  same "$(sql 'SELECT group_id, stage, wall_s FROM stage_metrics')" 'a|flag|3.0'
}

@test "record-metrics: convert-group in front of it, for a group that the queue knows" {
  fresh
  small_group incoming
  id=$(basename incoming/*_sb00.hdf5 _sb00.hdf5)
  whole "$id" 10
  run --separate-stderr bash -c "SLURM_JOB_ID=4711 convert-group --quiet --output-dir ms --json \
    --files incoming/*.hdf5 | record-metrics --quiet --queue-db '$queue'"
  same "$status$stderr" 0
  holds "$output" '"stage":"convert"'
  same "$(sql "SELECT wall_s > 0, cpu_s > 0, max_rss_kb > 1000, bytes_read > 1000, host = '$(hostname)',
               slurm_job_id, started_at > $(now) - 600, source FROM stage_metrics")" \
    '1|1|1|1|1|4711|1|measured'
  same "$(sql "SELECT total_time > 0, load_time >= 0 FROM performance_metrics")" '1|1'
}

@test "record-metrics: a log gives times of groups without measured ones, and says so" {
  fresh
  whole a 10
  whole b 10
  sql "INSERT INTO performance_metrics (group_id, total_time, recorded_at) VALUES ('a', 5, 1)"
  printf '%s\n' '2026-01-25T22:26:05Z convert-group INFO: Group a completed in 99.0 s' \
    'Jan 25 22:26:05 h17 convert-group: Group b completed in 61.5 s' 'anything' >log
  check 0 rm_ --log log
  same "$(sql 'SELECT group_id, total_time, source FROM performance_metrics ORDER BY 1')" \
    $'a|5.0|measured\nb|61.5|log'
  same "$(sql 'SELECT group_id, wall_s, source FROM stage_metrics')" 'b|61.5|log'
  before=$(sql .dump)
  check 0 rm_ --log log --log log
  same "$(sql .dump)" "$before"
  check 2 rm_ --log absent
}

@test "record-metrics: deadline and slack of each group, latencies of what was done" {
  fresh
  instant=$(now)
  whole late 1300
  whole early 100
  whole through 1000
  for stage in convert flag calibrate image measure lightcurve; do
    sql "INSERT OR IGNORE INTO job (group_id, stage, state) VALUES ('through', '$stage', 'ready')"
    done_at through "$stage" 400
  done
  check 0 rm_ --json --chunk-duration 5
  same "$(figure '[.waiting[] | [.group_id, .why, .duration_s]]')" \
    '[["late","ready",300],["early","ready",300]]'
  # 4 durations of 300 s after the arrival.
  same "$(figure '[.waiting[] | (.deadline_unix_s - .arrived_unix_s)]')" '[1200,1200]'
  same "$(figure '.waiting | map(.slack_s) | [(.[0] > -220 and .[0] < -99), (.[1] > 980 and .[1] < 1101)]')" '[true,true]'
  same "$(figure '[.keep_up.backlog_s, .keep_up.late_groups]')" '[600,1]'
  same "$(figure '[.latency.image.n, (.latency.image.p50_s - 600 | fabs < 3)]')" '[1,true]'
  # 300 s of sky in the time since 1300 s ago, or a little more.
  same "$(figure '.keep_up.capacity | . < 300 / 1299 and . > 300 / 1400')" true
  check 0 rm_ --json --limit 1
  same "$(figure '[.n_waiting, (.waiting | length), .waiting[0].group_id]')" '[2,1,"late"]'
}

@test "record-metrics: under pressure a step is in force, with its reason, and lasts" {
  fresh
  whole old 4000
  check 0 rm_ --dry-run --json
  same "$(figure .degradation.step)" '"full"'
  same "$(sql 'SELECT count(*) FROM degradation')" 0
  check 0 rm_ --json
  same "$(figure .degradation.step)" '"quicklook first, deep later"'
  holds "$stderr" 'from now on: quicklook first, deep later (pressure 3.3'
  same "$(sql "SELECT step, reason LIKE 'pressure 3.3%, at least 1.00, %' FROM degradation_in_force")" \
    'quicklook first, deep later|1'
  check 0 rm_ --json
  same "$(figure .degradation.step)" '"quicklook first, deep later"'
  check 0 rm_ --json --step-hold-min 0
  same "$(figure .degradation.step)" '"convert and calibrate only"'
  sql "UPDATE ingest_queue SET state = 'completed'"
  check 0 rm_ --json --step-hold-min 0
  same "$(figure .degradation.step)" '"quicklook first, deep later"'
  check 0 rm_ --no-degrade --json
  same "$(figure '[.degradation.step, .degradation.reason]')" '["full","metrics.degrade is off"]'
  same "$(sql 'SELECT count(*) FROM degradation')" 4
}

@test "record-metrics: while nothing may be begun the step stays" {
  fresh
  whole old 4000
  check 0 manage-queue --queue-db "$queue" pause --reason 'new disks'
  check 0 rm_ --json
  same "$(figure '[.paused, .degradation.step]')" '[true,"full"]'
  check 0 manage-queue --queue-db "$queue" resume
  sql "INSERT INTO control (key, value) VALUES ('held_reason', 'no room')"
  check 0 rm_ --json
  same "$(figure '[.held_reason, .degradation.step]')" '["no room","full"]'
  sql "DELETE FROM control WHERE key = 'held_reason'"
  check 0 rm_ --json
  same "$(figure .degradation.step)" '"quicklook first, deep later"'
  # The document's own words show it.
  # shellcheck disable=SC2016
  statement=$(sed -n 's/^sqlite3 "$queue" "\(SELECT .*degradation.*\)"$/\1/p' \
    "$repository/docs/operations/keep-up.md")
  holds "$(sql "$statement")" '|quicklook first, deep later|pressure 3.3'
  check 2 rm_ --quicklook-pressure 5
  holds "$stderr" convert_only_pressure
}

@test "record-metrics: TERM while it waits for lines is code 75, and keeps what came" {
  fresh
  whole a 10
  mkfifo pipe
  timeout 60 record-metrics --queue-db "$queue" --log-file log <pipe >out 3>&- &
  local tool=$! code=0
  exec 7>pipe
  echo '{"stage":"flag","group_id":"a","seconds":3}' >&7
  until [[ $(sql 'SELECT count(*) FROM stage_metrics') == 1 ]]; do sleep 0.1; done
  kill "$tool"
  wait "$tool" || code=$?
  exec 7>&-
  same "$code" 75
  same "$(cat out)" '{"stage":"flag","group_id":"a","seconds":3}'
  # The last line of an input may have no end.
  printf '{"stage":"flag","group_id":"a","seconds":4}' | record-metrics --queue-db "$queue" >out
  same "$(cat out)" '{"stage":"flag","group_id":"a","seconds":4}'
  same "$(sql 'SELECT wall_s FROM stage_metrics')" 4.0
}

@test "record-metrics: what was asked for leaves stdin alone" {
  fresh
  whole a 10
  echo '{"stage":"flag","group_id":"a","seconds":3}' >lines
  run --separate-stderr bash -c "record-metrics --queue-db '$queue' --json <lines; cat" <<<rest
  same "$(sql 'SELECT count(*) FROM stage_metrics')" 0
  holds "$output" '"keep_up"'
  check 2 rm_ --lines --json
  check 2 rm_ --limit 3
}
