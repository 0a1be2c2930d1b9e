#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds a queue to what the truth files say the tools should have made of the groups.

Usage: day_expected.py INCOMING QUEUE POLICY MOMENT

POLICY is wait or convert (with at least 12 subbands); MOMENT is formed (nothing converted yet),
converted (late files not there yet), or ended (late files arrived, waiting groups timed out).
Prints the number of groups in each state; ends with 1, saying what is wrong, on any difference.
"""
import collections
import glob
import json
import os
import sqlite3
import sys

incoming, queue, policy, moment = sys.argv[1:]
faults = []


def expect(condition, *what):
    if not condition:
        faults.append(" ".join(map(str, what)))


def is_late(file):
    return any(fault["kind"] == "late" for fault in file["faults"])


def counts(file):
    """A file that a group can use: sound, there by now, and like the others."""
    strange = any(fault["kind"] == "antenna-count" for fault in file["faults"])
    there = not is_late(file) or (moment == "ended" and policy == "wait")
    return file["outcome"] == "valid" and there and not strange


db = sqlite3.connect(f"file:{queue}?mode=ro", uri=True)
db.row_factory = sqlite3.Row
groups = {row["group_id"]: row for row in db.execute("SELECT * FROM ingest_queue")}
files = {row["path"]: row for row in db.execute("SELECT * FROM hdf5_file_index")}
members = collections.defaultdict(dict)
for row in db.execute("SELECT * FROM subband_files"):
    expect(row["subband_idx"] not in members[row["group_id"]], row["path"], "doubled")
    members[row["group_id"]][row["subband_idx"]] = row["path"]
late_files = {row["path"]: row for row in db.execute("SELECT * FROM late_files")}
products = collections.Counter(row["group_id"] for row in db.execute(
    "SELECT group_id FROM product WHERE kind = 'ms'"))

truths = []
for path in sorted(glob.glob(os.path.join(incoming, "*.truth.json"))):
    with open(path, encoding="utf-8") as opened:
        truths.append(json.load(opened))

expected_states = collections.Counter()
seen = set()
for truth in truths:
    here = [os.path.join(incoming, file["name"]) for file in truth["files"]]
    of_truth = {files[path]["group_id"] for path in here
                if path in files and files[path]["role"] not in (None, "late")}
    expect(len(of_truth) == 1, truth["group_id"], "became the groups", sorted(of_truth))
    if len(of_truth) != 1:
        continue
    group = groups[of_truth.pop()]
    name = group["group_id"]
    expect(name not in seen, name, "holds two observations")
    seen.add(name)

    usable = {file["subband"] for file in truth["files"] if counts(file)}
    whole = len(usable) == truth["n_subband"]
    converts = whole or (policy == "convert" and len(usable) >= 12)
    if moment == "formed":
        state = "pending" if converts else "collecting"
    elif moment == "converted":
        state = "completed" if converts else "collecting"
    else:
        state = "completed" if converts else "failed"
    expected_states[state] += 1
    expect(group["state"] == state, name, "is", group["state"], "expected", state,
           [fault["kind"] for fault in truth["faults"]], group["error"])
    expect(set(members[name]) == usable, name, "has subbands", sorted(members[name]),
           "expected", sorted(usable))
    expect(products[name] == (state == "completed"), name, "has", products[name], "products")
    if state == "completed":
        expect(os.path.isfile(os.path.join(group["product_path"] or "-", "table.dat")),
               name, "has no product", group["product_path"])

    for file, path in zip(truth["files"], here):
        row = files.get(path)
        there = os.path.exists(path)
        expect(there == (row is not None), path, "is", "there" if there else "not there",
               "and", "recorded" if row else "not recorded")
        if not there:
            expect(file["outcome"] == "absent" or is_late(file), path, "was not written")
        elif file["outcome"] == "invalid":
            expect(row["role"] == "bad" and row["reason"] or row["role_reason"],
                   path, "is bad, but has role", row["role"], "and no reason")
        if state == "failed" and not counts(file):
            if there:
                expect(file["name"] in (group["error"] or ""), name, "does not name", file["name"],
                       "but says", group["error"])
            else:
                wanted = f"sb{file['subband']:02d}"
                expect(wanted in (group["error"] or ""), name, "does not name", wanted)
        if there and is_late(file) and policy == "convert":
            expect(path in late_files and late_files[path]["group_id"] == name,
                   path, "came late, but is not recorded so")

    twins = collections.Counter(file["subband"] for file in truth["files"] if counts(file))
    for subband, n in twins.items():
        roles = sorted(files[path]["role"] for file, path in zip(truth["files"], here)
                       if counts(file) and file["subband"] == subband)
        expect(roles == ["duplicate"] * (n - 1) + ["member"], name, subband, "has roles", roles)

states = collections.Counter(group["state"] for group in groups.values())
expect(set(groups) == seen, "groups that nobody observed:", sorted(set(groups) - seen))
expect(states == expected_states, dict(states), "expected", dict(expected_states))
expect(len(late_files) == sum(1 for path in late_files if path in files), "late files unknown")
kinds = collections.Counter(fault["kind"] for truth in truths for fault in truth["faults"])
print(f"{policy}, {moment}: {len(truths)} groups, {sum(kinds.values())} faults of {len(kinds)} kinds,"
      f" {len(late_files)} late files: " + ", ".join(f"{n} {s}" for s, n in sorted(states.items())))
if faults:
    sys.exit("\n".join(faults[:20]) + f"\n{len(faults)} differences")
