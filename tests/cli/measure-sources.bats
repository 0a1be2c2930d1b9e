#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# measure-sources on a tile of 60 known sources made by astropy: flux densities, limits, kills, the queue.
load helpers

id=2026-01-25T22:26:05

# A tile of 60 known sources, six of which are in no catalogue, made by astropy; and the same cleaned
# down to 15 times the noise.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  /usr/bin/python3 "$BATS_TEST_DIRNAME/../witness/make_tile.py" tile
  /usr/bin/python3 "$BATS_TEST_DIRNAME/../witness/make_tile.py" cleaned 60 15
  cmp tile.sky.csv cleaned.sky.csv
  "$CONTIMG_BUILD/import-catalogue" --quiet --frequency-hz 1.4e9 tile.known.csv \
    --output known.sqlite3 >/dev/null
}

# a_tile [NAME] : x-*.fits and known.sqlite3 for this test.
a_tile() {
  local file
  for file in "$BATS_FILE_TMPDIR/${1:-tile}"-*.fits; do cp "$file" "x-${file##*-}"; done
  cp "$BATS_FILE_TMPDIR/known.sqlite3" .
}
measure() { measure-sources --catalogue known.sqlite3 --source-dir out "$@" x-image.fits; }
# in_image PYTHON : runs PYTHON with h, the image's header, and d, its pixels.
in_image() {
  python -c "import sys, numpy
from astropy.io import fits
with fits.open('x-image.fits', mode='update') as f:
    h, d = f[0].header, f[0].data
    exec(sys.argv[1])" "$1"
}
refused() {
  check 1 measure
  holds "$stderr" "$1"
  [[ ! -e out ]]
}
rows() { sqlite3 m.sqlite3 "SELECT count(*) FROM measurement"; }
against_truth() { python "$repository/tests/witness/measured_tile.py" "$1" \
  "$BATS_FILE_TMPDIR/tile.sky.csv" "${@:2}"; }

@test "measure-sources: flux densities and places are the truth's, in every table" {
  a_tile cleaned
  check 0 measure --quiet --fits-table --votable --region
  same "$output" "out/$id.csv"
  same "$stderr" ""
  for table in csv fits xml; do
    check 0 against_truth "out/$id.$table" rows=54 bias=0.01 pull=0.8,1.2 complete=0.95 \
      reliable=0.99 place_beam=0.1
  done
  same "$(grep -c . "out/$id.reg")" $((3 + 60))
}

@test "measure-sources: without residual, model and dirty beam the image is what there is" {
  a_tile
  check 0 measure --quiet
  same "$(wc -l <<<"$stderr")" 1
  holds "$stderr" "x-residual.fits: not there, faint sources are taken for cleaned"
  check 0 against_truth "out/$id.csv" rows=54 bias=0.01 pull=0.8,1.2 complete=0.95 reliable=0.99
  # What was cleaned in part, or not, is then too faint, and its sidelobes are found.
  a_tile cleaned
  rm x-psf.fits
  check 0 measure --quiet
  check 1 against_truth "out/$id.csv" bias=0.01
  check 1 against_truth "out/$id.csv" reliable=0.9
}

@test "measure-sources: the epoch is tied to its catalogue, rows stay raw" {
  a_tile
  in_image "d *= 1.1"
  check 0 measure --quiet --json
  jq -e '.tie.flux_scale > 1.06 and .tie.flux_scale < 1.14 and .tie.n_reference > 15 and
    .n_forced == 54 and .n_blind == 6 and .state == "completed"' <<<"$output"
  check 0 against_truth "out/$id.csv" bias=0.12
  check 1 against_truth "out/$id.csv" bias=0.08
}

@test "measure-sources: every catalogue source has a row, faint ones a limit and its reason" {
  a_tile
  check 0 measure --quiet --limit-sigma 10
  python -c "import csv, sys
rows = [r for r in csv.DictReader(open(sys.argv[1])) if r['kind'] == 'forced']
assert len(rows) == 54
for r in rows:
    limit = float(r['snr']) < 10
    assert (r['reason'] == 'below 10 sigma') == limit == bool(r['limit_jy']), r
    if limit:
        flux, error = float(r['flux_jy']), float(r['noise_error_jy'])
        assert abs(float(r['limit_jy']) - max(flux, 0) - 10 * error) < 1e-5" "out/$id.csv"
}

@test "measure-sources: measuring again replaces exactly its rows" {
  a_tile
  check 0 measure --quiet --measurement-db m.sqlite3
  same "$(rows)" 60
  check 0 measure --quiet --measurement-db m.sqlite3 --no-blind
  same "$(rows)" 54
  same "$(sqlite3 m.sqlite3 "SELECT id, group_id, version, n_forced, verdict, calibration_set
    FROM epoch")" "1|$id|2|54|PASS|2026-01-25T20:00:00"
  in_image "h['GROUPID'] = '2026-01-25T22:31:14'"
  check 0 measure --quiet --measurement-db m.sqlite3
  same "$(rows)" 114
  same "$(sqlite3 m.sqlite3 "PRAGMA integrity_check")" ok
}

@test "measure-sources: killed at random, tables and rows are whole" {
  a_tile
  check 0 measure --quiet --measurement-db m.sqlite3
  cp "out/$id.csv" first.csv
  RANDOM=3
  for _ in {1..20}; do
    measure-sources --quiet --catalogue known.sqlite3 --source-dir out --measurement-db m.sqlite3 \
      x-image.fits >/dev/null &
    sleep "$(awk -v ms=$((RANDOM % 150)) 'BEGIN { print ms / 1000 }')"
    kill -KILL $! 2>/dev/null || true  # it may have been faster
    wait $! || true
    same "$(rows)" 60
    cmp "out/$id.csv" first.csv
  done
  check 0 measure --quiet --measurement-db m.sqlite3
  same "$(ls -A out)" "$id.csv"
}

@test "measure-sources: images that cannot be measured are refused" {
  a_tile
  mv x-pb.fits kept
  refused "x-pb.fits: not there, expected the primary beam beside the image"
  mv kept x-pb.fits
  in_image "h['BUNIT'] = 'Jy/pixel'"
  refused "x-image.fits: unit 'Jy/pixel', expected Jy/beam"
  in_image "h['BUNIT'] = 'Jy/beam'; del h['BMAJ']"
  refused "x-image.fits: no restoring beam"
  in_image "h['BMAJ'] = 0.005; d[:] = numpy.nan"
  refused "x-image.fits: all pixels are blank or 0"
  a_tile
  in_image "h['CTYPE1'] = 'LINEAR'; h['CTYPE2'] = 'LINEAR'"
  refused "x-image.fits: "
  a_tile
  in_image "h['QAVERD'] = 'FAIL'"
  refused "failed its quality gates"
  in_image "h['QAVERD'] = 'WARN'; h['SCIENCE'] = False"
  refused "not for science"
  check 0 measure --quiet --force-quality
  rm -r out
  a_tile
  cp x-image.fits other.fits
  check 1 measure-sources other.fits
  holds "$stderr" "expected a name ending in -image.fits"
  echo none >known.sqlite3
  refused "known.sqlite3: "
}

@test "measure-sources: a catalogue with nothing there is worth a warning" {
  a_tile
  printf 'name,ra_deg,dec_deg,flux_jy\nfar,100,-30,1\n' >far.csv
  import-catalogue --quiet --frequency-hz 1.4e9 --output far.sqlite3 far.csv >/dev/null
  check 0 measure-sources --catalogue far.sqlite3 --source-dir out --json x-image.fits
  holds "$stderr" "holds no source within the tile's beam"
  holds "$stderr" "not tied to the catalogue"
  jq -e '.n_forced == 0 and .n_blind > 40' <<<"$output"
}

@test "measure-sources: usage" {
  check 2 measure-sources --group x y-image.fits
  check 2 measure-sources --detection-sigma 1 x-image.fits
  check 2 measure-sources
  holds "$stderr" "--queue-db"
}

# --- the queue

# imaged : a queue in which the group's image is x-image.fits, and its sources are to be measured.
imaged() {
  mkdir -p incoming
  check 0 scan-incoming --quiet --input-dir incoming --queue-db "$queue"
  sql "INSERT INTO ingest_queue (group_id, state) VALUES ('$id', 'completed');
    DELETE FROM job;
    INSERT INTO job (group_id, stage, state) VALUES ('$id', 'convert', 'done'), ('$id', 'flag', 'done'),
      ('$id', 'calibrate', 'done'), ('$id', 'image', 'done'), ('$id', 'measure', 'ready');
    INSERT INTO product (path, group_id, stage, kind, created_at)
      VALUES ('$PWD/x-image.fits', '$id', 'image', 'image', 1), ('$PWD/x-pb.fits', '$id', 'image', 'pb', 1)"
}
job() { sql "SELECT state FROM job WHERE stage = 'measure'"; }
of_queue() {
  measure-sources --queue-db "$queue" --catalogue known.sqlite3 --source-dir out \
    --measurement-db m.sqlite3 "$@"
}

@test "measure-sources: takes the next image of the queue, records what it made, then has nothing to do" {
  a_tile cleaned
  imaged
  check 0 of_queue --quiet
  same "$output" "out/$id.csv"
  same "$stderr" ""
  same "$(job)" "done"
  same "$(rows)" 60
  same "$(sql "SELECT path, kind, size_byte > 0, json_extract(provenance, '$.n_forced') FROM product
    WHERE stage = 'measure'")" "$PWD/out/$id.csv|sources|1|54"
  same "$(sql "SELECT count(*) FROM stage_metrics WHERE stage = 'measure' AND wall_s > 0")" 1
  check 0 of_queue
  same "$output" ""
  holds "$stderr" "nothing to do"
}

@test "measure-sources: --group takes one group, --force does it again" {
  a_tile
  imaged
  check 0 of_queue --group $id
  check 0 of_queue --group $id
  same "$output" ""
  check 0 of_queue --group $id --force
  same "$output" "out/$id.csv"
  same "$(sqlite3 m.sqlite3 "SELECT version FROM epoch") $(rows)" "2 60"
  check 2 of_queue --group other
}

@test "measure-sources: an image that failed its gates fails the job with the reason, unless forced" {
  a_tile
  in_image "h['QAVERD'] = 'FAIL'"
  imaged
  check 1 of_queue
  same "$(job)" failed
  holds "$(sql "SELECT reason FROM job WHERE stage = 'measure'")" "failed its quality gates"
  [[ ! -e m.sqlite3 && ! -e out ]]
  check 0 of_queue --group $id --force --force-quality
  same "$(job)" "done"
  same "$(sqlite3 m.sqlite3 "SELECT verdict FROM epoch")" FAIL
}

@test "measure-sources: a group without an image fails" {
  a_tile
  imaged
  sql "DELETE FROM product"
  check 1 of_queue
  holds "$stderr" "the queue knows no image of it"
}

@test "measure-sources: a database of something else, of newer tools, or locked, is refused" {
  a_tile
  sqlite3 m.sqlite3 "CREATE TABLE mine (x)"
  check 2 measure --measurement-db m.sqlite3
  holds "$stderr" "not one of measurements"
  rm m.sqlite3
  check 0 measure --quiet --measurement-db m.sqlite3
  sqlite3 m.sqlite3 "PRAGMA user_version = 9"
  check 2 measure --measurement-db m.sqlite3
  holds "$stderr" "schema version 9"
  imaged
  check 2 of_queue --measurement-db "$queue"
  same "$(job)" ready
}
