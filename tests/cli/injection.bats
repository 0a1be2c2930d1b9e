#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Known faint sources: image-ms --inject, measure-sources --inject, process-group, report-night and
# notify together. Accuracy on large tiles is held in tests/chain/injection-full.bats.
# shellcheck disable=SC2034,SC2154  # queue: sql of the helpers uses it; stderr, repository: they set it
load helpers

id=2026-01-25T22:26:05

# 30 antennas, three bright sources and noise; the set with its image, made and measured.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export TZ=UTC
  mkdir incoming
  printf 'name,ra_deg,dec_deg,flux_jy\na,343.4,16.03,1\nb,343.2,15.87,0.6\nc,343.15,16.1,0.8\n' >sky.csv
  "$CONTIMG_BUILD/simulate-observation" --quiet --ideal --sefd-jy 3000 --start $id --dec 16.1 \
    --output-dir incoming --antennas 30 --channels 4 --integrations 6 --sky sky.csv >/dev/null
  "$CONTIMG_BUILD/convert-group" --quiet --disk-floor-gb 0 --files incoming/*.hdf5 --output-dir ms \
    >/dev/null
  mv "ms/science/2026-01-25/$id.ms" "$id.ms"
  "$CONTIMG_BUILD/import-catalogue" --quiet --frequency-hz 1.4e9 --output sky.sqlite3 sky.csv >/dev/null
  calibrated "$id.ms"
}
# calibrated SET : in place of solving, which is nothing here: the data are as the sky made them.
calibrated() {
  /usr/bin/python3 - "$1" <<'PYTHON'
import sys
from casacore.tables import table
t = table(sys.argv[1], readonly=False, ack=False)
t.addcols({"name": "CORRECTED_DATA", "desc": dict(t.getcoldesc("DATA"), comment="calibrated")})
t.putcol("CORRECTED_DATA", t.getcol("DATA"))
PYTHON
}

a_set() { cp -r "$BATS_FILE_TMPDIR/$id.ms" x.ms && mv x.ms "$id.ms" && ln -s "$BATS_FILE_TMPDIR/sky.sqlite3" .; }
options=(--image-dir images --disk-floor-gb 0 --omp-threads 2 --size 1024 --scale 4arcsec
  --tmpfs-dir '' --catalogue sky.sqlite3)
image() { image-ms --quiet "${options[@]}" "$@" $id.ms; }
measure() { measure-sources --quiet --catalogue sky.sqlite3 --source-dir out --measurement-db m.sqlite3 "$@"; }
science=images/2026-01-25/$id
injected=images/injected/2026-01-25/$id
# a_tile : imaged and measured, as science is.
a_tile() {
  a_set
  check 0 image --no-plot
  check 0 measure "$science-image.fits"
}
science_as_it_is() {
  find images/2026-01-25 out $id.ms -type f -exec sha256sum {} + | sort -k2
  sqlite3 m.sqlite3 "SELECT * FROM epoch; SELECT * FROM measurement; SELECT * FROM change_counter"
}
in_db() { sqlite3 -batch m.sqlite3 "$1"; }

@test "injection: known sources are put in, measured and recorded; science stays byte for byte" {
  a_tile
  science_as_it_is >before
  check 0 image --inject --injection-sources 30
  same "$output" "$PWD/$injected-image.fits"
  same "$stderr" ""
  jq -e '.group_id == "'$id'" and (.sources | length) == 30 and .measured == false and
    all(.sources[]; .snr >= 3 and .snr <= 30)' "$injected-injected.json"
  same "$(python -c "from astropy.io import fits; h = fits.getheader('$injected-image.fits')
print(h['TIER'], h['SCIENCE'])")" "injection False"
  check 1 measure "$injected-image.fits"
  holds "$stderr" "not for science"
  check 0 measure --inject --json "$injected-image.fits"
  jq -e '.stage == "injection" and .n_source == 30 and .n_bright >= 5 and
    .n_bright_found >= .n_bright - 1' <<<"$output"
  same "$(ls "${injected%/*}")" "$id-injected.json"
  science_as_it_is >after
  cmp before after
  same "$(in_db "SELECT group_id, n_source, (SELECT count(*) FROM injected_source) FROM injection")" "$id|30|30"
  # Right within their errors.
  same "$(in_db "SELECT abs(avg((flux_jy - true_flux_jy) / noise_error_jy)) < 4 / sqrt(30.0) AND
    avg(abs(flux_jy - true_flux_jy) / noise_error_jy) BETWEEN 0.4 AND 1.3 FROM injected_source")" 1
  # Nothing is left to do, and with --overwrite the same rows come again.
  check 0 image --inject
  same "$output" ""
  in_db "SELECT name, ra_deg, dec_deg, true_flux_jy, true_snr, found, round(flux_jy, 5) FROM injected_source" >first
  check 0 image --inject --injection-sources 30 --overwrite
  check 0 measure --inject --keep-images "$output"
  in_db "SELECT name, ra_deg, dec_deg, true_flux_jy, true_snr, found, round(flux_jy, 5) FROM injected_source" >second
  cmp first second
  same "$(in_db "SELECT id, version FROM injection")" "1|2"
  [[ -e $injected-image.fits ]]
}

@test "injection: what was broken off goes on, another image or seed begins anew" {
  a_tile
  check 0 image --inject --injection-sources 5
  touch -d '1 hour ago' "$injected-image.fits"
  made=$(stat -c %Y "$injected-image.fits")
  check 0 image --inject --injection-sources 5
  same "$output" "$PWD/$injected-image.fits"
  same "$(stat -c %Y "$injected-image.fits")" "$made"
  rm "$injected-injected.json"
  check 0 image --inject --injection-sources 5
  [[ $(stat -c %Y "$injected-image.fits") != "$made" ]]
  check 0 measure --inject "$injected-image.fits"
  place=$(in_db "SELECT ra_deg FROM injected_source ORDER BY name LIMIT 1")
  check 0 image --inject --injection-sources 5 --injection-seed 2
  check 0 measure --inject "$output"
  [[ $(in_db "SELECT ra_deg FROM injected_source ORDER BY name LIMIT 1") != "$place" ]]
  # A science image that is made again has other noise: the sources are put in anew.
  touch "$science-image.fits"
  check 0 image --inject --injection-sources 5 --injection-seed 2
  same "$output" "$PWD/$injected-image.fits"
}

@test "injection: an image that is absent, failed or not for science gets none" {
  a_set
  check 1 image --inject
  holds "$stderr" "run image-ms without --inject first"
  check 0 image --no-plot
  python -c "from astropy.io import fits
fits.setval('$science-image.fits', 'QAVERD', value='FAIL')"
  check 0 image --inject --json
  same "$(jq -r '.state + ": " + .reason' <<<"$output")" "skipped: its image failed its quality gates"
  [[ ! -e images/injected ]]
  check 2 image-ms --inject
  check 2 measure-sources --inject
  check 1 measure --inject "$science-image.fits"
  holds "$stderr" "injected.json: not there"
  [[ ! -e m.sqlite3 ]]
}

@test "injection: visibilities are those of a simulated sky with the same sources" {
  a_tile
  # A WSClean that keeps what it was given.
  mkdir keep given
  # shellcheck disable=SC2016  # for the script that is written
  printf '#!/bin/sh\ncp -r averaged-*.ms "$GIVEN"\nexec "%s" "$@"\n' "$(command -v wsclean)" >keep/wsclean
  chmod +x keep/wsclean
  export PATH=$PWD/keep:$PATH
  mkdir given/without given/with
  GIVEN=$PWD/given/without check 0 image --no-plot --overwrite --max-smearing 1e-9
  GIVEN=$PWD/given/with check 0 image --inject --injection-sources 8 --injection-min-snr 500 \
    --injection-max-snr 2000 --max-smearing 1e-9
  mkdir raw
  jq -r '"name,ra_deg,dec_deg,flux_jy", (.sources[] | "\(.name),\(.ra_deg),\(.dec_deg),\(.flux_jy)")' \
    "$injected-injected.json" >true.csv
  simulate-observation --quiet --ideal --start $id --dec 16.1 --output-dir raw --antennas 30 \
    --channels 4 --integrations 6 --channel-averaging --sky true.csv >/dev/null
  check 0 convert-group --quiet --disk-floor-gb 0 --files raw/*.hdf5 --output-dir ms
  check 0 python "$repository/tests/witness/injected_visibilities.py" given/without given/with "$output"
  echo "# $output" >&3
  check 1 python "$repository/tests/witness/injected_visibilities.py" given/without given/without "$output"
}

# a_group : a calibrated group in the queue, to be imaged and measured, with sources in every tile.
a_group() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,image,measure \
    CONTIMG_INJECTION_EVERY=1 CONTIMG_INJECTION_SOURCES=20 CONTIMG_SIZE=1024 CONTIMG_SCALE=4arcsec \
    CONTIMG_CATALOGUE=$BATS_FILE_TMPDIR/sky.sqlite3
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/state/db
  ln -s "$BATS_FILE_TMPDIR/incoming" root/incoming
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  check 0 process-group --quiet --until convert $id
  calibrated root/ms/science/2026-01-25/$id.ms
}
lines() { jq -r '.stage + " " + .state' <<<"$output" | paste -sd,; }
jobs_done() { sql "SELECT group_concat(stage || ':' || state, ' ') FROM job"; }

@test "injection: process-group does it before the last stage, once; the queue sees nothing of it" {
  a_group
  check 0 process-group --quiet $id
  same "$(lines)" "image completed,injection completed,measure completed"
  lacks "$stderr" "known sources"
  db=root/state/db/measurements.sqlite3
  same "$(sqlite3 "$db" "SELECT group_id, n_source FROM injection")" "$id|20"
  same "$(sql "SELECT count(*) FROM product WHERE path LIKE '%injected%'") $(sql "SELECT count(*) FROM images WHERE path LIKE '%injected%'")" "0 0"
  check 0 image-ms --quiet --inject --group $id
  same "$output" ""
  same "$(sqlite3 "$db" "SELECT count(*), max(version) FROM injection")" "1|1"
  check 0 report-night --quiet --json --night 2026-01-25
  same "$(jq -c '[.injection.n_tile, .injection.n_source]' <<<"$output")" "[1,20]"
  holds "$(<root/state/reports/night-2026-01-25.html)" "20 known sources in 1 tile"
  check 0 xmllint --noout root/state/reports/night-2026-01-25.html
}

@test "injection: broken off it is done with the group's next try; what fails there stops nothing" {
  a_group
  check 0 process-group --quiet --until image $id
  # Ended in the middle: the second WSClean of the group never comes to its end.
  mkdir slow
  printf '#!/bin/sh\n: >begun\nexec sleep 600\n' >slow/wsclean
  sed -i "s|>begun|>$PWD/begun|" slow/wsclean
  chmod +x slow/wsclean
  PATH=$PWD/slow:$PATH process-group --quiet $id >lines 2>log &
  until_true 60 test -e begun
  kill -TERM $!
  code=0
  wait $! || code=$?
  same "$code" 75
  same "$(jobs_done)" "convert:done image:done measure:ready"
  same "$(find root/images/injected -type f)" ""
  # And one that fails.
  printf '#!/bin/sh\necho no >&2\nexit 3\n' >slow/wsclean
  PATH=$PWD/slow:$PATH check 0 process-group --quiet $id
  same "$(lines)" "measure completed"
  holds "$stderr" "no known sources were measured, exit code 1; the group goes on"
  same "$(jobs_done)" "convert:done image:done measure:done"
}

@test "injection: a tile that is not due gets none" {
  a_group
  CONTIMG_INJECTION_EVERY=0 check 0 process-group --quiet $id
  same "$(lines)" "image completed,measure completed"
  check 0 image-ms --quiet --inject --group $id --injection-every 0 --json
  same "$(jq -r .reason <<<"$output")" "it is not due (injection.every)"
  check 0 image-ms --quiet --inject --group $id --injection-every 0 --force
  holds "$output" injected
}
