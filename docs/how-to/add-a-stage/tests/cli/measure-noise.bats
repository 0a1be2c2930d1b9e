#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# measure-noise: its table held to numpy's, its noise to the radiometer equation, refusals, the queue.
load helpers

id=2026-01-26T13:00:56

# A calibrator's set with its own solutions applied: ten antennas, eight integrations.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  PATH="$CONTIMG_BUILD:$PATH"
  mkdir raw tables
  simulate-observation --quiet --no-outriggers --antennas 10 --channels 4 --integrations 8 --start $id \
    --calibrator 3C286 --output-dir raw >/dev/null
  convert-group --quiet --disk-floor-gb 0 --calibrator 3C286 --files raw/*.hdf5 --output-dir ms >/dev/null
  mv ms/calibrators/*/$id.ms plain.ms
  cp -r plain.ms calibrated.ms
  calibrate-ms --quiet --no-plot --caltable-dir tables calibrated.ms >/dev/null
}

# by_numpy SET TABLE : holds the table to differences computed with python3-casacore and numpy.
by_numpy() {
  python - "$1" "$2" <<'PYTHON'
import csv, sys
import numpy as np
from casacore.tables import table
t = table(sys.argv[1], ack=False)
frequency = table(sys.argv[1] + "/SPECTRAL_WINDOW", ack=False).getcol("CHAN_FREQ")[0]
codes = table(sys.argv[1] + "/POLARIZATION", ack=False).getcol("CORR_TYPE")[0]
data, flag = t.getcol("CORRECTED_DATA").astype(complex), t.getcol("FLAG") | t.getcol("FLAG_ROW")[:, None, None]
baseline = t.getcol("ANTENNA1") * 1000 + t.getcol("ANTENNA2")
squares, counts = 0, 0
for b in np.unique(baseline):
    rows = np.flatnonzero(baseline == b)
    rows = rows[np.argsort(t.getcol("TIME")[rows])]
    good = ~(flag[rows][1:] | flag[rows][:-1])
    squares = squares + np.where(good, np.abs(np.diff(data[rows], axis=0)) ** 2, 0).sum(axis=0)
    counts = counts + good.sum(axis=0)
expected = iter(np.sqrt(squares / (4 * np.maximum(counts, 1))).ravel())
rows = list(csv.DictReader(open(sys.argv[2])))
assert len(rows) == frequency.size * codes.size and counts.sum() > 0
for i, row in enumerate(rows):
    assert abs(float(row["frequency_hz"]) - frequency[i // codes.size]) < 1, row
    assert int(row["correlation"]) == codes[i % codes.size], row
    assert int(row["n_difference"]) == counts.ravel()[i], row
    sigma = next(expected)
    assert row["noise_jy"] == "" if counts.ravel()[i] == 0 else abs(float(row["noise_jy"]) / sigma - 1) < 1e-6, row
PYTHON
}

@test "measure-noise: the table is numpy's, and a second run leaves it as it is" {
  cp -r "$BATS_FILE_TMPDIR/calibrated.ms" x.ms
  check 0 measure-noise --quiet x.ms
  same "$output" "$PWD/x.noise.csv"
  same "$stderr" ""
  check 0 by_numpy x.ms x.noise.csv
  cp x.noise.csv first.csv
  check 0 measure-noise --quiet x.ms
  cmp first.csv x.noise.csv
}

@test "measure-noise: the noise is the radiometer equation's" {
  cp -r "$BATS_FILE_TMPDIR/calibrated.ms" x.ms
  check 0 measure-noise --quiet --json x.ms
  # SEFD / (efficiency sqrt(2 width time)), docs/tools/simulate-observation.md; channels of 11.72 MHz / 4.
  awk -v found="$(jq .noise_jy <<<"$output")" 'BEGIN {
    sigma = 5800 / sqrt(2 * 11.71875e6 / 4 * 12.885); exit !(found / sigma > 0.9 && found / sigma < 1.1) }'
}

@test "measure-noise: a set that is not calibrated is refused" {
  cp -r "$BATS_FILE_TMPDIR/plain.ms" x.ms
  check 1 measure-noise x.ms
  holds "$stderr" "x.ms: has no CORRECTED_DATA, expected a set calibrated by calibrate-ms"
  [[ ! -e x.noise.csv ]]
}

@test "measure-noise: a group's job follows its calibration, and is done once" {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0 CONTIMG_STAGES=convert,calibrate,noise
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
  cp "$BATS_FILE_TMPDIR"/raw/*.hdf5 root/incoming
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  [[ -f $queue ]]
  check 0 measure-noise --quiet
  same "$output" ""
  check 0 process-group --quiet $id
  same "$(jq -r .stage <<<"$output")" "convert
calibrate
noise"
  check 0 by_numpy "$(sql "SELECT path FROM product WHERE kind = 'ms'")" \
    "$(sql "SELECT path FROM product WHERE kind = 'noise'")"
  same "$(sql "SELECT state FROM job WHERE stage = 'noise'")" "done"
  check 0 process-group --quiet $id
  same "$output" ""
}
