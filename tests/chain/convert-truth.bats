#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Whole Measurement Sets against what independent programs (tests/witness) compute from the truth.

load ../cli/helpers

# A table of Earth orientation for simulator and converter alike; the built-in one without data.
earth_options() {
  earth=()
  if [[ -e $test_data/earth/finals2000A.all ]]; then
    import-earth-orientation --quiet "$test_data/earth/finals2000A.all" --output earth.txt >/dev/null
    earth=(--earth-orientation "$PWD/earth.txt")
  fi
}

witness() {
  local script=$1
  shift
  python "$repository/tests/witness/$script.py" "$@"
}

# observe DEC START [OPTION...] : a group in raw/ with sources up to a degree from the pointing.
observe() {
  local dec=$1 start=$2
  shift 2
  earth_options
  mkdir -p raw
  witness sky_around "$start" "$dec" 0.1,0.2,3 0.9,-0.5,1 -0.7,0.6,0.5 >sky.csv
  simulate-observation --quiet --ideal --antennas "${antennas:-12}" --channels 8 --dec "$dec" \
    --start "$start" --sky sky.csv "${earth[@]}" --output-dir raw "$@" >/dev/null
}

# convert [OPTION...] : the group in raw/ becomes $set.
convert() {
  check 0 convert-group --quiet --disk-floor-gb 0 --files raw/*.hdf5 --output-dir ms \
    "${earth[@]}" "$@"
  set=$output
  [[ -d $set ]]
  same "$stderr" ""
}

compare() {
  check 0 witness converted_set "$set" raw/*.truth.json raw
  echo "# $BATS_TEST_DESCRIPTION:" >&3
  printf '%s\n' "$output" | sed 's/^/#   /' >&3
}

truth_at() {
  observe "$@"
  convert
  compare
  check 0 witness set_tables "$set" raw/*.truth.json
}

@test "declination -20" { truth_at -20 2026-01-25T22:26:05; }
@test "declination 0" { antennas=20 truth_at 0 2026-04-11T03:10:00; }
@test "declination 16.1" { truth_at 16.1 2026-01-25T22:26:05; }
@test "declination 37.2, the zenith" { truth_at 37.2 2026-03-01T11:00:00; }
@test "declination 54.573" { truth_at 54.573 2026-02-11T06:00:00; }
@test "declination 71.6" { truth_at 71.6 2025-10-03T11:48:57; }
@test "declination 75" { truth_at 75 2026-08-01T00:00:00; }

@test "right ascension across 0h" {
  observe 16.1 2026-01-25T23:30:20
  # the sources lie on both sides
  same "$(awk -F, 'NR > 1 { print ($2 > 180) }' sky.csv | sort -u | wc -l)" 2
  convert
  compare
  check 0 witness set_tables "$set" raw/*.truth.json
}

@test "across midnight, when the date changes" { truth_at 16.1 2026-01-25T23:58:00; }
@test "across noon, when the Julian day changes" { truth_at 16.1 2026-01-26T11:58:00; }

@test "the witness notices UT1 that is 1 ms off, and a declination 0.01 arcseconds off" {
  observe 37.2 2026-01-25T22:26:05
  convert
  local truth
  truth=$(echo raw/*.truth.json)
  python - "$truth" <<'EOF'
import json, sys
with open(sys.argv[1]) as text:
    truth = json.load(text)
truth["pointing_dec_rad"] += 5e-8
json.dump(truth, open("dec.json", "w"))
truth["pointing_dec_rad"] -= 5e-8
for earth in truth["earth_orientation"]:
    earth["ut1_utc_s"] += 1e-3
json.dump(truth, open("ut1.json", "w"))
EOF
  check 1 witness converted_set "$set" dec.json raw
  holds "$output" "too large"
  check 1 witness converted_set "$set" ut1.json raw
  holds "$output" "too large"
  check 0 witness converted_set "$set" "$truth" raw
}

@test "one spectral window a subband holds the same visibilities" {
  observe 54.573 2026-02-11T06:00:00
  convert --spectral-windows 16
  compare
  check 0 witness set_tables "$set" raw/*.truth.json 16
}

@test "a phase centre for each integration: 24 fields, nothing rotated" {
  observe -20 2026-01-25T22:26:05
  convert --phase-centres per-integration
  compare
  check 0 witness set_tables "$set" raw/*.truth.json 1 24
}

@test "autocorrelations are kept on request, in their rows" {
  observe 16.1 2026-01-25T22:26:05
  convert --keep-autocorrelations --spectral-windows 16
  compare
  holds "$output" "66 baselines"
  check 0 witness set_tables "$set" raw/*.truth.json 16
  check 0 taql "select from $set where ANTENNA1 == ANTENNA2"
  holds "$output" "select result of $((12 * 24 * 16)) rows"
}

@test "the built-in table of Earth orientation agrees with the IERS's to 0.1 mm of uvw" {
  needs_data earth/finals2000A.all
  observe 71.6 2025-10-03T11:48:57
  earth=()
  convert
  compare
}

@test "flags, weights, values that are not finite, four polarisations, a missing subband" {
  earth_options
  small_group raw --seed 5
  rm raw/*_sb03.hdf5
  check 0 witness edited_files edit raw
  check 0 convert-group --disk-floor-gb 0 --files raw/*.hdf5 --output-dir ms \
    --expected-subbands 16 --phase-centres per-integration "${earth[@]}"
  holds "$stderr" "subband 3 is missing"
  check 0 witness edited_files check "$output" raw
  echo "# $output" >&3
}
