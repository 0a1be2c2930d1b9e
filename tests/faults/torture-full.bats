#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Workers on two hosts, clocks that jump, and the chain of stages under faults, for some minutes.

load ../cli/helpers

@test "torture: two hosts, clocks, stages" {
  check 0 python -W ignore "$BATS_TEST_DIRNAME/torture.py" --build "${CONTIMG_BUILD%/tools}" \
    --folder "$PWD/torture" --minutes 2 --only \
    'two hosts,clock jumps,queue copied in use,flag-ms,calibrate-ms,measure-sources,update-lightcurves'
  sed 's/^/#   /' torture/report.txt >&3
}
