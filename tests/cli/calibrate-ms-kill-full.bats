#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# calibrate-ms killed 100 times at random: by hand while it solves, while it applies, and in the queue
# while it solves a calibrator, registers, activates and applies.
load helpers

@test "calibrate-ms --solve killed 100 times: tables are whole and of one solve" {
  KILLS=100 check 0 bats --filter "killed at random" "$repository/tests/cli/calibrate-ms.bats"
}

@test "calibrate-ms --apply killed 100 times: refused or whole, and repaired" {
  mkdir raw
  simulate-observation --quiet --output-dir raw --antennas 14 --channels 4 --integrations 12 \
    --dec 16.1 --start 2026-01-25T22:26:05 >/dev/null
  check 0 convert-group --quiet --disk-floor-gb 0 --files raw/*.hdf5 --output-dir ms
  known_tables "$output" truth raw/*.truth.json
  cp -r "$output" whole.ms
  check 0 calibrate-ms --apply --no-tile-solve --gaintable truth.B,truth.G whole.ms
  python "$repository/tests/witness/kill_applying.py" 100 "$(echo ms/*/*/*.ms)" truth.B truth.G
  python -c "import sys, numpy
from casacore.tables import table
a, b = (table(p, ack=False) for p in sys.argv[1:])
for name in ('CORRECTED_DATA', 'FLAG', 'FLAG_ROW', 'WEIGHT', 'DATA', 'SIGMA', 'TIME', 'UVW'):
    assert (a.getcol(name) == b.getcol(name)).all(), name" whole.ms ms/*/*/*.ms
}

@test "calibrate-ms on a calibrator's group killed 100 times: no half table, no candidate is used" {
  mkdir incoming
  simulate-observation --quiet --output-dir incoming --antennas 14 --channels 4 --integrations 12 \
    --calibrator 3C286 >/dev/null
  export CONTIMG_STAGES=convert,calibrate CONTIMG_CALTABLE_DIR=$PWD/caltables
  scan-incoming --quiet --settle-time-s 0 --input-dir incoming --queue-db "$queue" >/dev/null
  form-groups --quiet --queue-db "$queue" >/dev/null
  check 0 convert-group --quiet --disk-floor-gb 0 --queue-db "$queue" --output-dir ms
  python "$repository/tests/witness/kill_calibrating.py" 100 "$queue" \
    "$(sql "SELECT group_id FROM ingest_queue")" "$output"
}
