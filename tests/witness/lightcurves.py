#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database of light curves made by hand, and what must come back of it.

    lightcurves.py make DATABASE SCHEMA_CC [sources=40] [points=60] [candidates=1] [footprints=1]
    lightcurves.py check DATABASE NAME <curve.json      figures and points, computed by numpy
    lightcurves.py checkraw DATABASE NAME <curve.json   the same before normalisation
    lightcurves.py votable FILE KEY=VALUE...            opens without warnings; the table's params

Sources lie 6 arcminutes apart from 22h55m03.2s +15d30m12s on, eastwards; the first is J2255+1530, also
called B2253+152, and has a dip; the second, FLARE, a flare; the third, PAIR, has a neighbour, PAIR-B,
20 arcsec off. Epoch i is at MJD 61065.935 + i; every 7th has no gain, the 2nd and every 11th from there
are flagged, every 13th from the 5th is a limit, every 17th from the 9th has nothing. With footprints=1
two epochs came before any source was known.
"""
import json
import math
import re
import sqlite3
import struct
import sys

import numpy as np

FIRST_MJD, SYSTEMATIC, UNNORMALISED = 61065.935, 0.01, 0.05
UNUSABLE = 1 | 8 | 256


def schema_of(path):
    text = open(path).read()
    header = open(path.replace(".cc", ".h")).read()
    application = int(re.search(r"kApplicationId = (0x[0-9a-f]+)", header).group(1), 16)
    version = re.search(r"kSchemaVersion = (\d+)", header).group(1)
    return re.search(r'R"sql\((.*)\)sql"', text, re.S).group(1), application, version


def insert(db, table, **values):
    db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
               list(values.values()))


def place(db, table, identity, ra_deg, dec_deg, radius_rad=0.0):
    ra, dec = math.radians(ra_deg), math.radians(dec_deg)
    centre = (math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec))
    insert(db, table, id=identity,
           **{f"{axis}{end}": value + sign * (radius_rad + 1e-9)
              for axis, value in zip("xyz", centre) for end, sign in ((0, -1), (1, 1))})


def normalised(flux, error, gain, gain_error):
    """As docs/lightcurves.md has it."""
    if gain is None:
        return flux, math.hypot(error, UNNORMALISED * flux)
    return flux / gain, math.sqrt((error / gain)**2 + (flux * gain_error / gain**2)**2 +
                                  (SYSTEMATIC * flux / gain)**2)


def sums_of(points, limits):
    """points: rows of mjd, flux, error."""
    t, f, e = np.array(points).T
    w = e**-2
    mean = np.sum(w * f) / np.sum(w)
    high = sorted(points, key=lambda p: -(p[1] - p[2]))[:4]
    low = sorted(points, key=lambda p: p[1] + p[2])[:4]
    nothing = (math.nan,) * 3
    sides = [list(side) + [nothing] * (4 - len(side)) for side in (high, low)]
    blob = b"".join(struct.pack("<3d", *p) for side in sides for p in side)
    return dict(n=len(f), weight=np.sum(w), weighted_mean_jy=mean, chi2=np.sum(w * (f - mean)**2),
                mean_jy=np.mean(f), m2=np.sum((f - np.mean(f))**2), first_mjd=t.min(),
                last_mjd=t.max(), n_limit=len(limits),
                lowest_limit_jy=min(limits) if limits else None, extremes=blob)


def make(path, schema_cc, options):
    n_source = int(options.get("sources", 40))
    n_point = int(options.get("points", 60))
    sql, application, version = schema_of(schema_cc)
    random = np.random.default_rng(61)
    db = sqlite3.connect(path)
    db.executescript(sql)
    db.execute(f"PRAGMA application_id = {application}")
    db.execute(f"PRAGMA user_version = {version}")
    db.execute("UPDATE progress SET systematic = ?, unnormalised = ?", (SYSTEMATIC, UNNORMALISED))
    names = ["J2255+1530", "FLARE", "PAIR", "PAIR-B"] + [f"S{i:04d}" for i in range(4, n_source)]
    epochs, early = [], 2 if options.get("footprints", "1") == "1" else 0
    for i in range(-early, n_point):
        gain = None if i % 7 == 6 or i < 0 else 1 + 0.1 * math.sin(i)
        mjd, identity = FIRST_MJD + i, i + 3
        epochs.append((identity, mjd, gain, 0.003))
        insert(db, "epoch", id=identity, group_id=f"epoch-{identity:05d}", change_id=identity,
               season=int(mjd / 32), mid_mjd=mjd, state="joined", gain=gain,
               gain_error=None if gain is None else 0.003,
               gain_reason="" if gain else "2 of 4 references usable, expected at least 3",
               ra_deg=344.0, dec_deg=15.5, rms_jy=0.0005, detection_sigma=5.0, verdict="PASS",
               calibration_set="set-1", image_path=f"images/epoch-{identity:05d}-image.fits",
               joined_at=0.0)
        if i < 0:
            place(db, "epoch_place", identity, 344.0, 15.5, 0.05)
            response = np.full((21, 21), 0.8, "<f4").tobytes()
            insert(db, "footprint", epoch_id=identity, min_beam=0.2, response_step_deg=0.2,
                   response=response)
    db.execute("INSERT INTO season SELECT DISTINCT season FROM epoch")
    for number, text in ((1, "below 3 sigma"), (2, "the image is blank there")):
        insert(db, "reason", id=number, text=text)
    for s, name in enumerate(names[:n_source], 1):
        ra = 343.7633333 + 0.1 * (s - 1) / math.cos(math.radians(15.5))
        dec = 15.5033333
        if name == "PAIR-B":
            ra, dec = ra - 0.1 / math.cos(math.radians(15.5)), dec + 20 / 3600
        insert(db, "source", id=s, name=name, origin="catalogue" if s % 9 else "discovered",
               ra_deg=ra, dec_deg=dec, catalogue_flux_jy=0.1, first_epoch_id=3)
        place(db, "source_place", s, ra, dec)
        for other in [name] + (["B2253+152"] if s == 1 else []):
            insert(db, "source_name", name=other, source_id=s)
        level, points, limits, counts = 0.05 * (1 + s % 5), [], [], dict(missing=0, flagged=0)
        for i, (identity, mjd, gain, gain_error) in enumerate(epochs[early:]):
            sky = level
            if s == 1 and n_point // 2 <= i < n_point // 2 + 6:
                sky *= 0.6
            if s == 2 and i == n_point // 3:
                sky *= 3
            error = 0.02 * level
            flux = (gain or 1) * sky * (1 + SYSTEMATIC * random.standard_normal()) + \
                error * random.standard_normal()
            row = dict(season=int(mjd / 32), source_id=s, epoch_id=identity, kind=0, flux_jy=flux,
                       error_jy=error, flags=0)
            if i % 11 == 1:
                row["flags"] = 1 | 8
                counts["flagged"] += 1
            elif i % 13 == 5:
                row.update(flux_jy=None, error_jy=None, limit_jy=1.1 * level, reason_id=1)
                limits.append(1.1 * level / (gain or 1))
                counts["missing"] += 1
            elif i % 17 == 9:
                row.update(flux_jy=None, error_jy=None, kind=2, reason_id=2)
                counts["missing"] += 1
            else:
                points.append((mjd, *normalised(flux, error, gain, gain_error)))
            insert(db, "point", **row)
        insert(db, "source_statistics", source_id=s, n_row=n_point, n_missing=counts["missing"],
               n_flagged=counts["flagged"], n_bright=0, n_judged=len(points),
               **sums_of(points, limits))
    if options.get("candidates", "1") == "1":
        half = epochs[early + n_point // 2][1]
        insert(db, "candidate", source_id=1, kind="ese", significance=9.5, since_mjd=half,
               until_mjd=half + 5, depth=-0.4, reason="6 consecutive points: expected at most 5",
               updated_at=0)
        insert(db, "candidate", source_id=1, kind="variable", significance=12.25,
               since_mjd=FIRST_MJD, until_mjd=FIRST_MJD + n_point - 1,
               reason="chi2 812: expected at most 5 and 0.05", updated_at=0)
        flare = epochs[early + n_point // 3][1]
        insert(db, "candidate", source_id=2, kind="flare", significance=31.0, since_mjd=flare,
               until_mjd=flare, depth=2.0, reason="1 point: expected at most 5", updated_at=0)
    db.commit()


def near(actual, expected, what, relative=2e-6):
    if not abs(actual - expected) <= relative * abs(expected) + 1e-12:
        sys.exit(f"{what}: {actual}, expected {expected}")


def check(path, name, raw):
    db = sqlite3.connect(path)
    rows = db.execute(
        "SELECT e.mid_mjd, p.flux_jy, p.error_jy, p.limit_jy, p.flags, e.gain, e.gain_error FROM point"
        " p JOIN epoch e ON e.id = epoch_id JOIN source s ON s.id = source_id WHERE s.name = ?"
        " ORDER BY e.mid_mjd", (name,)).fetchall()
    curve = json.load(sys.stdin)
    if curve["normalised"] == raw:
        sys.exit("normalised is " + str(curve["normalised"]))
    shown = [p for p in curve["points"] if p["kind"] != "before"]
    if len(shown) != len(rows):
        sys.exit(f"{len(shown)} points, expected {len(rows)}")
    usable = []
    for point, (mjd, flux, error, limit, flags, gain, gain_error) in zip(shown, rows):
        near(point["mjd"], mjd, "mjd", 1e-12)
        if flux is not None:
            expected = (flux, error) if raw else normalised(flux, error, gain, gain_error)
            near(point["flux_jy"], expected[0], "flux_jy")
            near(point["error_jy"], expected[1], "error_jy")
            near(point["raw_flux_jy"], flux, "raw_flux_jy")
            if point["usable"] != (flags & UNUSABLE == 0):
                sys.exit(f"usable is {point['usable']} with flags {flags}")
            if point["usable"]:
                usable.append((mjd, *expected))
        elif point["flux_jy"] is not None or not point["reason"]:
            sys.exit("a flux density of nothing, or no reason: " + str(point))
        if limit is not None:
            near(point["limit_jy"], limit if raw or gain is None else limit / gain, "limit_jy")
        if (gain is None) == (point["gain_reason"] == ""):
            sys.exit("an epoch without a gain and without a reason, or with both: " + str(point))
    t, f, e = np.array(usable).T
    w = e**-2
    mean = np.sum(w * f) / np.sum(w)
    chi2 = np.sum(w * (f - mean)**2)
    figures = curve["figures"]
    expected = dict(n=len(f), weighted_mean_jy=mean, weighted_mean_error_jy=np.sum(w)**-0.5,
                    mean_jy=np.mean(f), std_jy=np.std(f, ddof=1), chi2=chi2,
                    eta=chi2 / (len(f) - 1), v=np.std(f, ddof=1) / np.mean(f),
                    deviation_bound=(len(f) - 1) / math.sqrt(len(f)),
                    vs=max((f[i] - f[j]) / math.hypot(e[i], e[j])
                           for i in range(len(f)) for j in range(len(f))))
    for key, value in expected.items():
        near(figures[key], value, key, 0.02 if key == "vs" else 1e-4)


def votable(path, wanted):
    import warnings
    warnings.simplefilter("error")
    from astropy.io.votable import parse
    table = parse(path, verify="exception").get_first_table()
    params = {p.name: p.value for p in table.params}
    params["rows"] = len(table.array)
    for key, value in wanted.items():
        if str(params.get(key)) != value:
            sys.exit(f"{key}: {params.get(key)}, expected {value}")


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    options = dict(a.split("=", 1) for a in arguments if "=" in a)
    if command == "make":
        make(arguments[0], arguments[1], options)
    elif command in ("check", "checkraw"):
        check(arguments[0], arguments[1], command == "checkraw")
    elif command == "votable":
        votable(arguments[0], options)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
