# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the scorecard of a simulated night (scripts/make-night), and write it to FOLDER/scorecard.json.

Usage: night_score.py FOLDER
Reads the truth files, the queue, the databases and what record-metrics says; computes the rest itself. Exit code 1
when a criterion is missed:

    ends        every group ended as was declared when it was made, and no other groups are there
    lost        every file is accounted for, with the fate that was declared: none is lost
    bias        median of measured / true flux density - 1, of sources above 10 sigma: at most 2 %
    places      rms of measured minus true places of these: at most a tenth of the beam
    curves      as many points as measurements
"""
import collections
import json
import pathlib
import sqlite3
import sys

import numpy as np

from night_truth import accuracy, light_curves

SKY_S = 309.24
STAGES = ["convert", "flag", "calibrate", "image", "measure", "lightcurve"]
BIAS, PLACE_BEAMS, FEWEST = 0.02, 0.1, 20
BESIDE = 3  # tiles from a calibrator's


def read(folder):
    queue = sqlite3.connect(f"file:{folder}/root/state/db/pipeline.sqlite3?mode=ro", uri=True)
    queue.row_factory = sqlite3.Row
    truths = [json.loads(path.read_text()) for path in (folder / "truth").glob("*.json")]
    return queue, sorted(truths, key=lambda t: t["night"]["index"])


def ends(queue):
    """{group: how it ended}, in the words of night_plan.py."""
    jobs = collections.defaultdict(dict)
    for row in queue.execute("SELECT group_id, stage, state, reason FROM job"):
        jobs[row["group_id"]][row["stage"]] = row
    count = dict(map(tuple, queue.execute("SELECT group_id, count(*) FROM subband_files GROUP BY group_id")))
    found = {}
    for row in queue.execute("SELECT group_id, state, error FROM ingest_queue"):
        mine = jobs[row["group_id"]]
        wrong = [s for s in STAGES if s in mine and mine[s]["state"] == "failed"]
        if row["state"] == "failed":
            text = f"failed: {row['error']}"
        elif wrong:
            text = f"failed: {wrong[0]}: {mine[wrong[0]]['reason']}"
        elif all(s in mine and mine[s]["state"] == "done" for s in STAGES):
            text = f"completed with {count.get(row['group_id'], 0)} subbands"
        else:
            text = "stuck: " + ", ".join(f"{s} {j['state']} ({j['reason']})" for s, j in mine.items()
                                         if j["state"] != "done")
        found[row["group_id"]] = text
    return found


def is_as_declared(declared, end):
    if declared.startswith("failed: "):
        return end.startswith("failed: ") and declared[8:] in end[8:]
    return end == declared


def compare_ends(truths, found):
    rows = [{"group": t["group_id"], "fault": t["night"]["fault"], "declared": t["night"]["declared"],
             "end": found.get(t["group_id"], "never seen")} for t in truths]
    wrong = [row for row in rows if not is_as_declared(row["declared"], row["end"])]
    known = {t["group_id"] for t in truths}
    wrong += [{"group": g, "fault": "", "declared": "nobody observed it", "end": e}
              for g, e in found.items() if g not in known]
    return rows, wrong


def fates(folder, queue, truths):
    """What became of every file that was brought in, and those of which it is not what was declared."""
    index = {row["path"]: row for row in queue.execute("SELECT * FROM hdf5_file_index")}
    late = {row["path"] for row in queue.execute("SELECT path FROM late_files")}
    members = {row["path"] for row in queue.execute("SELECT path FROM subband_files")}
    count, wrong, here = collections.Counter(), [], set()
    slim = (folder / "slim").exists()
    for truth in truths:
        declared = truth["night"]["files"]
        twins = collections.defaultdict(list)
        for file in truth["files"]:
            path = str(folder / "root/incoming" / file["name"])
            fate = declared.get(str(file["subband"]), "member")
            if file["outcome"] == "absent":
                count["never written"] += 1
                continue
            here.add(path)
            row = index.get(path)
            found = "not recorded" if row is None else row["role"]
            if (found == "late") != (path in late):
                found = f"{found}, which late_files does not say"
            if found == "bad" and not (row["reason"] or row["role_reason"]):
                found = "bad, without a reason"
            if found == "member" and path not in members:
                found = "member of nothing"
            if not slim and not pathlib.Path(path).exists():
                found = "gone"
            count[str(found)] += 1
            if fate == "duplicate":
                twins[file["subband"]].append(found)
            elif found != fate:
                wrong.append({"file": file["name"], "declared": fate, "found": str(found)})
        for subband, found in twins.items():
            if sorted(map(str, found)) != ["duplicate", "member"]:
                wrong.append({"file": f"{truth['group_id']} sb{subband:02d}", "found": found,
                              "declared": "one member, one duplicate"})
    wrong += [{"file": path, "declared": "nobody made it", "found": "recorded"} for path in set(index) - here]
    return {"files": len(here), "fates": dict(count), "wrong": wrong}


def percentiles(values):
    values = np.sort(values)
    if not len(values):
        return {"n": 0}
    return {"n": len(values), **{f"p{p}_s": round(float(values[int(np.ceil(p / 100 * len(values))) - 1]), 2)
                                 for p in (50, 90, 99, 100)}}


def latencies(queue):
    """From the last subband to the first end of a stage, by this witness, of groups that it was measured for."""
    return {stage: percentiles([row[0] for row in queue.execute(
        "SELECT min(ended_at) - last_subband_at FROM job_attempt JOIN ingest_queue USING (group_id)"
        " WHERE stage = ? AND outcome = 'done' AND last_subband_at NOTNULL GROUP BY group_id", [stage])])
            for stage in ("image", "measure", "lightcurve")}


def work(folder, queue, n_group):
    """How long it took, and what it used."""
    sessions = [tuple(map(float, line.split())) for line in (folder / "sessions").read_text().splitlines()]
    wall = sum(end - begin for begin, end in sessions)
    stages = {row[0]: {"tries": row[1], "wall_s": row[2], "cpu_s": row[3]} for row in queue.execute(
        "SELECT stage, count(*), round(sum(wall_s), 1), round(sum(cpu_s), 1) FROM stage_metrics GROUP BY stage")}
    outcomes = dict(map(tuple, queue.execute("SELECT outcome, count(*) FROM job_attempt GROUP BY outcome")))
    kills = folder / "kills.txt"
    return {"wall_s": round(wall, 1), "cpu_s": sum(map(float, (folder / "cpu").read_text().split())),
            "sky_s": round(n_group * SKY_S), "sky_over_wall": round(n_group * SKY_S / wall, 1),
            "sessions": len(sessions), "stages": stages, "tries": outcomes,
            "kills": len(kills.read_text().splitlines()) if kills.exists() else 0}


def notices(queue):
    there = queue.execute("SELECT count(*) FROM sqlite_master WHERE name = 'notice'").fetchone()[0]
    columns = [row["name"] for row in queue.execute("PRAGMA table_info(notice)")] if there else []
    key = next((name for name in ("kind", "code", "subject") if name in columns), None)
    return dict(map(tuple, queue.execute(f"SELECT {key}, count(*) FROM notice GROUP BY 1"))) if key else {}


def criteria(card):
    figures, curves = card["accuracy"]["all"], card["light_curves"]
    enough = figures["sound"] >= FEWEST
    return {
        "every group ended as declared": not card["groups"]["wrong"],
        "no data lost": not card["data"]["wrong"],
        f"{FEWEST} sources above 10 sigma": enough,
        "median flux bias at most 2 %": enough and abs(figures["median_bias"]) <= BIAS,
        "places rms at most a tenth of the beam": enough and figures["place_rms_beams"] <= PLACE_BEAMS,
        "a point of a light curve for each measurement": curves["points"] == curves["measurements"]}


def text_of(card):
    groups, data, used = card["groups"], card["data"], card["work"]
    keep = card["metrics"].get("keep_up", {})
    yield f"groups      {groups['n']}: " + ", ".join(f"{n} {end}" for end, n in groups["ends"].items())
    for reason, n in groups["failed"].items():
        yield f"            {n} failed, as declared: {reason}"
    for row in groups["wrong"]:
        yield f"  WRONG     {row['group']} ({row['fault'] or 'no fault'}): {row['end']}; declared: {row['declared']}"
    yield f"faults      " + ", ".join(f"{n} {kind}" for kind, n in groups["faults"].items())
    yield f"data        {data['files']} files: " + ", ".join(f"{n} {f}" for f, n in sorted(data["fates"].items()))
    for row in data["wrong"][:20]:
        yield f"  WRONG     {row['file']}: {row['found']}, declared: {row['declared']}"
    yield f"lost        {len(data['wrong'])}"
    for stage, row in card["latency"].items():
        yield f"latency     {stage}: " + ", ".join(f"{k} {v}" for k, v in row.items())
    yield f"keep-up     sky {used['sky_s']} s in {used['wall_s']} s: {used['sky_over_wall']}; record-metrics: " \
          f"{keep.get('verdict')}, capacity {keep.get('capacity') or 0:.1f}, held {keep.get('held_s')} s"
    yield f"work        {used['cpu_s']:.0f} s of processors ({used['cpu_s'] / groups['n']:.2f} a group); tries: " + \
          ", ".join(f"{n} {o}" for o, n in used["tries"].items()) + f"; {used['kills']} kills"
    for name in ("all", "beside calibrators", "with faults"):
        f = card["accuracy"][name]
        if "median_bias" in f:
            yield (f"flux        {name}: {f['sound']} above 10 sigma: bias {100 * f['median_bias']:+.2f} %, scatter "
                   f"{100 * f['ratio_scatter']:.2f} %, pull {f['pull_median']:+.2f} +- {f['pull_scatter']:.2f}, "
                   f"beyond 3 sigma {100 * f['beyond_3_sigma']:.1f} %; places {f['place_rms_beams']:.3f} beams")
    yield f"sources     {card['accuracy']['sources_per_epoch']:.1f} an image, complete above 10 sigma: " \
          f"{card['accuracy']['completeness']}"
    yield "curves      " + ", ".join(f"{k} {v}" for k, v in card["light_curves"].items())
    yield "notices     " + (", ".join(f"{n} {k}" for k, n in card["notices"].items()) or "none")
    for name, met in card["criteria"].items():
        yield f"{'met   ' if met else 'MISSED'}      {name}"


def main(folder):
    folder = pathlib.Path(folder).resolve()
    queue, truths = read(folder)
    plan = json.loads((folder / "plan.json").read_text())["groups"]
    rows, wrong = compare_ends(truths, ends(queue))
    wrong += [{"group": g["stamp"], "fault": g["fault"], "declared": g["declared"], "end": "never simulated"}
              for g in plan[len(truths):]]
    failed = collections.Counter(r["end"].split(";")[0] for r in rows
                                 if r["end"].startswith("failed") and is_as_declared(r["declared"], r["end"]))
    calibrators = [g["index"] for g in plan if g["class"] == "calibrator"]
    near = {i for c in calibrators for i in range(c - BESIDE, c + BESIDE + 1)}
    card = {
        "groups": {"n": len(plan), "ends": dict(collections.Counter(r["end"].split(":")[0] for r in rows)),
                   "failed": dict(failed), "wrong": wrong, "rows": rows,
                   "faults": dict(collections.Counter(g["fault"] for g in plan if g["fault"]))},
        "data": fates(folder, queue, truths), "latency": latencies(queue),
        "metrics": json.loads((folder / "metrics.json").read_text()),
        "work": work(folder, queue, len(plan)), "accuracy": accuracy(folder, truths, near),
        "light_curves": light_curves(folder, truths), "notices": notices(queue)}
    card["criteria"] = {name: bool(met) for name, met in criteria(card).items()}
    (folder / "scorecard.json").write_text(json.dumps(card, indent=1))
    print(*text_of(card), sep="\n")
    sys.exit(0 if all(card["criteria"].values()) else 1)


if __name__ == "__main__":
    main(sys.argv[1])
