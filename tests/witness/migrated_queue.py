#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""migrated_queue.py BEFORE AFTER FRESH: is the queue AFTER what BEFORE was, in the schema of FRESH?

Prints what is wrong, and ends with 1. Every row of every table must be there with every value, but for what a version
is documented to change (docs/formats/queue.md): version 6 calls figures that were 'parsed' 'log', counts of bytes that
were not measured NULL, and notes when a group's last subband arrived. What is new is empty, or has its default.
"""
import re
import sqlite3
import sys

FAULTS = []


def opened(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def tables(db):
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in rows}


def columns(db, table):
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def rows_of(db, table, names):
    listed = ", ".join(f'"{name}"' for name in names)
    return sorted(db.execute(f"SELECT {listed} FROM {table}"), key=repr)


def expected(table, names, row, version):
    """The row as a migration leaves it."""
    values = dict(zip(names, row))
    if table == "stage_metrics" and version < 6:
        values["source"] = {"parsed": "log"}.get(values["source"], values["source"])
        for name in ("bytes_read", "bytes_written"):
            values[name] = values[name] or None
    return tuple(values.values())


def schema(db):
    rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {(kind, name, table, re.sub(r"\s+", " ", sql or "")) for kind, name, table, sql in rows}


def check(good, text):
    if not good:
        FAULTS.append(text)


def main():
    before, after, fresh = (opened(path) for path in sys.argv[1:4])
    version = before.execute("PRAGMA user_version").fetchone()[0]
    for pragma in ("user_version", "application_id"):
        check(after.execute(f"PRAGMA {pragma}").fetchone() == fresh.execute(f"PRAGMA {pragma}").fetchone(), pragma)
    check(after.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "integrity_check")
    check(not after.execute("PRAGMA foreign_key_check").fetchall(), "foreign_key_check")
    for entry in sorted(schema(after) ^ schema(fresh)):
        check(False, f"schema: {entry}")
    for table in sorted(tables(before)):
        names = columns(before, table)
        check(set(names) <= set(columns(after, table)), f"{table}: a column is gone")
        old = sorted((expected(table, names, row, version) for row in rows_of(before, table, names)), key=repr)
        check(old, f"{table}: the dump has no row, expected at least one")
        new = rows_of(after, table, names)
        check(old == new, f"{table}: {[row for row in old if row not in new]} became "
              f"{[row for row in new if row not in old]}")
    for table in sorted(tables(after) - tables(before)):
        check(not after.execute(f"SELECT count(*) FROM {table}").fetchone()[0], f"{table}: new, expected empty")
    arrival = {}
    for group, seen in before.execute("SELECT s.group_id, f.seen_at_unix_s FROM subband_files s, hdf5_file_index f "
                                      "WHERE f.path = s.path"):
        arrival[group] = max(seen, arrival.get(group, seen))
    for group, last in after.execute("SELECT group_id, last_subband_at FROM ingest_queue"):
        check(last == arrival.get(group), f"{group}: last_subband_at is {last}, expected {arrival.get(group)}")
    print("\n".join(FAULTS))
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
