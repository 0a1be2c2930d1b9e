#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The VLA's J1008+0730 from its files to a flux density, by the tools alone: one source of the 1 Jy that it
# was calibrated to, at the phase centre, nothing else above 5 sigma.

load ../cli/helpers
load vla

@test "VLA: imaged and measured end to end" {
  calibrated_vla
  check 0 image-ms --quiet --no-plot --image-dir images "$set"
  image=$output
  check 0 measure-sources --quiet --source-dir . "$image"
  python - "$output" "$image" <<'PYTHON'
import csv, sys
import numpy
from astropy.io import fits
rows = list(csv.DictReader(open(sys.argv[1])))
assert len(rows) == 1, rows
[row] = rows
header = fits.getheader(sys.argv[2])
turn = numpy.cos(numpy.radians(header["CRVAL2"]))
offset = 3600 * numpy.hypot((float(row["ra_deg"]) - header["CRVAL1"]) * turn,
                            float(row["dec_deg"]) - header["CRVAL2"])
assert offset < 360 * header["BMIN"], offset
assert abs(float(row["flux_jy"]) - 1) < 0.02 and row["flags"] == "", row
PYTHON
}
