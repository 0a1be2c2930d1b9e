#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# watch-stage: passes all through, and kills a tool without progress together with all that it began.
load helpers

first=2026-01-25T22:26:05

# a_root : a data root with one small group in the queue, and stages that take two seconds.
a_root() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,flag
  # shellcheck disable=SC2034  # sql asks it
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
  small_group root/incoming
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
}
# fake NAME : the script on stdin is found before the real tool.
fake() {
  mkdir -p fake
  cat >"fake/$1"
  chmod +x "fake/$1"
}
# gone FILE : the process whose number is there ends soon; a zombie, which nobody may reap, has ended.
gone() {
  local number
  number=$(cat "$1")
  until_true 60 ended "$number" || { echo "process $number of $1 still lives" >&2; return 1; }
}
ended() { [[ ! -e /proc/$1 || $(sed 's/.*) //' "/proc/$1/stat") == [ZX]* ]]; }
# a_hanging_tool : convert-group claims the group as the real one does, and hangs with a grandchild in
# another session that holds the pipe; both ignore TERM.
a_hanging_tool() {
  fake convert-group <<'SCRIPT'
#!/bin/bash
sqlite3 -batch -cmd '.timeout 5000' "$CONTIMG_ROOT/state/db/pipeline.sqlite3" "
  UPDATE counter SET value = value + 1 WHERE name = 'claim_token';
  UPDATE job SET state = 'claimed', attempt = attempt + 1, lease_expires = 9e9, heartbeat_at = 9e9,
    claim_token = (SELECT value FROM counter WHERE name = 'claim_token'), host = '$(hostname)', pid = $$;
  INSERT INTO job_attempt (claim_token, group_id, stage, attempt, host, pid, started_at)
  SELECT claim_token, group_id, stage, attempt, host, pid, unixepoch() FROM job;
  UPDATE ingest_queue SET state = 'in_progress', change_id = change_id + 1"
trap '' TERM
setsid bash -c 'trap "" TERM; echo $$ >grandchild; sleep 100; sleep 100' &
echo "integration 7 of 24" >&2
sleep 100
sleep 100
SCRIPT
}

@test "watch-stage: input, output and exit code pass through" {
  check 0 watch-stage -- sh -c 'cat; echo to-stderr >&2' <<<"some words"
  same "$output" "some words"
  same "$stderr" to-stderr
  check 75 watch-stage --stage flag --group "$first" -- sh -c 'exit 75'
  same "$output$stderr" ""
  check 137 watch-stage -- sh -c 'kill -9 $$'
  run -127 --separate-stderr watch-stage -- no-such-program
  holds "$stderr" "no-such-program: No such file or directory"
  check 0 watch-stage -- printf '%s|' --quiet '[a,b]' '' -- -h
  same "$output" "--quiet|[a,b]||--|-h|"
}

@test "watch-stage: a signal is passed on to the whole group, and the command's code returned" {
  for signal in TERM INT HUP; do
    fake patient <<SCRIPT
#!/bin/bash
trap 'echo got $signal; exit 7' $signal
bash -c 'trap "touch child; exit" $signal; touch ready; while :; do sleep 0.1; done'
SCRIPT
    # An interactive shell's way, so that INT is not ignored.
    /usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' \
      watch-stage -- ./fake/patient >out 2>log 3>&- &
    until [[ -e ready ]]; do sleep 0.05; done
    kill -s $signal $!
    code=0
    wait $! || code=$?
    same "$code $(cat out)" "7 got $signal"
    rm ready child
  done
}

@test "watch-stage: killed itself, its command is too" {
  watch-stage -- bash -c 'echo $$ >command; exec sleep 100' 3>&- &
  until [[ -s command ]]; do sleep 0.05; done
  kill -9 $!
  wait $! || true
  gone command
}

@test "watch-stage: a stage that hangs is killed with its grandchild, and the group is done by the real tool" {
  a_root
  a_hanging_tool
  export CONTIMG_BACKOFF=1
  CONTIMG_STALL_MIN=0.1 PATH=$PWD/fake:$PATH check 75 timeout 120 process-group $first 3>&-
  holds "$stderr" "integration 7 of 24"
  holds "$stderr" "watch-stage ERROR: $first: convert made no progress for 0.1 min, killed"
  holds "$stderr" "convert-group was ended by signal 9"
  gone grandchild
  same "$(sql "SELECT state, retry_count, reason FROM job")" \
    "waiting|1|made no progress for 0.1 min, killed"
  same "$(sql "SELECT outcome FROM job_attempt")" retry
  check 0 manage-queue show $first
  holds "$output" "log_tail: integration 7 of 24"
  holds "$output" "made no progress for 0.1 min, killed"
  sleep 1
  check 0 process-group --quiet $first
  same "$(sql "SELECT group_concat(stage || ':' || state, ' ') FROM job")" "convert:done flag:done"
  same "$(sql "SELECT group_concat(outcome) FROM (SELECT * FROM job_attempt ORDER BY claim_token)")" \
    retry,done,done
}

@test "watch-stage: what computes silently, or reads a slow pipe, goes on; 0 is for ever" {
  # shellcheck disable=SC2016  # expanded by the inner shell
  check 0 watch-stage --stall-min 0.05 -- \
    bash -c 'end=$((SECONDS + 7)); while ((SECONDS < end)); do :; done'
  same "$stderr" ""
  mkfifo slow
  (for _ in {1..8}; do echo x && sleep 0.5; done) >slow 3>&- &
  check 0 watch-stage --stall-min 0.05 -- cat slow
  same "$(wc -l <<<"$output")" 8
  check 0 watch-stage --stall-min 0 -- sleep 2.5
  same "$stderr" ""
}

@test "watch-stage: with a queue that is absent or damaged the stage is killed all the same" {
  check 143 watch-stage --stall-min 0.02 --queue-db "$PWD/absent" -- sleep 60
  holds "$stderr" "absent: no such queue"
  [[ ! -e absent ]]
  echo "this is no queue, but has some length" >damaged
  check 143 watch-stage --stall-min 0.02 --queue-db "$PWD/damaged" -- sleep 60
  holds "$stderr" "killed all the same"
  check 143 watch-stage --stall-min 0.02 -- sleep 60
  holds "$stderr" "sleep made no progress for 0.02 min, killed"
}

@test "watch-stage: wrong usage is exit code 2" {
  check 2 watch-stage
  holds "$stderr" "no command given"
  check 2 watch-stage true
  holds "$stderr" "expected it after --"
  check 2 watch-stage --stall-min soon -- true
  check 2 watch-stage --no-such-option -- true
}
