#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Tools under valgrind, from subband files to the light curves of a tile, through the queue. `make soak` takes the
# whole chain (tests/soak/memcheck).
load ../cli/helpers

@test "memcheck: a calibrator and a tile go through every stage under valgrind, without a report" {
  command -v valgrind >/dev/null || skip "no valgrind here: apt-get install valgrind"
  check 0 "$repository/tests/sanitizers/memcheck" work process-tile
  holds "$output" "chain: as far as process-tile: 11 steps done, no report"
  # Each was under valgrind: there is an empty report of each process.
  for tool in simulate-observation scan-incoming form-groups convert-group flag-ms calibrate-ms image-ms measure-sources \
    update-lightcurves watch-stage manage-queue check-config; do
    compgen -G "work/reports/$tool.*" >/dev/null || { echo "$tool: was not under valgrind" >&2 && false; }
  done
}
