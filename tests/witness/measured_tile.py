# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold what measure-sources says of a tile to the sky that is in it.

Usage: measured_tile.py TABLE SKY_CSV [NAME=VALUE...]
TABLE is the CSV, FITS or VOTable (.xml) of measure-sources. Prints figures as JSON and fails outside of
the limits given: bias=X (weighted mean of measured over true, off 1), pull=LOW,HIGH (standard deviation
of (measured - true) / error), complete=X (share of sources above 7 sigma that were found), reliable=X
(share of detections above 5 sigma that are sources), place_beam=X (rms offset, in beams of beam=ARCSEC),
rows=N (forced ones).
"""
import csv
import json
import sys

import numpy as np


def read(path):
    if path.endswith(".csv"):
        with open(path, newline="") as text:
            return list(csv.DictReader(text))
    if path.endswith(".xml"):
        from astropy.io.votable import parse_single_table
        table = parse_single_table(path).to_table()
    else:
        from astropy.table import Table
        table = Table.read(path, hdu="SOURCES")
    rows = []
    for row in table:
        values = {}
        for name in table.colnames:
            value = row[name]
            known = not np.ma.is_masked(value) and not (
                isinstance(value, (float, np.floating)) and np.isnan(value))
            values[name] = str(value).strip() if known else ""
        rows.append(values)
    return rows


def number(row, name):
    return float(row[name]) if row[name] else np.nan


def separation_arcsec(a, b):
    dec = np.radians((a[1] + b[1]) / 2)
    turn = (a[0] - b[0] + 180) % 360 - 180
    return 3600 * np.hypot(turn * np.cos(dec), a[1] - b[1])


def main(table, sky, *limits):
    rows, limits = read(table), dict(text.split("=") for text in limits)
    beam = float(limits.pop("beam", 20))
    with open(sky, newline="") as text:
        truth = {row["name"]: row for row in csv.DictReader(text)}
    forced = [row for row in rows if row["kind"] == "forced"]
    found = [row for row in rows if row["kind"] == "blind"]
    places = {name: (float(t["ra_deg"]), float(t["dec_deg"])) for name, t in truth.items()}
    flux, error, true, snr_true = [], [], [], []
    for row in forced:
        if "blended" in row["flags"] or not row["flux_jy"] or row["name"] not in truth:
            continue
        flux.append(number(row, "flux_jy"))
        error.append(number(row, "flux_error_jy"))
        true.append(float(truth[row["name"]]["flux_jy"]))
    flux, error, true = map(np.array, (flux, error, true))
    bright = true > 10 * error
    # Of the fainter ones all, whatever came out: choosing the detected ones would bias the mean.
    ratio = flux[bright] / true[bright]
    weight = 1 / ((error[bright] / true[bright]) ** 2 + 0.01 ** 2)
    pull = (flux - true) / error
    faint = true < 50 * error
    # A source is found when a detection of its own, or one told to its forced row, lies at its place.
    seen, false, offsets = set(), 0, []
    for row in forced:
        if row["offset_east_arcsec"] and row["name"] in truth:
            seen.add(row["name"])
            offsets.append(np.hypot(number(row, "offset_east_arcsec"),
                                    number(row, "offset_north_arcsec")))
    for row in found:
        place = (number(row, "ra_deg"), number(row, "dec_deg"))
        near = min(places, key=lambda name: separation_arcsec(place, places[name]))
        if separation_arcsec(place, places[near]) < beam:
            seen.add(near)
        elif "unreliable" not in row["flags"]:
            false += 1
    measured = {row["name"]: row for row in forced}
    expected = [n for n, t in truth.items() if n in measured and measured[n]["flux_error_jy"]
                and float(t["flux_jy"]) > 7 * number(measured[n], "flux_error_jy")]
    n_found = len(offsets) + len(found)
    figures = {
        "rows": len(forced), "blind": len(found), "bright": int(bright.sum()),
        "bias": float(np.average(ratio, weights=weight) - 1) if bright.any() else np.nan,
        "worst": float(np.abs(ratio - 1).max()) if bright.any() else np.nan,
        "pull": float(pull[faint].std()), "pull_mean": float(pull[faint].mean()),
        "complete": len([n for n in expected if n in seen]) / max(1, len(expected)),
        "expected": len(expected), "false": false,
        "reliable": 1 - false / max(1, n_found),
        "place_beam": float(np.sqrt(np.mean(np.square(offsets))) / beam) if offsets else np.nan,
    }
    print(json.dumps(figures))
    wrong = []
    for name, text in limits.items():
        if name == "pull":
            low, high = map(float, text.split(","))
            good = low <= figures["pull"] <= high
        elif name in ("complete", "reliable"):
            good = figures[name] >= float(text)
        elif name == "rows":
            good = figures["rows"] == int(text)
        else:
            good = abs(figures[name]) <= float(text)
        if not good:
            wrong.append(f"{name} {figures[name]}, expected {text}")
    sys.exit("; ".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
