#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A full-size tile of 100 sources with the noise and gain errors of the real telescope, half an hour after
# its calibrator: converted, flagged, calibrated, imaged and measured by the tools with their defaults, and
# held to the sky that is in it. About three minutes and 4 GB of the folder for temporary files.

load ../cli/helpers

@test "a tile of 100 sources: flux densities, errors, places, completeness, beam" {
  export CONTIMG_DISK_FLOOR_GB=0 CONTIMG_OMP_THREADS=2
  observe() {
    simulate-observation --quiet --output-dir raw --channel-averaging --phase-drift-deg 30 \
      --drift-start 2026-01-26T13:00:56 --seed 9 "$@" >/dev/null
  }
  witness() { python "$repository/tests/witness/$1.py" "${@:2}"; }
  start=2026-01-26T13:30:56
  mkdir raw tables
  observe --calibrator 3C286 --start 2026-01-26T13:00:56
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' raw/*.truth.json)
  check 0 convert-group --quiet --files raw/*.hdf5 --output-dir ms
  rm raw/*
  check 0 calibrate-ms --solve --quiet --no-plot --json --calibrator 3C286 --caltable-dir tables \
    "$output"
  tables=$(jq -r '.tables | join(",")' <<<"$output")
  rm -r ms
  witness tile_sky $start "$dec" 100 >sky.csv
  import-catalogue --quiet --frequency-hz 1.4e9 --output sky.sqlite3 sky.csv >/dev/null
  observe --start $start --dec "$dec" --sky sky.csv
  check 0 convert-group --flag --quiet --files raw/*.hdf5 --output-dir ms
  set=$output
  rm raw/*.hdf5
  check 0 calibrate-ms --apply --quiet --gaintable "$tables" --catalogue sky.sqlite3 "$set"
  check 0 image-ms --quiet --json --image-dir images --catalogue sky.sqlite3 "$set"
  echo "# image: $(jq -c '{seconds, averaging, beam_arcsec, verdict, rms: .figures.local_rms_jy}' \
    <<<"$output")" >&3
  jq -e '.averaging.loss <= 0.01' <<<"$output"
  image=$(jq -r .product <<<"$output")
  beam=$(jq '.beam_arcsec[1]' <<<"$output")
  check 0 measure-sources --quiet --catalogue sky.sqlite3 --source-dir . "$image"
  table=$output
  run witness measured_tile "$table" sky.csv rows=100 bias=0.01 pull=0.9,1.2 place_beam=0.1 \
    complete=0.95 reliable=0.99 "beam=$beam"
  echo "# $output" >&3
  [[ $status -eq 0 ]]
  run witness beam_of_tile "$table" raw/*.truth.json 0.01
  printf '%s\n' "$output" | sed 's/^/# /' >&3
  [[ $status -eq 0 ]]
}
