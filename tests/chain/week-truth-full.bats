#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A week on one strip, of an array without outriggers so that images are small: 7 nights of 12 tiles, 300
# sources of which 10 vary, a gain error of 10 % in every sixth tile. Simulated, converted, calibrated,
# imaged, measured, joined and co-added by the tools, and held to what is true. About twelve minutes.

load ../cli/helpers

@test "a week on one strip: steady sources, variables, gains, a mosaic" {
  export CONTIMG_DISK_FLOOR_GB=0 CONTIMG_OMP_THREADS=2
  witness() { python "$repository/tests/witness/$1.py" "${@:2}"; }
  observe() {
    simulate-observation --quiet --output-dir raw --no-outriggers --channel-averaging \
      --channels 8 --drift-start 2026-01-26T13:00:56 --seed 9 "$@" >/dev/null
  }
  mkdir raw tables sky
  observe --calibrator 3C286 --start 2026-01-26T13:00:56
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' raw/*.truth.json)
  check 0 convert-group --quiet --files raw/*.hdf5 --output-dir ms
  check 0 calibrate-ms --solve --quiet --no-plot --json --calibrator 3C286 --caltable-dir tables \
    "$output"
  tables=$(jq -r '.tables | join(",")' <<<"$output")
  rm -r raw/* ms
  witness week_sky sky "$dec" 2026-01-26T13:10:00 7 12 300
  import-catalogue --quiet --frequency-hz 1.405e9 --output sky.sqlite3 sky/catalogue.csv >/dev/null
  while read -r stamp _; do
    observe --start "$stamp" --dec "$dec" --sky "sky/tile-$stamp.csv"
    check 0 convert-group --quiet --files raw/*.hdf5 --output-dir ms
    check 0 image-ms --quiet --no-plot --gaintable "$tables" --catalogue sky.sqlite3 \
      --image-dir images "$output"
    check 0 measure-sources --quiet --catalogue sky.sqlite3 --source-dir sources \
      --measurement-db measurements.sqlite3 --lightcurve-db lightcurves.sqlite3 "$output"
    check 0 update-lightcurves --new --quiet --measurement-db measurements.sqlite3 \
      --lightcurve-db lightcurves.sqlite3
    rm -r raw/* ms
  done <sky/tiles.txt
  check 0 update-lightcurves --rebaseline --quiet --why "the week is whole" \
    --measurement-db measurements.sqlite3 --lightcurve-db lightcurves.sqlite3
  run witness week_truth sky/truth.json lightcurves.sqlite3
  printf '%s\n' "$output" | sed 's/^/# /' >&3
  [[ $status -eq 0 ]]

  check 0 make-mosaic --quiet --mosaic-dir mosaics --catalogue sky.sqlite3 \
    $(head -12 sky/tiles.txt | sed 's|\(..........\)\(T[^ ]*\) .*|images/\1/\1\2-image.fits|')
  run witness mosaic_truth "$output" sky/truth.json
  printf '%s\n' "$output" | sed 's/^/# /' >&3
  [[ $status -eq 0 ]]
}
