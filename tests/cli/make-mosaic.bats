#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# make-mosaic on strips of tiles made by astropy: flux densities, which tiles are taken, kills, the queue.
load helpers

# A strip of 12 tiles made by astropy, another of 6 across 0h at declination 40, half an hour later, and
# one at declination 75.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  local make="$BATS_TEST_DIRNAME/../witness/make_strip.py"
  /usr/bin/python3 "$make" strip
  /usr/bin/python3 "$make" zero n=6 sources=60 dec=40 ra=357 time=2026-01-25T22:30:01
  /usr/bin/python3 "$make" north n=6 sources=40 dec=75 ra=358 time=2026-01-26T03:00:00
  for sky in strip zero north; do
    "$CONTIMG_BUILD/import-catalogue" --quiet --frequency-hz 1.4e9 "$sky/sky.csv" \
      --output "$sky.sqlite3" >/dev/null
  done
}

name=2026-01-25T22:02:34_dec+16.3_science
mosaic() { make-mosaic --mosaic-dir out --disk-floor-gb 0 "$@"; }
# strip [FOLDER] : hard links to the tiles of a strip, for this test to spoil.
strip() { cp -rp "$BATS_FILE_TMPDIR/${1:-strip}" "${1:-strip}"; }
catalogue() { echo "--catalogue=$BATS_FILE_TMPDIR/${1:-strip}.sqlite3"; }
witness() { python "$repository/tests/witness/mosaic_of_strip.py" "$@"; }
products() { (cd out && find . -type f | sort); }
# in_header IMAGE PYTHON : runs PYTHON with h, the image's header.
in_header() {
  python -c "import sys
from astropy.io import fits
with fits.open(sys.argv[1], mode='update') as f:
    h = f[0].header
    exec(sys.argv[2])" "$1" "$2"
}
# queued FOLDER... : a queue whose images these tiles are.
queued() {
  mkdir -p incoming
  [[ -e $queue ]] || check 0 scan-incoming --quiet --input-dir incoming --queue-db "$queue"
  local folder
  for folder in "$@"; do
    python "$repository/tests/witness/make_strip.py" --sql "$folder"/*-image.fits | sqlite3 "$queue"
  done
}
of_queue() { mosaic --queue-db "$queue" "$@"; }

@test "make-mosaic: twelve tiles have the truth's flux densities, and noise as their weights say" {
  strip
  check 0 mosaic --quiet "$(catalogue)" strip/*-image.fits
  local image=$output
  same "$image" "$PWD/out/2026-01-25/$name-image.fits"
  same "$stderr" ""
  same "$(products)" "$(for end in image.fits image.png rms.fits sources.csv thumbnail.png weight.fits; do
    echo "./2026-01-25/$name-$end"; done)"
  check 0 witness "out/2026-01-25/$name" strip members=12 rows=100 flux=0.02 bias=0.005 pull=0.8,1.2 \
    noise=0.1 blank=0.4
  python -c "import sys
from astropy.io import fits
h = fits.getheader(sys.argv[1])
assert (h['TIER'], h['SCIENCE'], h['QAVERD']) == ('science', True, 'PASS')
assert (h['CALSET'], h['OBJECT'], h['TELESCOP']) == ('2026-01-25T20:00:00', sys.argv[2], 'DSA_110')
assert abs(h['BMAJ'] * 3600 - 180) < 1e-6 and abs(h['BPA'] - 30) < 1e-6 and h['BEAMDEV'] == 1
assert h['DATE-OBS'] == '2026-01-25T22:00:00.000' and abs(h['EXPTIME'] - 12 * 309) < 0.01
shares = [float(line.split()[-1]) for line in h['HISTORY'] if line.startswith('Member')]
assert len(shares) == 12 and abs(sum(shares) - 1) < 1e-5 and min(shares) > 0.03, shares
assert any('make-mosaic --mosaic-dir out' in line for line in h['HISTORY'])" "$image" "$name"
}

@test "make-mosaic: right ascension across 0h, at declination 40 and at 75" {
  for sky in zero north; do
    strip $sky
    check 0 mosaic --quiet "$(catalogue $sky)" --name $sky --no-plot $sky/*-image.fits
    check 0 witness "${output%-image.fits}" $sky members=6 rows=15 flux=0.02 bias=0.005 noise=0.1
  done
  # 7.8 degrees of right ascension are six at declination 40: no more pixels than that.
  python -c "from astropy.io import fits
import glob
h = fits.getheader(glob.glob('out/*/zero-image.fits')[0])
assert h['NAXIS1'] < 900 and h['NAXIS2'] < 420, h['NAXIS1']
assert min(abs(h['CRVAL1'] - 0.2), abs(h['CRVAL1'] - 360.2)) < 0.1, h['CRVAL1']"
}

@test "make-mosaic: the order in which tiles are named is no matter" {
  strip
  check 0 mosaic --quiet --no-plot --name a strip/*-image.fits
  mapfile -t backwards < <(printf '%s\n' strip/*-image.fits | tac)
  check 0 mosaic --quiet --no-plot --name b "${backwards[@]}"
  python -c "import numpy as np
from astropy.io import fits
a, b = (fits.getdata(f'out/2026-01-25/{n}-image.fits') for n in 'ab')
assert np.array_equal(a, b, equal_nan=True)"
}

@test "make-mosaic: doing it again changes nothing; other tiles need --overwrite" {
  strip
  check 0 mosaic --quiet "$(catalogue)" strip/*-image.fits
  local before
  before=$(cd out && find . -type f -printf '%p %T@ %i\n' | sort)
  check 0 mosaic "$(catalogue)" strip/*-image.fits
  same "$output" "$PWD/out/2026-01-25/$name-image.fits"
  holds "$stderr" "is there, nothing to do"
  same "$(cd out && find . -type f -printf '%p %T@ %i\n' | sort)" "$before"
  check 0 mosaic --json strip/*-image.fits
  same "$(jq -r .state <<<"$output")" unchanged
  rm strip/*T22:56:39-*
  check 1 mosaic "$(catalogue)" strip/*-image.fits
  holds "$stderr" "made of other tiles"
  holds "$stderr" "--overwrite"
  same "$(cd out && find . -type f -printf '%p %T@ %i\n' | sort)" "$before"
  check 0 mosaic --quiet --overwrite "$(catalogue)" strip/*-image.fits
  check 0 witness "out/2026-01-25/$name" strip members=11
  same "$(products | wc -l)" 6
}

@test "make-mosaic: duplicates are left out, the newest image of a group is taken" {
  strip
  mkdir newer
  for file in strip/*T22:15:27-*; do cp "$file" newer/; done
  touch -d '+1 hour' newer/*-image.fits
  check 0 mosaic --no-plot strip/*-image.fits newer/*-image.fits strip/*T22:00:00-image.fits
  holds "$stderr" "strip/2026-01-25T22:15:27-image.fits: left out, a newer image of its group is"
  holds "$stderr" "strip/2026-01-25T22:00:00-image.fits: left out, it is named twice"
  local image=$output
  check 0 witness "${image%-image.fits}" strip members=12
  holds "$(python -c "import sys; from astropy.io import fits
print(fits.getheader(sys.argv[1])['HISTORY'])" "$image")" "newer/2026-01-25T22:15:27-image.fits"
}

@test "make-mosaic: tiles that failed, of another tier, not for science or of another beam are left out" {
  strip
  in_header strip/2026-01-25T22:05:09-image.fits "h['QAVERD'] = 'FAIL'"
  in_header strip/2026-01-25T22:15:27-image.fits "h['TIER'] = 'quicklook'"
  in_header strip/2026-01-25T22:25:45-image.fits "h['SCIENCE'] = False"
  in_header strip/2026-01-25T22:36:03-image.fits "h['BMAJ'] *= 1.6"
  in_header strip/2026-01-25T22:46:21-image.fits "h['BUNIT'] = 'Jy/pixel'"
  check 0 mosaic --plan --json strip/*-image.fits
  same "$(jq -r '.left_out[] | .group_id[11:] + " " + .reason' <<<"$output" | sort | cut -c1-60)" \
"22:05:09 it failed its quality gates (QAVERD)
22:15:27 tier 'quicklook', expected 'science'
22:25:45 not for science (SCIENCE)
22:36:03 beam area 1.60 times the median of its strip, expec
22:46:21 unit 'Jy/pixel', expected 'Jy/beam'"
  same "$(jq '.mosaics[0].members | length' <<<"$output")" 7
  check 0 mosaic --quiet --no-plot --force-quality strip/*-image.fits
  holds "$stderr" "not for science"
  python -c "import sys; from astropy.io import fits
h = fits.getheader(sys.argv[1]); assert h['NMEMBER'] == 10 and h['SCIENCE'] is False" "$output"
}

@test "make-mosaic: too few named tiles, none that fits, or nonsense is a usage error" {
  strip
  check 2 mosaic strip/*T22:0*-image.fits
  holds "$stderr" "2 tiles, expected at least 5"
  check 0 mosaic --quiet --no-plot --min-members 2 strip/*T22:0*-image.fits
  check 2 mosaic --tier quicklook strip/*-image.fits
  holds "$stderr" "tier 'science', expected 'quicklook'"
  check 2 mosaic --hour 2026-01-25T22 strip/*-image.fits
  check 0 mosaic --plan --tier quicklook strip/*-image.fits
  holds "$output" "left out: $PWD/strip/2026-01-25T22:00:00-image.fits: tier"
  check 2 mosaic --name a/b strip/*-image.fits
  check 2 mosaic --queue-db "$queue"
  holds "$stderr" "--night"
  check 2 mosaic --queue-db "$queue" --hour noon
  holds "$stderr" "'noon' is no time"
  check 2 mosaic --queue-db "$queue" --night 2026-01-25 --last 3
  check 2 mosaic --queue-db "$queue" --night 2026-01-25
  holds "$stderr" "no such queue"
  check 2 make-mosaic strip/*-image.fits
  holds "$stderr" "--mosaic-dir"
}

@test "make-mosaic: --plan shows what would be added up and writes nothing" {
  strip
  strip zero
  check 0 mosaic --plan strip/*-image.fits zero/*-image.fits
  holds "$output" "$PWD/out/2026-01-25/$name-image.fits: 12 tiles, to be made"
  holds "$output" "_dec+40.0_science-image.fits: 6 tiles, to be made"
  holds "$output" "  2026-01-25T22:05:09       341.291  +16.300  PASS    $PWD/strip/2026-01-25T22:05:09-image.fits"
  [[ ! -e out ]]
  check 0 mosaic --quiet --no-plot strip/*-image.fits
  check 0 mosaic --plan strip/*-image.fits
  holds "$output" "is there, nothing to do"
  rm strip/*T22:56:39-*
  check 0 mosaic --plan strip/*-image.fits
  holds "$output" "is there with other tiles"
}

@test "make-mosaic: a gap wider than the tiles makes two mosaics, and so does another declination" {
  strip
  rm strip/*T22:{25,30,36,41}:*
  check 0 mosaic --quiet --no-plot --min-members 3 strip/*-image.fits
  same "$(wc -l <<<"$output")" 2
  same "$(sort -u <<<"$output" | wc -l)" 2
  check 2 mosaic --name one --min-members 3 strip/*-image.fits
  strip zero
  check 0 mosaic --plan --json --min-members 3 zero/*-image.fits strip/*-image.fits
  same "$(jq -c '[.mosaics[].members | length]' <<<"$output")" "[5,6,3]"
  check 0 mosaic --plan --json --min-members 3 --strip-tolerance-deg 30 zero/*-image.fits strip/*-image.fits
  same "$(jq -c '[.mosaics[].members | length]' <<<"$output")" "[5,9]"
}

@test "make-mosaic: a bad tile is named, and nothing is left" {
  strip
  local bad=strip/2026-01-25T22:15:27
  cp $bad-pb.fits kept
  truncate -s 100000 $bad-pb.fits
  check 1 mosaic strip/*-image.fits
  holds "$stderr" "2026-01-25T22:15:27-pb.fits"
  same "$(products)" ""
  rm $bad-pb.fits
  check 1 mosaic strip/*-image.fits
  holds "$stderr" "2026-01-25T22:15:27-pb.fits: not there, expected it beside the image"
  cp kept $bad-pb.fits
  echo nonsense >$bad-image.fits
  check 1 mosaic strip/*-image.fits
  holds "$stderr" "2026-01-25T22:15:27-image.fits: "
  same "$(products)" ""
  check 1 mosaic strip/*-rms.fits
  holds "$stderr" "expected a name ending in -image.fits"
}

@test "make-mosaic: killed half-way leaves nothing under its names, and runs again" {
  strip
  RANDOM=5
  for _ in {1..12}; do
    make-mosaic --mosaic-dir out --quiet "$(catalogue)" strip/*-image.fits >/dev/null &
    sleep "$(awk -v ms=$((RANDOM % 400)) 'BEGIN { print ms / 1000 }')"
    kill -KILL $! 2>/dev/null || true  # it may have been faster
    wait $! || true
    if [[ -e out/2026-01-25/$name-image.fits ]]; then
      check 0 witness "out/2026-01-25/$name" strip members=12
      rm -r out
    fi
  done
  check 0 mosaic --quiet "$(catalogue)" strip/*-image.fits
  same "$(products | wc -l)" 6
  rm -r out
  make-mosaic --mosaic-dir out --quiet "$(catalogue)" strip/*-image.fits >/dev/null &
  sleep 0.1
  kill -TERM $! 2>/dev/null || true
  wait $! || true
  same "$(mkdir -p out; products | grep partial)" ""
}

@test "make-mosaic: a disk that is absent or full is told, and is for later" {
  strip
  touch file
  check 75 make-mosaic --mosaic-dir file/mosaics strip/*-image.fits
  holds "$stderr" "file/mosaics"
  check 75 make-mosaic --mosaic-dir out --disk-floor-gb 1e6 strip/*-image.fits
  holds "$stderr" "--disk-floor-gb"
  same "$(products)" ""
}

@test "make-mosaic: without a catalogue, smearing maps or gnuplot there is a mosaic all the same" {
  strip
  mkdir bin
  printf '#!/bin/sh\nexit 1\n' >bin/gnuplot
  chmod +x bin/gnuplot
  rm strip/*-smearing.fits
  PATH="$PWD/bin:$PATH" check 0 mosaic strip/*-image.fits
  holds "$stderr" "none is measured"
  holds "$stderr" "not drawn"
  same "$(wc -l <out/2026-01-25/$name-sources.csv)" 1
  same "$(products | wc -l)" 4
}

# --- the queue

@test "make-mosaic: an hour of the queue, with its margin, is made and recorded once" {
  strip
  queued strip
  local hour=2026-01-25T22:00:00_dec+16.3_science
  sql "UPDATE images SET mid_mjd = mid_mjd - 10.0 / 1440"
  check 0 of_queue --plan --hour 2026-01-25T22 --margin 0 --json
  same "$(jq '.mosaics[0].members | length' <<<"$output")" 10
  check 0 of_queue --plan --hour 2026-01-25T22 --margin 1 --json
  same "$(jq '.mosaics[0].members | length' <<<"$output")" 11
  check 0 of_queue --quiet "$(catalogue)" --hour 2026-01-25T22
  same "$output" "$PWD/out/2026-01-25/$hour-image.fits"
  same "$stderr" ""
  same "$(sql "SELECT name, path, status, tier, science, n_images, round(center_dec_deg), verdict,
    noise_jy BETWEEN 0.0005 AND 0.003, calibration_set FROM mosaics")" \
    "$hour|$output|completed|science|1|12|16.0|PASS|1|2026-01-25T20:00:00"
  same "$(sql "SELECT count(*), min(order_index), max(order_index), round(sum(weight_share), 6) FROM mosaic_members")" \
    "12|0|11|1.0"
  same "$(sql "SELECT count(*) FROM mosaic_members AS a JOIN mosaic_members AS b
    ON b.order_index = a.order_index + 1 AND b.mid_mjd <= a.mid_mjd")" 0
  same "$(sql "SELECT verdict, abs(noise_ratio - 1) < 0.1, abs(flux_ratio - 1) < 0.02, completeness,
    n_reference > 50, json_extract(gates, '$.gates.noise_ratio.warn') FROM mosaic_qa")" "PASS|1|1|1.0|1|0.15"
  local rows
  rows=$(sqlite3 "$queue" ".dump mosaics" ".dump mosaic_members" ".dump mosaic_qa")
  check 0 of_queue --hour 2026-01-25T22
  holds "$stderr" "nothing to do"
  same "$(sqlite3 "$queue" ".dump mosaics" ".dump mosaic_members" ".dump mosaic_qa")" "$rows"
}

@test "make-mosaic: what was killed between product and queue is recorded by the next run" {
  strip
  queued strip
  check 0 of_queue --quiet --no-plot --night 2026-01-25
  same "$(sql "SELECT name FROM mosaics")" "2026-01-25T00:00:00_dec+16.3_science"
  sql "DELETE FROM mosaics"
  check 0 of_queue --quiet --no-plot --night 2026-01-25
  # Foreign keys are off in this shell: members were left behind.
  same "$(sql "SELECT count(*) FROM mosaic_members")" 12
  same "$(sql "SELECT count(*) FROM mosaics")" 1
}

@test "make-mosaic: late tiles replace the mosaic and its rows with --overwrite" {
  strip
  queued strip
  sql "UPDATE images SET mid_mjd = mid_mjd + 1 WHERE group_id = '2026-01-25T22:56:39'"
  check 0 of_queue --quiet --no-plot --from 2026-01-25T21 --until 2026-01-26
  same "$(sql "SELECT name, n_images FROM mosaics")" "2026-01-25T21:00:00_dec+16.3_science|11"
  sql "UPDATE images SET mid_mjd = mid_mjd - 1 WHERE group_id = '2026-01-25T22:56:39'"
  check 1 of_queue --quiet --no-plot --from 2026-01-25T21 --until 2026-01-26
  same "$(sql "SELECT n_images FROM mosaics")" 11
  check 0 of_queue --quiet --no-plot --overwrite --from 2026-01-25T21 --until 2026-01-26
  same "$(sql "SELECT count(*), n_images FROM mosaics")" "1|12"
  same "$(sql "SELECT count(*) FROM mosaic_members")" 12
  same "$(sql "SELECT count(*) FROM mosaic_qa")" 1
}

@test "make-mosaic: strips of the queue, a declination of them, and too few" {
  strip
  strip zero
  queued strip zero
  check 0 of_queue --plan --json --last 1000000
  same "$(jq -c '[.mosaics[].members | length]' <<<"$output")" "[12,6]"
  check 0 of_queue --plan --json --last 1000000 --dec 39.5
  same "$(jq -c '[.mosaics[].members | length]' <<<"$output")" "[6]"
  check 0 of_queue --plan --json --last 1000000 --max-members 5
  same "$(jq -c '[.mosaics[].members | length]' <<<"$output")" "[]"
  check 0 of_queue --plan --json --last 1000000 --max-members 6
  same "$(jq -c '[.mosaics[].members | length]' <<<"$output")" "[6,6,6]"
  check 0 of_queue --last 1000000 --min-members 20
  same "$output" ""
  holds "$stderr" "12 tiles, expected at least 20"
  check 0 of_queue --quiet --last 0.001
  same "$output$stderr" ""
  # A tile whose file is gone is left out.
  rm zero/2026-01-25T22:30:01-image.fits
  check 0 of_queue --plan --json --last 1000000 --dec 40
  same "$(jq -c '[.mosaics[].members | length]' <<<"$output")" "[5]"
  same "$(jq -r '.left_out[].image' <<<"$output")" "$PWD/zero/2026-01-25T22:30:01-image.fits"
  holds "$stderr" "2026-01-25T22:30:01-image.fits"
}

@test "make-mosaic: one mosaic that fails does not hold up the others; a deleted group keeps its mosaic" {
  strip
  strip zero
  queued strip zero
  truncate -s 100000 strip/2026-01-25T22:15:27-rms.fits
  check 1 of_queue --no-plot --last 1000000
  holds "$stderr" "2026-01-25T22:15:27-rms.fits"
  holds "$output" "_dec+40.0_science-image.fits"
  same "$(sql "SELECT n_images FROM mosaics")" 6
  sql "INSERT INTO ingest_queue (group_id, state) VALUES ('2026-01-25T22:30:01', 'completed')"
  sqlite3 "$queue" "PRAGMA foreign_keys = ON; DELETE FROM ingest_queue"
  same "$(sql "SELECT count(*) FROM images WHERE group_id = '2026-01-25T22:30:01'")" 0
  same "$(sql "SELECT count(*) FROM mosaic_members")" 6
}
