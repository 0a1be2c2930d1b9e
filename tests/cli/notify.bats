#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# notify: each notice is told once and cleared once, secrets stay, and ticks that stop are told of.
load helpers

first=2026-01-25T22:26:05

# a_root : a data root with small groups that were taken in by a tick.
a_root() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,flag
  export CONTIMG_SETTLE_TIME_S=0
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
  small_group root/incoming "$@"
  check 0 run-tick --quiet --max-minutes 0
}
# a_hook : it writes down what it is told; with a file `broken` it fails.
a_hook() {
  cat >hook <<'SCRIPT'
#!/bin/bash
[[ ! -e broken ]] || { echo "no route to host, password=hunter2" >&2; exit 5; }
cat >>told.json
echo "$CONTIMG_NOTICE_STATE $CONTIMG_NOTICE_SEVERITY $CONTIMG_NOTICE_KEY $CONTIMG_NOTICE_SUBJECT" >>told
SCRIPT
  chmod +x hook
  export CONTIMG_NOTIFY_COMMAND="$PWD/hook"
}
told() {
  cat told 2>/dev/null || true
  rm -f told told.json
}
broken_files() { for file in root/incoming/*.hdf5; do truncate -s 3000 "$file"; done; }

@test "notify: nothing to tell is silence" {
  a_root
  a_hook
  check 0 notify --quiet
  same "$output$stderr$(told)" ""
}

@test "notify: failed groups are told once, in one message, and an all-clear when they are done" {
  a_root --groups 3
  a_hook
  mkdir away
  cp root/incoming/* away/
  broken_files
  check 1 run-tick --quiet
  check 0 notify --quiet
  same "$stderr" ""
  same "$(jq -r .subject told.json)" "3 groups failed"
  same "$(jq -r '.notices[0].remedy' told.json | grep -c "manage-queue retry $first")" 1
  same "$(told)" "raised warning group-failed 3 groups failed"
  check 0 notify --quiet
  same "$(told)" ""
  cp away/* root/incoming/
  check 0 scan-incoming --quiet
  check 0 manage-queue --quiet retry --failed
  check 0 run-tick --quiet
  check 0 notify --quiet
  same "$(told)" "cleared warning group-failed gone: 3 groups failed"
  same "$(sql "SELECT count(*) FROM notice WHERE clear_sent_at IS NOT NULL")" 3
  check 0 notify --quiet
  same "$(told)" ""
}

@test "notify: a hook that fails is tried again, loses nothing and tells nothing twice" {
  a_root
  a_hook
  broken_files
  check 1 run-tick --quiet
  touch broken
  check 75 notify --quiet
  holds "$stderr" "notify.command: ended with exit code 5: no route to host, password=REDACTED"
  holds "$stderr" "tried again at the next run"
  check 75 notify --quiet
  rm broken
  check 0 notify --quiet
  same "$(told)" "raised warning group-failed/$first/convert group $first failed in convert"
  check 0 notify --quiet
  same "$(told)" ""
  check 0 env CONTIMG_NOTIFY_REPEAT_H=0.1 notify --quiet
  same "$(told)" ""
  sql "UPDATE notice SET sent_at = sent_at - 400"
  check 0 notify --quiet --notify-repeat-h 0.1
  same "$(told)" "repeated warning group-failed/$first/convert group $first failed in convert"
}

@test "notify: secrets do not leave the machine" {
  a_root
  a_hook
  sql "UPDATE ingest_queue SET state = 'failed'"
  sql "UPDATE job SET state = 'failed', reason = 'cannot read https://u:hunter2@host/x?token=hunter2'"
  check 0 notify --quiet
  holds "$(cat told.json)" "https://REDACTED@host/x?token=REDACTED"
  lacks "$(cat told.json)" hunter2
}

@test "notify: without a command notices are logged, once" {
  a_root
  sql "INSERT INTO control VALUES ('held_reason', 'the disk is full', unixepoch())"
  check 0 notify --quiet
  holds "$stderr" "notify CRITICAL: nothing is begun for want of room: the disk is full"
  holds "$stderr" "clean-up"
  check 0 notify --quiet
  same "$stderr" ""
}

@test "notify: --dry-run tells what would be told, and sends and records nothing" {
  a_root
  a_hook
  sql "INSERT INTO control VALUES ('held_reason', 'the disk is full', unixepoch())"
  check 0 notify --dry-run
  holds "$output" "critical raised: nothing is begun for want of room
the disk is full"
  check 0 notify --dry-run --json
  same "$(jq -r .key <<<"$output")" no-room
  same "$(told)$(sql "SELECT count(*) FROM notice")" 0
  [[ ! -e $queue.notices.json ]]
}

@test "notify: ticks write signs of life, and --heartbeat speaks up when they stop" {
  a_root
  a_hook
  same "$(sql "SELECT count(*), min(exit_code), min(ended_at >= started_at), min(host) = '$(hostname)' FROM tick")" "1|0|1|1"
  check 0 notify --heartbeat --quiet
  same "$(told)" ""
  sql "UPDATE tick SET started_at = started_at - 2000, ended_at = ended_at - 2000"
  touch -d '30 minutes ago' "$queue.locks/tick"
  check 0 notify --heartbeat --quiet
  same "$(told)" "raised critical ticks no tick for 30 min"
  check 0 notify --heartbeat --quiet
  check 0 notify --quiet
  same "$(told)" "" # known to both
  check 0 run-tick --quiet --max-minutes 0
  check 0 notify --heartbeat --quiet
  same "$(told)" "cleared critical ticks gone: no tick for 30 min"
}

@test "notify: --heartbeat needs no queue that can be opened, and makes none" {
  a_root
  a_hook
  mv "$queue" away
  check 0 notify --heartbeat --quiet
  same "$(told)" "raised critical queue the queue is gone"
  [[ ! -e $queue ]]
  check 0 notify --quiet # knows it as well
  same "$(told)" ""
  head -c 9000 /dev/urandom >"$queue"
  rm -f "$queue"-wal "$queue"-shm
  check 0 notify --heartbeat --quiet --state "$PWD/elsewhere.json"
  same "$(told)" "raised critical queue the queue is damaged"
  rm -f "$queue"-wal "$queue"-shm
  mv away "$queue"
  check 0 notify --heartbeat --quiet --state "$PWD/elsewhere.json"
  check 0 notify --quiet
  same "$(told)" "cleared critical queue gone: the queue is damaged
cleared critical queue gone: the queue is gone"
}

@test "notify: two at once tell nothing twice" {
  a_root
  a_hook
  sed -i '2i sleep 1' hook
  sql "INSERT INTO control VALUES ('held_reason', 'the disk is full', unixepoch())"
  notify --quiet 3>&- &
  sleep 0.3
  check 0 notify --quiet
  wait $!
  same "$(told)" "raised critical no-room nothing is begun for want of room"
}

@test "notify: the command is in no process's arguments" {
  a_root
  export CONTIMG_NOTIFY_COMMAND='tr "\0" " " </proc/$$/cmdline >seen; : very-secret-word'
  sql "INSERT INTO control VALUES ('held_reason', 'the disk is full', unixepoch())"
  check 0 notify --quiet
  holds "$(cat seen)" /bin/sh
  lacks "$(cat seen)" very-secret-word
}

@test "notify: wrong usage, and a queue of another version" {
  check 2 notify
  holds "$stderr" "--queue-db"
  a_root
  check 2 notify --notify-repeat-h 0
  sql "PRAGMA user_version = 3"
  check 2 notify
  holds "$stderr" "version"
}
