#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# report-night: one page a night, which night it is, escaped text, and remedies that work.
load helpers

first=2026-01-25T22:26:05

# a_night [OPTION...] : simulated groups that are pending in the queue.
a_night() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01
  # shellcheck disable=SC2034  # sql and state_of of the helpers use it
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
  small_group root/incoming "$@"
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
}
page=root/state/reports/night-2026-01-25.html
# settled FILE : a page without what changes by itself, the time it was made and the disk's free space.
settled() { sed '/<h2>Disk/,/<\/section>/d; s/as of [^<]*//' "$1"; }

@test "report-night: one page a night, whose path is printed; again and again" {
  a_night --groups 2
  check 0 report-night --quiet --night 2026-01-25
  same "$output" "$PWD/$page"
  same "$stderr" ""
  holds "$(<"$page")" "<title>Night of 2026-01-25: FAILED</title>"
  holds "$(<"$page")" "there is no image"
  check 0 report-night --quiet --night 2026-01-25
  same "$(ls root/state/reports)" night-2026-01-25.html
  check 0 report-night --quiet --night 2026-01-25 --report-dir "else where"
  same "$(settled "else where/night-2026-01-25.html")" "$(settled "$page")"
  holds "$(settled "$page")" "<h2>Versions</h2>"
}

@test "report-night: nights are counted from 12:00 UTC, and the last that ended is the default" {
  a_night
  same "$(report-night --quiet --json --night 2026-01-25 | jq .coverage.n_groups)" 1
  same "$(report-night --quiet --json --night 2026-01-24 | jq .coverage.n_groups)" 0
  same "$(report-night --quiet --json --night 2026-01-26 | jq -r .verdict.word)" FAILED
  before=$(date -u -d '36 hours ago' +%F)
  check 0 report-night --quiet --json
  one_of "$(jq -r .night <<<"$output")" "$before" "$(date -u -d '36 hours ago' +%F)"
  check 0 jq -e '.ended' <<<"$output"
}

@test "report-night: text of the queue is escaped" {
  a_night
  sql "UPDATE ingest_queue SET state = 'failed', error = '<script>alert(1)</script> & \"x\"'"
  check 0 report-night --quiet --night 2026-01-25
  text=$(<"$page")
  lacks "$text" "<script"
  holds "$text" "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"
  holds "$text" "1 of 1 group failed"
  holds "$text" "manage-queue retry --failed"
  check 0 xmllint --noout "$page"
}

@test "report-night: what is wrong is a usage error, a full disk is to be tried again" {
  a_night
  check 2 report-night --quiet --night 2026-02-30
  holds "$stderr" "is no date, expected YYYY-MM-DD"
  check 2 report-night --quiet --queue-db nowhere.sqlite3
  holds "$stderr" "no such queue"
  touch file
  check 75 report-night --quiet --night 2026-01-25 --report-dir file/below
}

@test "report-night: the remedy that it names for a failed group lets it go on" {
  a_night
  sql "UPDATE ingest_queue SET state = 'failed', error = 'WSClean ended with 139'"
  check 0 report-night --quiet --json --night 2026-01-25
  command=$(jq -r '.failures[0].commands[0]' <<<"$output")
  same "$command" "manage-queue retry $first"
  check 0 bash -c "$command"
  same "$(state_of $first)" pending
  check 0 report-night --quiet --json --night 2026-01-25
  same "$(jq -c .failures <<<"$output")" "[]"
}
