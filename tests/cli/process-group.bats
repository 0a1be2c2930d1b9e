#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# process-group: one group through its stages, what is passed over, exit codes, kills, steps under pressure.
load helpers

first=2026-01-25T22:26:05

# a_root : a data root, and two stages only, so that a group is done in two seconds.
a_root() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,flag
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
}
take_in() {
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
}
# root_with OPTION... : simulated groups in the queue.
root_with() {
  a_root
  small_group root/incoming "$@"
  take_in
}
# large_group : one that takes some seconds to convert.
large_group() {
  a_root
  simulate-observation --quiet --output-dir root/incoming --antennas 50 --channels 32 >/dev/null
  take_in
}

jobs_of() { sql "SELECT group_concat(word, ' ') FROM (SELECT stage || ':' || state AS word FROM job
  WHERE group_id = '$1' ORDER BY id)"; }

# while_converting OPTION... : a process-group whose conversion stands still, in the background.
while_converting() {
  large_group
  stands_still convert-group "$CONTIMG_ROOT/ms/*/*/*.partial-*"
  process-group "$@" $first >one.out 2>one.log 3>&- &
  stood
  same "$(sql "SELECT count(*) FROM job WHERE state = 'claimed'")" 1
}

@test "process-group: a group goes through every enabled stage, a JSON line each" {
  root_with --groups 2
  check 0 process-group --quiet $first
  same "$(jq -r '.stage + " " + .group_id + " " + .state' <<<"$output")" \
    "convert $first completed
flag $first completed"
  same "$stderr" ""
  same "$(jobs_of $first)" "convert:done flag:done"
  same "$(sql "SELECT group_concat(state) FROM job WHERE group_id <> '$first'")" ready
  [[ ! -e $queue.locks/$first ]]
}

@test "process-group: a stage whose library crashes is a failed try with the reason; the next group goes on" {
  root_with --groups 2
  second=$(sql "SELECT group_id FROM ingest_queue WHERE group_id <> '$first'")
  cat >fault.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
long H5Fopen(const char *name, unsigned flags, long access) {
  if (strstr(name, FAULT)) raise(SIGSEGV);
  return ((long (*)(const char *, unsigned, long))dlsym(RTLD_NEXT, "H5Fopen"))(name, flags, access);
}
C
  cc -shared -fPIC -DFAULT="\"incoming/$first\"" -o fault.so fault.c
  export LD_PRELOAD=$PWD/fault.so
  # The claim of a process that died lasts until its lease is over; here that is at once.
  for _ in 1 2 3 4; do
    run process-group --quiet $first
    sql "UPDATE job SET lease_expires = 1 WHERE state = 'claimed'; UPDATE job SET not_before = 0"
  done
  check 0 process-group --quiet "$second"
  unset LD_PRELOAD
  same "$(jobs_of "$second")" "convert:done flag:done"
  same "$(sql "SELECT state FROM ingest_queue WHERE group_id = '$first'")" failed
  holds "$(sql "SELECT error FROM ingest_queue WHERE group_id = '$first'")" "lease"
}

@test "process-group: what is done is passed over, and nothing is done twice" {
  root_with
  check 0 convert-group --quiet --group $first
  check 0 process-group --quiet $first
  same "$(jq -r .stage <<<"$output")" flag
  check 0 process-group --quiet $first
  same "$output$stderr" ""
  same "$(sql "SELECT count(*) FROM job_attempt")" 2
}

@test "process-group: --until leaves what follows as it is" {
  root_with
  check 0 process-group --quiet --until convert $first
  same "$(jq -r .stage <<<"$output")" convert
  same "$(jobs_of $first)" "convert:done flag:ready"
  check 0 process-group --quiet $first --until=convert
  same "$output$stderr" ""
  check 2 process-group --until nothing $first
  check 0 process-group --quiet $first
  same "$(jobs_of $first)" "convert:done flag:done"
}

@test "process-group: a stage that another took while it ran is passed over too" {
  root_with
  check 0 process-group --quiet --flag $first # convert-group flags in the same go
  same "$(jq -r .stage <<<"$output")" "convert
flag"
  same "$(jobs_of $first)" "convert:done flag:done"
}

@test "process-group: options become settings of every tool; the last word or a stamp is the group" {
  root_with
  unset CONTIMG_ROOT CONTIMG_STAGES
  check 0 process-group --quiet $first --queue-db "$queue" --output-dir "$PWD/else where" \
    --stages=convert,flag
  [[ -f "else where/science/2026-01-25/$first.ms/table.dat" ]]
  printf '[paths]\nroot = "root"\n[pipeline]\nstages = ["convert"]\n' >contimg.toml
  check 0 process-group --quiet --config contimg.toml $first
  same "$output" ""
  same "$(jobs_of $first)" "convert:done flag:done"
}

@test "process-group: a failed stage ends it with the tool's exit code" {
  root_with
  for file in root/incoming/*.hdf5; do truncate -s 3000 "$file"; done
  check 1 process-group --quiet $first
  same "$output" ""
  holds "$stderr" "process-group WARNING: $first: convert ended with exit code 1"
  same "$(jobs_of $first)" "convert:failed"
}

@test "process-group: a stage that waits is exit code 75" {
  root_with
  export CONTIMG_STAGES=convert,calibrate
  check 75 process-group $first
  same "$(jq -r .stage <<<"$output")" convert
  holds "$stderr" "waits for a calibration set"
  holds "$stderr" "process-group INFO: $first: calibrate waits"
  same "$(jobs_of $first)" "convert:done calibrate:waiting"
}

@test "process-group: a group that a worker has is exit code 75, and stays the worker's" {
  root_with
  sql "UPDATE job SET state='claimed', claim_token=1, lease_expires=9e9, heartbeat_at=9e9, host='h', pid=1"
  check 75 process-group --quiet $first
  holds "$stderr" "being worked on by h:1"
}

@test "process-group: two at once on one group, and the second leaves it alone" {
  while_converting --quiet
  check 75 process-group --quiet $first
  holds "$stderr" "another process-group has it"
  goes_on
  wait $!
  same "$(jq -r .stage one.out)" "convert
flag"
  same "$(sql "SELECT count(*) FROM job_attempt")" 2
}

@test "process-group: TERM is passed on, the claim is given back, and the next goes on" {
  while_converting
  kill $!
  code=0
  wait $! || code=$?
  same "$code" 75
  same "$(jobs_of $first)" "convert:ready"
  same "$(sql "SELECT outcome || retry_count FROM job_attempt, ingest_queue")" released0
  [[ ! -e $queue.locks/$first ]]
  check 0 process-group --quiet $first
  same "$(jobs_of $first)" "convert:done flag:done"
}

@test "process-group: killed, its tool ends the stage by itself, and the next goes on from there" {
  while_converting
  kill -9 $!
  wait $! || true
  goes_on
  until_sql 120 "SELECT group_concat(stage || state) FROM job" convertdone,flagready
  check 0 process-group --quiet $first
  same "$(jq -r .stage <<<"$output")" flag
}

@test "process-group: a tool that is killed is exit code 75, and its claim runs out" {
  while_converting
  kill -9 "$(sql "SELECT pid FROM job WHERE state = 'claimed'")"
  code=0
  wait $! || code=$?
  same "$code" 75
  holds "$(cat one.log)" "convert-group was ended by signal 9"
}

@test "process-group: wrong usage is exit code 2" {
  root_with
  check 2 process-group
  holds "$stderr" "no group given"
  check 2 process-group --no-such-option $first
  holds "$stderr" "Try 'process-group --help'."
  check 2 process-group nothing
  holds "$stderr" "nothing: no such group"
  CONTIMG_MAX_RETRIES=three check 2 process-group $first
  unset CONTIMG_ROOT
  check 2 process-group $first
  holds "$stderr" "no queue named"
}

@test "process-group: --help and --version; it is found by a link" {
  check 0 process-group --help
  holds "$output" "Usage: process-group"
  same "$stderr" ""
  ln -s "$repository/scripts/process-group" linked
  check 0 ./linked --version
  says_version process-group
}

# The image stage only says how it was called, and that it waits.
@test "process-group: under pressure images are quicklook ones, or none, and nothing follows" {
  root_with
  export CONTIMG_STAGES=convert,image,measure
  check 0 process-group --quiet --stages convert $first
  mkdir fake
  printf '#!/bin/sh\necho "$@" >>calls\n' >fake/image-ms
  chmod +x fake/image-ms
  PATH=$PWD/fake:$PATH
  sql "INSERT INTO job (group_id, stage, state) VALUES ('$first', 'image', 'ready')"
  check 75 process-group --quiet $first
  same "$(cat calls)" "--quiet --group $first --json"
  in_force() { sql "INSERT INTO degradation (step, reason, since) VALUES ('$1', 'test', unixepoch())"; }
  in_force 'quicklook first, deep later'
  same "$(manage-queue --quiet step)" 'quicklook first, deep later'
  check 75 process-group --quiet $first
  same "$(tail -n 1 calls)" "--quiet --tier quicklook --group $first --json"
  same "$(manage-queue --quiet stages $first)" image
  in_force 'convert and calibrate only'
  check 0 process-group --quiet $first
  same "$(wc -l <calls)" 2
  same "$(manage-queue --quiet ready)" ""
  in_force full
  check 75 process-group --quiet $first
  same "$(tail -n 1 calls)" "--quiet --group $first --json"
  same "$(manage-queue --quiet stages $first)" "image
measure"
}
