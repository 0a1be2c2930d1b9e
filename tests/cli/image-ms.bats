#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# image-ms on a set of 20 antennas, with WSClean and with stand-ins for it that fail, hang or diverge.
load helpers

id=2026-01-25T22:26:05
stem=images/2026-01-25/x

# 20 antennas, three sources and noise: large enough for a real image, small enough for seconds.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export TZ=UTC
  mkdir incoming fake
  printf 'name,ra_deg,dec_deg,flux_jy\na,343.4,16.03,1\nb,343.2,15.87,0.6\nc,343.15,16.1,0.8\n' >sky.csv
  "$CONTIMG_BUILD/simulate-observation" --quiet --ideal --sefd-jy 3000 --start $id --dec 16.1 \
    --output-dir incoming --antennas 20 --channels 4 --integrations 6 --sky sky.csv >/dev/null
  "$CONTIMG_BUILD/convert-group" --quiet --disk-floor-gb 0 --files incoming/*.hdf5 --output-dir ms \
    >/dev/null
  mv "ms/science/2026-01-25/$id.ms" one.ms
  rm -rf ms
  "$CONTIMG_BUILD/import-catalogue" --quiet --frequency-hz 1.4e9 --output sky.sqlite3 sky.csv >/dev/null
  cp "$BATS_TEST_DIRNAME/../witness/fake_wsclean.py" fake/wsclean
}

a_set() { cp -r "$BATS_FILE_TMPDIR/one.ms" x.ms; }
# Pixels large enough for a small image, as the array of 20 is.
options=(--image-dir images --disk-floor-gb 0 --omp-threads 2 --size 512 --scale 20arcsec
  --allow-uncalibrated --tmpfs-dir tmpfs)
image() {
  mkdir -p tmpfs
  image-ms "${options[@]}" "$@"
}
# faked HOW ARGUMENT... : image-ms with a WSClean that fails like that.
faked() {
  local how=$1
  shift
  mkdir -p tmpfs
  FAKE=$how FAKE_LOG=$PWD/runs PATH="$BATS_FILE_TMPDIR/fake:$PATH" image-ms "${options[@]}" --no-plot "$@"
}
# nothing_left : no product, and nothing of WSClean's.
nothing_left() {
  [[ -z $(find images tmpfs -type f 2>/dev/null) && -z $(ls -A tmpfs) ]] ||
    { find images tmpfs >&2; return 1; }
}
in_set() {
  python -c "import sys, numpy
from casacore.tables import table
t = table('x.ms', readonly=False, ack=False)
exec(sys.argv[1])" "$1"
}
in_image() {
  python -W error::UserWarning -c "import sys, numpy
from astropy.io import fits
from astropy.wcs import WCS
def load(kind):
    with fits.open('$stem-' + kind + '.fits') as f:
        f.verify('exception')
        return f[0].header.copy(), numpy.squeeze(f[0].data).copy()
exec(sys.argv[1])" "$1"
}
enqueue() {
  scan-incoming --quiet --settle-time-s 0 --input-dir "$BATS_FILE_TMPDIR/incoming" \
    --queue-db "$queue" >/dev/null
  form-groups --quiet --queue-db "$queue" >/dev/null
  CONTIMG_STAGES=convert,image convert-group --quiet --disk-floor-gb 0 --queue-db "$queue" \
    --output-dir ms >/dev/null
}
from_queue() {
  mkdir -p tmpfs
  CONTIMG_STAGES=convert,image image-ms "${options[@]}" --queue-db "$queue" "$@"
}
job() { sql "SELECT state FROM job WHERE stage = 'image' AND group_id = '$id'"; }

# --- by hand, with WSClean

@test "image-ms: prints the image's path; all files are there, sources where they should be" {
  a_set
  mkdir tmpfs
  check 0 image-ms --image-dir images --disk-floor-gb 0 --tmpfs-dir tmpfs --allow-uncalibrated --size 800 \
    --scale 2.5arcsec --quiet --catalogue "$BATS_FILE_TMPDIR/sky.sqlite3" x.ms
  same "$output" "$PWD/$stem-image.fits"
  same "$(cd images/2026-01-25 && ls)" "x-image-pbcor.fits
x-image.fits
x-image.png
x-model.fits
x-pb.fits
x-psf.fits
x-residual.fits
x-rms.fits
x-smearing.fits
x-thumbnail.png"
  same "$(ls -A tmpfs)" ""
  in_image "
h, d = load('image'); hc, c = load('image-pbcor'); hb, b = load('pb'); hr, r = load('rms')
w = WCS(h).celestial
assert d.shape == (800, 800) and h['BUNIT'] == 'Jy/beam' and h['TELESCOP'] == 'DSA_110'
assert h['TIER'] == 'science' and h['SCIENCE'] is False and 'CALSET' not in h
assert h['GROUPID'] == 'x' and h['QAVERD'] in ('PASS', 'WARN', 'FAIL', 'UNKNOWN')
text = ' '.join(str(line) for line in h['HISTORY'])
assert 'image-ms' in text and 'wsclean -j 2' in text and '3.1' in text, text
for ra, dec, flux in ((343.4, 16.03, 1), (343.2, 15.87, .6), (343.15, 16.1, .8)):
    x, y = (int(round(float(p))) for p in w.all_world2pix(ra, dec, 0))
    box = c[y-3:y+4, x-3:x+4]
    j, i = numpy.unravel_index(numpy.nanargmax(box), box.shape)
    assert abs(i - 3) <= 1 and abs(j - 3) <= 1, (i, j)
    # A peak may lie half a pixel off, which is 4 % across this beam, and be smeared by 1 %.
    assert .95 < box[j, i] / flux < 1.03, (box[j, i], flux)
assert numpy.isfinite(b).all() and (numpy.isnan(c) == (b < .2)).all()
assert numpy.nanmin(r) > 0"
}

@test "image-ms: an image that is there is not replaced without --overwrite" {
  a_set
  faked sound --quiet x.ms
  before=$(stat -c %Y%i "$stem-image.fits")
  check 1 faked sound x.ms
  holds "$stderr" "$stem-image.fits: is there already"
  holds "$stderr" "--overwrite"
  same "$(stat -c %Y%i "$stem-image.fits")" "$before"
  check 0 faked sound --overwrite --quiet x.ms
  [[ $(stat -c %Y%i "$stem-image.fits") != "$before" ]]
}

@test "image-ms: --json tells averaging, engine, figures and verdict" {
  a_set
  check 0 faked sound --json x.ms
  same "$(jq -c '[.stage, .product, .state, .tier, .science, .data, .size, .engine.version,
    .engine.major_iterations, .engine.iterations]' <<<"$output")" \
    "[\"image\",\"$PWD/$stem-image.fits\",\"completed\",\"science\",false,\"DATA, not calibrated\",512,\"3.1.0 (2022-04-01)\",1,12]"
  jq -e '.verdict and .figures and .averaging.averaged <= .averaging.visibilities
    and (.engine.cleaned_flux_jy - 0.2 | fabs) < 1e-6 and .products.rms' <<<"$output"
}

@test "image-ms: what is asked for is what WSClean is told" {
  a_set
  check 0 faked sound --quiet --weighting 'briggs -1' --niter 77 --mgain 0.7 --auto-mask 4 \
    --auto-threshold 2 --threshold 500uJy --min-uv-l 50 --nterms 2 --accuracy 0.001 x.ms
  for words in "-weight briggs -1 " "-niter 77 " "-mgain 0.7 " "-auto-mask 4 " "-auto-threshold 2 " \
    "-threshold 0.0005 " "-minuv-l 50 " "-channels-out 8 -join-channels -fit-spectral-pol 2" \
    "-size 512 512 " "-scale 20asec " "-wgridder-accuracy 0.001 " "-j 2 "; do
    holds "$(<runs) " "$words"
  done
}

@test "image-ms: thresholds in Jy, mJy and uJy; other units, angles and weightings are exit code 2" {
  a_set
  for given in 1.5mJy 1500uJy 0.0015Jy '1.5 MJY'; do
    rm -rf images runs
    check 0 faked sound --quiet --threshold "$given" x.ms
    holds "$(<runs)" "-threshold 0.0015 "
  done
  for wrong in 5 5mK mJy -1mJy 0Jy; do
    check 2 faked sound "--threshold=$wrong" x.ms
    holds "$stderr" "expected a flux density like 5mJy"
  done
  check 2 faked sound --scale 3px x.ms
  check 2 faked sound --weighting robust x.ms
  check 2 faked sound --tier best x.ms
}

@test "image-ms: a quick look is coarse, short, and not for science" {
  a_set
  mkdir tmpfs
  check 0 env FAKE=sound FAKE_LOG="$PWD/runs" PATH="$BATS_FILE_TMPDIR/fake:$PATH" image-ms --quiet \
    --image-dir images --pb-cut 0.9 --disk-floor-gb 0 --tmpfs-dir tmpfs --no-plot --allow-uncalibrated x.ms
  fine=$(in_image "h, d = load('image'); print(h['CDELT2'], h['NAXIS1'])")
  check 0 env FAKE=sound FAKE_LOG="$PWD/runs" PATH="$BATS_FILE_TMPDIR/fake:$PATH" image-ms --quiet \
    --image-dir images --pb-cut 0.9 --disk-floor-gb 0 --tmpfs-dir tmpfs --no-plot --allow-uncalibrated --overwrite \
    --tier quicklook x.ms
  in_image "
h, d = load('image')
pixel, n = '$fine'.split()
assert 1.9 < h['CDELT2'] / float(pixel) < 2.1 and h['NAXIS1'] < .6 * int(n), (h['CDELT2'], pixel)
assert h['TIER'] == 'quicklook' and h['SCIENCE'] is False"
  holds "$(tail -1 runs)" "-niter 300 "
  holds "$(tail -1 runs)" "-maxuv-l "
}

@test "image-ms: calibrates on the way, with tables that are named and with those recorded" {
  a_set
  check 0 known_tables x.ms drawn 3
  calibrated() {
    mkdir -p tmpfs
    FAKE=sound FAKE_LOG=$PWD/runs PATH="$BATS_FILE_TMPDIR/fake:$PATH" image-ms --image-dir images \
      --disk-floor-gb 0 --size 512 --scale 20arcsec --tmpfs-dir tmpfs --no-plot --json --overwrite "$@"
  }
  check 0 calibrated --gaintable drawn.K,drawn.B,drawn.G x.ms
  same "$(jq -c '[.science, .calibration_set, (.tables | length)]' <<<"$output")" \
    '[true,"drawn.K, drawn.B, drawn.G",3]'
  in_image "
h = load('image')[0]
assert h['SCIENCE'] is True and h['CALSET'] == 'drawn.K, drawn.B, drawn.G'
assert 'Calibration table' in ' '.join(str(line) for line in h['HISTORY'])"
  check 0 calibrate-ms --apply --in-memory --no-tile-solve --gaintable drawn.K,drawn.B,drawn.G x.ms
  check 0 calibrated x.ms
  jq -e '.science and (.tables | length) == 3' <<<"$output"
  check 1 calibrated --gaintable absent.G x.ms
  holds "$stderr" "absent.G"
}

# --- bad data

@test "image-ms: a set that is not calibrated is refused with the remedy" {
  a_set
  mkdir tmpfs
  check 1 image-ms --image-dir images --disk-floor-gb 0 --tmpfs-dir tmpfs x.ms
  holds "$stderr" "x.ms: "
  holds "$stderr" "calibrate-ms"
  nothing_left
}

@test "image-ms: where groups may go on without calibration they are imaged, not for science" {
  a_set
  mkdir -p tmpfs
  CONTIMG_NO_CALIBRATION=uncalibrated check 0 image-ms "${options[@]/--allow-uncalibrated/--no-plot}" --quiet \
    --json x.ms
  same "$(jq -c '[.science, .data]' <<<"$output")" '[false,"DATA, not calibrated"]'
}

@test "image-ms: all flagged, and CORRECTED_DATA of nothing but zeros, are refused" {
  a_set
  in_set "
t.putcol('FLAG', t.getcol('FLAG') | True)"
  check 1 faked sound x.ms
  holds "$stderr" "every visibility is flagged"
  nothing_left
  rm -rf x.ms
  a_set
  in_set "
from casacore.tables import makearrcoldesc, maketabdesc
d = t.getcol('DATA')
t.addcols(maketabdesc(makearrcoldesc('CORRECTED_DATA', 0j, 2, valuetype='complex')))
t.putcol('CORRECTED_DATA', d * 0)"
  check 1 faked sound x.ms
  holds "$stderr" "zero"
  nothing_left
}

@test "image-ms: what is no set, and what is not there, is exit code 1" {
  mkdir empty.ms
  check 1 faked sound empty.ms
  check 1 faked sound absent.ms
  holds "$stderr" "absent.ms"
  nothing_left
}

# --- a WSClean that fails

@test "image-ms: without WSClean it is exit code 75, and says what to install" {
  a_set
  mkdir bin
  ln -s "$(command -v image-ms)" bin/
  check 75 env PATH="$PWD/bin" image-ms "${options[@]}" x.ms
  holds "$stderr" "wsclean: no such program"
  mkdir -p tmpfs
  nothing_left
}

@test "image-ms: a WSClean that fails, is killed, writes nothing or only blanks is exit code 1" {
  a_set
  check 1 faked fail x.ms
  holds "$stderr" "exit code 3"
  holds "$stderr" "the reason of the failure"
  nothing_left
  check 1 faked killed x.ms
  holds "$stderr" "ended by signal 9"
  nothing_left
  check 1 faked nothing x.ms
  holds "$stderr" "has written no 'image' image, but nothing"
  nothing_left
  check 1 faked blank x.ms
  holds "$stderr" "blank throughout"
  nothing_left
}

@test "image-ms: a WSClean that takes too long, or does nothing, is stopped with all its processes" {
  a_set
  check 1 faked hang --timeout 2 x.ms
  holds "$stderr" "has not ended within 2 s"
  holds "$stderr" "Opening reordered part 0"
  nothing_left
  check 1 faked hang --stall-timeout 1 x.ms
  holds "$stderr" "has neither worked nor written for 1 s"
  nothing_left
  check 1 faked idle --stall-timeout 1 x.ms # KILL, for it does not listen to TERM
  nothing_left
  [[ -z $(pgrep -f "^/usr/bin/python3 .*${BATS_FILE_TMPDIR}/fake/wsclean") ]]
}

@test "image-ms: TERM ends WSClean too, with exit code 75 and nothing left" {
  a_set
  mkdir tmpfs
  FAKE=hang FAKE_LOG=$PWD/runs PATH="$BATS_FILE_TMPDIR/fake:$PATH" \
    image-ms "${options[@]}" --no-plot x.ms >/dev/null 2>log &
  until_true 120 test -s runs
  sleep 0.5
  kill -TERM $!
  code=0
  wait $! || code=$?
  same "$code" 75
  [[ -z $(pgrep -f "${BATS_FILE_TMPDIR}/fake/wsclean") ]]
  nothing_left
}

@test "image-ms: killed, WSClean is too; the next run removes what was left, and makes the image" {
  a_set
  mkdir tmpfs
  FAKE=hang FAKE_LOG=$PWD/runs PATH="$BATS_FILE_TMPDIR/fake:$PATH" \
    image-ms "${options[@]}" --no-plot x.ms >/dev/null 2>&1 &
  until_true 120 test -s runs
  kill -9 $!
  wait $! || true
  [[ -n $(ls tmpfs) ]]
  none_works() { [[ -z $(pgrep -f "python3 ${BATS_FILE_TMPDIR}/fake/wsclean") ]]; }
  until_true 30 none_works
  check 0 faked sound --quiet x.ms
  same "$(ls -A tmpfs)" ""
  [[ -e $stem-image.fits ]]
}

@test "image-ms: a full disk under WSClean is exit code 75, and says where" {
  a_set
  mkdir tmpfs
  mount -t tmpfs -o size=40m tmpfs tmpfs 2>/dev/null || skip "no tmpfs can be mounted here"
  code=0
  FAKE=full FAKE_LOG=$PWD/runs PATH="$BATS_FILE_TMPDIR/fake:$PATH" image-ms --image-dir images \
    --disk-floor-gb 0 --omp-threads 2 --size 512 --scale 20arcsec --allow-uncalibrated --tmpfs-dir "" \
    --scratch-dir tmpfs --no-plot x.ms 2>log || code=$?
  left=$(ls -A tmpfs)
  umount tmpfs
  same "$code" 75
  holds "$(<log)" "WSClean finds no room"
  same "$left" ""
}

# --- a clean that diverges

@test "image-ms: a clean that diverges is done again with lower gain, and recorded" {
  a_set
  check 0 faked once --json x.ms
  same "$(wc -l <runs)" 2
  holds "$(head -1 runs)" "-gain 0.1 "
  holds "$(tail -1 runs)" "-gain 0.05 -mgain 0.5 "
  holds "$stderr" "diverges"
  holds "$(jq -r .engine.redone_because <<<"$output")" "larger than the dirty image's"
  in_image "assert 'lower gain' in ' '.join(str(l) for l in load('image')[0]['HISTORY'])"
}

@test "image-ms: one that diverges again is exit code 1 with the reason" {
  a_set
  check 1 faked diverge x.ms
  holds "$stderr" "the residual's"
  holds "$stderr" "larger than the dirty image's"
  same "$(wc -l <runs)" 2
  nothing_left
  check 1 faked negative x.ms
  holds "$stderr" "times the noise below zero"
  nothing_left
}

# --- the queue

@test "image-ms: takes the next job of the queue and records the image, its figures and verdict" {
  enqueue
  check 0 from_queue --quiet --no-plot
  same "$output" "$PWD/images/2026-01-25/$id-image.fits"
  same "$(job)" "done"
  same "$(sql "SELECT stage, imagename FROM ms_index")" "imaged|$PWD/images/2026-01-25/$id-image.fits"
  same "$(sql "SELECT kind FROM product WHERE stage = 'image' ORDER BY kind")" \
    $'image\nimage_pbcor\nmodel\npb\npsf\nresidual\nrms\nsmearing'
  same "$(sql "SELECT type, pbcor, imsize_x, round(cellsize_arcsec), tier, science FROM images ORDER BY type")" \
    $'image|0|512|20.0|science|0\nimage_pbcor|1|512|20.0|science|0'
  same "$(sql "SELECT count(*) FROM images WHERE noise_jy > 0 AND dynamic_range > 0
    AND beam_major_arcsec > 0 AND beam_minor_arcsec > 0 AND beam_pa_deg IS NOT NULL
    AND abs(center_dec_deg - 16) < 1 AND abs(freq_ghz - 1.405) < 0.01 AND abs(bandwidth_mhz - 187.5) < 1
    AND integration_sec > 70 AND mid_mjd > 61000 AND field_name <> ''")" 2
  same "$(sql "SELECT q.image_path = i.path, q.verdict = i.verdict, q.local_rms_jy = i.noise_jy,
    json_extract(q.engine, '$.major_iterations') > 0, q.theoretical_rms_jy > 0
    FROM image_qa q JOIN images i ON i.path = q.image_path")" "1|1|1|1|1"
  same "$(sql "SELECT count(*) FROM stage_metrics WHERE stage = 'image' AND max_rss_kb > 0")" 1
  check 0 from_queue
  holds "$stderr" "nothing to do"
  check 0 from_queue --quiet --no-plot --group "$id" --force
  same "$(sql "SELECT count(*) FROM images")" 2
  sql "PRAGMA foreign_keys = ON; DELETE FROM ingest_queue"
  same "$(sql "SELECT (SELECT count(*) FROM images) + (SELECT count(*) FROM image_qa)")" 0
}

@test "image-ms: a job whose WSClean hangs is tried again; one without WSClean is not counted" {
  enqueue
  FAKE=hang FAKE_LOG=$PWD/runs PATH="$BATS_FILE_TMPDIR/fake:$PATH" check 1 from_queue --timeout 1
  same "$(job)" waiting
  same "$(sql "SELECT retry_count FROM job WHERE stage = 'image'")" 1
  sql "UPDATE job SET not_before = 0 WHERE stage = 'image'"
  check 0 from_queue --quiet --no-plot
  same "$(job)" "done"
}
