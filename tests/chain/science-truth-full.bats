#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Science groups after a calibrator, from the telescope's files to WSClean's images: every source is
# within 2 % of its flux density, half an hour later and 12 hours later, while the phases drift by a
# radian. The calibration is the simulator's truth at the calibrator's time; the drift is the tile's.

load ../cli/helpers

calibrator=2026-01-25T22:26:05

# observe START DIR OPTION... : by an instrument that is the same at all times but for its drift.
observe() {
  local start=$1 folder=$2
  shift 2
  mkdir -p "$folder"
  simulate-observation --quiet --antennas 64 --channels 4 --seed 9 --dec 16.1 --start "$start" \
    --phase-drift-deg 57.3 --drift-start $calibrator --output-dir "$folder" "$@" >/dev/null
}

# image_later START : prints what image_sources.py found.
image_later() {
  local start=$1 set sources
  observe $calibrator calibrator --integrations 1
  check 0 convert-group --quiet --disk-floor-gb 0 --files calibrator/*.hdf5 --output-dir ms
  known_tables "$output" truth calibrator/*.truth.json
  # In the middle of pixels, as in image-truth.
  mkdir empty
  simulate-observation --quiet --ideal --dec 16.1 --start "$start" --antennas 2 --channels 1 \
    --subbands 1 --output-dir empty >/dev/null
  sources="0.11,0.17,3 0.36,-0.27,1.5 -0.32,0.29,1 -0.2,-0.37,2 0.35,0.4,2.5 -0.48,-0.05,1.2"
  # shellcheck disable=SC2086  # the sources are words
  python "$repository/tests/witness/sky_around.py" empty/*.truth.json $sources >sky.csv
  import-catalogue --quiet --frequency-hz 1.4e9 --output sky.sqlite3 sky.csv >/dev/null
  observe "$start" science --sky sky.csv
  check 0 convert-group --quiet --disk-floor-gb 0 --files science/*.hdf5 --output-dir ms
  set=$output
  check 0 calibrate-ms --apply --json --quiet --gaintable truth.B,truth.G --catalogue sky.sqlite3 \
    "$set"
  echo "# tile: $(jq -c .tile <<<"$output")" >&3
  jq -e '.tile.outcome == "solved"' <<<"$output" >/dev/null
  local options=(-quiet -data-column CORRECTED_DATA -no-update-model-required -pol I -weight briggs 0
    -use-wgridder -size 2048 2048 -scale 2asec)
  check 0 wsclean "${options[@]}" -no-reorder -store-imaging-weights -make-psf-only -name weights \
    "$set"
  check 0 wsclean "${options[@]}" -niter 5000 -mgain 0.8 -auto-threshold 1 -auto-mask 4 -name image \
    "$set"
  run python "$repository/tests/witness/image_sources.py" image-image.fits "$set" \
    science/*.truth.json 0.02
  printf '%s\n' "$BATS_TEST_DESCRIPTION:" "$output" | sed 's/^/# /' >&3
  [[ $status -eq 0 ]]
}

@test "half an hour after the calibrator" { image_later 2026-01-25T22:56:05; }
@test "twelve hours after the calibrator, a radian of drift" { image_later 2026-01-26T10:26:05; }
