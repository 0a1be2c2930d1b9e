# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Gains that the simulator put in against those that calibrate-ms finds; loaded by
# calibrate-truth*.bats. Needs ../cli/helpers.

say() { printf '%s\n' "$@" | sed 's/^/#   /' >&3; }

# group_of OPTION... : simulates a group and converts it; $set is what came out.
group_of() {
  rm -rf in ms tables && mkdir in tables
  simulate-observation --quiet --output-dir in "$@" >/dev/null
  check 0 convert-group --quiet --disk-floor-gb 0 --output-dir ms --files in/*.hdf5
  set=$output
  rm in/*.hdf5
}

# solve [OPTION...] : solves $set; what calibrate-ms says in $solved, its tables in `tables`.
solve() {
  check 0 calibrate-ms --solve --quiet --json --caltable-dir tables "$@" "$set"
  solved=$output
  mapfile -t tables < <(jq -r '.tables[]' <<<"$solved")
}

# recovered : what the witness says of the tables in $output.
recovered() {
  check 0 python "$repository/tests/witness/recovered_gains.py" in/*.truth.json "$set" "${tables[@]}"
  say "$output"
}

# at_the_noise : rms error at most 1.2 times the Cramer-Rao bound, delays within 5 of theirs,
# errors honest to a quarter, the flux scale right.
at_the_noise() {
  jq -e '.ratio <= 1.2 and .delay_ns < 5 * .delay_limit_ns and .pull > 0.75 and .pull < 1.25
    and .scale > 0.998 and .scale < 1.002' <<<"$output"
}
