#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares lib/astro with an independent chain made of python3-erfa's matrices.

usage: witness.py PRINT_DIRECTIONS FINALS2000A

Ours uses ERFA's astrometry functions (apco13, atciq, atioq). The witness uses none of them: it
rotates with c2t06a (bias, precession, nutation, Earth rotation, polar motion), takes the observer's
velocity from epv00 plus Earth's rotation, and writes out aberration and the Sun's light bending
from their formulas. UT1-UTC and the pole are read from the file by columns and joined linearly.
Exit code: 0 agreed, 1 not, 77 when the data or python3-erfa are missing.
"""
import os
import subprocess
import sys
import warnings

try:
    import erfa
    import numpy as np
except ImportError:
    sys.exit(77)

warnings.simplefilter("ignore", erfa.ErfaWarning)  # leap seconds after 2026 are "dubious"
ARCSEC = np.pi / 648000
C = 299792458.0
AU = 149597870700.0
SITE = (-2.064427799136453, 0.6498455107238486, 1188.0519)  # lon, lat, height of the "tee"
failures = []


def require(what, worst, limit):
    verdict = "ok" if worst <= limit else "TOO LARGE"
    print(f"{what:62s} {worst:10.3g}  limit {limit:g}  {verdict}")
    if not worst <= limit:
        failures.append(what)


def daily_table(path):
    rows = [(float(line[7:15]), float(line[58:68]), float(line[18:27]), float(line[37:46]))
            for line in open(path, encoding="ascii") if line[58:68].strip()]
    mjd, dut1, x, y = np.array(rows).T
    year, month, day, _ = erfa.jd2cal(2400000.5, mjd)
    return mjd, dut1 - erfa.dat(year, month, day, 0.0), x, y


def orientation(table, mjd, tai_utc):
    days, ut1_tai, x, y = table
    return (np.interp(mjd, days, ut1_tai) + tai_utc, np.interp(mjd, days, x) * ARCSEC,
            np.interp(mjd, days, y) * ARCSEC)


def chain(table, mjd, site, ra, dec):
    """ITRF unit vectors (n, 3) towards ICRS places (ra, dec) (n,) at one instant."""
    year, month, day, fraction = erfa.jd2cal(2400000.5, mjd)
    tai_utc = erfa.dat(year, month, day, fraction)
    ut1_utc, xp, yp = orientation(table, mjd, tai_utc)
    tt = mjd + (tai_utc + 32.184) / 86400
    ut1 = mjd + ut1_utc / 86400
    to_itrf = erfa.c2t06a(2400000.5, tt, 2400000.5, ut1, xp, yp)

    heliocentric, barycentric = erfa.epv00(2400000.5, tt)
    position = erfa.gd2gc(1, *site)  # ITRF, metres
    omega = 2 * np.pi * 1.00273781191135448 / 86400
    # c2t06a's W moves the spin axis a little off z; the velocity differs by omega r x 1e-6.
    spin = np.array([-omega * position[1], omega * position[0], 0.0])
    velocity = barycentric["v"] * AU / 86400 + to_itrf.T @ spin
    v = velocity / C
    sun = heliocentric["p"] + to_itrf.T @ position / AU  # from the Sun to the observer, au
    distance = np.linalg.norm(sun)
    e = sun / distance

    p = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
    # Light bending, source at infinity (Explanatory Supplement 7.63): 2GM/c^2/E.
    g = 2 * 1.32712440041e20 / C**2 / (distance * AU)
    pe = (p @ e)[:, None]
    p = p + g * (e - pe * p) / (1 + pe)
    p /= np.linalg.norm(p, axis=1)[:, None]
    # Aberration, Lorentz (Explanatory Supplement 7.40).
    beta = np.sqrt(1 - v @ v)
    pv = (p @ v)[:, None]
    p = (beta * p + (1 + pv / (1 + beta)) * v) / (1 + pv)
    p /= np.linalg.norm(p, axis=1)[:, None]
    return p @ to_itrf.T


def main():
    program, finals = sys.argv[1:3]
    if not os.path.exists(finals):
        print(f"skipped: no {finals}")
        return 77
    table = daily_table(finals)
    random = np.random.default_rng(110)
    n = 400
    mjd = random.uniform(58119, 61600, n)  # 2018 to 2027
    mjd[0] = 57753.99  # before and after a leap second
    mjd[1] = 57754.01
    seconds = mjd * 86400
    ra = random.uniform(0, 2 * np.pi, n)
    dec = np.radians(random.uniform(-20, 80, n))
    text = "".join("%.17g %.17g %.17g %.17g %.17g %.17g\n" % (seconds[i], *SITE, ra[i], dec[i])
                   for i in range(n))

    def ours(*arguments):
        out = subprocess.run([program, *arguments], input=text, text=True, check=True,
                             stdout=subprocess.PIPE).stdout
        return np.array([line.split() for line in out.splitlines()], dtype=float)

    got = ours(finals)
    if got.shape != (n, 30):
        print(f"print_directions gave {got.shape}, expected {(n, 30)}")
        return 1
    itrf, seen, back = got[:, 3:6], got[:, 6:8], got[:, 8:10]
    frame = got[:, 10:19].reshape(n, 3, 3)
    meridian = got[:, 19:28].reshape(n, 3, 3)
    point = got[:, 28:30]
    return compare(table, seconds / 86400, ra, dec, got, itrf, seen, back, frame, meridian, point,
                   ours())


def compare(table, mjd, ra, dec, got, itrf, seen, back, frame, meridian, point, built_in):
    n = len(mjd)
    tai = np.array([erfa.dat(*erfa.jd2cal(2400000.5, t)[:3], 0.5) for t in mjd])
    ut1, xp, yp = orientation(table, mjd, tai)
    require("UT1-UTC against linear daily values, s", abs(got[:, 0] - ut1).max(), 5e-5)
    require("pole against linear daily values, rad",
            max(abs(got[:, 1] - xp).max(), abs(got[:, 2] - yp).max()), 2e-3 * ARCSEC)
    require("built-in UT1-UTC, s", abs(built_in[:, 0] - ut1).max(), 2e-3)

    # The witness takes our UT1 and pole: what is compared is the chain, not the interpolation.
    def ours_as_table(i):
        t = mjd[i] + np.array([-1.0, 1.0])
        return t, np.full(2, got[i, 0] - tai[i]), np.full(2, got[i, 1] / ARCSEC), np.full(
            2, got[i, 2] / ARCSEC)

    worst = worst_axis = worst_point = 0.0
    for i in range(n):
        tables = ours_as_table(i)
        c, s = np.cos(np.array([0, 1, -1]) * 60 * ARCSEC), np.sin(np.array([0, 1, -1]) * 60 * ARCSEC)
        places = chain(tables, mjd[i], SITE, np.array([ra[i], ra[i], ra[i], point[i, 0]]),
                       np.array([dec[i], *(dec[i] + np.array([1, -1]) * 60 * ARCSEC), point[i, 1]]))
        worst = max(worst, np.linalg.norm(places[0] - itrf[i]))
        w = places[0] / np.linalg.norm(places[0])
        v = places[1] - places[2]
        v -= (v @ w) * w
        v /= np.linalg.norm(v)
        witness = np.stack([np.cross(v, w), v, w])
        worst_axis = max(worst_axis, abs(witness - frame[i]).max())
        lon = SITE[0]
        expected = np.array([np.cos(dec[i]) * np.cos(lon), np.cos(dec[i]) * np.sin(lon),
                             np.sin(dec[i])])
        worst_point = max(worst_point, np.linalg.norm(places[3] - expected))
    require("ITRF direction against c2t06a and aberration, rad", worst, 1e-9)
    require("uvw axes against the same", worst_axis, 1e-8)
    require("meridian point seen at hour angle 0 by the witness, rad", worst_point, 1e-9)

    # Hour angle: west positive from the site's meridian.
    lon = SITE[0] - seen[:, 0]
    again = np.stack([np.cos(seen[:, 1]) * np.cos(lon), np.cos(seen[:, 1]) * np.sin(lon),
                      np.sin(seen[:, 1])], axis=-1)
    require("hour angle and declination against the ITRF vector, rad", abs(again - itrf).max(),
            1e-14)
    require("hour angle in [-pi, pi)", max(0, -np.pi - seen[:, 0].min(),
                                           float(seen[:, 0].max() >= np.pi)), 0)
    p = lambda a: np.stack([np.cos(a[:, 1]) * np.cos(a[:, 0]), np.cos(a[:, 1]) * np.sin(a[:, 0]),
                            np.sin(a[:, 1])], axis=-1)
    there = np.stack([ra, dec], axis=-1)
    require("ICRS -> ITRF -> ICRS, rad", np.linalg.norm(p(back) - p(there), axis=1).max(), 1e-12)
    identity = frame @ frame.transpose(0, 2, 1) - np.eye(3)
    require("uvw axes orthonormal", abs(identity).max(), 1e-12)
    require("u x v = w", abs(np.cross(frame[:, 0], frame[:, 1]) - frame[:, 2]).max(), 1e-12)
    east = np.array([-np.sin(SITE[0]), np.cos(SITE[0]), 0])
    require("meridian u is east", abs(meridian[:, 0] - east).max(), 1e-15)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
