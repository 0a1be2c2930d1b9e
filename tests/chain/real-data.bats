#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Files of real telescopes through the tools, held to the data from which they were made.

load ../cli/helpers

witness() { python "$repository/tests/witness/real_set.py" "$@"; }

# vla_set : the four subbands of the VLA go the operator's way; $set is what came out.
vla_set() {
  needs_data vla/2010-04-26T03:22:01_sb00.hdf5
  mkdir -p incoming
  cp "$test_data"/vla/*.hdf5 incoming
  check 0 scan-incoming --quiet --queue-db "$queue" --input-dir incoming --settle-time-s 0
  same "$(wc -l <<<"$output")" 4
  check 0 form-groups --queue-db "$queue" --expected-subbands 4
  same "$(state_of 2010-04-26T03:22:01)" pending
  check 0 convert-group --queue-db "$queue" --expected-subbands 4 --output-dir ms \
    --checkpoint-dir checkpoints --disk-floor-gb 0
  set=$output
  [[ -d $set ]]
}

@test "VLA: four subbands become the Measurement Set they were made from" {
  needs_data vla/day2_TDEM0003_10s_norx_1src_1spw.ms.tar.gz
  vla_set
  same "$(state_of 2010-04-26T03:22:01)" completed
  holds "$stderr" "WARNING"
  holds "$stderr" "uvw in the files do not belong to the phase centre in their header (J1008+0730)"
  holds "$stderr" "UVW is kept as the files have it"
  tar xzf "$test_data/vla/day2_TDEM0003_10s_norx_1src_1spw.ms.tar.gz" 2>/dev/null
  check 0 witness original "$set" day2_TDEM0003_10s_norx_1src_1spw.ms \
    incoming/2010-04-26T03:22:01_sb00.hdf5
  echo "# $output" >&3
}

@test "VLA: casacore's tools accept the set" {
  vla_set
  check 0 showtableinfo "in=$set"
  holds "$output" "1224 rows"
  for column in DATA FLAG WEIGHT SIGMA UVW; do holds "$output" "$column"; done
  # taql's exit code is 0 whatever happens; what it prints tells.
  check 0 taql "select from $set where ANTENNA1 < ANTENNA2 and not all(FLAG)"
  holds "$output" "select result of 1224 rows"
  check 0 taql "select CORR_TYPE from $set::POLARIZATION"
  holds "$output" "[5, 6, 7, 8]"
  # The measures of times, positions and the phase centre make sense together: J1008+0730 is up.
  check 0 taql "select from $set where mscal.azel1()[1] > 1.0 and mscal.azel1()[1] < 1.2"
  holds "$output" "select result of 1224 rows"
  check 0 msselect "in=$set" out=selected.ms deep=F "baseline=0&&1"
  check 0 taql "select from selected.ms"
  holds "$output" "select result of 8 rows"
}

@test "VLA: WSClean makes an image of the set" {
  vla_set
  check 0 wsclean -quiet -j 2 -size 256 256 -scale 0.3asec -pol I -name vla "$set"
  [[ -s vla-dirty.fits || -s vla-image.fits ]]
  check 0 python - vla-image.fits <<'EOF'
import sys
import numpy as np
from astropy.io import fits
image, header = fits.getdata(sys.argv[1]), fits.getheader(sys.argv[1])
assert np.isfinite(image).all() and image.std() > 0
assert abs(header["CRVAL1"] % 360 - 152.00006667) < 1e-4, header["CRVAL1"]
assert abs(header["CRVAL2"] - 7.50459778) < 1e-4, header["CRVAL2"]
EOF
}

@test "ATA: values equal, everything flagged because nsamples is negative, and the log says so" {
  needs_data ata
  check 0 convert-group --files "$test_data"/ata/*.uvh5 --output-dir ms --disk-floor-gb 0
  holds "$stderr" "visibilities (100.0 %) have nsamples of zero or less; they are flagged"
  check 0 witness damaged "$output" "$test_data"/ata/*.uvh5
  echo "# $output" >&3
}
