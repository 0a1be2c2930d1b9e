#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# As flagging.bats, with 96 antennas x 24 integrations x 768 channels.

load ../cli/helpers
load flagging

shopt -s nullglob

@test "flagging, full size: interference in a science group, by its strength" {
  flagged_of --random-sources 5 --rfi structured --seed 11
  of_strength
}

@test "flagging, full size: in a calibrator's group with a bandpass ripple of 10 %" {
  flagged_of --calibrator 3C147 --bandpass-error 0.1 --rfi structured --seed 12
  of_strength
}

@test "flagging, full size: without interference next to nothing is lost" {
  flagged_of --random-sources 5 --seed 13
  jq -e '.clean < 0.005' <<<"$output"
  flagged_of --calibrator 3C147 --bandpass-error 0.1 --seed 14
  jq -e '.clean < 0.005' <<<"$output"
}

@test "flagging, full size: convert-group --flag gives the flags of flag-ms" {
  mkdir in
  simulate-observation --quiet --output-dir in --random-sources 5 --rfi structured >/dev/null
  convert-group --quiet --disk-floor-gb 0 --output-dir a --files in/*.hdf5 >a.set
  flag-ms --quiet --no-plot "$(<a.set)"
  convert-group --quiet --disk-floor-gb 0 --flag --output-dir b --files in/*.hdf5 >b.set
  python - "$(<a.set)" "$(<b.set)" <<'PYTHON'
import sys
from casacore.tables import table
a, b = (table(path, ack=False) for path in sys.argv[1:])
assert a.nrows() == b.nrows() == 24 * 4560
for row in range(0, a.nrows(), 4560):
    assert (a.getcol("FLAG", row, 4560) == b.getcol("FLAG", row, 4560)).all()
assert (a.getcol("FLAG_ROW") == b.getcol("FLAG_ROW")).all()
PYTHON
}
