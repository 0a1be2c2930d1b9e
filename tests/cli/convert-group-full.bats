#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What takes convert-group half a minute: the queue's patience with a lock.
load helpers

@test "convert-group: a queue that stays locked: try again" {
  small_group incoming
  scan-incoming --quiet --settle-time-s 0 --input-dir incoming --queue-db "$queue" >/dev/null
  form-groups --quiet --queue-db "$queue" >/dev/null
  /usr/bin/python3 -c "import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('BEGIN EXCLUSIVE')
open('locked', 'w')
time.sleep(100)" "$queue" &
  holder=$!
  for _ in {1..200}; do [[ -e locked ]] && break; sleep 0.02; done
  check 75 convert-group --disk-floor-gb 0 --output-dir ms --queue-db "$queue"
  kill "$holder"
  wait "$holder" || true
  holds "$stderr" "queue.sqlite3"
  holds "$stderr" "locked"
  same "$(sql "SELECT state, retry_count FROM ingest_queue")" "pending|0"
  [[ ! -e ms ]]
}
