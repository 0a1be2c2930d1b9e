#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A week on one strip: 7 nights of 12 tiles, 300 sources of which 10 vary, a gain error of 10 % in every sixth
# tile. Images are made by astropy; the tools measure them, join them to light curves and co-add them, and are
# held to what is true. tests/soak/week does the same from visibilities.

load ../cli/helpers

@test "a week on one strip: steady sources, variables, gains, a mosaic" {
  witness() { python "$repository/tests/witness/$1.py" "${@:2}"; }
  databases=(--measurement-db measurements.sqlite3 --lightcurve-db lightcurves.sqlite3)
  mkdir sky
  witness week_sky sky 30.4 2026-01-26T13:10:00 7 12 300
  import-catalogue --quiet --frequency-hz 1.405e9 --output sky.sqlite3 sky/catalogue.csv >/dev/null
  witness week_images images sky 30.4 >images.txt
  while read -r image; do
    check 0 measure-sources --quiet --catalogue sky.sqlite3 --source-dir sources \
      "${databases[@]}" "$image"
    check 0 update-lightcurves --new --quiet "${databases[@]}"
  done <images.txt
  check 0 update-lightcurves --rebaseline --quiet --why "the week is whole" "${databases[@]}"
  run witness week_truth sky/truth.json lightcurves.sqlite3
  printf '%s\n' "$output" | sed 's/^/# /' >&3
  [[ $status -eq 0 ]]

  mapfile -t night < <(head -12 images.txt)
  check 0 make-mosaic --quiet --mosaic-dir mosaics --catalogue sky.sqlite3 "${night[@]}"
  run witness mosaic_truth "$output" sky/truth.json
  printf '%s\n' "$output" | sed 's/^/# /' >&3
  [[ $status -eq 0 ]]
}
