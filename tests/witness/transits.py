#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""transits.py DEC_DEG FROM DAYS MIN_BEAM [FINALS2000A] <JSON lines of list-transits --json --dec ...

Holds what list-transits prints for DSA-110's site to astropy, by a route of its own: equinox-based
apparent places (TETE) against apparent sidereal time, the meridian found by bisection on a grid, the
beam by Bessel's integral and the separation of unit vectors. Checks that each of the six primaries is listed
exactly when it should be. Without the IERS file UT1-UTC is that of the copy inside astropy."""
import json
import sys
import warnings

import numpy as np
from astropy import units as u
from astropy.coordinates import TETE, EarthLocation, SkyCoord
from astropy.time import Time, TimeDelta
from astropy.utils import iers

warnings.simplefilter("ignore")
iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = "warn"
strip_deg, start, days, min_beam = (float(sys.argv[1]), Time(sys.argv[2], scale="utc"),
                                    float(sys.argv[3]), float(sys.argv[4]))
if len(sys.argv) > 5:
    iers.earth_orientation_table.set(iers.IERS_A.open(sys.argv[5]))
site = EarthLocation.from_geodetic(-2.064427799136453 * u.rad, 0.6498455107238486 * u.rad,
                                   1188.0519 * u.m)
# J2000 positions of the VLA calibrator list.
PRIMARIES = {"0137+331": "01h37m41.2994s +33d09m35.133s", "0521+166": "05h21m09.8860s +16d38m22.051s",
             "0542+498": "05h42m36.1379s +49d51m07.234s", "0813+482": "08h13m36.0500s +48d13m02.300s",
             "1331+305": "13h31m08.2880s +30d30m32.959s", "1411+522": "14h11m20.6480s +52d12m09.140s"}
FLUX = {"0137+331": 16.21, "0521+166": 8.55, "0542+498": 22.11, "0813+482": 14.38,
        "1331+305": 15.06, "1411+522": 22.43}  # at 1.405 GHz: table of the specification, 6.2


def hour_angle_dec(coordinate, time):
    place = coordinate.transform_to(TETE(obstime=time, location=site))
    angle = time.sidereal_time("apparent", longitude=site.lon) - place.ra
    return angle.wrap_at(180 * u.deg).rad, place.dec.rad


def separation(hour_angle, dec, strip):
    vectors = [np.array([np.cos(d) * np.cos(h), np.cos(d) * np.sin(h), np.sin(d)])
               for h, d in ((hour_angle, dec), (0.0, strip))]
    return np.arctan2(np.linalg.norm(np.cross(*vectors)), np.dot(*vectors))


def j1(x):
    """Bessel's integral; the trapezoidal rule over a period converges faster than any power."""
    tau = np.pi * (np.arange(200) + 0.5) / 200
    return np.mean(np.cos(tau - x * np.sin(tau)))


def response(angle):
    x = np.pi * 4.65 * np.sin(angle) * 1.405e9 / 299792458.0
    return 1.0 if x == 0 else (2 * j1(x) / x) ** 2


def transits(coordinate):
    grid = start + TimeDelta(np.arange(0, days * 86400 + 600, 600), format="sec")
    angles, _ = hour_angle_dec(coordinate, grid)
    for i in np.flatnonzero((angles[:-1] < 0) & (angles[1:] >= 0) & (angles[1:] < 1)):
        low, high = grid[i], grid[i + 1]
        for _ in range(18):
            middle = low + (high - low) / 2
            if hour_angle_dec(coordinate, middle)[0] < 0:
                low = middle
            else:
                high = middle
        if (high - start).sec <= days * 86400:
            yield high


listed = [json.loads(line) for line in sys.stdin]
bad, worst = [], {"transit, s": 0, "declination, arcsec": 0, "beam at the edges": 0}
strip = np.radians(strip_deg)
n = 0
for name, text in PRIMARIES.items():
    coordinate = SkyCoord(text, frame="icrs")
    rows = sorted((row for row in listed if row["calibrator"] == name),
                  key=lambda row: row["transit_unix_s"])
    expected = []
    for time in transits(coordinate):
        dec = hour_angle_dec(coordinate, time)[1]
        beam = response(abs(dec - strip))
        if beam >= min_beam and beam * FLUX[name] >= 1:
            expected.append((time, dec, beam))
    if len(expected) != len(rows):
        bad.append(f"{name}: {len(rows)} transits listed, expected {len(expected)}")
        continue
    for row, (time, dec, beam) in zip(rows, expected):
        n += 1
        worst["transit, s"] = max(worst["transit, s"], abs(row["transit_unix_s"] - time.unix))
        offset = np.radians(row["dec_offset_deg"]) + strip - dec
        worst["declination, arcsec"] = max(worst["declination, arcsec"],
                                           abs(np.degrees(offset)) * 3600)
        if abs(row["beam"] - beam) > 2e-3 or abs(row["flux_jy"] / FLUX[name] - 1) > 0.01:
            bad.append(f"{name}: beam {row['beam']}, flux {row['flux_jy']}, expected {beam}")
        for edge in ("enters_unix_s", "leaves_unix_s"):
            place = hour_angle_dec(coordinate, Time(row[edge], format="unix"))
            difference = abs(response(separation(*place, strip)) - min_beam)
            worst["beam at the edges"] = max(worst["beam at the edges"], difference)
for what, limit in (("transit, s", 0.2), ("declination, arcsec", 1), ("beam at the edges", 1e-3)):
    if not worst[what] <= limit:
        bad.append(f"{what}: off by {worst[what]}, expected at most {limit}")
print(f"{n} transits;", ", ".join(f"{what} {value:.2g}" for what, value in worst.items()))
print("\n".join(bad), end="\n" if bad else "")
sys.exit(1 if bad or n == 0 else 0)
