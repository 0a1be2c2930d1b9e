# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue's own trials of torture.py: damaged files, power cuts, two hosts, clocks that jump.

Each function takes a Yard and how long it may last, and returns counts per kind and the losses.
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
import struct
import subprocess
import time

from disturb import processes_with
from kill_points import Lost

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
CONFIG = """
[paths]
root = "{work}/root"
tmpfs_dir = ""
[group]
settle_time_s = 0
[queue]
backoff = 0
max_retries = 1000
in_progress_timeout = {lease}
[pipeline]
stages = ["convert"]
max_parallel = 1
[disk]
floor_gb = 0
"""
FACTS = {
    "counter": "SELECT value FROM counter WHERE name = 'claim_token'",
    "history": "SELECT count(*) FROM state_history",
    "groups": "SELECT count(*) FROM ingest_queue",
    "files": "SELECT count(*) FROM hdf5_file_index",
}


class Counts:
    """Tried, survived and lost of each kind of fault, and sentences on what was lost."""

    def __init__(self, name, say):
        self.name, self.say = name, say
        self.kinds = collections.defaultdict(lambda: {"tried": 0, "survived": 0, "lost": 0})
        self.losses, self.notes = [], {}

    @contextlib.contextmanager
    def trial(self, kind, what):
        self.kinds[kind]["tried"] += 1
        try:
            yield
            self.kinds[kind]["survived"] += 1
        except (Lost, OSError, ValueError, KeyError, sqlite3.Error,
                subprocess.SubprocessError) as error:
            self.kinds[kind]["lost"] += 1
            self.losses.append(f"{kind}: {what}: {error}"[:1500])
            self.say(f"{self.name}: LOST: {self.losses[-1]}")

    def report(self):
        return {"scenario": self.name, "kinds": self.kinds, "losses": self.losses, **self.notes}


class Yard:
    """A root with groups that are converted in a tenth of a second each."""

    def __init__(self, tools, library, base, seed, n_group, lease=900):
        self.tools, self.library, self.base = tools, library, base
        self.work = base + "/work"
        self.queue = self.work + "/root/state/db/pipeline.sqlite3"
        self.random = random.Random(seed)
        self.n_group = n_group
        shutil.rmtree(base, ignore_errors=True)
        os.makedirs(self.work + "/root/incoming")
        os.makedirs(self.work + "/root/state/db")
        with open(self.work + "/contimg.toml", "w", encoding="ascii") as file:
            file.write(CONFIG.format(work=self.work, lease=lease))
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("CONTIMG_", "FAULT_"))},
            "CONTIMG_CONFIG": self.work + "/contimg.toml", "TZ": "UTC", "LC_ALL": "C",
            "OMP_NUM_THREADS": "1", "TORTURE_TRIAL": base,
            "PATH": f"{tools}:{REPOSITORY}/scripts:/usr/bin:/bin"}
        self.call("simulate-observation", "--quiet", "--antennas", "6", "--channels", "4",
                  "--integrations", "3", "--groups", str(n_group), "--output-dir",
                  self.work + "/root/incoming")

    def call(self, *command, may=(0,), environment=None):
        done = subprocess.run(command, env={**self.environment, **(environment or {})}, text=True,
                              capture_output=True, cwd=self.work, timeout=300)
        self.status = done.returncode
        if done.returncode not in may:
            raise Lost(f"{' '.join(command)[:150]}: {done.returncode}: "
                       f"{(done.stderr or done.stdout)[-500:]}")
        return done.stdout + done.stderr

    def take_in(self):
        self.call("scan-incoming", "--quiet")
        self.call("form-groups", "--quiet")

    def begin(self, *command, layer=None, host=None):
        """In the background, with faults or on another host; one session of its own."""
        words = list(command)
        if host:
            words = ["unshare", "--uts", "sh", "-c", f'hostname {host}; exec "$@"', "-", *words]
        more = {"LD_PRELOAD": self.library, **layer} if layer else {}
        return subprocess.Popen(words, env={**self.environment, **more}, cwd=self.work,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                start_new_session=True)

    def facts(self, queue):
        with contextlib.closing(sqlite3.connect(queue)) as db:
            return {name: (db.execute(text).fetchone() or (0,))[0] for name, text in FACTS.items()}

    def finish(self):
        """As ticks would: takes in what there is and converts it, until all groups are done."""
        for _ in range(self.n_group + 5):
            self.take_in()
            with contextlib.closing(sqlite3.connect(self.queue)) as db, db:
                db.execute("UPDATE job SET lease_expires = lease_expires - 90000, "
                           "heartbeat_at = heartbeat_at - 90000 WHERE state = 'claimed'")
            for _ in range(2 * self.n_group):
                if not self.call("convert-group", "--quiet", may=(0, 75)).strip():
                    break
            if self.completed() == self.n_group:
                break
        # The files are younger than the queue: a conversion may have been going on that it knows
        # nothing of. What that left goes as such things do.
        self.call("clean-up", "--quiet", "--apply", "--keep-scratch-days", "0.0000001")
        self.all_done()

    def completed(self):
        with contextlib.closing(sqlite3.connect(self.queue, timeout=30)) as db:
            return db.execute("SELECT count(*) FROM ingest_queue WHERE state = 'completed'"
                              ).fetchone()[0]

    def all_done(self):
        if self.completed() != self.n_group:
            raise Lost(f"{self.completed()} of {self.n_group} groups are done")
        self.call("manage-queue", "--quiet", "check")
        self.call("manage-queue", "--quiet", "verify")
        left = [path for path in glob.glob(self.work + "/root/ms/**", recursive=True)
                if self.is_of_the_dead(path)]
        if left:
            raise Lost(f"left over: {left[:3]}")

    @staticmethod
    def is_of_the_dead(path):
        """A partial of this host whose owner's number no other process has got in the meantime."""
        found = re.search(r"\.partial-\d+-(?!north|south)[^-/]+-(\d+)", path)
        return found and not os.path.exists("/proc/" + found[1])

    def end(self, *processes):
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for pid in processes_with("TORTURE_TRIAL=" + self.base):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in processes:
            process.wait()


def lay_down(source, target):
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", source, target], check=True)


# Damaged files -----------------------------------------------------------------------------------

def damage(path, kind, random_):
    """Spoils a file in place; returns what was done."""
    size = os.path.getsize(path)
    page = 4096
    with open(path, "r+b") as file:
        if kind == "bytes":
            at, n = random_.randrange(size), random_.randint(1, 64)
            file.seek(at)
            file.write(random_.randbytes(min(n, size - at)))
            return f"{n} bytes at {at}"
        if kind in ("page of noise", "page of zeros"):
            number = random_.randrange(max(1, size // page))
            file.seek(number * page)
            file.write(random_.randbytes(page) if "noise" in kind else bytes(page))
            return f"page {number + 1} of {size // page}"
        if kind == "header":
            file.write(random_.randbytes(100))
            return "its first 100 bytes"
        if kind == "cut short":
            n = random_.randrange(size)
            file.truncate(n)
            return f"to {n} of {size} bytes"
    if kind == "emptied":
        open(path, "wb").close()
    elif kind == "gone":
        os.remove(path)
    elif kind == "another file":
        with open(path, "w", encoding="ascii") as file:
            file.write("this is no queue\n" * 300)
    return kind


def dump(path):
    try:
        with contextlib.closing(sqlite3.connect(path)) as db:
            return list(db.iterdump())
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        return None


def damaged_queue(tools, library, base, seed, seconds, say):
    """Damage to the queue is told, with the remedy; the newest backup and a scan bring all back."""
    counts = Counts("queue damaged", say)
    yard = Yard(tools, library, base, seed, 5)
    last = sorted(glob.glob(yard.work + "/root/incoming/*.hdf5"))[-16:]
    os.makedirs(base + "/late")
    for path in last:
        shutil.move(path, base + "/late")
    yard.take_in()
    yard.call("convert-group", "--quiet")
    yard.call("manage-queue", "--quiet", "backup", yard.work + "/root/backup.sqlite3")
    for path in last:  # after the backup a group more is done and another comes
        shutil.move(os.path.join(base, "late", os.path.basename(path)), path)
    yard.take_in()
    yard.call("convert-group", "--quiet")
    with contextlib.closing(sqlite3.connect(yard.queue)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    lay_down(yard.work, base + "/kept")
    whole = dump(yard.queue)
    kinds = ["bytes", "page of noise", "page of zeros", "header", "cut short", "emptied", "gone",
             "another file"]
    counts.notes["seen"] = collections.Counter()
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        kind = kinds[turn % len(kinds)] if turn < 8 else yard.random.choice(kinds[:5])
        turn += 1
        lay_down(base + "/kept", yard.work)
        what = damage(yard.queue, kind, yard.random)
        with counts.trial(kind, what):
            said = yard.call("manage-queue", "check", may=(0, 1, 2, 75))
            if yard.status == 0:
                # Nothing that SQLite reads is wrong: a place that holds nothing, or a value.
                same = dump(yard.queue) == whole
                counts.notes["seen"]["nothing changed" if same else "a value changed, unseen"] += 1
                if not same and kind != "bytes":
                    raise Lost("unseen by check")
            elif "restore" not in said and kind != "gone":
                raise Lost(f"check does not say what to do: {said[-300:]}")
            else:
                counts.notes["seen"]["told by check"] += 1
            yard.call("manage-queue", "--quiet", "restore", yard.work + "/root/backup.sqlite3")
            yard.finish()
    return counts.report()


# Power cuts --------------------------------------------------------------------------------------

WORKERS = {
    "scans": "while :; do scan-incoming --quiet; form-groups --quiet; done",
    "claims": "while :; do convert-group --quiet --force --group $(manage-queue list --quiet | "
              "shuf -n 1); manage-queue --quiet ready; done",
    "asks": "while :; do manage-queue --quiet rerun $(manage-queue list --quiet | shuf -n 1); "
            "convert-group --quiet; done",
    "ticks": "while :; do manage-queue --quiet tick $(manage-queue --quiet tick) 0; "
             "manage-queue --quiet pause; manage-queue --quiet resume; done",
}


def at_work(yard, layer=None):
    return [yard.begin("bash", "-c", text, layer=layer) for text in WORKERS.values()]


def stop(yard, number):
    pids = processes_with("TORTURE_TRIAL=" + yard.base)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    return pids


def copied_queue(tools, library, base, seed, seconds, say):
    """Copies of db and wal at random moments of work: each opens, is sound, and is not behind."""
    counts = Counts("queue copied in use", say)
    yard = Yard(tools, library, base, seed, 4)
    yard.take_in()
    workers = at_work(yard)
    before = {name: 0 for name in FACTS}
    copy = base + "/copy.sqlite3"
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            time.sleep(yard.random.uniform(0, 0.15))
            # Those begun while the list was read are stopped by the second round.
            stop(yard, signal.SIGSTOP)
            stop(yard, signal.SIGSTOP)
            for part in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(copy + part)
            for part in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copy(yard.queue + part, copy + part)
            stop(yard, signal.SIGCONT)
            with counts.trial("copy", "db and wal"):
                yard.call("manage-queue", "--quiet", "--queue-db", copy, "check")
                now = yard.facts(copy)
                if any(now[name] < before[name] for name in FACTS):
                    raise Lost(f"behind an earlier copy: {now}, {before}")
                before = now
    finally:
        stop(yard, signal.SIGCONT)
        yard.end(*workers)
    with counts.trial("end", "all groups"):
        yard.call("manage-queue", "--quiet", "resume")
        yard.finish()
    counts.notes["claims"] = before["counter"]
    return counts.report()


class Disk:
    """Files as a disk holds them: what was flushed, and what was only written since."""

    def __init__(self, queue):
        self.folder = os.path.dirname(queue)
        self.names = {queue: "", queue + "-wal": "-wal", queue + "-journal": "-journal"}
        self.flushed = {}
        self.waiting = collections.defaultdict(list)

    @staticmethod
    def change(content, at, data):
        if data is None:
            content = content[:at] + bytes(max(0, at - len(content)))
            return content
        content = content + bytes(max(0, at - len(content)))
        return content[:at] + data + content[at + len(data):]

    def apply(self, record):
        call, path, at, data = record
        flushes = call in ("fsync", "fdatasync")
        if flushes and path == self.folder:  # names that were removed stay so
            for waiting in self.waiting.values():
                if "removed" in waiting:
                    del waiting[:len(waiting) - 1 - waiting[::-1].index("removed")]
            for name in self.names:
                if self.waiting.get(name, [None])[0] == "removed":
                    self.flushed[name] = b""
                    self.waiting[name].pop(0)
        if path not in self.names:
            return
        if flushes:
            base, changes = self.versions(path)[-1]
            for change in changes:
                base = self.change(base, *change)
            self.flushed[path] = base
            self.waiting.pop(path, None)
        elif call == "unlink":
            self.waiting[path].append("removed")
        elif call == "ftruncate":
            self.waiting[path].append((at, None))
        elif call in ("pwrite64", "write"):
            self.waiting[path].append((at, data))

    def versions(self, path):
        """(content, changes) of each file that has borne this name since its last flush."""
        found = [(self.flushed.get(path, b""), [])]
        for change in self.waiting.get(path, []):
            if change == "removed":
                found.append((b"", []))
            else:
                found[-1][1].append(change)
        return found

    def after_a_cut(self, kind, random_):
        """path: bytes. Kinds: nothing, everything, or some of what was not flushed."""
        found = {}
        for path in set(self.flushed) | set(self.waiting):
            versions = self.versions(path)
            which = {"none kept": 0, "all kept": -1}.get(kind, random_.randrange(len(versions)))
            content, changes = versions[which]
            if kind == "none kept":
                changes = []
            elif kind == "some kept, in any order":
                changes = [c for c in changes if random_.random() < 0.5]
                random_.shuffle(changes)
            elif kind == "kept up to a torn one" and changes:
                changes = changes[:random_.randrange(len(changes)) + 1]
                at, data = changes[-1]
                if data:
                    changes[-1] = (at, data[:512 * random_.randrange(1 + len(data) // 512)])
            for change in changes:
                content = self.change(content, *change)
            found[path] = content
        return found


def records(path):
    """(call, path, place, bytes) of the layer's journal."""
    with open(path, "rb") as file:
        data = file.read()
    at, head = 0, struct.Struct("<II16sqq")
    while at + head.size <= len(data):
        mark, n_path, call, place, n = head.unpack_from(data, at)
        if mark != 0x74667563:
            raise ValueError(f"journal: no record at {at}")
        at += head.size
        name = data[at:at + n_path].decode()
        at += n_path
        yield call.rstrip(b"\0").decode(), name, place, data[at:at + n]
        at += n


def flushes_of(all_records):
    return [n for n, r in enumerate(all_records)
            if r[0] in ("fsync", "fdatasync") and r[1].endswith("-wal")]


def cuttable(journal):
    """There is enough in the journal to choose moments from; its end may be half written."""
    try:
        all_records = list(records(journal))
    except (FileNotFoundError, ValueError):
        return False
    flushes = flushes_of(all_records)
    return len(flushes) >= 10 and len(all_records) > flushes[0] + 1


def cut_power(tools, library, base, seed, seconds, say):
    """What was written since the last flush is dropped, kept in part, in any order, or torn."""
    counts = Counts("power cuts", say)
    yard = Yard(tools, library, base, seed, 4)
    journal = base + "/journal"
    layer = {"FAULT_JOURNAL": journal, "FAULT_JOURNAL_OF": os.path.dirname(yard.queue)}
    yard.take_in()
    start = {}
    for path in glob.glob(yard.queue + "*"):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                start[path] = file.read()
    workers = at_work(yard, layer)
    time.sleep(min(20.0, seconds / 4))
    patience = time.monotonic() + 60
    while time.monotonic() < patience and not cuttable(journal):  # on a loaded machine
        time.sleep(1)
    yard.end(*workers)
    lay_down(yard.work, base + "/kept")
    all_records = list(records(journal))
    flushes = flushes_of(all_records)
    counts.notes["records"] = len(all_records)
    counts.notes["flushes"] = len(flushes)
    n_cut = max(60, int(seconds * 6))
    cuts = sorted(yard.random.randrange(flushes[0] + 1, len(all_records)) for _ in range(n_cut))
    # Right after and before flushes is where an order would matter.
    cuts = sorted(set(cuts) | {n + 1 for n in yard.random.sample(flushes, min(30, len(flushes)))})
    kinds = ["none kept", "all kept", "some kept, in any order", "kept up to a torn one"]
    disk, floor, done = Disk(yard.queue), start, 0
    disk.flushed = dict(start)
    place = base + "/rebuilt.sqlite3"
    end = time.monotonic() + seconds
    for turn, cut in enumerate(cuts):
        if time.monotonic() > end:
            break
        for record in all_records[done:cut]:
            disk.apply(record)
            if record[0] in ("fsync", "fdatasync") and record[1].endswith("-wal"):
                floor = disk.after_a_cut("all kept", yard.random)
        done = cut
        kind = kinds[turn % len(kinds)]
        with counts.trial(kind, f"after {cut} of {len(all_records)} calls"):
            put(floor, yard.queue, place)
            least = yard.facts(place)
            put(disk.after_a_cut(kind, yard.random), yard.queue, place)
            yard.call("manage-queue", "--quiet", "--queue-db", place, "check")
            found = yard.facts(place)
            if any(found[name] < least[name] for name in FACTS):
                raise Lost(f"flushed and gone: {found}, flushed {least}")
        if turn % 40 == 7:  # and work goes on from there
            with counts.trial("gone on after a cut", f"{kind}, after {cut} calls"):
                lay_down(base + "/kept", yard.work)
                for path in glob.glob(yard.queue + "*"):
                    if os.path.isfile(path):
                        os.remove(path)
                put(disk.after_a_cut(kind, yard.random), yard.queue, yard.queue)
                yard.call("manage-queue", "--quiet", "resume")
                yard.finish()
    return counts.report()


def put(files, queue, place):
    for part in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(place + part)
    for path, content in files.items():
        if content or path == queue:
            with open(place + path[len(queue):], "wb") as file:
                file.write(content)


# Hosts and clocks --------------------------------------------------------------------------------

def once_each(yard):
    """Every group converted, each recorded as done by one try, no time negative, no claim left."""
    yard.all_done()
    with contextlib.closing(sqlite3.connect(yard.queue)) as db:
        doubled = db.execute(
            "SELECT group_id, stage, count(*) FROM job_attempt WHERE outcome = 'done' "
            "GROUP BY 1, 2 HAVING count(*) > 1").fetchall()
        negative = db.execute("SELECT group_id, wall_s, ended_at - started_at FROM stage_metrics "
                              "WHERE wall_s < 0 OR cpu_s < 0").fetchall()
        negative += db.execute("SELECT * FROM performance_metrics WHERE min(load_time, phase_time, "
                               "write_time, total_time) < 0").fetchall()
        held = db.execute("SELECT count(*) FROM job WHERE state = 'claimed'").fetchone()[0]
        sets = len(glob.glob(yard.work + "/root/ms/*/*/*.ms"))
    if doubled or negative or held or sets != yard.n_group:
        raise Lost(f"done twice: {doubled}; negative: {negative[:3]}; held: {held}; sets: {sets}")


def two_hosts(tools, library, base, seed, seconds, say):
    """Workers on two hosts, killed at random; a dead worker's lease on the other host runs out.

    What it left half done is not taken away from another host, where nobody can see that it is dead;
    clean-up on its own host does it when it is old."""
    counts = Counts("two hosts", say)
    end, turn, killed = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end or not turn:
        turn += 1
        yard = Yard(tools, library, f"{base}/{turn}", seed + turn, 8, lease=2)
        yard.take_in()
        hosts, workers = ("north", "south"), {}
        try:
            latest = time.monotonic() + 120
            while yard.completed() < yard.n_group and time.monotonic() < latest:
                for host in hosts:
                    for slot in (1, 2):
                        worker = workers.get((host, slot))
                        if worker is None or worker.poll() is not None:
                            workers[host, slot] = yard.begin("convert-group", "--quiet", host=host)
                time.sleep(yard.random.uniform(0.02, 0.2))
                if killed < 10 * turn and yard.random.random() < 0.5:
                    victim = workers[yard.random.choice(list(workers))]
                    if victim.poll() is None:
                        os.killpg(victim.pid, signal.SIGKILL)
                        victim.wait()
                        killed += 1
            for worker in workers.values():
                worker.wait(60)
            with counts.trial("every group once", f"round {turn}"):
                once_each(yard)
        finally:
            yard.end(*workers.values())
        # The last worker of one host dies; the other host gets the group when the lease is over.
        with counts.trial("lease of the other host", f"round {turn}"):
            lone_lease(yard)
        shutil.rmtree(yard.base)
    counts.notes["workers_killed"] = killed
    return counts.report()


def hold(db, group, expires, heartbeat):
    """A claim of a worker on a host of which no process can be seen from here."""
    db.execute("UPDATE job SET state = 'claimed', claim_token = 100000, host = 'south', pid = 1, "
               "lease_expires = ?, heartbeat_at = ? WHERE group_id = ? AND stage = 'convert'",
               (expires, heartbeat, group))
    db.execute("UPDATE ingest_queue SET state = 'in_progress', change_id = change_id + 1 "
               "WHERE group_id = ?", (group,))


def lone_lease(yard):
    with contextlib.closing(sqlite3.connect(yard.queue)) as db, db:
        (group,) = db.execute("SELECT group_id FROM ingest_queue ORDER BY 1").fetchone()
    yard.call("manage-queue", "--quiet", "rerun", group)
    with contextlib.closing(sqlite3.connect(yard.queue)) as db, db:
        hold(db, group, time.time() + 2, time.time())
    held = yard.call("manage-queue", "--quiet", "ready")
    if group in held:
        raise Lost("taken from a living worker of another host")
    time.sleep(2.3)
    if group not in yard.call("manage-queue", "--quiet", "ready"):
        raise Lost("the lease of a dead worker of another host is held on")
    yard.call("convert-group", "--quiet", "--group", group)


JUMPS = {"3 hours on": [10800], "3 hours back": [-10800], "a day on and back": [86400, -86400],
         "back and on": [-7200, 7200]}


def clocks(tools, library, base, seed, seconds, say):
    """The realtime clock jumps while workers hold leases, and while ticks run."""
    counts = Counts("clock jumps", say)
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end or turn < len(JUMPS):
        kind = list(JUMPS)[turn % len(JUMPS)]
        yard = Yard(tools, library, f"{base}/{turn}", seed + turn, 5, lease=2)
        clock = yard.base + "/clock"
        with open(clock, "wb") as file:
            file.write(struct.pack("<d", 0))
        layer = {"FAULT_CLOCK": clock}
        ticks = turn % 2 == 0
        turn += 1
        if not ticks:
            yard.take_in()
        with counts.trial(kind + (", ticks" if ticks else ", workers"), f"round {turn}"):
            jump_at_work(yard, clock, layer, JUMPS[kind], ticks)
        with counts.trial("worker dead, " + kind, f"round {turn}"):
            dead_worker(yard, clock, layer, JUMPS[kind])
        yard.end()
        shutil.rmtree(yard.base)
    return counts.report()


def shift(clock, by):
    with open(clock, "r+b") as file:
        (now,) = struct.unpack("<d", file.read(8))
        file.seek(0)
        file.write(struct.pack("<d", now + by))


def jump_at_work(yard, clock, layer, jumps, ticks):
    command = ["run-tick", "--quiet"] if ticks else ["convert-group", "--quiet"]
    workers, left = [], list(jumps)
    latest = time.monotonic() + 120
    try:
        while time.monotonic() < latest:
            workers = [w for w in workers if w.poll() is None]
            while len(workers) < (1 if ticks else 2):
                workers.append(yard.begin(*command, layer=layer))
            time.sleep(yard.random.uniform(0.1, 0.6))
            if left:
                shift(clock, left.pop(0))
            with contextlib.suppress(sqlite3.Error):
                if not left and yard.completed() == yard.n_group:
                    break
        for worker in workers:
            worker.wait(90)
    finally:
        yard.end(*workers)
    once_each(yard)


def dead_worker(yard, clock, layer, jumps):
    """A worker of another host dies while the clock is off; once it is right, the lease ends."""
    with contextlib.closing(sqlite3.connect(yard.queue)) as db, db:
        (group,) = db.execute("SELECT group_id FROM ingest_queue ORDER BY 1").fetchone()
    with open(clock, "wb") as file:
        file.write(struct.pack("<d", jumps[0]))
    late = {"LD_PRELOAD": yard.library, **layer}
    yard.call("manage-queue", "--quiet", "rerun", group, environment=late)
    with contextlib.closing(sqlite3.connect(yard.queue)) as db, db:
        now = time.time() + jumps[0]
        hold(db, group, now + 2, now)
    with open(clock, "wb") as file:
        file.write(struct.pack("<d", 0))
    latest = time.monotonic() + 15
    while group not in yard.call("manage-queue", "--quiet", "ready", environment=late):
        if time.monotonic() > latest:
            raise Lost("its lease is held for as long as the clock was off")
        time.sleep(0.5)
    yard.call("convert-group", "--quiet", "--group", group)


PARTS = {"queue damaged": damaged_queue, "queue copied in use": copied_queue,
         "power cuts": cut_power, "two hosts": two_hosts, "clock jumps": clocks}


def main():
    import sys
    tools, library, name, seconds = sys.argv[1:5]
    base = "/dev/shm/contimg-queue-faults/" + re.sub("[^a-z]+", "-", name)
    report = PARTS[name](os.path.abspath(tools), os.path.abspath(library), base, 1, float(seconds),
                         lambda text: print(text, flush=True))
    shutil.rmtree(base, ignore_errors=True)
    print(json.dumps({**report, "losses": len(report["losses"])}))


if __name__ == "__main__":
    main()
