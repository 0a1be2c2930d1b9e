#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""strip_sources.py CATALOGUE DEC_DEG TIME MIN_BEAM <JSON lines of list-transits --json --days 1

Every source of the catalogue with a flux density at 20 cm above 0.1 Jy whose apparent declination
(astropy's TETE) lies well within the beam at its transit has to be listed, and none that lies well
outside it. Sources are looked at one by one, not by cones."""
import json
import sqlite3
import sys

import numpy as np
from astropy import units as u
from astropy.coordinates import TETE, SkyCoord
from astropy.time import Time
from astropy.utils import iers

iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = "warn"
path, strip_deg, time, min_beam = sys.argv[1], float(sys.argv[2]), sys.argv[3], float(sys.argv[4])
rows = sqlite3.connect(path).execute(
    "SELECT name, ra_deg, dec_deg, max(flux_jy) FROM sources JOIN fluxes ON source_id = id"
    " WHERE band = '20cm' AND flux_jy > 0.1 GROUP BY id").fetchall()
names = [row[0] for row in rows]
place = SkyCoord([row[1] for row in rows] * u.deg, [row[2] for row in rows] * u.deg, frame="icrs")
offset = np.abs(place.transform_to(TETE(obstime=Time(time, scale="utc"))).dec.deg - strip_deg)
# Half power of a uniformly lit dish: x = 1.61634, where (2 J1(x) / x)^2 = 0.5.
assert min_beam == 0.5
half_deg = np.degrees(np.arcsin(1.61634 * 299792458.0 / 1.405e9 / np.pi / 4.65))
listed = {json.loads(line)["calibrator"] for line in sys.stdin}
inside = {name for name, x in zip(names, offset) if x < half_deg - 0.01}
near = {name for name, x in zip(names, offset) if x < half_deg + 0.01}
missing, extra = inside - listed, (listed & set(names)) - near
print(f"{len(names)} sources, {len(inside)} in the strip, {len(listed)} listed")
for what, which in (("missing", missing), ("not in the strip", extra)):
    if which:
        print(what, *sorted(which))
sys.exit(1 if missing or extra or not inside else 0)
