# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulate the groups of a planned night (night_plan.py) and bring their files in, subband by subband, at pace.

Usage: night_feed.py FOLDER PACE_S OPTION...
FOLDER has plan.json; the options are simulate-observation's. A group is made in FOLDER/staging, its truth with
what has to become of it is written to FOLDER/truth/<index>.json, and its files are moved to
FOLDER/root/incoming one after another within a fifth of the pace, each group PACE_S after the one before:

    in order   by subband; the second one of a duplicate just after the first
    shuffled   in any order, the last four of them when the next group's files are coming
    delayed    subband 10 comes three groups later
    late       subband 10 comes when the group is completed without it
    growing    subband 5 grows under its own name for two seconds

When it is done it writes FOLDER/fed. Killed, it goes on where it was.
"""
import heapq
import itertools
import json
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import time

import h5py
import numpy as np

DELAYED = LATE = 10
GROWING, STEPS = 5, 8
DEAD = (7, 16, 25)  # of the antennas in the file


def kill_antennas(path):
    """Antennas without signal: zero in all their visibilities."""
    with h5py.File(path, "r+") as file:
        numbers = np.unique(file["Header/ant_1_array"][:])
        dead = [n for i, n in enumerate(numbers) if i in DEAD]
        rows = np.isin(file["Header/ant_1_array"][:], dead) | np.isin(file["Header/ant_2_array"][:], dead)
        data = file["Data/visdata"][:]
        data[rows] = 0
        file["Data/visdata"][...] = data


class Night:
    def __init__(self, folder, pace_s, options):
        self.folder, self.pace_s, self.options = pathlib.Path(folder), float(pace_s), options
        self.plan = json.loads((self.folder / "plan.json").read_text())
        self.incoming = self.folder / "root" / "incoming"
        self.events, self.count, self.late = [], itertools.count(), []
        for name in ("staging", "truth"):
            (self.folder / name).mkdir(exist_ok=True)

    def at(self, moment, action, *arguments):
        heapq.heappush(self.events, (moment, next(self.count), action, arguments))

    def simulate(self, group):
        """The files of a group, in a folder of their own that appears when all are there."""
        staged = self.folder / "staging" / str(group["index"])
        truth_path = self.folder / "truth" / f"{group['index']}.json"
        if truth_path.exists():
            return staged
        making = staged.with_suffix(".partial")
        for folder in (making, staged):
            shutil.rmtree(folder, ignore_errors=True)
        making.mkdir()
        subprocess.run(["simulate-observation", "--quiet", *self.options, *group["options"],
                        "--dec", str(self.plan["dec_deg"]), "--start", group["stamp"],
                        "--drift-start", self.plan["drift_start"],
                        "--sky", str(self.folder / "sky" / f"{group['index']}.csv"),
                        "--output-dir", str(making)], check=True, stdout=subprocess.DEVNULL)
        if group["edit"] == "dead antennas":
            for path in making.glob("*.hdf5"):
                kill_antennas(path)
        source, = making.glob("*.truth.json")
        truth = json.loads(source.read_text())
        truth["night"] = group
        source.unlink()
        making.rename(staged)
        partial = truth_path.with_suffix(".partial")
        partial.write_text(json.dumps(truth))
        partial.rename(truth_path)
        return staged

    def deliver(self, group, now):
        """Puts the moves of a group's files into the calendar."""
        staged = self.simulate(group)
        truth = json.loads((self.folder / "truth" / f"{group['index']}.json").read_text())
        files = [f for f in truth["files"] if (staged / f["name"]).exists()]
        files.sort(key=lambda f: (f["subband"], f["second"]))
        how = group["delivery"]
        if how == "shuffled":
            random.Random(group["index"]).shuffle(files)
        for i, file in enumerate(files):
            moment = now + 0.2 * self.pace_s * i / 16
            if how == "shuffled" and i >= len(files) - 4:
                moment += self.pace_s
            if how == "delayed" and file["subband"] == DELAYED:
                moment += 3 * self.pace_s
            path = staged / file["name"]
            if how == "late" and file["subband"] == LATE:
                self.late.append((truth["group_id"], path))
            elif how == "growing" and file["subband"] == GROWING:
                self.at(moment, self.grow, path, 1, now)
            else:
                self.at(moment, self.move, path)

    def move(self, path):
        path.rename(self.incoming / path.name)

    def grow(self, path, step, began):
        content = path.read_bytes()
        with open(self.incoming / path.name, "wb" if step == 1 else "r+b") as file:
            file.write(content[:len(content) * step // STEPS])
        if step < STEPS:
            self.at(began + 2 * step / STEPS, self.grow, path, step + 1, began)
        else:
            path.unlink()

    def bring_late(self):
        """What comes too late: its group is completed."""
        if not self.late or not (self.folder / "root/state/db/pipeline.sqlite3").exists():
            return
        with sqlite3.connect(f"file:{self.folder}/root/state/db/pipeline.sqlite3?mode=ro", uri=True,
                             timeout=10) as db:
            done = {row[0] for row in
                    db.execute("SELECT group_id FROM ingest_queue WHERE state = 'completed'")}
        for group, path in self.late[:]:
            if group in done:
                self.move(path)
                self.late.remove((group, path))

    def run(self):
        began, n_past, looked = time.monotonic(), 0, 0
        for group in self.plan["groups"]:
            if (self.folder / "truth" / f"{group['index']}.json").exists():
                n_past += 1  # made by an earlier run; what was not moved yet is moved now
                self.deliver(group, began)
        self.observe(iter(self.plan["groups"][n_past:]), began)
        while self.events or self.late:
            now = time.monotonic()
            if now - looked > 1:
                self.bring_late()
                looked = now
            if self.events and self.events[0][0] <= now:
                _, _, action, arguments = heapq.heappop(self.events)
                action(*arguments)
            else:
                time.sleep(min(0.5, max(0, self.events[0][0] - now)) if self.events else 0.5)
        (self.folder / "fed").write_text(f"{len(self.plan['groups'])}\n")

    def observe(self, coming, moment):
        """Makes the next group; the one after it comes when this one's files are in, on a slow machine too."""
        group = next(coming, None)
        if group is not None:
            now = time.monotonic()
            self.deliver(group, now)
            self.at(max(moment + self.pace_s, time.monotonic() + 0.25 * self.pace_s), self.observe, coming,
                    moment + self.pace_s)


if __name__ == "__main__":
    Night(sys.argv[1], sys.argv[2], sys.argv[3:]).run()
