#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A night in the queue: a calibrator that is solved and gets its own solutions, and science groups half
# an hour and 12 hours later, by when its phases have drifted by a radian. What they are calibrated to
# is held to the same observations without an instrument's errors.

load ../cli/helpers

start=2026-01-26T13:00:56  # about a transit of 3C286

observe() { simulate-observation --quiet --antennas 24 --channels 8 --integrations 12 "$@" >/dev/null; }
drifting() { observe --phase-drift-deg 57.3 --drift-start $start --output-dir incoming "$@"; }
calibrate() { calibrate-ms --queue-db "$queue" --json --quiet "$@"; }
convert_next() {
  scan-incoming --quiet --settle-time-s 0 --input-dir incoming --queue-db "$queue" >/dev/null
  form-groups --quiet --queue-db "$queue" >/dev/null
  check 0 convert-group --quiet --disk-floor-gb 0 --queue-db "$queue" --output-dir ms
}

# science START : observes, converts and calibrates; the scale against the truth has to be 1.
science() {
  local when=$1 ideal
  python "$repository/tests/witness/sky_around.py" "$when" "$dec" 0.1,0.2,3 -0.4,0.3,2 0.5,-0.3,1 \
    >"$when.csv"
  import-catalogue --quiet --frequency-hz 1.4e9 "$when.csv" --output "$when.sqlite3" >/dev/null
  mkdir -p "ideal-$when"
  observe --ideal --start "$when" --dec "$dec" --sky "$when.csv" --output-dir "ideal-$when"
  check 0 convert-group --quiet --disk-floor-gb 0 --output-dir ideal --files "ideal-$when"/*.hdf5
  ideal=$output
  drifting --start "$when" --dec "$dec" --sky "$when.csv"
  convert_next
  CONTIMG_CATALOGUE=$PWD/$when.sqlite3 check 0 calibrate
  report=$output
  check 0 python "$repository/tests/witness/corrected_set.py" "$(jq -r .product <<<"$report")" "$ideal"
  echo "# $when: $(jq -c '{set, age_h, in_validity, tile: .tile.outcome}' <<<"$report") $output" >&3
  jq -e '.scale > 0.98 and .scale < 1.02 and .closure_deg < 0.001' <<<"$output" >/dev/null
}

@test "a calibrator is solved and applied, science groups follow it for half a day" {
  export CONTIMG_STAGES=convert,calibrate CONTIMG_CALTABLE_DIR=$PWD/caltables
  mkdir incoming
  drifting --calibrator 3C286 --start $start
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' incoming/*.truth.json)
  convert_next
  id=$(sql "SELECT group_id FROM ingest_queue")
  check 0 calibrate
  same "$(jq -r .set <<<"$output")" "$id"
  same "$(jq -r '.tile' <<<"$output")" null
  same "$(sql "SELECT state FROM calibration_set")" active

  science 2026-01-26T13:30:56
  same "$(jq -r .set <<<"$report")" "$id"
  same "$(jq -r .in_validity <<<"$report")" true
  science 2026-01-27T01:00:56
  same "$(jq -r .set <<<"$report")" "$id"
  same "$(jq -r .in_validity <<<"$report")" false
  same "$(jq -r .tile.outcome <<<"$report")" solved
  check 0 manage-caltables --queue-db "$queue" stale
  check 0 manage-queue --quiet --queue-db "$queue" check
}
