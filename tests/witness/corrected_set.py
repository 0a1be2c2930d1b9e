# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare a calibrated set with the same observation made without an instrument's errors.

Usage: corrected_set.py SET IDEAL_SET [COLUMN]
Prints JSON, over the samples that SET does not flag, weighted with WEIGHT:
  scale       Re sum(w V conj(M)) / sum(w |M|^2): 1 where flux densities are right, less where phases
              are not
  phase_deg   rms of arg(V conj(M)) of the baselines' averages
  flagged     share of SET's flags
  closure_deg largest closure phase of COLUMN times that of DATA conjugated, triangles of antennas
              0, 1 and each other; in one integration, where nothing is flagged
Shares no code with contimg.
"""
import json
import sys

import numpy as np
from casacore.tables import table

path, ideal_path = sys.argv[1:3]
column = sys.argv[3] if len(sys.argv) > 3 else "CORRECTED_DATA"
t, m = table(path, ack=False), table(ideal_path, ack=False)
v, model = t.getcol(column), m.getcol("DATA")
flag = t.getcol("FLAG") | m.getcol("FLAG")
a1, a2 = t.getcol("ANTENNA1"), t.getcol("ANTENNA2")
assert (a1 == m.getcol("ANTENNA1")).all() and (a2 == m.getcol("ANTENNA2")).all()
w = np.where(flag, 0, t.getcol("WEIGHT")[:, None, :])
product = w * v * model.conj()
power = w * np.abs(model) ** 2
scale = product.real.sum() / power.sum()
pairs, index = np.unique(a1 * 1000 + a2, return_inverse=True)
mean = np.zeros(len(pairs), complex)
np.add.at(mean, index, product.sum(axis=(1, 2)))
phase = np.angle(mean[np.abs(mean) > 0])

first = t.getcol("TIME") == t.getcell("TIME", 0)
row = {(p, q): i for i, (p, q) in enumerate(zip(a1, a2)) if first[i]}
data, closure = t.getcol("DATA"), 0.0
used = sorted({p for p, _ in row})
for k in used[2:]:
    rows = [row.get(pair) for pair in ((used[0], used[1]), (used[1], k), (used[0], k))]
    if None in rows:
        continue
    good = ~flag[rows].any(axis=0)
    def triple(x):
        return (x[rows[0]] * x[rows[1]] * x[rows[2]].conj())[good]
    if good.any():
        closure = max(closure, np.abs(np.angle(triple(v) * triple(data).conj())).max())
print(json.dumps({"scale": float(scale), "phase_deg": float(np.degrees(np.sqrt(np.mean(phase**2)))),
                  "flagged": float(t.getcol("FLAG").mean()), "closure_deg": float(np.degrees(closure))}))
