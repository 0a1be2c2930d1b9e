# SPDX-License-Identifier: GPL-3.0-or-later
"""Spoils one call of a tool at a time, and sees what is left: the trials of torture.py.

A trial: a fresh copy of the state, the tool with one fault; it has to end as it promises, with no half
product and sound databases. Then the tool once more, undisturbed: all has to be as if there had been no
fault. What is not is lost.
"""
import collections
import contextlib
import glob
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import kill_points
import tool_scenarios
from kill_points import KILLED, Lost
from tool_scenarios import copy_tree
from tree_shape import Reference, is_set, shape

KINDS = {  # name in the report: what the layer is told
    "kill": {"FAULT_KIND": "kill-before"},
    "power": {"FAULT_KIND": "power"},
    "disk full once": {"FAULT_KIND": "enospc"},
    "disk full": {"FAULT_KIND": "enospc", "FAULT_ON": "1"},
    "I/O error once": {"FAULT_KIND": "eio"},
    "I/O error": {"FAULT_KIND": "eio", "FAULT_ON": "1"},
    "short write": {"FAULT_KIND": "short"},
    "interrupted": {"FAULT_KIND": "eintr"},
}
READ_KINDS = {
    "read error once": {"FAULT_KIND": "eio"},
    "read error": {"FAULT_KIND": "eio", "FAULT_ON": "1"},
    "short read": {"FAULT_KIND": "short"},
}
CRASHED = -signal.SIGSEGV
ONLY_WRITES = {"write", "pwrite64", "writev", "pwritev", "sendfile", "copy_file_range"}
REMOVALS = {"unlink", "unlinkat", "rmdir"}
CANNOT = {"disk full once": REMOVALS,
          "interrupted": {*REMOVALS, "rename", "renameat2", "mkdir", "link"}}
# Words of an error that have a slash themselves, and what a path is known by.
ITS_WORDS = re.compile(r"Input/output error|disk I/O error")
NAMES_A_FILE = re.compile(r"/\w|\w\.[a-z]\w+|stdout")
# What may lie about under its name while work goes on, or after a kill.
ASIDE = re.compile(r"\.partial-|\.tmp|\.probe-|CONTIMG_CHANGE|\.new$|\.before-restore-|\.removed|/\.")


def is_of_casacore(path):
    return os.path.basename(path).startswith("table.")


def processes_with(word):
    """Ids of processes that have this in their environment: those that a trial began."""
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            if word.encode() in file.read():
                found.append(int(path.split("/")[2]))
    return [pid for pid in found if pid != os.getpid()]


class OfRows:
    """A scenario of kill_points.py: it says itself what has to be equal."""

    def __init__(self, name, tools, base):
        self.scenario = kill_points.SCENARIOS[name](tools, base)
        self.work = getattr(self.scenario, "work", base + "/work")
        if name != "clean-up":
            self.work = base + "/work"

    def prepare(self, run):
        self.scenario.prepare()
        run()
        self.expected = self.scenario.result(self.work)

    def program(self):
        return self.scenario.command(self.work)[0]

    def command(self):
        words = self.scenario.command(self.work)
        return [os.path.join(self.scenario.tools, words[0]), *words[1:]]

    def environment(self):
        more = {"PATH": "/none"} if "AndFlag" in type(self.scenario).__name__ else {}
        return {**os.environ, **more}

    def look(self):
        """What may not be half done, right after the fault: recover() of the scenario looks."""

    def recover(self, turn):
        queue = self.work + "/queue.sqlite3"
        with contextlib.suppress(sqlite3.Error):  # an hour passes
            if os.path.exists(queue):
                kill_points.change(queue, "UPDATE job SET not_before = not_before - 3600 "
                                          "WHERE not_before IS NOT NULL")
        self.scenario.recover(self.work, turn)

    def compare(self, _):
        kill_points.expect_same(self.scenario.result(self.work), self.expected, "product")


class OfTree:
    """A scenario of tool_scenarios.py: everything below the root has to be equal."""

    def __init__(self, name, tools, base):
        self.scenario = tool_scenarios.SCENARIOS[name](tools, base)
        self.work = self.scenario.work

    def prepare(self, run):
        self.scenario.prepare()
        kept = self.scenario.base + "/undisturbed"
        run()
        self.settle()
        copy_tree(self.work, kept)
        time.sleep(1.1)  # stamps of the second differ
        run()
        self.settle()
        self.reference = Reference(kept, self.work, getattr(self.scenario, "apart", ""))
        self.before = shape(self.scenario.template)

    def settle(self):
        for database in glob.glob(self.work + "/**/*.sqlite3", recursive=True):
            with contextlib.closing(sqlite3.connect(database)) as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def program(self):
        word = self.scenario.command(self.work)[0]
        return getattr(self.scenario, "only", os.path.basename(word))

    def command(self):
        return self.scenario.command(self.work)

    def environment(self):
        return self.scenario.environment()

    def look(self):
        for name, (total, path) in shape(self.work).items():
            if name.endswith(".sqlite3") and not ASIDE.search("/" + name):
                with contextlib.closing(sqlite3.connect(path)) as db:
                    verdict = db.execute("PRAGMA integrity_check").fetchall()
                if verdict != [("ok",)]:
                    raise Lost(f"{name}: {verdict}")
                continue
            if name in self.before or ASIDE.search("/" + name):
                continue
            if self.reference.apart.search(name):
                continue
            if name not in self.reference.shape:
                raise Lost(f"{name}: left under a name that no product has")
            changed_later = is_set(path) and len(self.scenario.words) and "flag-ms" not in str(
                self.scenario.words) and "convert-group" not in str(self.scenario.words)
            difference = "" if changed_later else self.reference.differs(name, total, path)
            if difference and not getattr(self.scenario, "whole_group", False):
                raise Lost("half done, under its final name: " + difference)

    def recover(self, turn):
        self.scenario.recover(self.work, turn)

    def compare(self, said):
        self.settle()
        wrong = self.reference.compare(self.work)
        # A picture that could not be made is warned about, and is no reason to fail.
        wrong = [text for text in wrong if not (text.split(": ")[0].endswith((".png", ".svg"))
                                                and "WARNING" in said)]
        if wrong:
            raise Lost("; ".join(wrong[:3]))
        self.scenario.check(self.work)


class Trials:
    """All trials of one scenario. Counts per kind; `losses` are sentences."""

    def __init__(self, name, tools, library, base, seed):
        self.name, self.library, self.base = name, library, base
        shutil.rmtree(base, ignore_errors=True)
        os.makedirs(base)
        of_rows = name in kill_points.SCENARIOS
        self.case = (OfRows if of_rows else OfTree)(name, tools, base)
        self.generator = random.Random(seed)
        self.counts = collections.defaultdict(lambda: {"tried": 0, "survived": 0, "lost": 0})
        self.losses, self.passed_by, self.crashes = [], 0, 0
        self.changes, self.reads = [], []  # calls: program, call, path
        self.whole = getattr(self.case.scenario, "whole_group", False)

    def fresh(self):
        copy_tree(self.case.scenario.template, self.case.work)

    def layer(self):
        """Variables for the layer; the counter begins anew."""
        with open(self.base + "/count", "wb") as file:
            file.write(bytes(8))
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.base + "/fired")
        found = {"LD_PRELOAD": self.library, "FAULT_FIRED": self.base + "/fired",
                 "TORTURE_TRIAL": self.base}
        if not self.whole or hasattr(self.case.scenario, "only"):
            found["FAULT_ONLY"] = self.case.program()
        if self.whole:
            found["FAULT_COUNT"] = self.base + "/count"
        return found

    def run(self, more):
        """Runs the tool on the work, its stdout in a file; returns its status and its stderr."""
        with open(self.base + "/stdout", "wb") as out, open(self.base + "/stderr", "wb") as err:
            fixed = [shutil.which("setarch"), "-R"] if "FAULT_READS" in more else []
            process = subprocess.Popen(
                [*fixed, *self.case.command()], stdout=out, stderr=err, cwd=self.case.work,
                env={**self.case.environment(), **self.layer(), **more}, start_new_session=True)
            try:
                code = process.wait(300)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise Lost("hangs: not at its end after 300 s") from None
        with open(self.base + "/stderr", encoding="utf-8", errors="replace") as file:
            return code, file.read()

    def stdout(self):
        with open(self.base + "/stdout", "rb") as file:
            return file.read()

    def prepare(self):
        outputs = []

        def undisturbed(more=None):
            self.fresh()
            listed = self.base + "/calls"
            with contextlib.suppress(FileNotFoundError):
                os.remove(listed)
            code, said = self.run({"FAULT_LIST": listed, **(more or {})})
            if code:
                raise Lost(f"undisturbed: {code}: {said[-800:]}")
            outputs.append(self.stdout())
            if not os.path.exists(listed):
                return []
            with open(listed, encoding="utf-8") as file:
                return [line.rstrip("\n").split("\t") for line in file]

        def changing():
            self.changes = undisturbed()

        self.case.prepare(changing)
        self.expected_stdout = outputs[0] if len(set(outputs)) == 1 and len(outputs) > 1 else None
        self.reads = undisturbed(self.for_reads())
        if not self.reads and self.name != "simulate":
            raise Lost("the layer saw no read; is setarch -R allowed here?")

    def for_reads(self):
        return {"FAULT_READS": self.case.work + "/"}

    def call(self, number, kind):
        """Program, call, path."""
        return (self.reads if kind in READ_KINDS else self.changes)[number - 1]

    def plan(self, every):
        """(call, kind) in the order of trial: the first and the last of each sort, then the rest."""
        edges, rest = set(), []
        for calls, kinds in ((self.changes, KINDS), (self.reads, READ_KINDS)):
            kinds = [k for k in kinds if k != "power" or self.whole]
            sorts = collections.defaultdict(list)
            for number, (_, call, path) in enumerate(calls, 1):
                sorts[call, re.sub(r"[0-9]+", "#", os.path.splitext(path)[1])[:12]].append(number)
            edges |= {(n, k) for numbers in sorts.values() for n in (numbers[0], numbers[-1])
                      for k in kinds if self.possible(n, k)}
            rest += [(n, k) for n in range(1, len(calls) + 1) for k in kinds
                     if self.possible(n, k) and (n, k) not in edges]
        edges = sorted(edges)
        self.generator.shuffle(edges)
        self.generator.shuffle(rest)
        if not every:  # both sorts of choice have their share of the time
            mixed, at = [], 0
            while 2 * at < len(edges) or at < len(rest):
                mixed += edges[2 * at:2 * at + 2] + rest[at:at + 1]
                at += 1
            return mixed
        return edges + rest

    def possible(self, number, kind):
        call = self.call(number, kind)[1]
        if kind == "short write":
            return call in ONLY_WRITES
        if kind == "short read":  # casacore takes one for damage; local disks know none
            return not is_of_casacore(self.call(number, kind)[2])
        return call not in CANNOT.get(kind, ())

    def trial(self, number, kind, turn):
        self.fresh()
        how = KINDS.get(kind) or {**READ_KINDS[kind], **self.for_reads()}
        code, said = self.run({"FAULT_AT": str(number), **how})
        if not os.path.exists(self.base + "/fired"):
            self.passed_by += 1
            return None
        # casacore crashes on some of its own files when it cannot read them: as good as killed.
        crashed = kind in READ_KINDS and code == CRASHED and self.spoilt_casacore()
        self.crashes += crashed
        killing = kind in ("kill", "power") or crashed
        self.after_the_fault(kind)
        if code < 0 and not crashed and not (killing and code == KILLED):
            raise Lost(f"ended by signal {-code}: {said[-300:]}")
        if not killing and code not in (0, 1, 75):
            raise Lost(f"exit code {code}: {said[-300:]}")
        if not killing and code and not NAMES_A_FILE.search(ITS_WORDS.sub("", said)):
            raise Lost(f"exit code {code} with no word of the file: {said[-300:]!r}")
        if code == 0 and not killing and self.expected_stdout is not None:
            if self.stdout() != self.expected_stdout:
                raise Lost("exit code 0 with another output")
        if code == 0 and self.call(number, kind)[1] in REMOVALS:
            self.remove_partials()
        if code or self.whole:
            self.case.look()
            self.case.recover(turn)
        try:
            self.case.compare(said if code == 0 else "")
        except Lost:
            if code or "WARNING" not in said:
                raise
            self.case.recover(turn)  # what was warned about, the next run puts right
            self.case.compare(said)
        return code

    def spoilt_casacore(self):
        with open(self.base + "/fired", encoding="utf-8") as file:
            return any(is_of_casacore(line.split("\t")[2]) for line in file)

    def remove_partials(self):
        """What the disk refused to remove lies there under its partial name, and is nobody's product."""
        for path in glob.glob(self.case.work + "/**/*.partial-*", recursive=True):
            shutil.rmtree(path, ignore_errors=True)
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)

    def after_the_fault(self, kind):
        """A power cut ends all; after a kill what outlives the tool comes to its end by itself."""
        end = time.monotonic() + 60
        while True:
            alive = processes_with("TORTURE_TRIAL=" + self.base)
            if not alive:
                return
            if kind == "power" or time.monotonic() > end:
                for pid in alive:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                if kind != "power" and alive:
                    raise Lost(f"processes outlive it: {alive}")
            time.sleep(0.05)

    def count(self, number, kind, outcome, loss, remembered):
        self.counts[kind]["tried"] += 1
        self.counts[kind][outcome] += 1
        if loss:
            self.losses.append(loss)
        remembered.write(json.dumps([number, kind, outcome, loss]) + "\n")
        remembered.flush()

    def go(self, seconds, every, say, memory=None):
        """`memory` names a file of the trials that were done before: they are not done again."""
        self.prepare()
        began = time.monotonic()
        planned = self.plan(every)
        done = []
        if memory and os.path.exists(memory):
            with open(memory, encoding="utf-8") as file:
                done = [json.loads(line) for line in file if line.endswith("\n")]
        with open(memory or os.devnull, "w", encoding="utf-8") as remembered:
            for trial in done:
                self.count(*trial, remembered)
            self.try_all(planned, {(n, kind) for n, kind, *_ in done},
                         None if every else began + seconds, say, remembered)
        shutil.rmtree(self.case.work, ignore_errors=True)
        return {"scenario": self.name, "calls": len(self.changes) + len(self.reads), "possible": len(planned),
                "passed_by": self.passed_by, "crashes_of_casacore": self.crashes, "kinds": self.counts,
                "losses": self.losses}

    def try_all(self, planned, done, end, say, remembered):
        for turn, (number, kind) in enumerate(planned):
            if end and time.monotonic() > end:
                return
            if (number, kind) in done:
                continue
            loss = None
            try:
                if self.trial(number, kind, turn) is None:
                    continue
            except (Lost, OSError, RuntimeError, ValueError, sqlite3.Error,
                    subprocess.SubprocessError) as error:
                call = " ".join(self.call(number, kind))
                loss = f"{kind} at call {number} ({call}): {error}"[:1500]
                say(f"{self.name}: LOST: {loss}")
            self.count(number, kind, "lost" if loss else "survived", loss, remembered)


def main():
    """For one scenario by hand: disturb.py TOOLS LIBRARY SCENARIO SECONDS [SEED [FOLDER]]"""
    import sys
    tools, library, name, seconds = sys.argv[1:5]
    folder = sys.argv[6] if len(sys.argv) > 6 else "/dev/shm/contimg-disturb"
    trials = Trials(name, os.path.abspath(tools), os.path.abspath(library),
                    os.path.join(folder, re.sub(r"[^a-z0-9]+", "-", name)),
                    int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    report = trials.go(float(seconds), False, lambda text: print(text, flush=True))
    print(json.dumps({**report, "losses": len(report["losses"])}))
    return int(bool(report["losses"]))


if __name__ == "__main__":
    import sys
    sys.exit(main())
