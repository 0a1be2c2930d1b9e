# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a simulated night: a strip of the sky, the groups that drift over it, their faults and what has to become
of them.

Usage: night_plan.py FOLDER N_GROUP [SEED [FAULT_EVERY]]
Writes FOLDER/catalogue.csv (docs/formats/sky-csv.md), FOLDER/sky/<index>.csv (what a group sees) and
FOLDER/plan.json: {"dec_deg", "drift_start", "groups": [{"index", "stamp", "class", "options" (of
simulate-observation), "fault" (its name or ""), "edit", "delivery", "declared", "files"}]}.

The strip is at declination 49, where 3C147 and 3C196 pass 2.5 h from each other. The night begins two groups
before 3C147's transit; before 3C196's the correlator pauses, so that it passes in the middle of a group's data.
Two sources in three degrees of declination are 0.1 degree apart at least; behind the beam, where they cross the
meridian, numbers go with S^-0.9 from 25 mJy to 1.5 Jy.

`declared` is how a group has to end: "completed with N subbands", or "failed: " and words that its reason must
have. `files` has the fates of those of its files that do not become members: duplicate, bad, late or absent.
"""
import csv
import json
import pathlib
import sys
from datetime import datetime, timedelta

import erfa
import numpy as np

from sky_around import centre_near
from week_sky import GROUP_S, beam, write_sky

DEC_DEG, START = 49.0, "2026-01-26T00:00:00"
HALF_DATA_S = 51  # from a stamp to the middle of its 8 integrations
REACH_DEG, APART_DEG, SEEN_DEG = 1.7, 0.1, 4
FAINTEST_JY, BRIGHTEST_JY, PER_SQUARE_DEGREE = 0.025, 1.5, 3.2
# VLA calibrator list; in Jy at 1.405 GHz, as catalogues have them: the tools know them better.
CALIBRATORS = {"3C147": (85.650575, 49.852009), "3C196": (123.400208, 48.217306)}
CATALOGUED_JY = {"3C147": 22.1, "3C196": 14.4}
FIRST = 2  # index of the group in which 3C147 passes
NARROW = "narrow:frequency-mhz=1410:flux-jy=3000"
BROAD = "broad:frequency-mhz=1370:flux-jy=3000"

# name, options of simulate-observation, edit, delivery, subbands that count, fates of files by subband
BAD = [(kind, [f"{kind}:subband={i}"], 15, {i: "bad"}) for kind, i in (
    ("truncated", 5), ("wrong-time-origin", 3), ("zero-length", 7), ("not-hdf5", 9), ("missing-dataset", 2),
    ("wrong-shape", 11), ("wrong-type", 12), ("frequency-gap", 6), ("mislabelled", 13), ("antenna-count", 4))]
FAULTS = [
    {"fault": "never complete", "faults": [f"missing:subband={i}" for i in (4, 5, 6, 7, 8, 9)], "n": 10,
     "files": {i: "absent" for i in (4, 5, 6, 7, 8, 9)}, "failed": "collecting timeout"},
    {"fault": "missing", "faults": ["missing:subband=8"], "n": 15, "files": {8: "absent"}},
    {"fault": "out of order", "delivery": "shuffled"},
    {"fault": "too late", "delivery": "late", "n": 15, "files": {10: "late"}},
    {"fault": "dead antennas", "edit": "dead antennas"},
    *({"fault": kind, "faults": faults, "n": n, "files": files} for kind, faults, n, files in BAD[:2]),
    {"fault": "duplicate", "faults": ["duplicate:subband=5"], "files": {5: "duplicate"}},
    {"fault": "interference", "options": ["--rfi", NARROW, "--rfi", BROAD]},
    {"fault": "delayed", "delivery": "delayed"},
    {"fault": "not a number", "faults": ["nan-tail:subband=5:integrations=4"]},
    {"fault": "nothing but not a number", "faults": ["nan-tail:subband=all:integrations=8"],
     "failed": "flag"},
    {"fault": "growing", "delivery": "growing"},
    {"fault": "bad signature", "faults": ["bit-flip:subband=14:in=signature"], "n": 15, "files": {14: "bad"}},
    {"fault": "flipped bit", "faults": ["bit-flip:subband=3"]},
    {"fault": "wrong name", "faults": ["wrong-name:subband=6"]},
    {"fault": "short", "faults": ["short:subband=5"]},
    *({"fault": kind, "faults": faults, "n": n, "files": files} for kind, faults, n, files in BAD[2:]),
]


def stamp_after(seconds):
    return datetime.fromisoformat(START) + timedelta(seconds=seconds)


def transit_s(ra_deg, dec_deg, after_s):
    """Seconds from START to when the place is on the meridian, the first time after `after_s`."""
    time = after_s
    for _ in range(4):
        centre = centre_near(stamp_after(time - 149).isoformat(), dec_deg)
        to_go = (ra_deg - np.degrees(erfa.c2s(centre)[0])) % 360
        to_go = to_go if time == after_s else (to_go + 180) % 360 - 180
        time += to_go * 86164.0905 / 360
    return time


def starts_of(n_group):
    """Seconds from START of every group, and which of them are calibrators'."""
    first = transit_s(*CALIBRATORS["3C147"], 0) - HALF_DATA_S - FIRST * GROUP_S
    second = transit_s(*CALIBRATORS["3C196"], first) - HALF_DATA_S
    at = int((second - first) // GROUP_S)
    pause = second - first - at * GROUP_S
    starts = [round(first + i * GROUP_S + (pause if i >= at else 0)) for i in range(n_group)]
    return starts, {FIRST: "3C147", at: "3C196"}


def strip(random, first_ra, length_deg):
    """Sources of a strip that begins at a right ascension and is `length_deg` (of right ascension) long."""
    area = length_deg * np.cos(np.radians(DEC_DEG)) * 2 * REACH_DEG
    wanted, sources, places = int(area * PER_SQUARE_DEGREE), [], np.empty((0, 3))
    apart = np.cos(np.radians(APART_DEG))
    known = np.array([erfa.s2c(*np.radians(place)) for place in CALIBRATORS.values()])
    while len(sources) < wanted:
        offset = random.uniform(-REACH_DEG, REACH_DEG)
        ra = (first_ra + random.uniform(0, length_deg)) % 360
        seen = min(BRIGHTEST_JY, FAINTEST_JY * random.uniform() ** (-1 / 0.7))
        place = erfa.s2c(np.radians(ra), np.radians(DEC_DEG + offset))
        if np.any(known @ place > np.cos(np.radians(3 * APART_DEG))) or np.any(places @ place > apart):
            continue
        places = np.vstack([places, place])
        sources.append({"name": f"n{len(sources)}", "ra_deg": ra, "dec_deg": DEC_DEG + offset,
                        "flux": seen / beam(offset)})
    return sources, places


def faulty(n_group, every, calibrators, random):
    """{index: fault}, in one of `every` groups, all in turn; five of them at least."""
    free = [i for i in range(n_group) if i > 0 and i not in calibrators]
    n = max(n_group // every, min(len(FAULTS), 5, len(free)))
    return {int(i): FAULTS[k % len(FAULTS)] for k, i in enumerate(random.permutation(free)[:n])}


def main(folder, n_group, seed=1, fault_every=4):
    folder, n_group = pathlib.Path(folder), int(n_group)
    random = np.random.default_rng(int(seed))
    (folder / "sky").mkdir(parents=True, exist_ok=True)
    starts, calibrators = starts_of(n_group)
    centres = [centre_near(stamp_after(s - 149 + HALF_DATA_S).isoformat(), DEC_DEG) for s in starts]
    wing = 2 * SEEN_DEG / np.cos(np.radians(DEC_DEG))
    length = min(360, (starts[-1] - starts[0]) / 86164.0905 * 360 + 2 * wing)
    sources, places = strip(random, np.degrees(erfa.c2s(centres[0])[0]) - wing, length)
    bright = [{"name": name, "ra_deg": ra, "dec_deg": dec, "flux": CATALOGUED_JY[name]}
              for name, (ra, dec) in CALIBRATORS.items()]
    write_sky(folder / "catalogue.csv", [(s, s["flux"]) for s in bright + sources])
    faults, groups = faulty(n_group, int(fault_every), calibrators, random), []
    for i, (start, centre) in enumerate(zip(starts, centres)):
        near = np.flatnonzero(places @ centre > np.cos(np.radians(SEEN_DEG)))
        write_sky(folder / "sky" / f"{i}.csv", [(sources[k], sources[k]["flux"]) for k in near])
        fault = faults.get(i, {"fault": ""})
        options = ["--noise-seed", str(1000 + i), *fault.get("options", [])]
        for text in fault.get("faults", []):
            options += ["--fault", text]
        for name, place in CALIBRATORS.items():
            if centre @ erfa.s2c(*np.radians(place)) > np.cos(np.radians(8)):
                options += ["--calibrator", name]
        declared = f"completed with {fault.get('n', 16)} subbands"
        groups.append({
            "index": i, "stamp": stamp_after(start).isoformat(), "options": options,
            "class": "calibrator" if i in calibrators else "science", "fault": fault["fault"],
            "edit": fault.get("edit", ""), "delivery": fault.get("delivery", "in order"),
            "declared": f"failed: {fault['failed']}" if "failed" in fault else declared,
            "files": {str(k): fate for k, fate in fault.get("files", {}).items()}})
    plan = {"dec_deg": DEC_DEG, "seed": int(seed), "groups": groups,
            "drift_start": stamp_after(starts[0] - 3600).isoformat()}
    (folder / "plan.json.partial").write_text(json.dumps(plan, indent=1))
    (folder / "plan.json.partial").rename(folder / "plan.json")


if __name__ == "__main__":
    main(*sys.argv[1:])
