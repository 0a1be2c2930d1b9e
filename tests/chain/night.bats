#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The first groups of a simulated night (docs/operations/night.md).

load ../cli/helpers

make_night() {
  "$repository/scripts/make-night" --groups 8 --pace 2 --patience 12 --clock 2 --seed 2 --keep "$@"
}
show() { printf '%s\n' "$output" | sed 's/^/# /' >&3; }

@test "eight groups end as declared, flux densities are true, and nothing is lost" {
  check 0 make_night one
  show
  jq -e '.criteria | length == 6 and all(.[]; .)' one/scorecard.json
  jq -e '.groups.n == 8 and (.groups.faults | length) == 5' one/scorecard.json
  # A night that is over is only judged again; what it is judged by is seen to matter.
  check 0 make_night one
  sqlite3 one/root/state/db/measurements.sqlite3 "UPDATE measurement SET flux_jy = 1.05 * flux_jy"
  check 1 make_night one
  holds "$output" "MISSED      median flux bias"
  sqlite3 one/root/state/db/measurements.sqlite3 "UPDATE measurement SET flux_jy = flux_jy / 1.05"
  sqlite3 one/root/state/db/pipeline.sqlite3 "DELETE FROM late_files"
  check 1 make_night one
  holds "$output" "MISSED      no data lost"
}

@test "make-night: an unknown option, or a night to compare with that is none, is refused" {
  check 2 "$repository/scripts/make-night" --grups 8
  check 2 "$repository/scripts/make-night" --groups
  mkdir none
  check 2 "$repository/scripts/make-night" --against none some
  holds "$stderr" "none: no plan.json"
}
