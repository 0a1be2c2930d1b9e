#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The torture suite (docs/torture.md): every tool under faults, the queue under worse.

Usage: torture.py --build DIR [--minutes M] [--every] [--again] [--only NAME,...] [--slots N]
                  [--seed N] [--folder DIR] [--list]

What is done is remembered in DIR/torture, trial by trial, so that the suite may be stopped at any moment
and goes on where it was. Prints a table, writes report.txt and report.json there, and ends with 1 if
anything was lost.
"""
import argparse
import collections
import contextlib
import concurrent.futures
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import disturb
import kill_points
import queue_faults
import tool_scenarios

HERE = os.path.dirname(os.path.abspath(__file__))
# Shares of the time: a trial with images takes seconds, and so does a group of the queue's own.
WEIGHTS = {"image-ms": 3, "make-mosaic": 2, "dsa110-stream": 2, "run-tick": 2, "two hosts": 2,
           "clock jumps": 2, "queue damaged": 2, "power cuts": 2, "queue copied in use": 2,
           "process-group": 2, "list-transits": 0.5, "why": 0.5, "check-config": 0.3}


def names():
    """The long ones first, so that no core is idle at the end."""
    found = [*queue_faults.PARTS, *tool_scenarios.SCENARIOS, *kill_points.SCENARIOS]
    return sorted(found, key=lambda name: -WEIGHTS.get(name, 1))


def file_of(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".json"


def slot_folder(options, slot):
    """In memory where that is possible: flushing a disk would only cost time."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else options.folder
    mark = re.sub(r"[^A-Za-z0-9]+", "-", os.path.abspath(options.build)).strip("-")
    # Two runs of one build, each with its folder, do not meet there.
    mark += "-" + hashlib.sha256(os.path.abspath(options.folder).encode()).hexdigest()[:8]
    return f"{place}/contimg-torture-{mark}/{slot}"


def run_one(options):
    """In a process of its own: one scenario; its report goes to a file."""
    name, base = options.one, slot_folder(options, options.slot)
    tools = os.path.join(options.build, "tools")
    library = os.path.join(options.build, "tests", "libfault_layer.so")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    inner = os.path.join(base, re.sub(r"[^a-z0-9]+", "-", name.lower()))
    os.makedirs(base, exist_ok=True)

    def say(text):
        print(text, flush=True)

    began = time.monotonic()
    try:
        if name in queue_faults.PARTS:
            report = queue_faults.PARTS[name](tools, library, inner, options.seed, options.seconds,
                                              say)
        else:
            trials = disturb.Trials(name, tools, library, inner, options.seed)
            memory = os.path.join(options.folder, "done", file_of(name) + ".trials")
            report = trials.go(options.seconds, options.every, say, memory)
    finally:
        end_leftovers(inner)
        shutil.rmtree(inner, ignore_errors=True)
    # The trials of one that was cut short are remembered too; this one was not.
    with contextlib.suppress(FileNotFoundError):
        os.remove(os.path.join(options.folder, "done", file_of(name) + ".trials"))
    report["seconds"] = round(time.monotonic() - began)
    write(os.path.join(options.folder, "done", file_of(name)), json.dumps(report, indent=1))
    return 0


def end_leftovers(inner):
    for pid in disturb.processes_with("TORTURE_TRIAL=" + inner):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def write(path, text):
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)


def table(reports):
    lines = [f"{'scenario':27} {'fault':31} {'tried':>6} {'survived':>8} {'lost':>5}"]
    total = collections.Counter()
    by_kind = collections.defaultdict(collections.Counter)
    for report in reports:
        shown = report["scenario"]
        for kind, counts in sorted(report["kinds"].items()):
            lines.append(f"{shown:27} {kind:31} {counts['tried']:6} {counts['survived']:8} "
                         f"{counts['lost']:5}")
            shown = ""
            total.update(counts)
            by_kind[kind].update(counts)
    lines.append("")
    for kind, counts in sorted(by_kind.items()):
        lines.append(f"{'all':27} {kind:31} {counts['tried']:6} {counts['survived']:8} "
                     f"{counts['lost']:5}")
    lines.append(f"{'all':27} {'all':31} {total['tried']:6} {total['survived']:8} "
                 f"{total['lost']:5}")
    return lines, total


def finish(options, chosen, broken):
    """Table and files of what is done; the exit status."""
    reports = []
    for name in chosen:
        path = os.path.join(options.folder, "done", file_of(name))
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                reports.append(json.load(file))
    lines, total = table(reports)
    for report in reports:
        lines += [f"LOST: {report['scenario']}: {loss}" for loss in report["losses"]]
    lines += [f"NOT RUN: {name}" for name in broken]
    without = [r["scenario"] for r in reports if not sum(k["tried"] for k in r["kinds"].values())]
    lines += [f"NO TRIAL: {name}" for name in without]
    text = "\n".join(lines) + "\n"
    write(os.path.join(options.folder, "report.txt"), text)
    write(os.path.join(options.folder, "report.json"),
          json.dumps({"scenarios": reports, "total": total, "not_run": broken}, indent=1))
    print(text, end="")
    return int(bool(total["lost"] or broken or without or not reports))


def run_all(options, chosen):
    running, lock, stopping = {}, threading.Lock(), threading.Event()
    shares = sum(WEIGHTS.get(name, 1) for name in chosen)
    # A third of the time goes into preparing and undisturbed runs.
    unit = options.minutes * 60 * options.slots / shares * 0.65
    left = [name for name in chosen
            if not os.path.exists(os.path.join(options.folder, "done", file_of(name)))]
    print(f"torture: {len(chosen) - len(left)} scenarios are done, {len(left)} to do", flush=True)
    slots, broken = list(range(options.slots)), []

    def one(name):
        with lock:
            slot = slots.pop()
        command = [sys.executable, "-W", "ignore", os.path.abspath(__file__), "--build",
                   options.build, "--one", name, "--slot", str(slot), "--seed", str(options.seed),
                   "--folder", options.folder,
                   "--seconds", f"{unit * WEIGHTS.get(name, 1):.0f}",
                   *(["--every"] if options.every else [])]
        if stopping.is_set():
            return
        print(f"torture: {name}", flush=True)
        process = subprocess.Popen(command, start_new_session=True)
        running[name] = process
        code = process.wait()
        with lock:
            slots.append(slot)
            running.pop(name)
        if code and not stopping.is_set():
            broken.append(name)

    def interrupt(*_):
        stopping.set()
        for process in list(running.values()):
            os.killpg(process.pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)
    with concurrent.futures.ThreadPoolExecutor(options.slots) as pool:
        list(pool.map(one, left))
    if stopping.is_set():
        print("torture: interrupted; run it again and it goes on")
        return 130
    shutil.rmtree(os.path.dirname(slot_folder(options, 0)), ignore_errors=True)
    return finish(options, chosen, broken)


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--build", default="build")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--every", action="store_true", help="every fault at every call: days")
    parser.add_argument("--again", action="store_true", help="forget what is done")
    parser.add_argument("--only", default="")
    parser.add_argument("--folder", help="where it remembers and reports")
    parser.add_argument("--slots", type=int, default=max(1, min(8, os.cpu_count())))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true")
    for hidden, kind in (("--one", str), ("--slot", int), ("--seconds", float)):
        parser.add_argument(hidden, type=kind, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    options.folder = options.folder or os.path.join(
        options.build, "torture-every" if options.every else "torture")
    os.environ.setdefault("TZ", "UTC")
    if options.one:
        return run_one(options)
    chosen = [name for name in names() if not options.only or name in options.only.split(",")]
    if not os.environ.get("CONTIMG_TEST_DATA") and "import-earth-orientation" in chosen:
        chosen.remove("import-earth-orientation")
        print("torture: import-earth-orientation is NOT RUN: CONTIMG_TEST_DATA is not set", file=sys.stderr)
    if options.list:
        print("\n".join(chosen))
        return 0
    if options.again:
        for path in glob.glob(os.path.join(options.folder, "done", "*")):
            os.remove(path)
    os.makedirs(os.path.join(options.folder, "done"), exist_ok=True)
    return run_all(options, chosen)


if __name__ == "__main__":
    sys.exit(main())
