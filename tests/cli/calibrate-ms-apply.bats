#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# calibrate-ms: applying calibration sets, by hand and in the queue; a tile's own solve. The tables
# are made from the simulator's truth, so that only applying is tested here.
load helpers

early=2026-01-25T22:26:05
late=2026-01-26T10:26:05

# A science group and one 12 hours later whose phases have drifted by a radian, both again without
# an instrument's errors, the truth as tables, and catalogues of their sources.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export TZ=UTC
  PATH="$CONTIMG_BUILD:$PATH"
  local witness=$BATS_TEST_DIRNAME/../witness id
  observe() {
    simulate-observation --quiet --antennas 14 --channels 4 --integrations 6 --seed 5 --dec 16.1 \
      --start "$id" --sky "$id.csv" "$@" >/dev/null
  }
  for id in $early $late; do
    /usr/bin/python3 "$witness/sky_around.py" "$id" 16.1 0.1,0.2,3 -0.4,0.3,2 0.5,-0.3,1 >"$id.csv"
    import-catalogue --quiet --frequency-hz 1.4e9 "$id.csv" --output "$id.sqlite3" >/dev/null
    mkdir -p incoming "ideal-$id"
    observe --ideal --output-dir "ideal-$id"
    observe --phase-drift-deg 57 --drift-start $early --output-dir incoming
    convert-group --quiet --disk-floor-gb 0 --files "ideal-$id"/*.hdf5 --output-dir converted >/dev/null
    mv converted/*/*/"$id.ms" "ideal-$id.ms"
    convert-group --quiet --disk-floor-gb 0 --files incoming/*"${id:0:13}"*.hdf5 \
      --output-dir converted >/dev/null
    mv converted/*/*/"$id.ms" "$id.ms"
  done
  known_tables $early.ms truth incoming/$early.truth.json
  tar -cf both.tar $early.ms $late.ms truth.B truth.G
}

# files : what setup_file made, copied here: early.ms, late.ms, truth.B, truth.G.
files() {
  tar -xf "$BATS_FILE_TMPDIR/both.tar"
  mv $early.ms early.ms
  mv $late.ms late.ms
}
apply() { calibrate-ms --apply --gaintable truth.B,truth.G "$@"; }
# with_truth SET ID : compares x's corrected data with the ideal observation; see corrected_set.py.
with_truth() {
  python "$repository/tests/witness/corrected_set.py" "$1" "$BATS_FILE_TMPDIR/ideal-$2.ms"
}
value() { jq -r "$2" <<<"$1"; }
within() { awk -v a="$1" -v b="$2" -v c="$3" 'BEGIN { exit !(b <= a && a <= c) }' || {
  echo "$1 is not within $2 and $3" >&2
  return 1
}; }
# columns SET : a fingerprint of what calibration writes.
columns() {
  python -c "import sys, hashlib
from casacore.tables import table
t = table(sys.argv[1], ack=False)
h = hashlib.sha256()
for name in ('CORRECTED_DATA', 'FLAG', 'FLAG_ROW', 'WEIGHT', 'SIGMA', 'DATA'):
    h.update(t.getcol(name).tobytes())
print(h.hexdigest())" "$1"
}
# in_table TABLE PYTHON : runs PYTHON with t, the open table, and numpy.
in_table() {
  python -c "import sys, numpy
from casacore.tables import table
t = table(sys.argv[1], readonly=False, ack=False)
exec(sys.argv[2])" "$1" "$2"
}

# --- by hand

@test "calibrate-ms --apply: gives back the sky, closure phases and all" {
  files
  check 0 apply --no-tile-solve early.ms
  same "$output" early.ms
  truth=$(with_truth early.ms $early)
  within "$(value "$truth" .scale)" 0.98 1.02
  within "$(value "$truth" .closure_deg)" 0 0.001
  in_table early.ms "
w, s = t.getcol('WEIGHT'), t.getcol('SIGMA')
assert (w > 0).all() and (s > 0).all()
d, c, a, b = (t.getcol(n) for n in ('DATA', 'CORRECTED_DATA', 'ANTENNA1', 'ANTENNA2'))
power = (numpy.abs(d[:, :, 0]) / numpy.abs(c[:, :, 0])) ** 2  # |g1 g2|^2
expected = 1 / (s[:, :1] ** 2 / power).mean(axis=1)
assert numpy.allclose(w[:, 0], expected, rtol=1e-3), abs(w[:, 0] / expected - 1).max()
assert 'CONTIMG_IN_PROGRESS' not in t.keywordnames()
h = table('early.ms/HISTORY', ack=False).getcol('MESSAGE')
assert sum(m.startswith('calibration_applied: table /') for m in h) == 2, h"
}

@test "calibrate-ms --apply: a second time changes nothing, forced it changes no column" {
  files
  check 0 apply --no-tile-solve --quiet early.ms
  same "$stderr" ""
  once=$(columns early.ms)
  before=$(find early.ms -type f ! -name '*.lock' -exec sha256sum {} + | sort)
  check 0 apply --no-tile-solve --json early.ms
  same "$(value "$output" .state)" unchanged
  same "$(find early.ms -type f ! -name '*.lock' -exec sha256sum {} + | sort)" "$before"
  check 0 apply --no-tile-solve --json --force early.ms
  same "$(value "$output" .state)" completed
  same "$(columns early.ms)" "$once"
}

@test "calibrate-ms --apply: twelve hours later the tile's own solve finds a radian of drift" {
  files
  check 0 apply --no-tile-solve late.ms
  within "$(value "$(with_truth late.ms $late)" .scale)" -0.5 0.8
  check 0 apply --catalogue "$BATS_FILE_TMPDIR/$late.sqlite3" --json late.ms
  same "$(value "$output" .tile.outcome)" solved
  same "$(value "$output" '.tables | length')" 3
  [[ -d late.tile.G ]]
  within "$(value "$(with_truth late.ms $late)" .scale)" 0.98 1.02
  once=$(columns late.ms)
  check 0 apply --catalogue "$BATS_FILE_TMPDIR/$late.sqlite3" --json late.ms
  same "$(value "$output" .state)" unchanged
  same "$(value "$output" .tile.outcome)" solved
  same "$(columns late.ms)" "$once"
}

@test "calibrate-ms --apply: a tile that is too weak has the set alone, and says so" {
  files
  printf 'name,ra_deg,dec_deg,flux_jy\nfaint,344.1,16.0,0.003\n' >faint.csv
  import-catalogue --quiet --frequency-hz 1.4e9 faint.csv --output faint.sqlite3 >/dev/null
  mkdir raw
  simulate-observation --quiet --antennas 14 --channels 4 --integrations 6 --seed 5 --dec 16.1 \
    --start $early --sky faint.csv --output-dir raw >/dev/null
  check 0 convert-group --quiet --disk-floor-gb 0 --files raw/*.hdf5 --output-dir ms
  mv "$output" weak.ms
  check 0 apply --no-tile-solve weak.ms
  alone=$(columns weak.ms)
  mkdir weak.tile.G  # of an earlier run
  check 0 apply --catalogue faint.sqlite3 --json weak.ms
  same "$(value "$output" .tile.outcome)" "too weak"
  holds "$(value "$output" .tile.reason)" "of 14 antennas have solutions"
  same "$(value "$output" '.tables | length')" 2
  same "$(columns weak.ms)" "$alone"
  [[ ! -e weak.tile.G ]]
  check 0 apply --catalogue faint.sqlite3 --json weak.ms
  same "$(value "$output" .state)" unchanged
  same "$(value "$output" .tile.outcome)" "too weak"
  # A catalogue of another sky is no model of this field.
  check 0 apply --catalogue faint.sqlite3 --json early.ms
  same "$(value "$output" .tile.outcome)" failed
  holds "$(value "$output" .tile.reason)" "times as bright as the catalogue says"
}

@test "calibrate-ms --in-memory: changes no column, records the tables" {
  files
  check 0 apply --no-tile-solve --in-memory early.ms
  in_table early.ms "
assert 'CORRECTED_DATA' not in t.colnames()
assert '\"in_memory\":true' in t.getkeyword('CONTIMG_CALIBRATION_APPLIED')"
}

# --- bad input

@test "calibrate-ms: bad tables are refused by name and change nothing" {
  files
  refused() {  # TABLE WHAT
    cp -r early.ms x.ms
    check 1 apply --no-tile-solve x.ms
    holds "$stderr" "$1"
    holds "$stderr" "$2"
    in_table x.ms "assert 'CORRECTED_DATA' not in t.colnames()"
    rm -rf x.ms truth.?
    tar -xf "$BATS_FILE_TMPDIR/both.tar" truth.B truth.G
  }
  in_table truth.B/SPECTRAL_WINDOW "t.putcol('CHAN_FREQ', t.getcol('CHAN_FREQ') + 3e8)"
  refused truth.B "expected one that covers the data"
  in_table truth.G/ANTENNA "n = t.getcol('NAME'); t.putcol('NAME', [n[1], n[0]] + list(n[2:]))"
  refused truth.G renumbered
  in_table truth.G "v = t.getcol('CPARAM')
v[numpy.flatnonzero(~t.getcol('FLAG').any(axis=(1, 2)))[5]] = numpy.nan
t.putcol('CPARAM', v)"
  refused truth.G NaN
  rm truth.B/table.f0
  refused truth.B ""
  rm -r truth.G
  refused truth.G ""
}

@test "calibrate-ms: usage" {
  files
  check 2 calibrate-ms early.ms --group $early
  holds "$stderr" "expected one of them"
  check 2 apply --catalogue absent.sqlite3 early.ms
  holds "$stderr" "absent.sqlite3: no such file"
}

# --- in the queue

# enqueue : both groups, converted, in the queue; no flagging.
enqueue() {
  export CONTIMG_STAGES=convert,calibrate CONTIMG_CALTABLE_DIR=$PWD/caltables
  scan-incoming --quiet --settle-time-s 0 --input-dir "$BATS_FILE_TMPDIR/incoming" \
    --queue-db "$queue" >/dev/null
  form-groups --quiet --queue-db "$queue" >/dev/null
  convert-group --quiet --disk-floor-gb 0 --queue-db "$queue" --output-dir ms >/dev/null
  convert-group --quiet --disk-floor-gb 0 --queue-db "$queue" --output-dir ms >/dev/null
  tar -xf "$BATS_FILE_TMPDIR/both.tar" truth.B truth.G
}
calibrate() {
  CONTIMG_CATALOGUE=${catalogue:-$BATS_FILE_TMPDIR/$early.sqlite3} \
    calibrate-ms --queue-db "$queue" "$@"
}
job() { sql "SELECT state || coalesce(' ' || reason, '') FROM job
             WHERE stage = 'calibrate' AND group_id = '$1'"; }
register() {
  manage-caltables --queue-db "$queue" register truth.B truth.G --name truth --dec 16.1 >/dev/null
}
activate() {
  manage-caltables --queue-db "$queue" activate truth --override "it is the truth" >/dev/null
}

@test "calibrate-ms: a group waits for a set, a candidate is none, activation frees it" {
  enqueue
  check 0 calibrate
  same "$output" ""
  holds "$stderr" "waits for a calibration set"
  same "$(job $early)" "waiting no_calibration"
  register
  check 0 calibrate --group $early
  same "$(job $early)" "waiting no_calibration"
  same "$(job $late)" ready
  activate
  check 0 calibrate --json
  same "$(value "$output" .group_id)" $early
  same "$(value "$output" .set)" truth
  [[ $(value "$output" .tile.outcome) != failed ]]
  same "$(job $early)" "done"
  same "$(sql "SELECT cal_applied, stage FROM ms_index WHERE group_id = '$early'")" "1|calibrated"
  same "$(sql "SELECT s.name FROM calibration_use u JOIN calibration_set s ON s.id = u.set_id
               WHERE u.group_id = '$early'")" truth
  same "$(sql "SELECT json_extract(provenance, '$.set') FROM product
               WHERE kind = 'ms' AND group_id = '$early'")" truth
  within "$(value "$(with_truth "$(value "$output" .product)" $early)" .scale)" 0.98 1.02
  catalogue=$BATS_FILE_TMPDIR/$late.sqlite3 check 0 calibrate --json
  same "$(value "$output" .group_id)" $late
  same "$(value "$output" .in_validity)" false
  within "$(value "$(with_truth "$(value "$output" .product)" $late)" .scale)" 0.98 1.02
  check 0 calibrate
  holds "$stderr" "nothing to do"
  check 0 calibrate --group $early --force --json
  same "$(value "$output" .state)" completed
}

@test "calibrate-ms: a group in a parcel is calibrated as in the queue; its wait comes back too" {
  enqueue
  merge() { check 0 manage-parcels --quiet --json --queue-db "$queue" merge "$1"; }
  # task NAME OPTION... : packs the early group and calibrates it in a copy of the parcel.
  task() {
    local copy=$PWD/$1.sqlite3
    check 0 manage-parcels --quiet --queue-db "$queue" pack $early "$1"
    cp "$1/queue.sqlite3" "$copy"
    queue=$copy check 0 calibrate --group $early --json
    said=$output
    check 0 manage-queue --quiet --queue-db "$copy" backup "$1/receipt-1.sqlite3"
    merge "$1"
    same "$(value "$output" .status)" merged
  }
  task a
  same "$said" ""
  same "$(job $early)" "waiting no_calibration"
  register
  activate
  task b
  same "$(value "$said" .set)" truth
  same "$(job $early)" "done"
  same "$(sql "SELECT cal_applied, stage FROM ms_index WHERE group_id = '$early'")" "1|calibrated"
  same "$(sql "SELECT s.name FROM calibration_use u JOIN calibration_set s ON s.id = u.set_id
               WHERE u.group_id = '$early'")" truth
  same "$(sql "SELECT json_extract(provenance, '$.set') FROM product
               WHERE kind = 'ms' AND group_id = '$early'")" truth
  within "$(value "$(with_truth "$(value "$said" .product)" $early)" .scale)" 0.98 1.02
  check 0 calibrate --group $early
  holds "$stderr" "nothing to do"
}

@test "calibrate-ms: after --max-wait a group fails, or stays without calibration" {
  enqueue
  check 1 calibrate --max-wait 0
  holds "$stderr" "h for a calibration set, expected one by now"
  holds "$(job $early)" "failed $early: waited 0 h"
  check 0 calibrate --max-wait 0 --no-calibration uncalibrated --json
  same "$(value "$output" .state)" uncalibrated
  same "$(value "$output" .science)" false
  in_table "$(value "$output" .product)" "
assert '\"science\":false' in t.getkeyword('CONTIMG_CALIBRATION_APPLIED')
assert 'CORRECTED_DATA' not in t.colnames()"
  same "$(sql "SELECT json_extract(provenance, '$.science') FROM product
               WHERE kind = 'ms' AND group_id = '$late'")" 0
  same "$(sql "SELECT cal_applied FROM ms_index WHERE group_id = '$late'")" 0
}

@test "calibrate-ms --apply: looks up the nearest set of the queue for a set by hand" {
  enqueue
  set=$(echo ms/*/*/$early.ms)
  check 1 calibrate --apply --no-tile-solve "$set"
  holds "$stderr" "0 active sets"
  register
  activate
  check 0 calibrate --apply --no-tile-solve --json "$set"
  same "$(value "$output" .set)" truth
  same "$(sql "SELECT group_id FROM calibration_use")" $early
}

@test "calibrate-ms: killed at random, a set is refused until the next run repairs it" {
  files
  apply --quiet --no-tile-solve early.ms >/dev/null
  expected=$(columns early.ms)
  files_again() { rm -rf early.ms late.ms truth.?; files; }
  files_again
  python "$repository/tests/witness/kill_applying.py" 10 early.ms truth.B truth.G
  check 0 apply --quiet --no-tile-solve early.ms
  same "$(columns early.ms)" "$expected"
}
