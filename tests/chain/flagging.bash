# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Interference of known strength against what flag-ms flags of it; loaded by flagging*.bats.

# flagged_of OPTION... : simulates a group, converts and flags it; the witness's shares in $output.
flagged_of() {
  rm -rf in ms && mkdir in
  simulate-observation --quiet --output-dir in "$@" >/dev/null
  convert-group --quiet --disk-floor-gb 0 --output-dir ms --files in/*.hdf5 >name
  rm in/*.hdf5
  flag-ms --quiet --no-plot "$(<name)" >/dev/null
  check 0 python "$repository/tests/witness/flagged_interference.py" "$(<name)" in/*.rfi.csv
  printf '#   %s\n' "$output" >&3
}

# of_strength : the issue's limits, which hold for all strengths and each shape.
of_strength() {
  jq -e '."3-10" >= 0.9 and ."10-30" >= 0.99 and .clean < 0.02 and ."1-2" > ."0.5-1"
    and ."3-10 line" >= 0.9 and ."3-10 burst" >= 0.9 and ."3-10 carrier" >= 0.9' <<<"$output"
}
