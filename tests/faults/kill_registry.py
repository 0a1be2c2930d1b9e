#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills manage-caltables at random moments while another process looks sets up.

Usage: kill_registry.py TOOLS KILLS [SEED]

One set, "steady", is always active. Another, "work", is solved again and again: its tables are copied
into place (so that a killed copy leaves half a table), registered, activated in the place of the
version before, and at times retired; in each round one of these steps is killed with SIGKILL at a
random moment, and what is left is looked at and then brought to its end.

All the while a second thread runs `manage-caltables which`: it may never be told that there is no
set, never get a version whose activation has not begun, and never tables that are not, byte for byte,
the three of one solve. Ends with 1 and says what was wrong when anything was.
"""
import contextlib
import glob
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

KINDS = "KBG"
MJD = 61000.5


class Wrong(Exception):
    """What a kill has spoilt."""


def digest(folder):
    """Of a table's files but its lock; empty when there is no such folder."""
    total = hashlib.sha256()
    for path in sorted(glob.glob(folder + "/**/*", recursive=True)):
        if os.path.isfile(path) and not path.endswith("table.lock"):
            with open(path, "rb") as file:
                total.update(path[len(folder):].encode() + b"\0" + file.read())
    return total.hexdigest() if os.path.isdir(folder) else ""


class Torture:
    def __init__(self, tools, base, seed):
        self.tool = os.path.join(os.path.abspath(tools), "manage-caltables")
        self.tools, self.base = tools, base
        self.queue = base + "/queue.sqlite3"
        self.random = random.Random(seed)
        self.begun = set()   # versions of "work" whose activation has begun
        self.lookups = self.lookups_of_work = 0
        self.complaints = []
        self.killed = self.ended = 0
        self.took_s = {}     # latest undisturbed run of each command
        self.stop = threading.Event()

    def command(self, *arguments):
        return [self.tool, "--queue-db", self.queue, "--quiet", *arguments]

    def run(self, *arguments, may=(0,)):
        begun = time.monotonic()
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True)
        self.took_s[arguments[0]] = time.monotonic() - begun
        if done.returncode not in may:
            raise Wrong(f"{' '.join(arguments)}: exit status {done.returncode}: {done.stderr}")
        return done

    def rows(self, statement):
        with contextlib.closing(sqlite3.connect(f"file:{self.queue}?mode=ro", uri=True)) as db:
            return db.execute(statement).fetchall()

    def prepare(self):
        os.makedirs(self.base + "/in")
        subprocess.run([os.path.join(self.tools, "scan-incoming"), "--quiet", "--queue-db",
                        self.queue, "--input-dir", self.base + "/in"], check=True,
                       stdout=subprocess.DEVNULL)
        maker = os.path.join(os.path.dirname(__file__), "..", "witness", "make_caltable.py")
        for name, hours, gain in (("steady", 2, 2), ("solve0", 0.5, 3), ("solve1", 0.5, 4)):
            subprocess.run(["/usr/bin/python3", maker, f"{self.base}/{name}",
                            str(MJD + hours / 24), str(gain)], check=True)
        self.sound = {tuple(digest(f"{self.base}/{name}.{kind}") for kind in KINDS)
                      for name in ("steady", "solve0", "solve1")}
        self.run("register", *self.tables("steady"), "--name", "steady", "--dec", "16")
        self.run("activate", "steady", "--override", "test")

    def tables(self, stem):
        return [f"{self.base}/{stem}.{kind}" for kind in KINDS]

    # The other process.

    def look(self):
        # 2025-11-21T12:00:00 is MJD 61000.5; "work" is nearer to it than "steady".
        question = self.command("which", "--at", "2025-11-21T12:00:00", "--dec", "16", "--json")
        while not self.stop.is_set():
            done = subprocess.run(question, capture_output=True, text=True)
            self.lookups += 1
            if done.returncode != 0:
                self.complaints.append(f"lookup: exit status {done.returncode}: "
                                       f"{done.stdout}{done.stderr}")
                continue
            answer = json.loads(done.stdout)
            if answer["warning"]:
                self.complaints.append(f"lookup: {answer['warning']}")
            if answer["set"] == "work":
                self.lookups_of_work += 1
                if answer["version"] not in self.begun:
                    self.complaints.append(f"lookup: a candidate, version {answer['version']}")
            if tuple(digest(path) for path in answer["tables"]) not in self.sound:
                self.complaints.append(f"lookup: half a set: {answer['tables']}")

    # The killed one.

    def kill(self, command, longest_s):
        """Runs a command and kills it at a random moment. Returned: whether that was in time."""
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        time.sleep(self.random.random() * longest_s)
        os.killpg(process.pid, signal.SIGKILL)
        in_time = process.wait() == -9
        self.killed += in_time
        self.ended += not in_time
        return in_time

    def copy(self, source, stem):
        return ["bash", "-c", 'for kind in K B G; do rm -rf "$2.$kind"; cp -r "$1.$kind" '
                '"$2.$kind"; done', "copy", f"{self.base}/{source}", f"{self.base}/{stem}"]

    def active_versions(self):
        return [version for version, in self.rows(
            "SELECT version FROM calibration_set WHERE name = 'work' AND state = 'active'")]

    def check_rows(self):
        for name, version, state, tables in self.rows(
                "SELECT name, version, state, (SELECT count(*) FROM calibration_table t"
                " WHERE t.set_id = s.id) FROM calibration_set s"):
            if tables != 3:
                raise Wrong(f"{name} version {version}, {state}: {tables} tables, expected 3")
        if self.rows("SELECT 1 FROM calibration_set WHERE state = 'active'"
                     " GROUP BY name HAVING count(*) > 1"):
            raise Wrong("two versions of one name are active")

    def round(self, turn):
        version = 1 + (self.rows("SELECT max(version) FROM calibration_set WHERE name = 'work'"
                                 " AND activated_at IS NOT NULL")[0][0] or 0)
        stem = "work" if version == 1 else f"work.v{version}"
        register = ["register", *self.tables(stem), "--name", "work", "--dec", "16"]
        activate = ["activate", "work" if version == 1 else f"work:{version}", "--override",
                    "test"]
        step = turn % 4
        if step == 0:
            self.kill(self.copy(f"solve{turn % 2}", stem), 0.03)
            whole = tuple(digest(path) for path in self.tables(stem)) in self.sound
            # Whole but of two solves it cannot be: each copy begins at K and ends at G.
            done = self.run(*register, may=(0, 1))
            if done.returncode == 0 and not whole:
                lacking = [path for path in self.tables(stem) if not os.path.exists(path)]
                raise Wrong(f"half a table was registered; absent: {lacking}; " + ", ".join(
                    f"{path}: {sorted(os.listdir(path))}" for path in self.tables(stem)))
        subprocess.run(self.copy(f"solve{turn // 4 % 2}", stem), check=True)
        if step == 1:
            self.kill(self.command(*register), self.took_s["register"])
            self.check_rows()
        self.run(*register)
        before = self.active_versions()
        self.begun.add(version)
        if step == 2:
            self.kill(self.command(*activate), self.took_s["activate"])
            self.check_rows()
            now = self.active_versions()
            if now not in (before, [version]):
                raise Wrong(f"active versions {now}, expected {before} or {[version]}")
        self.run(*activate)
        if self.active_versions() != [version]:
            raise Wrong(f"active versions {self.active_versions()}, expected {[version]}")
        if step == 3:
            retire = ["retire", f"work:{version}" if version > 1 else "work", "--reason", "test"]
            self.kill(self.command(*retire), self.took_s["activate"])
            self.check_rows()
            if self.active_versions() not in ([], [version]):
                raise Wrong(f"active versions {self.active_versions()} after a retirement")
            self.run(*retire)
        self.check_rows()


def main():
    tools, kills = sys.argv[1], int(sys.argv[2])
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    base = tempfile.mkdtemp(prefix="kill-registry-", dir=place)
    torture = Torture(tools, base, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    looker = threading.Thread(target=torture.look)
    try:
        torture.prepare()
        looker.start()
        turn = 0
        while torture.killed < kills and not torture.complaints:
            torture.round(turn)
            turn += 1
        subprocess.run([os.path.join(tools, "manage-queue"), "--queue-db", torture.queue, "check"],
                       check=True)
    except Wrong as error:
        torture.complaints.append(str(error))
    finally:
        torture.stop.set()
        if looker.is_alive():
            looker.join()
        shutil.rmtree(base)
    print(f"{torture.killed} killed, {torture.ended} ended before; {torture.lookups} lookups, "
          f"{torture.lookups_of_work} of the set that was worked on; "
          f"{len(torture.complaints)} faults")
    print("\n".join(torture.complaints[:5]), end="\n" if torture.complaints else "")
    return int(bool(torture.complaints) or torture.killed < kills
               or torture.lookups_of_work == 0)


if __name__ == "__main__":
    sys.exit(main())
