#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# manage-caltables on tables that python3-casacore wrote, and on a queue with one simulated group.

load helpers

setup_file() {
  local repository
  repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  cd "$BATS_FILE_TMPDIR" || return 1
  PATH="$CONTIMG_BUILD:$PATH" TZ=UTC
  mkdir in
  simulate-observation --quiet --output-dir in --antennas 4 --channels 2 --integrations 3 >/dev/null
  scan-incoming --quiet --queue-db queue.sqlite3 --input-dir in --settle-time-s 0 >/dev/null
  form-groups --quiet --queue-db queue.sqlite3 >/dev/null
  sqlite3 queue.sqlite3 "SELECT group_id, 40587 + (first_time_unix_s + last_time_unix_s) / 172800,
    degrees(pointing_dec_rad) FROM ingest_queue" >group
  local hour mjd
  mjd=$(cut -d'|' -f2 group)
  for hour in -3 2 40; do
    /usr/bin/python3 "$repository/tests/witness/make_caltable.py" "at$hour" \
      "$(awk -v m="$mjd" -v h="$hour" 'BEGIN { printf "%.9f", m + h / 24 }')"
  done
}

start() {
  cp -r "$BATS_FILE_TMPDIR"/{queue.sqlite3,at*} .
  IFS='|' read -r group mjd dec <"$BATS_FILE_TMPDIR/group"
  export CONTIMG_QUEUE_DB=$queue
  export mjd
}

# enter NAME [OPTION...] : registers the tables NAME.{K,B,G}.
enter() { check 0 manage-caltables register "$1.K" "$1.B" "$1.G" --name "$1" --dec "$dec" "${@:2}"; }
activate() { check 0 manage-caltables activate "$1" --override 'solved with CASA'; }
chosen() {
  run --separate-stderr manage-caltables which "$group" --json
  jq -r .set <<<"$output"
}

@test "manage-caltables: a table from elsewhere is a candidate of unknown quality, and not used" {
  start
  enter at2 --json --flux-jy 14.7 --frequency-hz 1.405e9 --flux-source 'Perley & Butler 2017'
  same "$(jq -r '.state, .quality.verdict, .quality.gates.beam_response.grade' <<<"$output")" \
    $'candidate\nUNKNOWN\nUNKNOWN'
  same "$(jq -c '[.live_antennas, .refant, .calibrator, .flux_jy]' <<<"$output")" \
    '[11,"101","3C286",14.7]'
  same "$(jq '.quality.gates.median_snr.value' <<<"$output")" 25
  check 1 manage-caltables which "$group"
  holds "$output" "no calibration: 0 active sets; 1 candidates not judged"
}

@test "manage-caltables: it is used when an operator says why, which is recorded" {
  start
  enter at2
  check 2 manage-caltables activate at2
  holds "$stderr" "--override WHY"
  same "$(chosen)" null
  activate at2
  same "$(chosen)" at2
  check 0 manage-caltables show at2 --json
  same "$(jq -r .override <<<"$output")" 'solved with CASA'
  same "$(jq -r '.history[-1].to' <<<"$output")" active
  activate at2
  check 0 manage-caltables show at2 --json
  same "$(jq '.history | length' <<<"$output")" 2
}

@test "manage-caltables: registering the same again changes nothing" {
  start
  enter at2
  activate at2
  enter at2
  check 0 manage-caltables list --json
  same "$(jq -r .state <<<"$output")" active
}

@test "manage-caltables: which says what was chosen, why, and how old it is" {
  start
  for set in at-3 at2; do
    enter "$set"
    activate "$set"
  done
  check 0 manage-caltables which "$group" --json
  same "$(jq -r .set <<<"$output")" at2
  same "$(jq -r .tables[] <<<"$output")" "$PWD/at2.K"$'\n'"$PWD/at2.B"$'\n'"$PWD/at2.G"
  holds "$(jq -r .why <<<"$output")" "solved 1.99 h later, 0.00 deg off in declination, outside"
  check 0 manage-caltables which --json --dec "$dec" --at \
    "$(python -c 'import os; from astropy.time import Time
print(Time(float(os.environ["mjd"]) - 2 / 24, format="mjd").isot)')"
  same "$(jq -r .set <<<"$output")" at-3
  same "$(jq -r .in_validity <<<"$output")" true
  check 1 manage-caltables which "$group" --dec 60
  holds "$output" "2 of them more than 1.00 deg off in declination"
  check 1 manage-caltables which "$group" --max-age-h 1.5
  sql "UPDATE hdf5_file_index SET low_edge_hz = 1.29e9"
  check 1 manage-caltables which "$group"
  holds "$output" "2 of another band"
  check 2 manage-caltables which
  check 2 manage-caltables which 2001-01-01T00:00:00
}

@test "manage-caltables: retire takes a set out of use, and asks why" {
  start
  enter at2
  activate at2
  check 2 manage-caltables retire at2
  check 0 manage-caltables retire at2 --reason 'wrong flux'
  same "$(chosen)" null
  check 0 manage-caltables list --state retired --json
  same "$(jq -r '.set + ": " + .reason' <<<"$output")" "at2: wrong flux"
}

@test "manage-caltables: a move of the telescope retires what was solved before it" {
  start
  sqlite3 "$queue" "INSERT INTO calibration_use (group_id, applied_at, success)
                    SELECT group_id, 0, 0 FROM ingest_queue"
  for set in at-3 at2; do
    enter "$set"
    activate "$set"
  done
  local moment
  moment=$(sqlite3 :memory: "SELECT strftime('%Y-%m-%dT%H:%M:%S', $mjd + 2400000.5)")
  check 0 manage-caltables retire --moved-to 60 --at "$moment" --json
  same "$(jq -r .set <<<"$output")" at-3
  check 0 manage-caltables list --state active --json
  same "$(jq -r .set <<<"$output")" at2
}

@test "manage-caltables: stale lists what would be calibrated otherwise now" {
  start
  enter at-3
  activate at-3
  sqlite3 "$queue" "INSERT INTO calibration_use (group_id, set_id, applied_at, success)
                    SELECT '$group', id, 0, 1 FROM calibration_set"
  check 0 manage-caltables stale
  same "$output" ""
  enter at2
  activate at2
  check 0 manage-caltables stale --json
  same "$(jq -r '.group_id + " " + .action + " " + .new_set' <<<"$output")" "$group reapply at2"
  check 0 manage-caltables which "$group" --json
  same "$(jq -r .calibrated_with <<<"$output")" at-3
}

@test "manage-caltables: a gate that fails makes the set failed; thresholds are settings" {
  start
  enter at2 --min-antennas 12 --json
  same "$(jq -r '.state, .verdict' <<<"$output" | cut -c1-57)" \
    $'failed\nFAIL: live_antennas 11, expected at least 12; beam_respon'
  same "$(jq .quality.gates.live_antennas.fail <<<"$output")" 12
  printf '[calibration]\nsnr_fail = 30\nmin_antennas = 3\n' >contimg.toml
  enter at2 --config contimg.toml --json
  same "$(jq -r .quality.gates.median_snr.grade <<<"$output")" FAIL
}

@test "manage-caltables: --dry-run reads the tables and enters nothing" {
  start
  enter at2 --dry-run --json
  same "$(jq -r .state <<<"$output")" "not registered"
  check 0 manage-caltables list
  same "$output" ""
}

@test "manage-caltables: tables that are not sound are refused and named" {
  start
  check 2 manage-caltables register at2.B --name x
  holds "$stderr" "--dec"
  check 2 manage-caltables register at2.B at2.B --name x --dec "$dec"
  check 1 manage-caltables register absent.G --name x --dec "$dec"
  holds "$stderr" "absent.G: no such table"
  rm at2.G/table.f0 && touch at2.G/table.f0
  check 1 manage-caltables register at2.K at2.B at2.G --name x --dec "$dec"
  holds "$stderr" "at2.G"
  check 1 manage-caltables register queue.sqlite3 --name x --dec "$dec"
  python - <<'PY'
from casacore.tables import table
t = table("at-3.G", readonly=False, ack=False)
gains = t.getcell("CPARAM", 0)
gains[:] = complex("nan")
t.putcell("CPARAM", 0, gains)
PY
  check 1 manage-caltables register at-3.G --name x --dec "$dec"
  holds "$stderr" "at-3.G"
  check 0 manage-caltables list
  same "$output" ""
}

@test "manage-caltables: a set whose table is gone or other than judged is passed over" {
  start
  for set in at-3 at2; do
    enter "$set"
    activate "$set"
  done
  cp -r at40.G other
  rm -r at2.G && mv other at2.G
  check 0 manage-caltables which "$group" --json
  same "$(jq -r .set <<<"$output")" at-3
  holds "$(jq -r .warning <<<"$output")" "at2 is passed over: $PWD/at2.G: is not as it was"
  rm -r at-3.B
  check 1 manage-caltables which "$group" --json
}

@test "manage-caltables: without a queue, on an old one and with unknown names it ends with 2" {
  start
  check 2 manage-caltables list --queue-db absent.sqlite3
  holds "$stderr" "no such queue"
  check 2 manage-caltables show nobody
  check 2 manage-caltables list --state good
  check 2 manage-caltables retire
  sqlite3 "$queue" "PRAGMA user_version = 2"
  check 2 manage-caltables list
  holds "$stderr" "manage-queue migrate"
}

@test "manage-caltables: a queue of an older version is migrated with what it holds" {
  start
  sqlite3 "$queue" "DROP TRIGGER removed_set_is_converted_again; DROP TABLE removal; DROP TABLE notice;
    DROP TABLE tick; DROP TABLE command; DROP INDEX product_created; DROP INDEX flag_shares_recorded; DROP INDEX job_attempt_ended;
    ALTER TABLE product DROP COLUMN removed_at; ALTER TABLE product DROP COLUMN removed_reason;
    ALTER TABLE job_attempt DROP COLUMN version; ALTER TABLE job_attempt DROP COLUMN command;
    DROP VIEW degradation_in_force; DROP TABLE degradation;
    DROP TRIGGER subband_arrived; DROP INDEX ingest_queue_arrival;
    ALTER TABLE ingest_queue DROP COLUMN last_subband_at; DROP INDEX performance_metrics_recorded;
    ALTER TABLE performance_metrics DROP COLUMN source; DROP INDEX job_attempt_outcome;
    DROP INDEX job_state; DROP TABLE mosaic_qa; DROP TABLE mosaic_members; DROP TABLE mosaics;
    DROP TRIGGER group_deleted_images; DROP TABLE image_qa; DROP TABLE images;
    DROP VIEW caltables; DROP VIEW calibration_applied;
    DROP TRIGGER group_deleted_calibration_use; DROP TABLE calibration_use;
    DROP TABLE calibration_table; DROP TABLE calibration_history; DROP TABLE calibration_set;
    DROP TABLE pointing_history; PRAGMA user_version = 2"
  check 0 manage-queue migrate --json
  same "$(jq -c '[.from, .to]' <<<"$output")" "[2,$(sqlite3 "$queue" "PRAGMA user_version")]"
  enter at2
  check 0 manage-queue show "$group"
  check 0 manage-queue check
}

@test "manage-caltables: the documents' tables can be read and groups deleted with SQL" {
  start
  enter at2
  activate at2
  same "$(sql "SELECT set_name, table_type, order_index, status FROM caltables ORDER BY order_index")" \
    $'at2|K Jones|0|active\nat2|B Jones|1|active\nat2|G Jones|2|active'
  sql "INSERT INTO calibration_use (group_id, set_id, ms_path, applied_at, success)
       SELECT '$group', id, 'x.ms', 5, 1 FROM calibration_set"
  same "$(sql "SELECT count(*), min(ms_path), min(applied_at) FROM calibration_applied")" "3|x.ms|5.0"
  sql "DELETE FROM ingest_queue"
  same "$(sql "SELECT count(*) FROM calibration_use")" 0
}

@test "manage-caltables: manage-queue show tells what a group was calibrated with" {
  start
  enter at2
  activate at2
  sql "INSERT INTO calibration_use (group_id, set_id, applied_at, success)
       SELECT '$group', id, 5, 1 FROM calibration_set"
  check 0 manage-queue show "$group" --json
  same "$(jq -c '[.calibration[0].set_name, .calibration[0].state]' <<<"$output")" '["at2","active"]'
}

@test "manage-caltables: ten at once activate one set once, and enter ten others" {
  start
  enter at2
  local i failed=0
  for i in 0 1 2 3 4 5 6 7 8 9; do
    cp -r at40.B "other$i.B"
    manage-caltables --quiet activate at2 --override "number $i" >/dev/null 2>>errors &
    manage-caltables --quiet register "other$i.B" --name "other$i" --dec "$dec" >/dev/null 2>>errors &
  done
  for job in $(jobs -p); do wait "$job" || failed=$((failed + 1)); done
  same "$failed $(cat errors)" "0 "
  same "$(sql "SELECT state, count(*) FROM calibration_set GROUP BY state ORDER BY state")" \
    $'active|1\ncandidate|10'
  same "$(sql "SELECT count(*) FROM calibration_history WHERE \"to\" = 'active'")" 1
}
