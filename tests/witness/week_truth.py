# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the light curves of a simulated week (week_sky.py) to what is true.

Usage: week_truth.py TRUTH_JSON LIGHTCURVE_DB
Prints one line of JSON and, where a figure is not as it must be, what was expected; exit code 1 then.
Reduced chi-squared and gains are computed here from the points (docs/formats/lightcurves.md), not read
from the figures.

    chi2        median over steady sources of chi2 / (n - 1) about their weighted mean: 0.9 to 1.15,
                of those with 10 points or more
    found       varying sources among the candidates: all
    false       steady sources among them: at most 1
    gain_rms    of gain / true gain, its median taken out (the catalogue's scale): at most 0.01
    bias        median of weighted mean / truth - 1 of steady sources, the same taken out: 0.02
    missing     sources in an epoch's beam without a row: none
"""
import json
import sqlite3
import sys

import numpy as np

NOT_USABLE = 1 | 8 | 256  # edge, near_bright, unreliable


def curves_of(db, stamps):
    """{source_id: [(epoch, flux, error)]}, normalised, in arrays; epochs by their place in `stamps`."""
    gains = {row[0]: row[1:] for row in
             db.execute("SELECT id, gain, gain_error, group_id FROM epoch WHERE gain NOTNULL")}
    systematic = db.execute("SELECT systematic FROM progress").fetchone()[0]
    curves = {}
    for source, epoch, flux, error, flags in db.execute(
            "SELECT source_id, epoch_id, flux_jy, error_jy, flags FROM point WHERE flux_jy NOTNULL"):
        if flags & NOT_USABLE or epoch not in gains:
            continue
        gain, gain_error, group = gains[epoch]
        sky = flux / gain
        noise = np.sqrt((error / gain) ** 2 + (sky * gain_error / gain) ** 2 + (systematic * sky) ** 2)
        curves.setdefault(source, []).append((stamps[group], sky, noise))
    return {source: np.array(rows) for source, rows in curves.items()}


def reduced_chi2(rows):
    weight = 1 / rows[:, 2] ** 2
    mean = np.sum(weight * rows[:, 1]) / np.sum(weight)
    return np.sum(weight * (rows[:, 1] - mean) ** 2) / (len(rows) - 1), mean


def transient_of(db, truth):
    """The id of what was discovered where the source without a catalogue entry is, or None."""
    best = None
    for source, ra, dec in db.execute("SELECT id, ra_deg, dec_deg FROM source WHERE origin = 'discovered'"):
        apart = np.hypot((ra - truth["ra_deg"]) * np.cos(np.radians(dec)), dec - truth["dec_deg"])
        if apart < 30 / 3600 and (best is None or apart < best[0]):
            best = (apart, source)
    return best and best[1]


def main(truth_path, database):
    with open(truth_path) as text:
        truth = json.load(text)
    db = sqlite3.connect(database)
    stamps = {tile["stamp"]: i for i, tile in enumerate(truth["tiles"])}
    curves = curves_of(db, stamps)
    ids = dict(db.execute("SELECT name, source_id FROM source_name"))
    gains = {group: gain for group, gain in
             db.execute("SELECT group_id, gain FROM epoch WHERE gain NOTNULL")}
    ratio = np.array([gains[tile["stamp"]] / tile["gain"] for tile in truth["tiles"]
                      if tile["stamp"] in gains])
    candidates = {row[0] for row in db.execute("SELECT source_id FROM candidate")}
    varying = {}
    for source in truth["sources"]:
        if source["kind"] != "steady":
            varying[source["name"]] = ids.get(source["name"]) or transient_of(db, source)
    chi2, bias = [], []
    for source in truth["sources"]:
        rows = curves.get(ids.get(source["name"]))
        if source["kind"] == "steady" and rows is not None and len(rows) >= 10:
            reduced, mean = reduced_chi2(rows)
            chi2.append(reduced)
            bias.append(mean * np.median(ratio) / source["flux_jy"][0] - 1)
    found = [name for name, source in varying.items() if source in candidates]
    false = candidates - set(varying.values())
    figures = {
        "tiles": len(truth["tiles"]), "epochs": len(ratio), "steady": len(chi2),
        "chi2": round(float(np.median(chi2)), 3), "chi2_mean": round(float(np.mean(chi2)), 3),
        "chi2_90": round(float(np.percentile(chi2, 90)), 3),
        "found": len(found), "lost": sorted(set(varying) - set(found)), "false": len(false),
        "gain_rms": round(float(np.std(ratio / np.median(ratio))), 5),
        "gain_worst": round(float(np.max(np.abs(ratio / np.median(ratio) - 1))), 5),
        "bias": round(float(np.median(bias)), 5),
        "systematic": round(db.execute("SELECT systematic FROM progress").fetchone()[0], 5),
        "missing": db.execute("SELECT count(*) FROM point WHERE flux_jy ISNULL AND reason_id ISNULL")
                     .fetchone()[0],
    }
    print(json.dumps(figures))
    wrong = [text for bad, text in (
        (figures["epochs"] != figures["tiles"], "epochs: as many as tiles, with a gain"),
        (figures["steady"] < 150, "steady: 150 or more"),
        (not 0.9 <= figures["chi2"] <= 1.15, "chi2: 0.9 to 1.15"),
        (figures["lost"], "lost: none"),
        (figures["false"] > 1, "false: at most 1"),
        (figures["gain_rms"] > 0.01, "gain_rms: at most 0.01"),
        (abs(figures["bias"]) > 0.02, "bias: at most 0.02"),
        (figures["missing"], "missing: none without a reason"),
    ) if bad]
    for text in wrong:
        print("expected", text)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
