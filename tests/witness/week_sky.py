# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the skies of a week on one strip, and what is true of them.

Usage: week_sky.py FOLDER DEC_DEG START_STAMP NIGHTS TILES_A_NIGHT N_SOURCE [SEED]
Writes catalogue.csv (docs/formats/sky-csv.md: what the sources are at rest, without the transient),
tile-<stamp>.csv for each tile (what shines then, times the epoch's gain), tiles.txt (stamp and gain, a
tile a line) and truth.json: {"tiles": [{"stamp", "night", "gain"}], "sources": [{"name", "ra_deg",
"dec_deg", "kind", "flux_jy": [one a night]}]}.

Nights begin a sidereal day apart, give or take a minute. Ten sources vary: three flares (one of them in no
catalogue), two dips, three sinusoids, two steps. In every sixth tile, but for the first night's, the whole sky is 10 %
too bright or too faint, as a gain error of the epoch would have it. Behind the beam of a 4.65 m dish at 1.405 GHz, where they
cross the meridian, numbers go with S^-0.9 from 20 mJy to 1 Jy.
"""
import csv
import json
import pathlib
import sys
from datetime import datetime, timedelta

import erfa
import numpy as np

from simulated_visibilities import airy_power
from sky_around import centre_near

SIDEREAL_DAY_S, GROUP_S = 86164.0905, 309.24
REACH_DEG, APART_DEG = 1.6, 0.2
SEEN_DEG = 4  # sources farther from a tile than this are not simulated in it
FAINTEST_JY, BRIGHTEST_JY = 0.02, 1.0
DISH_M, WAVE_M = 4.65, 299792458 / 1.405e9
KINDS = ["flare"] * 3 + ["dip"] * 2 + ["sinusoid"] * 3 + ["step"] * 2


def beam(offset_deg):
    return float(airy_power(np.pi * DISH_M * np.sin(np.radians(offset_deg)) / WAVE_M))


def history(kind, n_night, random):
    """Flux density over that at rest, a number a night."""
    factor = np.ones(n_night)
    night = random.integers(2, n_night - 1)
    if kind == "flare":
        factor[night] = random.uniform(1.5, 2.5)
    elif kind == "dip":
        factor[night - 1 : night + 1] = random.uniform(0.5, 0.7)
    elif kind == "sinusoid":
        phase, period = random.uniform(0, 2 * np.pi), random.uniform(3, 7)
        factor += random.uniform(0.25, 0.4) * np.sin(2 * np.pi * np.arange(n_night) / period + phase)
    elif kind == "step":
        factor[night:] = random.uniform(1.35, 1.6)
    return factor


def strip_of_sources(first, last, n, random):
    """Names, places and flux densities at rest; the first len(KINDS) are bright and near the middle."""
    ra0, dec0 = np.degrees(erfa.c2s(first))
    ra1, _ = np.degrees(erfa.c2s(last))
    length = (ra1 - ra0) % 360
    sources = []
    while len(sources) < n:
        special = len(sources) < len(KINDS)
        offset = random.uniform(-1, 1) * (1.1 if special else REACH_DEG)
        dec = dec0 + offset
        wing = REACH_DEG / np.cos(np.radians(dec))
        ra = ra0 + random.uniform(*((0, length) if special else (-wing, length + wing)))
        seen = min(BRIGHTEST_JY, FAINTEST_JY * random.uniform() ** (-1 / 0.9))
        if special:
            seen = random.uniform(0.08, 0.3)
        place = erfa.s2c(np.radians(ra), np.radians(dec))
        if all(np.dot(place, other["place"]) < np.cos(np.radians(APART_DEG)) for other in sources):
            kind = KINDS[len(sources)] if special else "steady"
            sources.append({"name": f"w{len(sources)}", "place": place, "ra_deg": ra % 360,
                            "dec_deg": dec, "kind": kind, "rest_jy": seen / beam(offset)})
    return sources


def write_sky(path, rows):
    with open(path, "w", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["name", "ra_deg", "dec_deg", "flux_jy"])
        for source, flux in rows:
            writer.writerow([source["name"], f"{source['ra_deg']:.9f}", f"{source['dec_deg']:.9f}",
                             f"{flux:.7f}"])


def main(folder, dec_deg, start, n_night, n_tile, n_source, seed=1):
    folder, n_night, n_tile = pathlib.Path(folder), int(n_night), int(n_tile)
    random = np.random.default_rng(int(seed))
    begin = datetime.fromisoformat(start)
    tiles = []
    for night in range(n_night):
        first = begin + timedelta(seconds=night * SIDEREAL_DAY_S + random.uniform(-60, 60))
        for tile in range(n_tile):
            stamp = (first + timedelta(seconds=tile * GROUP_S)).isoformat(timespec="seconds")
            wrong = night > 0 and len(tiles) % 6 == 4
            gain = 1.0 if not wrong else 1.1 if len(tiles) % 12 == 4 else 0.9
            tiles.append({"stamp": stamp, "night": night, "gain": gain})
    ends = [centre_near(tiles[i]["stamp"], dec_deg) for i in (0, n_tile - 1)]
    sources = strip_of_sources(*ends, int(n_source), random)
    for source in sources:
        source["flux_jy"] = [float(f) for f in source["rest_jy"] * history(source["kind"], n_night, random)]
    transient = sources[0]  # nothing at rest, and in no catalogue
    transient["flux_jy"] = [f if f > transient["rest_jy"] else 0.0 for f in transient["flux_jy"]]
    write_sky(folder / "catalogue.csv", [(s, s["rest_jy"]) for s in sources if s is not transient])
    for tile in tiles:
        centre = centre_near(tile["stamp"], dec_deg)
        near = [s for s in sources if np.dot(s["place"], centre) > np.cos(np.radians(SEEN_DEG))]
        rows = [(s, s["flux_jy"][tile["night"]] * tile["gain"]) for s in near]
        write_sky(folder / f"tile-{tile['stamp']}.csv", [row for row in rows if row[1] > 0])
    for source in sources:
        del source["place"]
    (folder / "tiles.txt").write_text("".join(f"{t['stamp']} {t['gain']}\n" for t in tiles))
    (folder / "truth.json").write_text(json.dumps({"tiles": tiles, "sources": sources}, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
