#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a tool at many of the calls by which it changes the disk, and sees what is left.

Usage: kill_points.py TOOLS LIBRARY SCENARIO POINTS [SEED [FOLDER]]

TOOLS is the folder with the executables, LIBRARY the built fault_layer.c. An undisturbed run gives
the calls and the product. Then, on a fresh copy each time, the tool is killed at one of POINTS of
them, spread over the run and over every kind of call, just before or just after it; recovered as
an operator or cron would, and what there is then compared with the undisturbed run's. Prints the
counts; ends with 1 if anything was lost. Works in FOLDER, where what was lost is kept, or else in
memory: SIGKILL leaves the cache of the disk alone, so that flushing it would only cost time.
"""
import collections
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

import numpy

KILLED = -9


class Lost(Exception):
    """What a kill has spoilt."""


def read_tree(folder):
    """Relative path: sha256, of every file below a folder; None for a folder."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(place, name), folder)] = None
        for name in files:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            found[os.path.relpath(path, folder)] = digest
    return found


def expect_same(actual, expected, what):
    if actual == expected:
        return
    if isinstance(expected, dict):
        keys = [k for k in {**actual, **expected} if actual.get(k, "-") != expected.get(k, "-")]
        raise Lost(f"{what}: " + "; ".join(
            f"{k}: {actual.get(k, 'absent')!r}, undisturbed {expected.get(k, 'absent')!r}"
            for k in sorted(keys, key=str)[:3]))
    raise Lost(f"{what}: {actual!r}, undisturbed {expected!r}")


def rows(queue, statement):
    with contextlib.closing(sqlite3.connect(f"file:{queue}?mode=ro", uri=True)) as db:
        return db.execute(statement).fetchall()


def change(queue, statement):
    with contextlib.closing(sqlite3.connect(queue)) as db, db:
        db.execute(statement)


def read_set(path):
    """Every column and keyword of a Measurement Set and its subtables but those of provenance."""
    from casacore.tables import table

    content = {}

    def plain(value):
        if isinstance(value, dict) and "array" in value:
            value = (value["shape"], tuple(value["array"]))
        if isinstance(value, numpy.ndarray):
            return (value.shape, str(value.dtype), value.tobytes())
        return repr(value)

    def read(name, part):
        with table(name, ack=False) as opened:
            subtables = []
            for key, value in opened.getkeywords().items():
                if isinstance(value, str) and value.startswith("Table: "):
                    subtables.append(key)
                else:
                    content[part, "keyword", key] = plain(value)
            content[part, "rows"] = opened.nrows()
            for column in opened.colnames():
                content[part, column] = [
                    plain(opened.getcell(column, row)) if opened.iscelldefined(column, row)
                    else None for row in range(opened.nrows())]
                content[part, column, "keywords"] = repr(opened.getcolkeywords(column))
        for subtable in subtables:
            if subtable != "HISTORY":
                read(os.path.join(name, subtable), subtable)

    read(path, "MAIN")
    if not content["MAIN", "rows"]:
        raise Lost(f"{path}: no rows")
    return content


class Scenario:
    """A tool at work in `folder`, which is a copy of what prepare() left in `template`."""

    n_group = 1
    simulate = ["--antennas", "6", "--channels", "4", "--integrations", "3"]

    def __init__(self, tools, base):
        self.tools = tools
        self.base = base
        self.template = os.path.join(base, "template")
        self.incoming = os.path.join(base, "incoming")
        for folder in (self.template, self.incoming):
            os.makedirs(folder)

    def run(self, *command, environment=None, may=(0,)):
        """Runs a tool; returns its exit status. Any other than those in `may` loses."""
        done = subprocess.run(
            [os.path.join(self.tools, command[0]), *command[1:]], capture_output=True, text=True,
            env={**os.environ, **(environment or {})})
        if done.returncode not in may:
            raise Lost(f"{' '.join(command)}: exit status {done.returncode}: "
                       f"{done.stderr.strip() or done.stdout.strip()}")
        self.output = done.stdout
        return done.returncode

    def make_incoming(self, *options):
        self.run("simulate-observation", "--quiet", "--output-dir", self.incoming,
                 "--groups", str(self.n_group), *self.simulate, *options)

    def queue(self, folder):
        return os.path.join(folder, "queue.sqlite3")

    def scan(self, folder):
        return ["scan-incoming", "--quiet", "--queue-db", self.queue(folder), "--input-dir",
                self.incoming, "--settle-time-s", "0"]

    def form(self, folder):
        return ["form-groups", "--quiet", "--queue-db", self.queue(folder)]

    def prepare(self):
        """Fills self.template."""

    def command(self, folder):
        raise NotImplementedError

    def recover(self, folder, turn):
        """Brings the work to its end after a kill; `turn` counts the kills."""
        self.run(*self.command(folder))

    def result(self, folder):
        """What is to be equal to the undisturbed run's: a dict."""
        raise NotImplementedError

    def check_queue(self, folder):
        self.run("manage-queue", "--queue-db", self.queue(folder), "check")


class Convert(Scenario):
    """convert-group on the only group of a queue."""

    simulate = ["--antennas", "16", "--channels", "8", "--integrations", "12"]
    options = ["--checkpoint-dir", "{}/checkpoints", "--checkpoint-interval-s", "0"]

    def prepare(self):
        with open(self.base + "/contimg.toml", "w", encoding="ascii") as file:
            file.write("[queue]\nbackoff = 0\n")
        self.make_incoming()
        self.run(*self.scan(self.template))
        self.run(*self.form(self.template))

    def command(self, folder):
        return ["convert-group", "--quiet", "--disk-floor-gb", "0", "--queue-db",
                self.queue(folder), "--output-dir", folder + "/ms", "--config",
                self.base + "/contimg.toml",
                *[option.format(folder) for option in self.options]]

    def recover(self, folder, turn):
        """In turn: as an operator, who resets; as time does, by the end of the lease."""
        queue = self.queue(folder)
        if turn % 2:
            change(queue, "UPDATE job SET lease_expires = lease_expires - 1000 "
                          "WHERE state = 'claimed'")  # a quarter of an hour passes
        else:
            self.run("manage-queue", "--quiet", "--queue-db", queue, "reset-stuck", "--yes")
        for _ in range(3):
            self.run(*self.command(folder))
            if rows(queue, "SELECT count(*) FROM ingest_queue WHERE state = 'completed'")[0][0]:
                return

    def result(self, folder):
        self.check_queue(folder)
        sets = glob.glob(folder + "/ms/*/*/*")
        if len(sets) != 1:
            raise Lost(f"products: {sets}, expected one")
        content = read_set(sets[0])
        queue = self.queue(folder)
        relative = os.path.relpath(sets[0], folder)
        content["queue", "groups"] = rows(queue, "SELECT group_id, state, error, error_message, "
                                                 "n_subbands, missing_subbands FROM ingest_queue")
        content["queue", "jobs"] = rows(queue, "SELECT group_id, stage, state FROM job")
        content["queue", "product"] = [
            (os.path.relpath(path, folder), kind) for path, kind in
            rows(queue, "SELECT path, kind FROM product")]
        content["queue", "sets"] = [
            (os.path.relpath(path, folder), *rest) for path, *rest in
            rows(queue, "SELECT path, mid_mjd, ra_deg, dec_deg, group_id FROM ms_index")]
        content["queue", "files"] = rows(queue, "SELECT group_id, subband_idx, path "
                                                "FROM subband_files ORDER BY path")
        content["queue", "dead letters"] = rows(queue, "SELECT count(*) FROM dead_letter")
        names = {name for name in read_tree(folder) if not name.startswith(relative + os.sep)
                 and not name.startswith("queue.sqlite3")}
        content["disk"] = sorted(names)
        return content


class ConvertWithoutCheckpoint(Convert):
    options = []


class ConvertThroughScratch(Convert):
    options = ["--scratch-dir", "{}/scratch", "--stage-inputs", *Convert.options]


class ConvertAndFlag(Convert):
    """convert-group --flag, which ends two jobs; what is left of the second is for flag-ms."""

    simulate = ["--antennas", "6", "--channels", "8", "--integrations", "12", "--rfi",
                "structured:events=30"]
    options = ["--flag", *Convert.options]

    def run(self, *command, environment=None, may=(0,)):
        # Without gnuplot, which would be killed and counted too.
        return super().run(*command, environment={**(environment or {}), "PATH": "/none"}, may=may)

    def recover(self, folder, turn):
        super().recover(folder, turn)
        self.run("flag-ms", "--quiet", "--queue-db", self.queue(folder), "--config",
                 self.base + "/contimg.toml")

    def result(self, folder):
        content = super().result(folder)
        content["queue", "shares"] = rows(self.queue(folder), "SELECT dim, shares FROM flag_shares "
                                                              "ORDER BY dim")
        if not any(flags[2].count(b"\1") for flags in content["MAIN", "FLAG"]):
            raise Lost("nothing is flagged")
        return content


class Flag(Scenario):
    """flag-ms on a set; a set without the mark has all of its old flags or all of the new."""

    simulate = ConvertAndFlag.simulate

    def prepare(self):
        self.make_incoming()
        self.run("convert-group", "--quiet", "--disk-floor-gb", "0", "--output-dir", self.template,
                 "--files", *sorted(glob.glob(self.incoming + "/*.hdf5")))
        self.old = read_set(self.path(self.template))["MAIN", "FLAG"]
        self.new = None

    def path(self, folder):
        return glob.glob(folder + "/science/*/*.ms")[0]

    def command(self, folder):
        return ["flag-ms", "--quiet", "--no-plot", self.path(folder)]

    def recover(self, folder, turn):
        if not os.path.isdir(self.path(folder) + "/CONTIMG_CHANGE"):
            content = read_set(self.path(folder))
            if ("MAIN", "keyword", "CONTIMG_IN_PROGRESS") in content:
                raise Lost("marked, with nothing to put it in order by")
            if content["MAIN", "FLAG"] not in (self.old, self.new):
                raise Lost("flags that are neither the old nor the new ones, without a mark")
        self.run(*self.command(folder))

    def result(self, folder):
        content = read_set(self.path(folder))
        self.new = self.new or content["MAIN", "FLAG"]
        if self.new == self.old:
            raise Lost("nothing is flagged")
        content["disk"] = sorted(read_tree(folder))
        return content


class Apply(Scenario):
    """calibrate-ms --apply on a set; without a mark nothing has changed, or all of it."""

    columns = ("CORRECTED_DATA", "FLAG", "FLAG_ROW", "WEIGHT", "DATA", "SIGMA")

    def prepare(self):
        self.make_incoming()
        self.run("convert-group", "--quiet", "--disk-floor-gb", "0", "--output-dir", self.template,
                 "--files", *sorted(glob.glob(self.incoming + "/*.hdf5")))
        truth = glob.glob(self.incoming + "/*.truth.json")[0]
        self.run("known_tables", self.path(self.template), self.template + "/truth", truth)
        self.old = self.columns_of(read_set(self.path(self.template)))
        self.new = None

    def path(self, folder):
        return glob.glob(folder + "/science/*/*.ms")[0]

    def columns_of(self, content):
        return [content.get(("MAIN", column)) for column in self.columns]

    def command(self, folder):
        return ["calibrate-ms", "--quiet", "--apply", "--no-tile-solve", "--gaintable",
                f"{folder}/truth.B,{folder}/truth.G", self.path(folder)]

    def recover(self, folder, turn):
        if not os.path.isdir(self.path(folder) + "/CONTIMG_CHANGE"):
            content = read_set(self.path(folder))
            if ("MAIN", "keyword", "CONTIMG_IN_PROGRESS") in content:
                raise Lost("marked, with nothing to put it in order by")
            said = ("MAIN", "keyword", "CONTIMG_CALIBRATION_APPLIED") in content
            if self.columns_of(content) != (self.new if said else self.old):
                raise Lost("columns that are half changed, without a mark")
        self.run(*self.command(folder))

    def result(self, folder):
        content = read_set(self.path(folder))
        self.new = self.new or self.columns_of(content)
        if self.new[0] is None or self.new[3] == self.old[3]:
            raise Lost("nothing is calibrated")
        content["disk"] = sorted(read_tree(folder))
        with open(self.path(folder) + "/HISTORY/table.dat", "rb") as file:
            content["history"] = len(file.read())
        return content


class Scan(Scenario):
    """scan-incoming on files none of which it knows, some of them bad."""

    n_group = 4
    columns = ("path, filename, state, reason, file_size_bytes, inode, mtime_ns, timestamp_iso, "
               "subband_num, n_time, n_baseline, needs_grouping")

    def prepare(self):
        self.make_incoming("--fault", "truncated:group=1", "--fault", "not-hdf5:group=2")

    def command(self, folder):
        return self.scan(folder)

    def result(self, folder):
        self.check_queue(folder)
        found = rows(self.queue(folder),
                     f"SELECT {self.columns} FROM hdf5_file_index ORDER BY path")
        return {"files": found, "disk": sorted(
            name for name in read_tree(folder) if not name.startswith("queue.sqlite3"))}


class Form(Scan):
    """form-groups on the files of several groups, one of them incomplete."""

    def prepare(self):
        super().prepare()
        self.run(*self.scan(self.template))

    def command(self, folder):
        return self.form(folder)

    def result(self, folder):
        found = super().result(folder)
        queue = self.queue(folder)
        found["groups"] = rows(queue, "SELECT group_id, state, n_subbands, missing_subbands, "
                                      "observation_class FROM ingest_queue ORDER BY group_id")
        found["members"] = rows(queue, "SELECT * FROM subband_files ORDER BY path")
        found["roles"] = rows(queue, "SELECT path, role, group_id FROM hdf5_file_index "
                                     "ORDER BY path")
        found["jobs"] = rows(queue, "SELECT group_id, stage, state FROM job ORDER BY group_id")
        return found


class Simulate(Scenario):
    """simulate-observation; it is asked again with --overwrite."""

    def command(self, folder):
        return ["simulate-observation", "--quiet", "--output-dir", folder, "--overwrite",
                *self.simulate]

    def result(self, folder):
        found = read_tree(folder)
        for name in [name for name in found if name.endswith(".truth.json")]:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                truth = json.load(file)
            truth.pop("command_line", None)
            found[name] = json.dumps(truth, sort_keys=True)
        return found


class ImportEarthOrientation(Scenario):
    """import-earth-orientation, replacing an older table."""

    def prepare(self):
        source = os.path.join(os.environ["CONTIMG_TEST_DATA"], "earth/finals2000A.all")
        with open(source, encoding="ascii") as file:
            lines = file.readlines()
        for name, chosen in (("new", lines), ("old", lines[:-400])):
            with open(os.path.join(self.base, name), "w", encoding="ascii") as file:
                file.writelines(chosen)
        self.run("import-earth-orientation", "--quiet", self.base + "/old", "--output",
                 self.template + "/earth.txt")
        self.older = read_tree(self.template)["earth.txt"]

    def command(self, folder):
        return ["import-earth-orientation", "--quiet", self.base + "/new", "--output",
                folder + "/earth.txt", "--overwrite"]

    def recover(self, folder, turn):
        present = read_tree(folder).get("earth.txt")
        if present not in (self.older, self.expected["earth.txt"]):
            raise Lost("earth.txt is neither the old table nor the new one")
        super().recover(folder, turn)

    def result(self, folder):
        found = read_tree(folder)
        self.expected = getattr(self, "expected", found)
        return found


class Backup(Form):
    """manage-queue backup; whatever bears the backup's name is whole."""

    def prepare(self):
        super().prepare()
        self.run(*self.form(self.template))

    def command(self, folder):
        return ["manage-queue", "--quiet", "--queue-db", self.queue(folder), "backup",
                folder + "/kept.sqlite3"]

    def recover(self, folder, turn):
        if os.path.exists(folder + "/kept.sqlite3"):
            self.same_groups(folder, folder + "/kept.sqlite3")
            os.remove(folder + "/kept.sqlite3")
        self.run(*self.command(folder))

    def same_groups(self, folder, copy):
        statement = "SELECT group_id, state, change_id FROM ingest_queue ORDER BY group_id"
        expect_same(rows(copy, statement), rows(self.queue(folder), statement), copy)

    def result(self, folder):
        self.same_groups(folder, folder + "/kept.sqlite3")
        found = super().result(folder)
        # The look above makes them where the copy bears the mark of a write-ahead log.
        found["disk"] = [name for name in found["disk"] if not name.startswith("kept.sqlite3-")]
        return found


class Restore(Form):
    """manage-queue restore of a queue with four groups over one with none."""

    def prepare(self):
        super().prepare()
        self.run(*self.form(self.template))
        queue = self.queue(self.template)
        self.run("manage-queue", "--quiet", "--queue-db", queue, "backup",
                 self.base + "/kept.sqlite3")
        change(queue, "DELETE FROM ingest_queue")

    def command(self, folder):
        return ["manage-queue", "--quiet", "--queue-db", self.queue(folder), "restore",
                self.base + "/kept.sqlite3"]

    def result(self, folder):
        found = super().result(folder)
        found["disk"] = sorted({name.split(".before-restore-")[0] for name in found["disk"]})
        return found


class Register(Scenario):
    """manage-caltables register of a second version, while the first is active."""

    def prepare(self):
        self.run(*self.scan(self.template))
        maker = os.path.join(os.path.dirname(__file__), "..", "witness", "make_caltable.py")
        for stem, gain in (("a", "2"), ("a.v2", "3")):
            subprocess.run(["/usr/bin/python3", maker, f"{self.base}/{stem}", "61000.5", gain],
                           check=True)
        self.run(*self.register(self.template, "a"))
        self.run(*self.activate(self.template, "a:1"))

    def caltables(self, folder, *arguments):
        return ["manage-caltables", "--quiet", "--queue-db", self.queue(folder), *arguments]

    def register(self, folder, stem):
        return self.caltables(folder, "register", *[f"{self.base}/{stem}.{kind}" for kind in "KBG"],
                              "--name", "a", "--dec", "16")

    def activate(self, folder, name):
        return self.caltables(folder, "activate", name, "--override", "test")

    def command(self, folder):
        return self.register(folder, "a.v2")

    def whole(self, folder):
        """A set has all its tables, and one version is active and is found by a lookup."""
        queue = self.queue(folder)
        if rows(queue, "SELECT 1 FROM calibration_set s WHERE 3 <> (SELECT count(*)"
                       " FROM calibration_table t WHERE t.set_id = s.id)"):
            raise Lost("a set without all its tables")
        active = rows(queue, "SELECT version FROM calibration_set WHERE state = 'active'")
        self.run(*self.caltables(folder, "which", "--at", "2025-11-21T12:00:00", "--dec", "16",
                                 "--json"))
        found = json.loads(self.output)["version"]
        if active != [(found,)]:
            raise Lost(f"active versions {active}, found {found}")

    def recover(self, folder, turn):
        self.whole(folder)
        super().recover(folder, turn)

    def result(self, folder):
        self.check_queue(folder)
        self.whole(folder)
        queue = self.queue(folder)
        # A candidate that is registered again has a new id.
        return {"sets": rows(queue, "SELECT version, state, state_reason, quality"
                                    " FROM calibration_set ORDER BY 1"),
                "tables": rows(queue, "SELECT version, order_index, path, fingerprint"
                                      " FROM calibration_table JOIN calibration_set ON id = set_id"
                                      " ORDER BY 1, 2"),
                "activations": rows(queue, "SELECT count(*) FROM calibration_history"
                                           " WHERE \"to\" IN ('active', 'retired')")}


class Activate(Register):
    """manage-caltables activate of a second version in the place of the first."""

    def prepare(self):
        super().prepare()
        self.run(*self.register(self.template, "a.v2"))

    def command(self, folder):
        return self.activate(folder, "a:2")


class CleanUp(Scenario):
    """clean-up --apply of everything that it removes. Whatever has no other copy stays."""

    n_group = 2
    config = """
[paths]
tmpfs_dir = ""
[pipeline]
stages = ["convert", "image"]
[retention]
keep_raw_days = 30
keep_ms_days = 30
keep_image_days = 30
archive_dir = "{folder}/archive"
"""

    def prepare(self):
        self.make_incoming()
        self.work = os.path.join(self.base, "work")
        folder = self.template
        shutil.copytree(self.incoming, folder + "/archive")
        shutil.copytree(self.incoming, folder + "/incoming")
        queue = self.queue(folder)
        self.run("scan-incoming", "--quiet", "--queue-db", queue, "--input-dir",
                 folder + "/incoming", "--settle-time-s", "0")
        self.run(*self.form(folder))
        for _ in range(self.n_group):
            self.run("convert-group", "--quiet", "--disk-floor-gb", "0", "--queue-db", queue,
                     "--output-dir", folder + "/ms", "--tmpfs-dir", "")
        os.makedirs(folder + "/images")
        for (group,) in rows(queue, "SELECT group_id FROM ingest_queue"):
            self.imaged(queue, folder, group)
        for table, column in (("product", "path"), ("ms_index", "path"), ("images", "path"),
                              ("ingest_queue", "product_path"), ("subband_files", "path"),
                              ("hdf5_file_index", "path")):
            change(queue, f"UPDATE {table} SET {column} = "
                          f"replace({column}, '{folder}', '{self.work}')")
        change(queue, "UPDATE product SET created_at = 1")
        change(queue, "UPDATE ms_index SET stage_updated_at = 1")
        change(queue, "UPDATE ingest_queue SET last_update = 1, change_id = change_id + 1")
        change(queue, "UPDATE hdf5_file_index SET mtime_ns = 1000000000")
        change(queue, "PRAGMA journal_mode = DELETE")
        self.leave_old_files(folder)
        self.archived = read_tree(folder + "/archive")

    def imaged(self, queue, folder, group):
        """What image-ms would have left."""
        change(queue, "INSERT INTO job (group_id, stage, state) VALUES "
                      f"('{group}', 'image', 'done') ON CONFLICT DO UPDATE SET state = 'done'")
        for kind in ("image", "residual", "psf"):
            path = f"{folder}/images/{group}-{kind}.fits"
            with open(path, "w", encoding="ascii") as file:
                file.write(kind)
            change(queue, "INSERT INTO product (path, group_id, stage, kind, created_at) VALUES "
                          f"('{path}', '{group}', 'image', '{kind}', 1)")
        change(queue, "INSERT INTO images (path, ms_path, group_id, created_at, type, pbcor, tier,"
                      " science, field_name, center_ra_deg, center_dec_deg, imsize_x, imsize_y,"
                      " cellsize_arcsec, freq_ghz, bandwidth_mhz, integration_sec, mid_mjd, verdict)"
                      f" VALUES ('{folder}/images/{group}-image.fits', 'x', '{group}', 1, 'image',"
                      " 0, 'science', 1, 'f', 0, 0, 1, 1, 1, 1, 1, 1, 1, 'PASS')")

    def leave_old_files(self, folder):
        host = os.uname().nodename.replace("-", "_")
        os.makedirs(folder + f"/images/x.imaging.partial-0-{host}-999999/run")
        os.makedirs(folder + "/logs")
        with open(folder + "/logs/old.log", "w", encoding="ascii") as file:
            file.write("old")
        os.makedirs(folder + "/backups")
        self.run("manage-queue", "--quiet", "--queue-db", self.queue(folder), "backup",
                 folder + "/backups")
        copy = glob.glob(folder + "/backups/*.sqlite3")[0]
        for day in range(1, 6):
            name = f"{folder}/backups/queue-2025010{day}T000000Z.sqlite3"
            shutil.copy(copy, name)
            shutil.copy(copy + ".sha256", name + ".sha256")
        os.remove(copy)
        os.remove(copy + ".sha256")
        for place, folders, files in os.walk(folder, topdown=False):
            for name in files + folders:
                if not place.endswith("/ms") and not name.startswith("queue.sqlite3"):
                    os.utime(os.path.join(place, name), ns=(10**9, 10**9))

    def command(self, folder):
        config = self.base + "/clean-up.toml"
        with open(config, "w", encoding="ascii") as file:
            file.write(self.config.format(folder=folder))
        return ["clean-up", "--quiet", "--apply", "--config", config, "--queue-db",
                self.queue(folder), "--input-dir", folder + "/incoming", "--output-dir",
                folder + "/ms", "--image-dir", folder + "/images", "--log-dir", folder + "/logs",
                "--backup-dir", folder + "/backups"]

    def recover(self, folder, turn):
        """A set is whole, or moved aside to be removed, or gone; what is gone is on record."""
        expect_same(read_tree(folder + "/archive"), self.archived, "archive")
        recorded = {path for (path,) in rows(self.queue(folder), "SELECT path FROM removal")}
        known = [path for (path,) in rows(self.queue(folder), "SELECT path FROM product UNION "
                                                              "SELECT path FROM subband_files")]
        for path in known:
            if not os.path.exists(path) and path not in recorded:
                raise Lost(f"{path}: gone, and not recorded")
            if path.endswith(".ms") and os.path.exists(path):
                read_set(path)
        self.run(*self.command(folder))

    def result(self, folder):
        self.check_queue(folder)
        queue = self.queue(folder)
        found = {name: content for name, content in read_tree(folder).items()
                 if not name.startswith("queue.sqlite3")}
        found["removed"] = rows(queue, "SELECT path, kind FROM removal WHERE path NOT LIKE "
                                       "'%.removed.partial-%' ORDER BY path")
        found["products"] = rows(queue, "SELECT path, removed_at IS NULL FROM product ORDER BY path")
        found["sets"] = rows(queue, "SELECT path, status FROM ms_index ORDER BY path")
        if len(found["removed"]) != 2 * (16 + 1 + 2) + 2 + 2:
            raise Lost(f"{len(found['removed'])} things removed")
        return found


SCENARIOS = {
    "clean-up": CleanUp,
    "register": Register,
    "activate": Activate,
    "convert": Convert,
    "convert-without-checkpoint": ConvertWithoutCheckpoint,
    "convert-through-scratch": ConvertThroughScratch,
    "convert-and-flag": ConvertAndFlag,
    "flag": Flag,
    "apply": Apply,
    "scan": Scan,
    "form": Form,
    "simulate": Simulate,
    "import-earth-orientation": ImportEarthOrientation,
    "backup": Backup,
    "restore": Restore,
}


def choose(calls, n_point, generator):
    """n_point calls: of each kind its share, at least one, evenly spread in order of time."""
    by_kind = collections.defaultdict(list)
    for number, kind in enumerate(calls, 1):
        by_kind[kind].append(number)
    chosen = set()
    for kind, numbers in sorted(by_kind.items(), key=lambda item: len(item[1])):
        n = max(1, round(n_point * len(numbers) / len(calls)))
        step = len(numbers) / n
        begin = generator.random() * step
        chosen.update(numbers[int(begin + i * step) % len(numbers)] for i in range(n))
    rest = [number for number in range(1, len(calls) + 1) if number not in chosen]
    generator.shuffle(rest)
    while len(chosen) < min(n_point, len(calls)):
        chosen.add(rest.pop())
    excess = sorted(chosen)
    while len(excess) > n_point:
        excess.pop(generator.randrange(len(excess)))
    return excess


def main():
    if len(sys.argv) > 6:
        return torture(os.path.abspath(sys.argv[6]))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kill-points-", dir=place) as folder:
        return torture(folder)


def torture(base):
    tools, library, name, n_point = sys.argv[1:4] + [int(sys.argv[4])]
    generator = random.Random(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    scenario = SCENARIOS[name](os.path.abspath(tools), os.path.join(base, name))
    scenario.prepare()
    work = os.path.join(scenario.base, "work")  # one path always, for paths are in the products

    def fresh():
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(scenario.template, work)

    listed = os.path.join(scenario.base, "calls")
    preload = {"LD_PRELOAD": os.path.abspath(library)}
    fresh()
    command = scenario.command(work)
    preload["FAULT_ONLY"] = command[0]
    scenario.run(*command, environment={**preload, "FAULT_LIST": listed})
    undisturbed = scenario.result(work)
    with open(listed, encoding="ascii") as file:
        calls = [line.split("\t")[1] for line in file]
    counts = collections.Counter(calls)
    print(f"{name}: {len(calls)} points: " +
          ", ".join(f"{kind} {n}" for kind, n in counts.most_common()))

    killed = ended = lost = 0
    for turn, point in enumerate(choose(calls, n_point, generator)):
        when = generator.choice(["before", "after"])
        fresh()
        at = {**preload, "FAULT_AT": str(point), "FAULT_KIND": "kill-" + when}
        try:
            if scenario.run(*scenario.command(work), environment=at, may=(0, KILLED)) == KILLED:
                killed += 1
                scenario.recover(work, turn)
            else:
                ended += 1
            expect_same(scenario.result(work), undisturbed, "product")
        except (Lost, OSError, RuntimeError, sqlite3.Error) as error:
            lost += 1
            print(f"{name}: killed {when} call {point}, {calls[point - 1]}: {error}"[:1500])
            kept = os.path.join(scenario.base, f"lost-{point}")
            shutil.copytree(work, kept, dirs_exist_ok=True)
    print(f"{name}: {killed} killed, {ended} ended before their point, "
          f"{killed + ended - lost} recovered, {lost} lost")
    shutil.rmtree(work, ignore_errors=True)
    return int(lost > 0 or killed < 0.9 * min(n_point, len(calls)))


if __name__ == "__main__":
    sys.exit(main())
