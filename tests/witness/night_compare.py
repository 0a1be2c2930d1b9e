# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the products of a night with kills to those of the same night without.

Usage: night_compare.py UNDISTURBED DISTURBED
Both are folders of scripts/make-night with one plan. Compared are how every group ended, the rows of measurement
of every catalogue source, and the pixels of every image; times, versions, attempts and tokens are not. Exit code 1
when something differs that is not explained.

Alike: flux densities within a fiftieth of their error, places within a fiftieth of an arcsecond, other numbers to a
fiftieth of themselves, pixels within a fiftieth of the noise.

What the order of the work decides is explained, counted, and not held to that:
    other set    a group that was calibrated with another set, as the nearest one was solved before or after it was
                 its turn: the median ratio of its flux densities is 1 within 2 %, and 95 % agree within 5 errors
    discovered   a source that a blind search had found in an earlier tile is measured in later ones: rows of sources
                 that are in no catalogue
"""
import json
import pathlib
import sqlite3
import sys

import numpy as np
from astropy.io import fits

from night_score import ends

ALIKE = 0.02
NUMBERS = ("flux_jy", "flux_error_jy", "noise_error_jy", "local_rms_jy", "pb", "smearing", "offset_east_arcsec",
           "offset_north_arcsec")


class Night:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.plan = json.loads((self.folder / "plan.json").read_text())
        state = self.folder / "root/state/db"
        queue = sqlite3.connect(f"file:{state}/pipeline.sqlite3?mode=ro", uri=True)
        queue.row_factory = sqlite3.Row
        self.ends = {group: end.replace(str(self.folder), "") for group, end in ends(queue).items()}
        self.sets = dict(map(tuple, queue.execute(
            "SELECT calibration_use.group_id, name || ' ' || version FROM calibration_use JOIN calibration_set"
            " ON calibration_set.id = set_id")))
        self.images = {row["group_id"]: row["path"] for row in queue.execute(
            "SELECT group_id, path FROM images WHERE type = 'image'")}
        measured = sqlite3.connect(f"file:{state}/measurements.sqlite3?mode=ro", uri=True)
        measured.row_factory = sqlite3.Row
        self.rows = {}
        for row in measured.execute("SELECT measurement.*, group_id FROM measurement JOIN epoch ON id = epoch_id"
                                    " WHERE kind = 'forced'"):
            self.rows.setdefault(row["group_id"], {})[row["name"]] = row


def pixels(path):
    with fits.open(path) as image:
        return np.squeeze(image[0].data).astype(float)


def number(row, name):
    return np.nan if row[name] is None else float(row[name])


def largest_change(one, two):
    """Of the numbers of one row, in units of their errors."""
    worst = 0
    for name in NUMBERS:
        a, b = number(one, name), number(two, name)
        if np.isnan(a) != np.isnan(b):
            return np.inf
        scale = number(one, "flux_error_jy") if name == "flux_jy" else 1.0 if name.startswith("offset") else abs(a)
        if not np.isnan(a) and a != b:
            worst = max(worst, abs(a - b) / max(scale, 1e-12))
    return worst


def main(one, two):
    one, two = Night(one), Night(two)
    wrong, explained = [], {"other set": 0, "discovered": 0}
    if one.plan != two.plan:
        sys.exit(f"{one.folder}, {two.folder}: other plans, expected the same")
    worst_row = worst_pixel = n_row = n_image = 0
    for group in sorted(set(one.ends) | set(two.ends)):
        first, second = one.ends.get(group, "not there"), two.ends.get(group, "not there")
        if first != second:
            wrong.append(f"{group}: {second}, without kills {first}")
            continue
        a, b = one.rows.get(group, {}), two.rows.get(group, {})
        catalogued = [{n for n, row in rows.items() if row["catalogue_flux_jy"] is not None} for rows in (a, b)]
        explained["discovered"] += len((set(a) - catalogued[0]) ^ (set(b) - catalogued[1]))
        if catalogued[0] != catalogued[1]:
            wrong.append(f"{group}: other sources: {sorted(catalogued[0] ^ catalogued[1])}")
            continue
        if one.sets.get(group) != two.sets.get(group):
            explained["other set"] += 1
            pairs = [(number(a[n], "flux_jy"), number(b[n], "flux_jy"), number(a[n], "flux_error_jy"))
                     for n in catalogued[0]]
            pairs = np.array([p for p in pairs if np.all(np.isfinite(p)) and p[0] > 10 * p[2]])
            if len(pairs) and (abs(np.median(pairs[:, 1] / pairs[:, 0]) - 1) > 0.02 or
                               np.mean(np.abs(pairs[:, 1] - pairs[:, 0]) > 5 * pairs[:, 2]) > 0.05):
                wrong.append(f"{group}: {two.sets.get(group)} in place of {one.sets.get(group)}, other fluxes")
            continue
        for name in catalogued[0]:
            n_row += 1
            change = largest_change(a[name], b[name])
            worst_row = max(worst_row, change)
            if change > ALIKE:
                wrong.append(f"{group} {name}: a number differs by {change:.3g} of its error")
        if group in one.images and group in two.images:
            x, y = pixels(one.images[group]), pixels(two.images[group])
            if x.shape != y.shape or not np.array_equal(np.isnan(x), np.isnan(y)):
                wrong.append(f"{group}: images of another shape")
                continue
            noise = 1.4826 * np.nanmedian(np.abs(x - np.nanmedian(x)))
            change = np.nanmax(np.abs(x - y)) / noise
            n_image, worst_pixel = n_image + 1, max(worst_pixel, change)
            if change > ALIKE:
                wrong.append(f"{group}: a pixel differs by {change:.3g} of the noise")
        elif (group in one.images) != (group in two.images):
            wrong.append(f"{group}: one of the nights has no image")
    print(f"compared    {len(one.ends)} groups, {n_row} rows (largest change {worst_row:.2g} errors), {n_image} images "
          f"({worst_pixel:.2g} of the noise); explained: " + ", ".join(f"{n} {k}" for k, n in explained.items()))
    for line in wrong[:40]:
        print("  WRONG    ", line)
    print(f"{'MISSED' if wrong else 'met   '}      the same products as the night without kills")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
