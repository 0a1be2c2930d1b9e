# SPDX-License-Identifier: GPL-3.0-or-later
"""A scenario for each tool, on a root that has come as far as the tool needs.

A calibrator and two groups for science, small enough for seconds, go through all stages once; before
each stage the root is kept, and every trial begins with a copy. kill_points.py has the scenarios that
compare rows one by one; here everything below the root is compared (tree_shape.py).
"""
import contextlib
import glob
import json
import os
import shutil
import sqlite3
import subprocess

from kill_points import Lost, Scenario, change, rows
from tree_shape import read_table

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
CALIBRATOR, ONE, TWO = "2026-01-26T13:00:56", "2026-01-26T13:30:56", "2026-01-26T13:36:05"
INJECT = ("image-ms", "--quiet", "--inject", "--injection-sources", "5", "--group", TWO, "--force")
CONFIG = """
[paths]
root = "{work}/root"
catalogue = "{work}/sky.sqlite3"
tmpfs_dir = ""
[group]
settle_time_s = 0
[queue]
backoff = 0
[pipeline]
stages = ["convert", "flag", "calibrate", "image", "measure", "lightcurve"]
max_parallel = 1
[disk]
floor_gb = 0.01
[image]
size = 640
scale = "15arcsec"
[mosaic]
min_members = 2
[log]
file = "{work}/log"
"""


class Chain:
    """The roots: made once below `folder`, always at the path `work`."""

    stages = ["convert", "flag", "calibrate", "image", "measure", "lightcurve"]

    def __init__(self, tools, folder):
        self.folder, self.work = folder, os.path.join(folder, "work")
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CONTIMG_")},
            "CONTIMG_CONFIG": self.work + "/contimg.toml", "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1", "TZ": "UTC", "LC_ALL": "C",
            "PATH": f"{tools}:{REPOSITORY}/scripts:{REPOSITORY}/slurm:/usr/bin:/bin"}

    def run(self, *command, cwd=None, **more):
        done = subprocess.run(command, env=self.environment, cwd=cwd or self.work, text=True,
                              capture_output=True, timeout=600, **more)
        if done.returncode:
            raise Lost(f"preparing: {' '.join(command)}: {done.returncode}: {done.stderr[-1500:]}")
        return done.stdout

    def observe(self, name, *options):
        os.makedirs(f"{self.folder}/{name}")
        self.run("simulate-observation", "--quiet", "--no-outriggers", "--antennas", "30",
                 "--channels", "4", "--integrations", "8", "--seed", "9", "--output-dir",
                 f"{self.folder}/{name}", *options)
        for file in glob.glob(f"{self.folder}/{name}/*.hdf5"):
            shutil.copy(file, self.work + "/root/incoming")

    def sky(self, name, stamp, dec, *sources):
        text = self.run("/usr/bin/python3", REPOSITORY + "/tests/witness/sky_around.py", stamp, dec,
                        *sources)
        return [name + line[1:] if line.startswith("s") else line for line in text.splitlines()]

    def make(self):
        """Fills before-STAGE folders; does nothing when that was done."""
        if os.path.exists(self.folder + "/made"):
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.work + "/root/incoming")
        os.makedirs(self.work + "/root/state/db")
        with open(self.work + "/contimg.toml", "w", encoding="ascii") as file:
            file.write(CONFIG.format(work=self.work))
        self.observe("calibrator", "--calibrator", "3C286", "--start", CALIBRATOR)
        with open(glob.glob(self.folder + "/calibrator/*.truth.json")[0], encoding="utf-8") as file:
            dec = str(json.load(file)["pointing_dec_rad"] * 57.29577951308232)
        lines = self.sky("u", ONE, dec, "0.1,0.2,3", "-0.4,0.3,2", "0.5,-0.3,1")
        lines += self.sky("v", TWO, dec, "0.2,0.2,3", "-0.3,0.3,2", "0.4,-0.3,1")[1:]
        with open(self.work + "/sky.csv", "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        self.run("import-catalogue", "--quiet", "--frequency-hz", "1.4e9", self.work + "/sky.csv",
                 "--output", self.work + "/sky.sqlite3")
        self.observe("one", "--start", ONE, "--dec", dec, "--sky", self.work + "/sky.csv")
        self.observe("two", "--start", TWO, "--dec", dec, "--sky", self.work + "/sky.csv")
        self.keep("empty")
        self.run("scan-incoming", "--quiet")
        self.run("form-groups", "--quiet")
        self.keep("convert")
        for stage in ("convert", "flag"):
            self.advance(CALIBRATOR, stage)
        self.keep("solve")
        self.advance(CALIBRATOR, "calibrate")
        self.advance(ONE, "lightcurve")
        for stage in self.stages:
            if stage != "convert":
                self.keep(stage)
            self.advance(TWO, stage)
        self.keep("done")
        self.run(*INJECT)
        self.keep("injected")
        with open(self.folder + "/made", "w", encoding="ascii"):
            pass

    def advance(self, group, stage):
        self.run(REPOSITORY + "/scripts/process-group", "--quiet", "--until", stage, group)

    def keep(self, name):
        """The work as it is, with its queue in one file."""
        for database in glob.glob(self.work + "/root/state/db/*.sqlite3"):
            with contextlib.closing(sqlite3.connect(database)) as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copy_tree(self.work, f"{self.folder}/before-{name}")


def copy_tree(source, target):
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", source, target], check=True)


class OnRoot(Scenario):
    """A tool on the root as it was before `snapshot`, called with `words`."""

    snapshot = "done"
    words = ()
    needs_queue = True
    leaves_waiting = False  # it ends with 0 though a job waits its time, which is for a later call

    def __init__(self, tools, base):  # pylint: disable=super-init-not-called
        self.tools, self.base = tools, base
        self.chain = Chain(tools, os.path.join(os.path.dirname(base), "chain"))
        self.work = self.chain.work
        os.makedirs(base, exist_ok=True)

    def prepare(self):
        self.chain.make()
        self.template = f"{self.chain.folder}/before-{self.snapshot}"

    def environment(self):
        return self.chain.environment

    def command(self, folder):
        return [word.replace("{}", folder) for word in self.words]

    def again(self, folder):
        """How it is asked for once more."""
        return self.command(folder)

    def recover(self, folder, turn):
        queue = folder + "/root/state/db/pipeline.sqlite3"
        for attempt in range(4):
            # An empty one was just being made: whoever makes it does it again.
            if self.needs_queue and os.path.exists(queue) and os.path.getsize(queue):
                if turn % 2 or attempt or self.leaves_waiting:  # an hour passes
                    change(queue, "UPDATE job SET lease_expires = lease_expires - 3600, "
                                  "not_before = not_before - 3600")
                else:
                    self.call(["manage-queue", "--quiet", "reset-stuck", "--yes"], (0,))
                self.call(["manage-queue", "--quiet", "ready"], (0,))  # as each tick does
            if self.call(self.again(folder), (0, 75)) == 0:
                return
        raise Lost(f"waits for ever: {self.output[-500:]}")

    def call(self, command, may):
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True,
                              cwd=self.work, timeout=300)
        self.output = done.stdout + done.stderr
        if done.returncode not in may:
            raise Lost(f"again: {' '.join(command)[:200]}: {done.returncode}: {done.stderr[-600:]}")
        return done.returncode

    def check(self, folder):
        """After the end; the tree is compared by the caller."""
        if self.needs_queue:
            self.call(["manage-queue", "--quiet", "check"], (0,))
            queue = folder + "/root/state/db/pipeline.sqlite3"
            spoilt = rows(queue, "SELECT group_id FROM ingest_queue WHERE state = 'failed' UNION "
                                 "SELECT group_id FROM job WHERE state = 'failed'")
            if spoilt:
                raise Lost(f"failed for good: {spoilt}")




def tool(name, snapshot, *words, kind=OnRoot, **more):
    return type(name, (kind,), {"snapshot": snapshot, "words": words, **more})


class Notify(OnRoot):
    """notify with a dead letter to tell of; each notice is told at least once. That the queue could not
    be opened for a moment is told too, and remembered."""

    snapshot = "done"
    apart = r"notices\.json|'notice'"

    def prepare(self):
        super().prepare()
        kept = self.template
        self.template = self.base + "/template"
        copy_tree(kept, self.template)
        queue = self.template + "/root/state/db/pipeline.sqlite3"
        change(queue, "INSERT INTO dead_letter (group_id, stage, error_type, reason, retry_count, "
                      f"created_at) VALUES ('{ONE}', 'image', 'DataError', 'test', 3, unixepoch())")

    def command(self, folder):
        return ["notify", "--quiet", "--notify-command", f"cat >>{folder}/stdout"]


class ServeStatus(OnRoot):
    """serve-status: asked, told to pause and to resume, ended by TERM."""

    def command(self, folder):
        return ["/usr/bin/python3", HERE + "/served.py", folder]

    only = "serve-status"
    whole_group = True


class Solve(OnRoot):
    """calibrate-ms on a calibrator. Killed once its set was registered, the next run solves again: then
    there is a version more, and one of them is active and found."""

    snapshot = "solve"
    words = ("calibrate-ms", "--quiet", "--group", CALIBRATOR)
    apart = r"caltables/|'calibration_|'product'|calibration_set"

    def check(self, folder):
        super().check(folder)
        queue = folder + "/root/state/db/pipeline.sqlite3"
        active = rows(queue, "SELECT name, count(*) FROM calibration_set WHERE state = 'active' "
                             "GROUP BY 1")
        if len(active) != 1 or active[0][1] != 1:
            raise Lost(f"active sets: {active}")
        for (path,) in rows(queue, "SELECT path FROM calibration_table JOIN calibration_set s "
                                   "ON s.id = set_id WHERE s.state = 'active'"):
            read_table(path)
        for (path,) in rows(queue, f"SELECT path FROM product WHERE group_id = '{CALIBRATOR}'"):
            if not os.path.exists(path):
                raise Lost(f"{path}: recorded, and absent")


class PackParcel(OnRoot):
    """manage-parcels pack, into a folder of its own each time, as submit-backlog does."""

    snapshot = "flag"
    words = ("manage-parcels", "--quiet", "pack", TWO, "{}/parcel")

    def again(self, folder):
        return ["bash", "-c", 'rm -rf "$1/parcel"; exec manage-parcels --quiet pack "$0" "$1/parcel"',
                TWO, folder]


class MergeParcel(OnRoot):
    """manage-parcels merge of a receipt."""

    snapshot = "flag"

    def prepare(self):
        super().prepare()
        made = self.base + "/template"
        copy_tree(self.template, self.work)
        self.chain.run("manage-parcels", "--quiet", "pack", TWO, self.work + "/parcel")
        copy = self.work + "/copy.sqlite3"
        shutil.copy(self.work + "/parcel/queue.sqlite3", copy)
        self.chain.run("flag-ms", "--quiet", "--queue-db", copy, "--group", TWO)
        self.chain.run("manage-queue", "--quiet", "--queue-db", copy, "backup",
                       self.work + "/parcel/receipt-a.sqlite3")
        for part in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(copy + part)
        queue = self.work + "/root/state/db/pipeline.sqlite3"
        with contextlib.closing(sqlite3.connect(queue)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copy_tree(self.work, made)
        self.template = made

    def command(self, folder):
        return ["manage-parcels", "--quiet", "merge", folder + "/parcel"]

    def recover(self, folder, turn):
        self.call(self.command(folder), (0,))


class RollBack(OnRoot):
    """roll-back save; a release that bears its name is whole."""

    whole_group = True

    def prepare(self):
        super().prepare()
        prefix = self.base + "/prefix"
        shutil.rmtree(prefix, ignore_errors=True)
        os.makedirs(prefix + "/bin")
        os.makedirs(prefix + "/libexec/contimg")
        for name in ("check-config", "manage-queue"):
            shutil.copy(os.path.join(self.tools, name), prefix + "/bin")
        shutil.copy(REPOSITORY + "/scripts/roll-back", prefix + "/bin")
        shutil.copy(REPOSITORY + "/scripts/run-tools.bash", prefix + "/libexec/contimg")

    def command(self, folder):
        return [self.base + "/prefix/bin/roll-back", "--quiet", "save", "kept"]

    def again(self, folder):
        return ["bash", "-c", f"[[ -e {folder}/root/releases/kept ]] || "
                              f"exec {self.base}/prefix/bin/roll-back --quiet save kept"]


class Stream(OnRoot):
    """dsa110-stream, told to finish once the groups are done."""

    whole_group = True
    snapshot = "empty"

    def command(self, folder):
        return ["/usr/bin/python3", HERE + "/streamed.py", folder]


GROUP = ("--quiet", "--group", TWO)
SCENARIOS = {
    "convert-group": tool("C", "convert", "convert-group", *GROUP),
    "flag-ms": tool("F", "flag", "flag-ms", *GROUP),
    "calibrate-ms --solve": Solve,
    "calibrate-ms": tool("A", "calibrate", "calibrate-ms", *GROUP),
    "image-ms": tool("I", "image", "image-ms", *GROUP),
    "image-ms --inject": tool("N", "done", *INJECT),
    "measure-sources --inject": tool("O", "injected", "measure-sources", "--quiet", "--inject",
                                     "{}/root/images/injected/2026-01-26/" + TWO + "-image.fits"),
    "measure-sources": tool("M", "measure", "measure-sources", *GROUP),
    "update-lightcurves": tool("L", "lightcurve", "update-lightcurves", *GROUP),
    "make-mosaic": tool("X", "done", "make-mosaic", "--quiet", "--from", "2026-01-26T13:10:00",
                        "--until", "2026-01-26T14:00:00", "--name", "m", "--force-quality"),
    "query-lightcurve": tool("Q", "done", "query-lightcurve", "--quiet", "--field", "--csv",
                             "--output", "{}/root/field.csv"),
    "list-transits": tool("T", "done", "list-transits", "--quiet"),
    "why": tool("W", "done", "why", "--quiet", "--json", TWO),
    "report-night": tool("R", "done", "report-night", "--quiet", "--night", "2026-01-26"),
    "record-metrics": tool("Y", "done", "record-metrics", "--quiet", "--textfile", "{}/root/m.prom"),
    "collect-diagnostics": tool("D", "done", "collect-diagnostics", "--quiet", "--overwrite", "--output",
                                "{}/root/d.tar.gz"),
    "check-config": tool("K", "done", "check-config", "--shell", needs_queue=False),
    "import-catalogue": tool("P", "empty", "import-catalogue", "--quiet", "--frequency-hz", "1.4e9",
                             "{}/sky.csv", "--output", "{}/root/other.sqlite3", needs_queue=False),
    "manage-parcels pack": PackParcel,
    "manage-parcels merge": MergeParcel,
    "manage-queue rerun": tool("U", "done", "manage-queue", "--quiet", "rerun", TWO, "image"),
    "manage-queue backup --all": tool("B", "done", "manage-queue", "--quiet", "backup", "--all",
                                      "{}/root/backups"),
    "notify": Notify,
    "serve-status": ServeStatus,
    "watch-stage": tool("V", "flag", "watch-stage", "--quiet", "--stage", "flag", "--group", TWO,
                        "--", "flag-ms", *GROUP, whole_group=True),
    "process-group": tool("G", "flag", REPOSITORY + "/scripts/process-group", "--quiet", "--until",
                          "calibrate", TWO, whole_group=True),
    "run-tick": tool("E", "empty", REPOSITORY + "/scripts/run-tick", "--quiet", "--stages",
                     "convert,flag", whole_group=True, leaves_waiting=True),
    "dsa110-stream": Stream,
    "run_conversion.sh": tool("H", "empty", REPOSITORY + "/scripts/run_conversion.sh",
                              "{}/root/incoming", "{}/root/ms", ONE, ONE, "--quiet",
                              whole_group=True, needs_queue=False),
    "roll-back": RollBack,
}
