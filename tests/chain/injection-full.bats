#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Known sources in larger tiles: what measuring them says of completeness and flux densities is what the
# noise makes them, and a fault that is put in on purpose raises the alarm. And in the VLA's real data.
# shellcheck disable=SC2154  # repository, test_data: set by the helpers

load ../cli/helpers
load vla

injection_witness() { python "$repository/tests/witness/injected_sources.py" "$@"; }

# a_tile : a simulated tile with noise, calibrated as the sky made it, imaged.
a_tile() {
  export CONTIMG_DISK_FLOOR_GB=0 CONTIMG_OMP_THREADS=2
  id=2026-01-25T22:26:05
  mkdir raw
  printf 'name,ra_deg,dec_deg,flux_jy\na,343.4,16.03,0.3\nb,343.2,15.87,0.2\nc,343.15,16.1,0.1\n' >sky.csv
  import-catalogue --quiet --frequency-hz 1.4e9 --output sky.sqlite3 sky.csv >/dev/null
  simulate-observation --quiet --ideal --sefd-jy 3000 --start $id --dec 16.1 --output-dir raw \
    --antennas 40 --channels 4 --integrations 12 --sky sky.csv >/dev/null
  check 0 convert-group --quiet --files raw/*.hdf5 --output-dir ms
  set=$output
  rm -r raw
  python - "$set" <<'PYTHON'
import sys
from casacore.tables import table
t = table(sys.argv[1], readonly=False, ack=False)
t.addcols({"name": "CORRECTED_DATA", "desc": t.getcoldesc("DATA")})
t.putcol("CORRECTED_DATA", t.getcol("DATA"))
PYTHON
  options=(--quiet --image-dir images --catalogue sky.sqlite3 --size 1280 --scale 4arcsec)
  check 0 image-ms "${options[@]}" --no-plot --json "$set"
  echo "# image: $(jq -c '{seconds, size, rms: .figures.local_rms_jy}' <<<"$output")" >&3
  same "$(jq -r .verdict <<<"$output" | grep -c FAIL)" 0
}
# inject SEED : sources put in and measured, in m.sqlite3 under a group of their own.
inject() {
  check 0 image-ms "${options[@]}" --inject --injection-sources 100 --injection-seed "$1" "$set"
  image=$output
}
measure() { check 0 measure-sources --quiet --inject --catalogue sky.sqlite3 --measurement-db "$1" "$image"; }

@test "injection: completeness, bias and pulls of a tile are those of its noise; faults are told of" {
  a_tile
  for seed in 1 2 3; do
    inject $seed
    cp -r "${image%/*}" with-$seed
    measure m.sqlite3
    # One tile holds one row; the next seed's is another tile's.
    sqlite3 m.sqlite3 "UPDATE injection SET group_id = 'seed$seed' WHERE group_id NOT LIKE 'seed%'"
  done
  check 0 injection_witness m.sqlite3
  echo "# $output" >&3

  # The night's report and notices, of a queue that has nothing else. mid_mjd is made yesterday's, so
  # that notify looks at it.
  mkdir -p root/state/db
  export CONTIMG_ROOT=$PWD/root CONTIMG_STAGES=convert
  manage-queue --quiet list >/dev/null 2>&1 || true
  check 0 scan-incoming --quiet --input-dir root
  yesterday=$(date -u -d '36 hours ago' +%F)
  told() {
    sqlite3 "$1" "UPDATE injection SET mid_mjd = julianday('${yesterday}T18:00:00') - 2400000.5"
    CONTIMG_MEASUREMENT_DB=$PWD/$1 notify --quiet --dry-run --json 2>/dev/null |
      jq -r '.key' | grep '^injection' | sort | paste -sd ' '
  }
  same "$(told m.sqlite3)" ""
  CONTIMG_MEASUREMENT_DB=$PWD/m.sqlite3 check 0 report-night --quiet --json --night "$yesterday"
  jq -e '.injection.bright.n > 100 and .injection.faults == []' <<<"$output"
  grep -q 'Injected sources' root/state/reports/night-"$yesterday".html
  check 0 xmllint --noout root/state/reports/night-"$yesterday".html

  # A wrong gain between visibilities and image.
  # spoiled PYTHON : the three seeds measured again from images that PYTHON (d: pixels) has spoiled.
  spoiled() {
    rm -f spoilt.sqlite3
    for seed in 1 2 3; do
      rm -rf spoilt && cp -r with-$seed spoilt
      python - "$1" <<'PYTHON'
import glob, sys
import numpy
from astropy.io import fits
for kind in ("image", "residual", "model"):
    for path in glob.glob(f"spoilt/*-{kind}.fits"):
        with fits.open(path, mode="update") as f:
            d = f[0].data
            exec(sys.argv[1])
PYTHON
      image=$(echo spoilt/*-image.fits)
      measure spoilt.sqlite3
      sqlite3 spoilt.sqlite3 "UPDATE injection SET group_id = 'seed$seed' WHERE group_id NOT LIKE 'seed%'"
    done
  }
  spoiled 'd *= 0.9'
  same "$(told spoilt.sqlite3)" "injection-bias"
  # Twice the noise: sources of 8 sigma are now of 4.
  spoiled 'if kind != "model":
    random = numpy.random.default_rng(5)
    rms = 1.4826 * numpy.median(numpy.abs(d - numpy.median(d)))
    noise = random.normal(size=d.shape[-2:])
    h = f[0].header
    y, x = numpy.mgrid[-40:41, -40:41] * abs(h["CDELT2"])
    axes = h.get("BMAJ", 20 * abs(h["CDELT2"]))
    beam = numpy.zeros(d.shape[-2:])
    beam[:81, :81] = numpy.exp(-4 * numpy.log(2) * (x ** 2 + y ** 2) / axes ** 2)
    noise = numpy.fft.irfft2(numpy.fft.rfft2(noise) * numpy.fft.rfft2(beam), s=d.shape[-2:])
    d += (3 ** 0.5 * rms * noise / noise.std()).astype(d.dtype)'
  holds "$(told spoilt.sqlite3)" "injection-completeness"
}

# Its 17 antennas see too little at once for CLEAN to find faint sources: the dirty images are compared.
@test "injection: a source in the VLA's real data adds the point spread function at its place" {
  calibrated_vla
  options=(--quiet --image-dir images --niter 0 --dynamic-range-fail 5 --dynamic-range-warn 6)
  check 0 image-ms "${options[@]}" --no-plot "$set"
  science=$output
  n=0
  for seed in {1..12}; do
    rm -rf images/injected
    run --separate-stderr image-ms "${options[@]}" --inject --injection-seed "$seed" --injection-sources 1 \
      --injection-min-snr 5 --injection-max-snr 20 "$set"
    # Sidelobes leave little of this image free; one place is tried some times only.
    [[ $status -eq 0 ]] || { holds "$stderr" "has no room for a source" && continue; }
    n=$((n + 1))
    check 0 python "$repository/tests/witness/injected_dirty.py" "$science" "$output"
    echo "# $output" >&3
  done
  ((n >= 4))
}
