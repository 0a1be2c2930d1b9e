#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of known interference is flagged in a Measurement Set, by its strength.

Arguments: MS [RFI.CSV], the list that simulate-observation writes beside a group; without it all
visibilities are clean. Prints one JSON object: the flagged share of the visibilities of each range
of strengths in units of the noise ("3-10": ...; where events overlap the strongest counts, though
phases may cancel), by kind for 3-10, and "clean", the flagged share of the others.
"""
import csv
import json
import sys

import numpy
from casacore.tables import table

EDGES = [0.5, 1, 2, 3, 10, 30.0001]

main = table(sys.argv[1], ack=False)
names = table(sys.argv[1] + "/ANTENNA", ack=False).getcol("NAME")
cross = main.query("ANTENNA1 != ANTENNA2", sortlist="TIME,DATA_DESC_ID,ANTENNA1,ANTENNA2")
pairs = list(zip(cross.getcol("ANTENNA1"), cross.getcol("ANTENNA2")))
n_time = len(set(cross.getcol("TIME")))
n_window = len(set(cross.getcol("DATA_DESC_ID")))
n_baseline = len(pairs) // n_time // n_window
flags = cross.getcol("FLAG")
flags = flags.reshape(n_time, n_window, n_baseline, flags.shape[1], -1)
flags = flags.transpose(0, 2, 1, 3, 4).reshape(n_time, n_baseline, -1, flags.shape[-1])

strength = numpy.zeros(flags.shape[:3], numpy.float32)
kind = numpy.zeros(flags.shape[:3], numpy.uint8)
kinds = ["line", "burst", "carrier"]
if len(sys.argv) > 2:
    place = {frozenset((names[a], names[b])): i for i, (a, b) in enumerate(pairs[:n_baseline])}
    with open(sys.argv[2], encoding="ascii") as lines:
        for event in csv.DictReader(lines):
            baseline = place[frozenset((event["antenna1"], event["antenna2"]))]
            t, c = int(event["first_integration"]), int(event["first_channel"])
            box = (slice(t, t + int(event["n_integration"])), baseline,
                   slice(c, c + int(event["n_channel"])))
            stronger = strength[box] < float(event["sigma"])
            strength[box][stronger] = float(event["sigma"])
            kind[box][stronger] = kinds.index(event["kind"])

def share(chosen):
    return round(float(flags[chosen].mean()), 5) if chosen.any() else None

result = {"clean": share(strength == 0), "occupied": round(float((strength > 0).mean()), 5)}
for low, high in zip(EDGES, EDGES[1:]):
    result[f"{low:g}-{high:.0f}"] = share((strength >= low) & (strength < high))
for i, name in enumerate(kinds):
    result[f"3-10 {name}"] = share((strength >= 3) & (strength < 10) & (kind == i))
    result[f"10-30 {name}"] = share((strength >= 10) & (kind == i))
print(json.dumps(result))
