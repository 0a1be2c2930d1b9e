# SPDX-License-Identifier: GPL-3.0-or-later
"""What a folder of products holds, so that two runs of a tool can be compared.

shape() gives every file below a folder with the sum of its bytes; a Measurement Set is one thing.
Where bytes differ between two undisturbed runs (times of day, process numbers), the contents are
compared instead, but for what differs between those two: keys of FITS headers, columns of tables,
leaves of JSON, lines of text.
"""
import contextlib
import hashlib
import json
import os
import re
import sqlite3
import subprocess

# How a try went, and when: another after a fault.
TABLES_OF_TRIES = {"job_attempt", "state_history", "counter", "stage_metrics", "tick", "dead_letter",
                   "performance_metrics", "sqlite_sequence", "sqlite_stat1", "calibration_history",
                   "pointing_history", "change_counter"}
COLUMNS_OF_TRIES = re.compile(
    r"(_at|_token|attempt|retry_count|^change|^changed|not_before|lease_expires|log_tail|inode|"
    r"mtime|^at$|processing_stage|last_update|seen|^pid$|^host$|provenance|^id$|_id$|pressure|"
    r"^redo$|^reason$|^version$|checkpoint_path)")
KEPT_COLUMNS = {"group_id"}
PASSING = re.compile(r"(-wal|-shm|-journal|\.locks(/.*)?|/stdout|/log|\.lock)$")
STAMP = re.compile(r"20\d{6}T\d{6}(\.\d+)?Z?|20\d\d-\d\d-\d\dT\d\d-\d\d-\d\dZ?")


def sum_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def is_set(path):
    return os.path.exists(os.path.join(path, "table.dat"))


def sum_of_tree(folder):
    total = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(place, name)
            if name == "table.lock":
                continue
            total.update(os.path.relpath(path, folder).encode())
            total.update(sum_of(path).encode())
    return total.hexdigest()


def shape(folder):
    """Relative path, its stamps replaced: (sum, path) of every file and table."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in list(folders):
            path = os.path.join(place, name)
            if is_set(path):
                folders.remove(name)
                found[os.path.relpath(path, folder)] = (sum_of_tree(path), path)
        for name in files:
            path = os.path.join(place, name)
            relative = os.path.relpath(path, folder)
            if PASSING.search("/" + relative):
                continue
            try:
                found[STAMP.sub("STAMP", relative)] = (sum_of(path), path)
            except FileNotFoundError:
                pass  # a program that outlives its parent for a moment
    return found


def read_database(path):
    content = {}
    with sqlite3.connect(path) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table in TABLES_OF_TRIES:
                continue
            cursor = db.execute(f'SELECT * FROM "{table}"')
            columns = [about[0] for about in cursor.description]
            cells = list(zip(*cursor.fetchall())) or [()] * len(columns)
            for column, values in zip(columns, cells):
                if COLUMNS_OF_TRIES.search(column) and column not in KEPT_COLUMNS:
                    continue
                content[table, column] = sorted(map(repr, values))
            content[table, "rows"] = len(cells[0])
    db.close()
    return content


def rows_of(path, parts, masked):
    """Table: its rows, of the columns that are not another each time. `parts` are what contents() tells."""
    content = {}
    with contextlib.closing(sqlite3.connect(path)) as db:
        kept = {}
        for table, column in parts:
            if column != "rows" and (table, column) not in masked:
                kept.setdefault(table, []).append(f'"{column}"')
        for table, columns in kept.items():
            rows = db.execute(f'SELECT {", ".join(columns)} FROM "{table}"')
            content[table, "whole rows"] = sorted(map(repr, rows))
    return content


def read_fits(path):
    from astropy.io import fits

    content = {}
    with fits.open(path) as units:
        for number, unit in enumerate(units):
            for key, value in unit.header.items():
                if key not in ("HISTORY", "COMMENT", "DATE", "CHECKSUM", "DATASUM"):
                    content[number, key] = repr(value)
            data = unit.data
            content[number, "data"] = None if data is None else hashlib.sha256(
                data.tobytes()).hexdigest()
    return content


def read_table(path):
    from casacore.tables import table

    content = {}

    def read(name, part):
        with table(name, ack=False) as opened:
            keywords = opened.getkeywords()
            subtables = [k for k, v in keywords.items() if str(v).startswith("Table: ")]
            for key, value in keywords.items():
                if key not in subtables:
                    content[part, "keyword", key] = repr(value)
            content[part, "rows"] = opened.nrows()
            for column in opened.colnames():
                try:
                    value = opened.getcol(column)
                    value = value.tobytes() if hasattr(value, "tobytes") else repr(value).encode()
                except RuntimeError:
                    value = repr([opened.getcell(column, row)
                                  if opened.iscelldefined(column, row) else None
                                  for row in range(opened.nrows())]).encode()
                content[part, column] = hashlib.sha256(value).hexdigest()
        for subtable in subtables:
            if subtable != "HISTORY":
                read(os.path.join(name, subtable), subtable)

    read(path, "MAIN")
    return content


def leaves(value, place=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, place + (key,))
    elif isinstance(value, list):
        for key, inner in enumerate(value):
            yield from leaves(inner, place + (key,))
    else:
        yield place, repr(value)


def contents(path):
    """Parts of a file or table by key; a file of no known kind is told by its bytes, and where these are
    others each time by its having an end."""
    if os.path.isdir(path):
        return read_table(path)
    if path.endswith(".sqlite3"):
        return read_database(path)
    if path.endswith(".fits"):
        return read_fits(path)
    if path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            return dict(leaves(json.load(file)))
    if path.endswith(".sha256"):  # of a database, of which the pages may lie otherwise
        with open(path, encoding="ascii") as file:
            return {"right": file.read().split()[0] == sum_of(path[:-len(".sha256")])}
    if path.endswith(".prom"):  # its figures are of the moment
        with open(path, "rb") as file:
            return {"whole": file.read().endswith(b"\n")}
    if path.endswith((".csv", ".svg", ".html", ".txt", ".xml", ".log")):
        with open(path, encoding="utf-8", errors="replace") as file:
            return {number: STAMP.sub("STAMP", line) for number, line in enumerate(file)}
    return {"bytes": sum_of(path), "whole": is_whole(path)}


def is_whole(path):
    with open(path, "rb") as file:
        start = file.read(8)
        if start.startswith(b"\x89PNG"):
            file.seek(-8, os.SEEK_END)
            return file.read()[:4] == b"IEND"
    if start.startswith(b"\x1f\x8b"):
        return subprocess.run(["gzip", "-t", path], check=False, capture_output=True).returncode == 0
    return bool(start)


class Reference:
    """The undisturbed run: its tree, kept in `folder`, and what in it is another each time."""

    def __init__(self, folder, again, apart=""):
        """`again` is the tree of a second undisturbed run. `apart` is the pattern of files and tables
        that the scenario looks at itself."""
        self.apart = re.compile(apart or "(?!)")
        self.shape = shape(folder)
        self.masked = {}
        other = shape(again)
        for name in set(self.shape) ^ set(other):
            raise ValueError(f"{name}: only in one of two undisturbed runs")
        for name, (total, path) in self.shape.items():
            if total != other[name][0]:
                one, two = contents(path), contents(other[name][1])
                masked = {key for key in {**one, **two} if one.get(key, "-") != two.get(key, "-")}
                if name.endswith(".sqlite3"):
                    one, two = (rows_of(path, one, masked),
                                rows_of(other[name][1], two, masked))
                    masked |= {key for key in one if one[key] != two[key]}
                self.masked[name] = masked

    def differs(self, name, total, path):
        """What is not as in the undisturbed run; empty when all is."""
        expected_total, expected_path = self.shape[name]
        if total == expected_total:
            return ""
        masked = self.masked.get(name, set())
        expected, actual = contents(expected_path), contents(path)
        if name.endswith(".sqlite3"):
            expected.update(rows_of(expected_path, expected, masked))
            actual.update(rows_of(path, actual, masked))
        for key in {**expected, **actual}:
            if self.apart.search(str(key)):
                continue
            if key not in masked and expected.get(key, "absent") != actual.get(key, "absent"):
                return (f"{name}: {key}: {str(actual.get(key, 'absent'))[:200]}, undisturbed "
                        f"{str(expected.get(key, 'absent'))[:200]}")
        return ""

    def compare(self, folder):
        """Sentences on what differs in the tree of a folder."""
        found = {name: about for name, about in shape(folder).items()
                 if not self.apart.search(name)}
        wrong = [f"{name}: absent" for name in self.shape
                 if name not in found and not self.apart.search(name)]
        wrong += [f"{name}: not in the undisturbed run" for name in found if name not in self.shape]
        for name, (total, path) in found.items():
            if name in self.shape and not wrong:
                difference = self.differs(name, total, path)
                if difference:
                    wrong.append(difference)
        return wrong
