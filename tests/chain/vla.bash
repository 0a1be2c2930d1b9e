# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# calibrated_vla : $set, the VLA's J1008+0730 converted, flagged, and calibrated by itself to 1 Jy; skips the test where
# its files are absent.
calibrated_vla() {
  needs_data vla/2010-04-26T03:22:01_sb00.hdf5
  export CONTIMG_DISK_FLOOR_GB=0
  check 0 convert-group --quiet --expected-subbands 4 --output-dir ms --files "$test_data"/vla/*.hdf5
  set=$output
  check 0 flag-ms --quiet --no-plot "$set"
  mkdir tables
  check 0 calibrate-ms --solve --quiet --no-plot --model point --flux 1 --caltable-dir tables --json "$set"
  check 0 calibrate-ms --apply --quiet --no-tile-solve \
    --gaintable "$(jq -r '.tables | join(",")' <<<"$output")" "$set"
}
