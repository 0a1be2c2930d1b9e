#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Answers while two writers work: all of them, and right ones. How fast is tests/bench/bench-serve's to say.
# shellcheck disable=SC2154  # repository, queue: set where they are loaded
load helpers
load serve-status
load prometheus

under_load() {
  served --rate-limit 1000000
  python "$repository/tests/witness/load.py" 8000 "$queue" 10 5 >load.json
  sleep 2.1 # answers are as old as that
  curl -fsS http://127.0.0.1:8000/api/status >after.json
  ended
}
@test "serve-status: ten clients get right answers, and all of them, while two writers work" {
  well
  a_light_curve
  in_own_network under_load || { cat load.json >&2; return 1; }
  same "$(wc -l <load.json)" 1
  jq -e '.answers > 20 and .least >= 1 and .written > 0' load.json || { cat load.json >&2; return 1; }
  for state in pending completed; do
    same "$(jq ".queue.$state" after.json)" "$(sql "SELECT count(*) FROM ingest_queue WHERE state = '$state'")"
  done
  same "$(jq .queue.total after.json)" "$(($(jq .written load.json) + 1))"
  lacks "$(cat log)" ERROR
}
