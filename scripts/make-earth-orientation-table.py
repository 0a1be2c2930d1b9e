#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes lib/astro/earth_orientation_table.inc from an IERS finals2000A file.

usage: make-earth-orientation-table.py finals2000A.all > lib/astro/earth_orientation_table.inc
"""
import sys

FIRST_MJD, STEP_DAYS = 55197, 5  # 2010-01-01

rows = []
for line in open(sys.argv[1], encoding="ascii"):
    mjd = int(float(line[7:15]))
    if mjd < FIRST_MJD or (mjd - FIRST_MJD) % STEP_DAYS or not line[58:68].strip():
        continue
    predicted = "P" in (line[16], line[57])
    values = (round(float(line[58:68]) * 1e5), round(float(line[18:27]) * 1e3),
              round(float(line[37:46]) * 1e3))
    rows.append((mjd, predicted, values))
assert [row[0] for row in rows] == list(range(FIRST_MJD, rows[-1][0] + 1, STEP_DAYS))

print("// SPDX-License-Identifier: GPL-3.0-or-later")
print("// Made by scripts/make-earth-orientation-table.py from IERS finals2000A (Bulletin A).")
print(f"constexpr double kFirstMjd = {FIRST_MJD};")
print(f"constexpr double kStepDays = {STEP_DAYS};")
print(f"constexpr double kLastMeasuredMjd = {max(r[0] for r in rows if not r[1])};")
print("// UT1-UTC [10 us], x_p [mas], y_p [mas].")
print("// clang-format off")
print("constexpr CompactRow kCompactRows[] = {")
for i in range(0, len(rows), 5):
    print("".join("{%d,%d,%d}," % row[2] for row in rows[i:i + 5]))
print("};")
print("// clang-format on")
