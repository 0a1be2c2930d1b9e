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
    discovered   a source that a blind search had found in an earlier tile is measured in later ones, where the tiles
                 before them together say it is: rows of sources that are in no catalogue
    beside       a catalogue source that was solved together with such a one, 1.5 beams away or less from source to
                 source, in one of the nights: its flux densities agree within 5 errors
"""
import json
import pathlib
import sqlite3
import sys

import numpy as np
from astropy.io import fits

from night_score import ends

ALIKE = 0.02
JOINT_BEAMS, JOINT_ERRORS = 1.5, 5  # docs/tools/measure-sources.md: solved together
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
        for row in measured.execute("SELECT measurement.*, group_id, epoch.major_arcsec AS beam_arcsec"
                                    " FROM measurement JOIN epoch ON id = epoch_id WHERE kind = 'forced'"):
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


def apart_arcsec(one, two):
    """Between two rows that are near each other."""
    east = (one["ra_deg"] - two["ra_deg"]) * np.cos(np.radians(one["dec_deg"]))
    return 3600 * np.hypot(east, one["dec_deg"] - two["dec_deg"])


def beside_discovered(first, second, names):
    """Those of the catalogue sources that were solved together with one that the other night has not just there."""
    loose = [rows[n] for rows, others in ((first, second), (second, first)) for n in set(rows) - names
             if n not in others or apart_arcsec(rows[n], others[n]) > 0]
    to_go, found = loose, set()
    while to_go:
        here = to_go.pop()
        near = {n for n in names - found if apart_arcsec(first[n], here) <= JOINT_BEAMS * first[n]["beam_arcsec"]}
        found |= near
        to_go += [first[n] for n in near]
    return found


def other_fluxes(first, second, names):
    """Whether flux densities under different sets differ by more than calibration may."""
    pairs = [(number(first[n], "flux_jy"), number(second[n], "flux_jy"), number(first[n], "flux_error_jy"))
             for n in names]
    flux, other, error = np.array([p for p in pairs if np.all(np.isfinite(p)) and p[0] > 10 * p[2]] or
                                  np.empty((0, 3))).T
    return len(flux) and (abs(np.median(other / flux) - 1) > 0.02 or
                          np.mean(np.abs(other - flux) > 5 * error) > 0.05)


def largest_pixel(first, second):
    """The largest change of a pixel in units of the noise; infinite when the images are of another shape."""
    x, y = pixels(first), pixels(second)
    if x.shape != y.shape or not np.array_equal(np.isnan(x), np.isnan(y)):
        return np.inf
    return np.nanmax(np.abs(x - y)) / (1.4826 * np.nanmedian(np.abs(x - np.nanmedian(x))))


class Comparison:
    def __init__(self, one, two):
        self.one, self.two, self.wrong = one, two, []
        self.explained = {"other set": 0, "discovered": 0, "beside": 0}
        self.rows, self.images = [], []

    def group(self, group):
        one, two = self.one, self.two
        ended, before = two.ends.get(group, "not there"), one.ends.get(group, "not there")
        if ended != before:
            self.wrong.append(f"{group}: {ended}, without kills {before}")
            return
        a, b = one.rows.get(group, {}), two.rows.get(group, {})
        names, others = [{n for n, row in rows.items() if row["catalogue_flux_jy"] is not None} for rows in (a, b)]
        self.explained["discovered"] += len((set(a) - names) ^ (set(b) - others))
        if names != others:
            self.wrong.append(f"{group}: other sources: {sorted(names ^ others)}")
        elif one.sets.get(group) != two.sets.get(group):
            self.explained["other set"] += 1
            if other_fluxes(a, b, names):
                self.wrong.append(f"{group}: {two.sets.get(group)} in place of {one.sets.get(group)}, other fluxes")
        else:
            self.alike(group, a, b, names)

    def alike(self, group, a, b, names):
        beside = beside_discovered(a, b, names)
        self.explained["beside"] += len(beside)
        for name in sorted(beside):
            change = abs(number(a[name], "flux_jy") - number(b[name], "flux_jy"))
            if change > JOINT_ERRORS * number(a[name], "flux_error_jy"):
                self.wrong.append(f"{group} {name}: beside a discovered source, and changes by {JOINT_ERRORS} errors")
        for name in sorted(names - beside):
            self.rows.append(largest_change(a[name], b[name]))
            if self.rows[-1] > ALIKE:
                self.wrong.append(f"{group} {name}: a number differs by {self.rows[-1]:.3g} of its error")
        if (group in self.one.images) != (group in self.two.images):
            self.wrong.append(f"{group}: one of the nights has no image")
        elif group in self.one.images:
            self.images.append(largest_pixel(self.one.images[group], self.two.images[group]))
            if self.images[-1] > ALIKE:
                self.wrong.append(f"{group}: a pixel differs by {self.images[-1]:.3g} of the noise")


def main(one, two):
    one, two = Night(one), Night(two)
    if one.plan != two.plan:
        sys.exit(f"{one.folder}, {two.folder}: other plans, expected the same")
    found = Comparison(one, two)
    for group in sorted(set(one.ends) | set(two.ends)):
        found.group(group)
    print(f"compared    {len(one.ends)} groups, {len(found.rows)} rows (largest change {max(found.rows, default=0):.2g}"
          f" errors), {len(found.images)} images ({max(found.images, default=0):.2g} of the noise); explained: "
          + ", ".join(f"{n} {k}" for k, n in found.explained.items()))
    for line in found.wrong[:40]:
        print("  WRONG    ", line)
    print(f"{'MISSED' if found.wrong else 'met   '}      the same products as the night without kills")
    sys.exit(1 if found.wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
