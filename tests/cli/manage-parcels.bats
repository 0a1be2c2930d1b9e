#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# manage-parcels: a group goes away as a parcel, is worked on elsewhere, and is recorded once.
load helpers

first=2026-01-25T22:26:05

# root_with OPTION... : simulated groups in the queue, and two stages only.
root_with() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,flag
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
  small_group root/incoming "$@"
  take_in
}
take_in() {
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
}
pack() { check 0 manage-parcels --quiet pack "$first" parcel; }

# task NAME COMMAND... : COMMAND on a copy of the parcel, as on another host; leaves a receipt.
task() {
  local name=$1 copy=$PWD/$1-scratch/queue.sqlite3
  shift
  mkdir -p "${copy%/*}"
  cp parcel/queue.sqlite3 "$copy"
  task_code=0
  CONTIMG_QUEUE_DB=$copy SLURM_JOB_ID=77 SLURM_ARRAY_TASK_ID=1 "$@" >"$name.out" 2>"$name.err" ||
    task_code=$?
  check 0 manage-queue --quiet --queue-db "$copy" backup "parcel/receipt-$name.sqlite3"
}
jobs_of() { sql "SELECT group_concat(word, ' ') FROM (SELECT stage || ':' || state AS word FROM job
  WHERE group_id = '$first' ORDER BY id)"; }
statuses() { jq -r .status <<<"$output" | paste -sd ' '; }

@test "manage-parcels: process-group works on a parcel, and all that it did is in the queue" {
  root_with --groups 2
  pack
  same "$(state_of $first)" in_progress
  same "$(manage-queue ready | wc -l)" 1
  task a process-group --quiet $first
  same "$task_code" 0
  same "$(jobs_of)" "convert:claimed"
  check 0 manage-parcels --quiet --json merge parcel
  same "$(statuses)" merged
  same "$stderr" ''
  same "$(jobs_of)" "convert:done flag:done"
  same "$(state_of $first)" completed
  same "$(sql "SELECT count(*) FROM ms_index WHERE group_id = '$first' AND stage = 'flagged'")" 1
  same "$(sql "SELECT count(*) FROM stage_metrics WHERE slurm_job_id = '77' AND wall_s > 0")" 2
  same "$(sql "SELECT count(*) FROM flag_shares WHERE group_id = '$first'")" \
    "$(sqlite3 a-scratch/queue.sqlite3 'SELECT count(*) FROM flag_shares')"
  same "$(sql "SELECT count(*) FROM performance_metrics")" 1
  check 0 manage-queue --quiet check
  check 0 manage-queue --quiet verify
  check 0 process-group --quiet $first
  same "$output" ''
}

@test "manage-parcels: a receipt that is merged again, or after a reset, changes nothing" {
  root_with
  pack
  task a process-group --quiet $first
  check 0 manage-parcels --quiet --json merge parcel
  before=$(sqlite3 "$queue" .dump)
  check 0 manage-parcels --quiet --json merge parcel
  same "$(statuses)" doubled
  same "$(sqlite3 "$queue" .dump)" "$before"
  sql "UPDATE ingest_queue SET state = 'pending'"
  rm -r parcel a-scratch
  pack
  task a true
  sql "UPDATE ingest_queue SET state = 'failed'"
  before=$(sqlite3 "$queue" .dump)
  check 0 manage-parcels --quiet --json merge parcel
  same "$(statuses)" late
  same "$(sqlite3 "$queue" .dump)" "$before"
}

@test "manage-parcels: two tasks on one parcel at the same time are one group done once" {
  root_with
  pack
  for name in a b; do
    mkdir $name-scratch
    cp parcel/queue.sqlite3 $name-scratch/
    CONTIMG_QUEUE_DB=$PWD/$name-scratch/queue.sqlite3 process-group --quiet $first \
      >/dev/null 2>$name.err 3>&- &
  done
  wait
  for name in a b; do
    check 0 manage-queue --quiet --queue-db "$PWD/$name-scratch/queue.sqlite3" \
      backup parcel/receipt-$name.sqlite3
  done
  check 0 manage-parcels --quiet --json merge parcel
  same "$(statuses)" "merged doubled"
  same "$(jobs_of)" "convert:done flag:done"
  same "$(sql "SELECT count(*) FROM job_attempt WHERE outcome = 'done'")" 2
}

@test "manage-parcels: a group that fails in a task fails here, with the reason" {
  root_with
  pack
  head -c 1000 /dev/urandom >"$(sql "SELECT path FROM subband_files LIMIT 1")"
  task a process-group --quiet $first
  same "$task_code" 1
  check 0 manage-parcels --quiet --json merge parcel
  same "$(statuses)" merged
  same "$(state_of $first)" failed
  [[ -n $(sql "SELECT reason FROM job WHERE state = 'failed'") ]]
  same "$(sql "SELECT count(*) FROM dead_letter")" 1
}

@test "manage-parcels: a task that is told to end gives the group back, and no try is counted" {
  root_with
  rm root/incoming/* "$queue"*
  simulate-observation --quiet --output-dir root/incoming --antennas 50 --channels 32 >/dev/null
  take_in
  pack
  stands_still convert-group "$CONTIMG_ROOT/ms/*/*/*.partial-*"
  task a told_to_end process-group --quiet $first
  same "$task_code" 75
  check 0 manage-parcels --quiet --json merge parcel
  same "$(statuses)" merged
  same "$(sql "SELECT state || retry_count FROM job WHERE stage = 'convert'")" ready0
  same "$(sql "SELECT outcome FROM job_attempt")" released
  same "$(state_of $first)" pending
  same "$(manage-queue ready)" $first
}

@test "manage-parcels: leases are renewed and claims recalled" {
  root_with
  pack
  check 0 manage-parcels --quiet --json renew --slurm-job 12 --slurm-task 3 parcel
  same "$(jq .held <<<"$output")" true
  same "$(sql "SELECT slurm_job_id || '_' || slurm_array_task_id FROM job")" 12_3
  check 0 manage-parcels --quiet --json recall --reason 'sbatch refused' parcel
  same "$(sql "SELECT state || retry_count || reason FROM job")" "ready0sbatch refused"
  check 0 manage-parcels --quiet --json renew parcel
  same "$(jq .held <<<"$output")" false
}

@test "manage-parcels: wrong usage is 2, what is not ready is 75, a damaged receipt is 1" {
  root_with
  check 2 manage-parcels --quiet pack 2020-01-01T00:00:00 elsewhere
  check 2 manage-parcels --quiet merge absent
  check 2 manage-parcels --quiet renew absent
  pack
  check 2 manage-parcels --quiet pack $first parcel
  check 75 manage-parcels --quiet pack $first elsewhere
  [[ ! -e elsewhere/queue.sqlite3 ]]
  echo "not a database" >parcel/receipt-a.sqlite3
  check 1 manage-parcels --quiet --json merge parcel
  same "$(statuses)" damaged
  same "$(state_of $first)" in_progress
}
