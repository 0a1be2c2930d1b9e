#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# why: the first line about a group, its missing and unused files, and why each calibration set won or lost.
load helpers

first=2026-01-25T22:26:05

a_group() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
  small_group root/incoming
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet --collecting-timeout 100000
}

@test "why: a group without a calibration says so in its first line, and the command shows why" {
  a_group
  check 0 convert-group --quiet --group $first
  check 0 flag-ms --quiet --group $first
  check 0 calibrate-ms --quiet --group $first
  check 0 why --quiet $first
  same "$stderr" ""
  holds "${lines[0]}" "$first: calibrate waits: no_calibration"
  holds "${lines[0]}" "manage-caltables which $first"
  check 0 why --quiet --json $first
  same "$(jq -r .headline.state <<<"$output")" waiting
  same "$(jq -r .calibration.summary <<<"$output")" "not calibrated yet"
  # What flag-ms did is in no product: the queue has its command line.
  same "$(jq -r '.stages[] | select(.stage == "flag") | .version' <<<"$output")" "$(flag-ms --version)"
  same "$(jq -r '.stages[] | select(.stage == "flag") | .command' <<<"$output")" \
    "flag-ms --quiet --group $first"
}

@test "why: a group that lacks a subband waits for its files, and names it" {
  a_group
  check 0 manage-queue --quiet drop $first
  rm root/incoming/*_sb07.hdf5
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet --collecting-timeout 100000
  check 0 why --quiet $first
  holds "${lines[0]}" "waits for its files: collecting; missing subbands: 7"
  same "$(why --quiet --json $first | jq -r .inputs.missing)" 7
  same "$(why --quiet --json $first | jq '.inputs.files | length')" 15
}

@test "why: of two files for one subband, the one that lost is told with the reason" {
  a_group
  check 0 manage-queue --quiet drop $first
  one=$(ls root/incoming/*_sb03.hdf5)
  cp "$one" root/incoming/2026-01-25T22:26:06_sb03.hdf5
  [[ $one != root/incoming/2026-01-25T22:26:06_sb03.hdf5 ]] || mv "$one" root/incoming/2026-01-25T22:26:04_sb03.hdf5
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet --collecting-timeout 100000
  id=$(sql "SELECT group_id FROM ingest_queue")
  expected=$(sql "SELECT path FROM hdf5_file_index WHERE role = 'duplicate'")
  same "$(why --quiet --json "$id" | jq -r '.inputs.not_used[] | select(.role == "duplicate").path')" \
    "$expected"
}

@test "why: the set that won, and why each other lost, as manage-caltables chooses" {
  a_group
  mjd=$(sql "SELECT (first_time_unix_s + last_time_unix_s) / 2 / 86400 + 40587 FROM ingest_queue")
  dec=$(sql "SELECT degrees(pointing_dec_rad) FROM ingest_queue")
  a_set() { # NAME STATE HOURS_LATER DEC_OFFSET
    sql "INSERT INTO calibration_set (name, version, state, state_reason, solved_mjd, solved_from_mjd,
      solved_until_mjd, valid_from_mjd, valid_until_mjd, dec_deg, antennas, antennas_hash, low_edge_hz,
      high_edge_hz, n_channel, config_hash, verdict, changed_by, created_at, updated_at, activated_at)
      SELECT '$1', 1, '$2', 'because', m, m, m, m - 0.04, m + 0.04, $dec + $4, '[]', '', 1e9, 2e9, 768, '',
      'PASS', 'test', 1, 1, 1 FROM (SELECT $mjd + $3 / 24.0 AS m)"
  }
  a_set near active 2 0
  a_set nearer active -1 0.1
  a_set elsewhere active 0.5 3
  a_set old active -20 0
  a_set broken failed 0.2 0
  sql "INSERT INTO calibration_use VALUES ('$first', (SELECT id FROM calibration_set WHERE name = 'nearer'),
    '/ms', 2, '{\"age_h\":1.0,\"in_validity\":false}', 1)"
  check 0 why --quiet --json $first
  outcome() { jq -r --arg set "$1" '.calibration.candidates[] | select(.set == $set).outcome' <<<"$output"; }
  same "$(outcome nearer)" applied
  same "$(outcome near)" "lost: 2.00 h away, the one applied 1.00 h"
  same "$(outcome elsewhere)" "lost: 3.00 deg off in declination, expected at most 1.00 deg"
  same "$(outcome old)" "lost: 20.0 h away, expected at most 12.0 h"
  same "$(outcome broken)" "lost: is failed: because"
  check 0 why --quiet --json --max-age-h 24 $first
  same "$(outcome old)" "lost: 20.00 h away, the one applied 1.00 h"
}

@test "why: what nothing is known of is a usage error, and nothing is changed by asking" {
  a_group
  check 2 why --quiet nothing
  holds "$stderr" "nothing: nothing of it is in"
  check 2 why --quiet
  check 2 why --quiet $first --source s0 --epoch $first
  check 2 why --quiet --source s0
  before=$(sqlite3 "$queue" .dump | sha256sum)
  check 0 why --quiet $first
  same "$(sqlite3 "$queue" .dump | sha256sum)" "$before"
}
