# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill workers of a night, with -9, at random moments: tools, process-group, run-tick, and whole process groups.

Usage: night_kill.py FOLDER SEED MEAN_S
Workers are the processes whose environment names FOLDER/contimg.toml as CONTIMG_CONFIG. Each kill is a line of
FOLDER/kills.txt: unix seconds, what was meant, and what was killed. Ends when FOLDER/over is there.
"""
import os
import pathlib
import random
import signal
import sys
import time

TOOLS = {"convert-group", "flag-ms", "calibrate-ms", "image-ms", "measure-sources", "update-lightcurves"}
SCRIPTS = {"process-group", "run-tick"}
CHOICES = ["tool"] * 10 + ["process-group"] * 3 + ["run-tick"] * 3 + ["whole group"] * 3 + ["everything"]


def workers(config):
    """{pid: (parent, name)} of those that are this night's."""
    found, marker = {}, b"CONTIMG_CONFIG=" + os.fsencode(config) + b"\0"
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if marker not in (folder / "environ").read_bytes() + b"\0":
                continue
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue  # it ended meanwhile, or is a kernel's
        names = [os.path.basename(os.fsdecode(word)) for word in words[:2]]
        known = [name for name in names if name in TOOLS | SCRIPTS]
        found[int(folder.name)] = (parent, known[0] if known else names[0])
    return found


def with_descendants(pid, found):
    tree = {pid}
    while True:
        more = {p for p, (parent, _) in found.items() if parent in tree} - tree
        if not more:
            return tree
        tree |= more


def victims(what, found, chance):
    if what == "everything":
        return set(found)
    name = {"whole group": "process-group"}.get(what, what)
    able = sorted(p for p, (_, n) in found.items() if (n in TOOLS if what == "tool" else n == name))
    if not able:
        return set()
    pid = chance.choice(able)
    return with_descendants(pid, found) if what == "whole group" else {pid}


def main(folder, seed, mean_s):
    folder, chance = pathlib.Path(folder).resolve(), random.Random(int(seed))
    with open(folder / "kills.txt", "a", buffering=1) as log:
        while not (folder / "over").exists():
            time.sleep(float(mean_s) * chance.uniform(0.5, 1.5))
            what = chance.choice(CHOICES)
            found = workers(folder / "contimg.toml")
            killed = []
            for pid in victims(what, found, chance):
                try:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(found[pid][1])
                except ProcessLookupError:
                    continue
            if killed:
                print(f"{time.time():.2f} {what}: {', '.join(sorted(killed))}", file=log)


if __name__ == "__main__":
    main(*sys.argv[1:])
