#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
load helpers

first=2026-01-25T22:26:05

# Slurm's commands as far as the scripts call them: sbatch notes its call, squeue prints a file.
a_scheduler() {
  mkdir -p bin
  cat >bin/sbatch <<'TEXT'
#!/bin/bash
printf '%s\n' "$@" >"$FAKE/call"
[[ ! -e $FAKE/refuse ]] || exit 1
[[ ! -e $FAKE/call.1 || ${!#} != *--onward* ]] || { echo 4712 && exit; }
cp "$FAKE/call" "$FAKE/call.1"
echo 4711
TEXT
  cat >bin/squeue <<'TEXT'
#!/bin/bash
[[ ! -e $FAKE/queued ]] || cat "$FAKE/queued"
TEXT
  chmod +x bin/*
  export FAKE=$PWD
  PATH="$PWD/bin:$repository/slurm:$PATH"
}
root_with() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,flag
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
  small_group root/incoming "$@"
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  a_scheduler
}
submit() {
  check 0 submit-backlog --quiet "$@"
  batch=${output#* }
}
# say STATE INDEX... : what squeue says from now on.
say() {
  local state=$1
  shift
  : >queued
  for index; do echo "contimg.${batch##*/} $index $state" >>queued; done
}
# task INDEX : what sbatch would have run.
task() {
  mkdir -p scratch
  check 0 env TMPDIR="$PWD/scratch" SLURM_ARRAY_JOB_ID=4711 SLURM_ARRAY_TASK_ID="$1" SLURM_JOB_ID=4720 \
    bash -c "$(tail -1 call) >task.out"
}
jobs_of() { sql "SELECT group_concat(stage || ':' || state, ' ') FROM
  (SELECT * FROM job ORDER BY group_id, id)"; }

@test "submit-backlog: a dry run prints groups and sbatch's call, and changes nothing" {
  root_with --groups 2
  before=$(sqlite3 "$queue" .dump)
  check 0 submit-backlog --quiet --dry-run --max-tasks 3 -- --partition=fast
  same "${lines[0]}" "$first"
  holds "${lines[2]}" '--array=1-2%3'
  holds "${lines[2]}" '--partition=fast'
  same "$(sqlite3 "$queue" .dump)" "$before"
  [[ ! -e root/slurm && ! -e call ]]
}

@test "submit-backlog: nothing ready is no call; wrong options are 2; a refusal gives all back" {
  root_with --groups 2
  check 2 submit-backlog --limit none
  check 2 submit-backlog --stages measure
  touch refuse
  check 75 submit-backlog --quiet
  same "$(sql "SELECT group_concat(state || retry_count) FROM job")" ready0,ready0
  same "$(manage-queue ready | wc -l)" 2
  rm refuse call
  check 0 submit-backlog --quiet
  check 0 submit-backlog --quiet
  same "$output" ''
}

@test "a backlog: submitted, worked on in tasks, collected" {
  root_with --groups 2
  submit --max-tasks 5
  same "$(grep -- --array call)" '--array=1-2%5'
  same "$(wc -l <"$batch/manifest")" 2
  same "$(sql "SELECT group_concat(slurm_job_id || '_' || slurm_array_task_id) FROM job")" \
    4711_1,4711_2
  same "$(manage-queue ready)" ''
  say RUNNING 1 2
  task 1
  check 0 collect-backlog --quiet
  same "$output" ''
  say PENDING 2
  check 0 collect-backlog --quiet
  same "$(jq -r '.group_id + " " + .status' <<<"$output")" "$first merged"
  task 2
  : >queued
  check 0 collect-backlog --quiet
  same "$(jobs_of)" "convert:done flag:done convert:done flag:done"
  same "$(find "$batch"/taken -name 'receipt-*.sqlite3' | wc -l)" 2
  check 0 collect-backlog --quiet
  same "$output" ''
  same "$(ls scratch)" ''
}

@test "a backlog: the stages after those of a task are done on the queue's host" {
  root_with
  export CONTIMG_STAGES=convert,flag,measure
  submit
  task 1
  check 0 collect-backlog --quiet
  same "$(jobs_of)" "convert:done flag:done measure:ready"
}

@test "a backlog: a task that runs twice is recorded once; one that comes late changes nothing" {
  root_with
  submit
  cp -r "$batch" copy
  task 1
  task 1
  same "$(find "$batch/1" -name 'receipt-*.sqlite3' | wc -l)" 1
  check 0 collect-backlog --quiet
  same "$(jq -r .status <<<"$output")" merged
  task 1 # its parcel has been taken away
  check 0 run-task --quiet copy 1
  before=$(sqlite3 "$queue" .dump)
  check 0 manage-parcels --quiet --json merge copy/1
  same "$(jq -r .status <<<"$output")" doubled
  same "$(sqlite3 "$queue" .dump)" "$before"
}

@test "a backlog: cancelled tasks give their groups back; lost ones are a failed try in the end" {
  root_with --groups 2
  submit
  say CANCELLED 1
  check 0 collect-backlog --quiet
  same "$(sql "SELECT group_concat(state || retry_count) FROM (SELECT * FROM job
    ORDER BY group_id)")" ready0,claimed0
  sql "UPDATE job SET lease_expires = 1 WHERE state = 'claimed'"
  same "$(manage-queue ready | wc -l)" 2
  same "$(sql "SELECT group_concat(state || retry_count) FROM (SELECT * FROM job
    ORDER BY group_id)")" ready0,ready1
  submit
  for index in 1 2; do task $index; done
  check 0 collect-backlog --quiet
  same "$(jobs_of)" "convert:done flag:done convert:done flag:done"
  same "$(sql "SELECT count(*) FROM ms_index")" 2
}

@test "a backlog: while the scheduler has a task its lease is renewed; without squeue nothing is lost" {
  root_with
  submit
  sql "UPDATE job SET lease_expires = lease_expires - 800"
  say PENDING 1
  check 0 collect-backlog --quiet
  [[ $(sql "SELECT lease_expires > strftime('%s') + 850 FROM job") == 1 ]]
  printf '#!/bin/sh\nexit 1\n' >bin/squeue
  sql "UPDATE job SET lease_expires = lease_expires - 800"
  check 0 collect-backlog --quiet
  [[ $(sql "SELECT lease_expires > strftime('%s') + 850 FROM job") == 1 ]]
  same "$(sql "SELECT state FROM job")" claimed
  task 1
  check 0 collect-backlog --quiet
  same "$(jq -r .status <<<"$output")" merged
}

@test "a backlog: TERM before the time limit gives the group back, and no try is counted" {
  root_with
  rm root/incoming/* "$queue"*
  simulate-observation --quiet --output-dir root/incoming --antennas 50 --channels 32 >/dev/null
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  submit
  check 124 timeout --signal=TERM 1.5 run-task --quiet "$batch" 1
  same "$(find "$batch/1" -name 'receipt-*.sqlite3' | wc -l)" 1
  check 0 collect-backlog --quiet
  same "$(jq -r .status <<<"$output")" merged
  same "$(sql "SELECT state || retry_count FROM job")" ready0
  same "$(sql "SELECT outcome FROM job_attempt")" released
  same "$(manage-queue ready)" $first
}

@test "run-tick: takes in what came back, also when the leases ran out while the host was down" {
  root_with
  submit
  task 1
  sql "UPDATE job SET lease_expires = 1"
  check 0 run-tick --quiet
  same "$(jobs_of)" "convert:done flag:done"
  same "$(sql "SELECT group_concat(outcome) FROM job_attempt")" done,done
  same "$(sql "SELECT retry_count FROM job WHERE stage = 'convert'")" 0
}
