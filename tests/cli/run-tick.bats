#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# run-tick: what a tick takes in and begins, when it does nothing, and what survives signals and kills.
load helpers

first=2026-01-25T22:26:05

# an_empty_root : two stages only, so that a group is done in two seconds.
an_empty_root() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,flag
  export CONTIMG_SETTLE_TIME_S=0
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
}
root_with() {
  an_empty_root
  small_group root/incoming "$@"
}
large_group() {
  an_empty_root
  simulate-observation --quiet --output-dir root/incoming --antennas 50 --channels 32 "$@" >/dev/null
}

# stands : from now on the first conversion stands still. converting : waits until it does.
stands() { stands_still convert-group "$CONTIMG_ROOT/ms/*/*/*.partial-*"; }
converting() {
  stood
  same "$(sql "SELECT count(*) FROM job WHERE state = 'claimed'")" 1
}
outcomes() {
  sql "SELECT group_concat(outcome) FROM (SELECT outcome FROM job_attempt ORDER BY claim_token)"
}
# everything_done N : N groups, each stage of each done once and never tried twice.
everything_done() {
  same "$(sql "SELECT state, count(*) FROM job GROUP BY state")" "done|$((2 * $1))"
  same "$(sql "SELECT count(*) FROM ingest_queue WHERE state = 'completed'")" "$1"
}

@test "run-tick: files become groups, and groups go through every stage, some at once" {
  root_with --groups 3
  check 0 run-tick --quiet --max-parallel 2
  same "$stderr" ""
  same "$(jq -r .stage <<<"$output" | sort | uniq -c | tr -s ' ')" " 3 convert
 3 flag"
  everything_done 3
  same "$(sql "SELECT count(*) FROM job_attempt")" 6
  same "$(ls "$queue.locks")" tick
  same "$(sql "SELECT count(*) FROM stage_metrics WHERE wall_s > 0")" 6
}

@test "run-tick: nothing to do is silence and exit code 0, also on the first day" {
  an_empty_root
  check 0 run-tick
  same "$output$stderr" ""
  check 0 run-tick
  same "$output$stderr" ""
}

@test "run-tick: a second tick during a long one does nothing" {
  large_group
  stands
  run-tick --quiet >one.out 2>one.log 3>&- &
  converting
  check 0 run-tick
  same "$output$stderr" ""
  check 1 flock -n "$queue.locks/tick" true
  same "$(cat "$queue.locks/tick")" $!
  goes_on
  wait $!
  everything_done 1
  same "$(sql "SELECT count(*) FROM job_attempt")" 2
}

@test "run-tick: while paused files are taken in and nothing is begun" {
  root_with --groups 2
  check 0 run-tick --max-minutes 0
  check 0 manage-queue pause --reason 'disk swap'
  check 0 run-tick
  same "$output$stderr" ""
  same "$(sql "SELECT state, retry_count FROM ingest_queue")" "pending|0
pending|0"
  check 0 manage-queue resume
  check 0 run-tick --quiet
  everything_done 2
}

@test "run-tick: --max-minutes 0 takes in and begins nothing" {
  root_with
  check 0 run-tick --max-minutes=0
  same "$output$stderr" ""
  same "$(sql "SELECT count(*) FROM job WHERE state = 'ready'")" 1
}

@test "run-tick: below the disk floor groups stay pending, the reason is shown and goes by itself" {
  root_with --groups 2
  mkdir ms
  unshare --mount true 2>/dev/null || skip "no mount namespace here"
  # The tick sees a small full disk in its namespace.
  on_a_disk() {
    # shellcheck disable=SC2016  # expanded by the inner shell
    unshare --mount bash -c 'mount -t tmpfs -o size="$1"m none ms && head -c "$2"M /dev/zero >ms/full
      shift 2; "$@"' - "$@"
  }
  # Conversion alone needs less than the floor.
  export CONTIMG_OUTPUT_DIR=$PWD/ms
  check 0 on_a_disk 40 35 run-tick
  holds "$stderr" "$PWD/ms has 0.00"
  holds "$stderr" "expected 0.01 GB, disk.floor_gb"
  check 0 on_a_disk 40 35 run-tick
  same "$stderr" "" # said once
  check 0 manage-queue status
  holds "$output" "held_reason: $PWD/ms has 0.00"
  holds "$(sql "SELECT value FROM control WHERE key = 'held_reason'")" "$PWD/ms has"
  same "$(sql "SELECT state, retry_count FROM ingest_queue")" "pending|0
pending|0"
  same "$(sql "SELECT count(*) FROM job_attempt")" 0
  check 0 run-tick --quiet
  everything_done 2
  check 0 manage-queue status
  lacks "$output" held_reason
}

@test "run-tick: without room for three times the next product nothing is begun" {
  root_with
  mkdir ms
  unshare --mount true 2>/dev/null || skip "no mount namespace here"
  export CONTIMG_OUTPUT_DIR=$PWD/ms CONTIMG_DISK_FLOOR_GB=0
  check 0 unshare --mount bash -c 'mount -t tmpfs -o size=200k none ms && exec run-tick'
  holds "$stderr" "3 times the next product"
  same "$(sql "SELECT count(*) FROM job_attempt")" 0
}

@test "run-tick: calibrators come first, then what was begun" {
  root_with --groups 3
  check 0 run-tick --max-minutes 0
  mapfile -t ids < <(sql "SELECT group_id FROM ingest_queue ORDER BY 1")
  sql "UPDATE ingest_queue SET observation_class = 'calibrator' WHERE group_id = '${ids[2]}'"
  check 0 convert-group --quiet --group "${ids[1]}"
  check 0 run-tick --quiet --max-parallel 1
  same "$(jq -r '.stage + " " + .group_id' <<<"$output")" "convert ${ids[2]}
flag ${ids[2]}
flag ${ids[1]}
convert ${ids[0]}
flag ${ids[0]}"
}

@test "run-tick: a group that waits for a calibration is not begun again until it is due" {
  root_with
  export CONTIMG_STAGES=convert,calibrate
  check 0 run-tick
  holds "$stderr" "waits for a calibration set"
  check 0 run-tick
  same "$output$stderr" ""
  same "$(sql "SELECT count(*) FROM job_attempt WHERE stage = 'calibrate'")" 1
  sql "UPDATE job SET not_before = 1 WHERE stage = 'calibrate'"
  check 0 run-tick
  same "$(sql "SELECT count(*) FROM job_attempt WHERE stage = 'calibrate'")" 2
}

@test "run-tick: one bad group is exit code 1, and the others are done" {
  root_with --groups 2
  check 0 run-tick --max-minutes 0
  check 0 convert-group --quiet --group $first
  rm -r "root/ms/science/2026-01-25/$first.ms"
  check 1 run-tick --quiet
  same "$(sql "SELECT state, count(*) FROM job GROUP BY state")" "done|3
failed|1"
  check 0 run-tick
  same "$output" ""
}

@test "run-tick: TERM goes to every group, claims are given back, exit code 75" {
  large_group
  stands
  run-tick >one.out 2>one.log 3>&- &
  converting
  kill $!
  code=0
  wait $! || code=$?
  same "$code" 75
  same "$(sql "SELECT state, retry_count FROM job")" "ready|0"
  check 0 run-tick --quiet
  everything_done 1
}

@test "run-tick: killed with all it began, the next tick goes on when the claims are known for dead" {
  large_group
  stands
  setsid run-tick >one.out 2>one.log 3>&- &
  converting
  kill -9 -- -$!
  wait $! || true
  check 0 run-tick --quiet # still claimed
  same "$(sql "SELECT state FROM job")" claimed
  sql "UPDATE job SET lease_expires = 1"
  check 0 run-tick --quiet
  everything_done 1
  same "$(outcomes)" expired,done,done
}

@test "run-tick: the tick alone killed, its groups go on, and none is taken twice" {
  large_group
  stands
  run-tick >one.out 2>one.log 3>&- &
  converting
  kill -9 $!
  wait $! || true
  for _ in 1 2 3 4 5; do check 0 run-tick --quiet; done
  goes_on
  until_sql 120 "SELECT count(*) FROM job WHERE state = 'done'" 2
  same "$(outcomes)" done,done
}

@test "run-tick: a fault of the configuration is exit code 2, a damaged queue 1, a full disk 75" {
  an_empty_root
  rmdir root/incoming
  check 2 run-tick
  holds "$stderr" incoming
  check 2 run-tick --max-minutes soon
  holds "$stderr" "expected a whole number of minutes"
  check 2 run-tick --no-such-option
  CONTIMG_MAX_PARALLEL=many check 2 run-tick
  check 2 env -u CONTIMG_ROOT run-tick
  mkdir root/incoming
  check 0 run-tick
  echo "no queue" >"$queue"
  check 1 run-tick
  rm -r "$queue.locks"
  touch "$queue.locks" # no folder for locks can be made there
  check 75 run-tick
}

@test "run-tick: --help and --version" {
  check 0 run-tick --help
  holds "$output" "Usage: run-tick"
  same "$stderr" ""
  check 0 run-tick --version
  says_version run-tick
}

@test "run-tick: USR1 finishes the groups in work and begins no other" {
  large_group --groups 2
  stands
  run-tick --max-parallel 1 >one.out 2>one.log 3>&- &
  converting
  kill -USR1 $!
  goes_on
  wait $!
  same "$(sql "SELECT state, count(*) FROM job GROUP BY state ORDER BY state")" "done|2
ready|1"
}
