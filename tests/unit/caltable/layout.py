#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""layout.py FORMAT_DOCUMENT CALTABLE: compares a calibration table, as python3-casacore reads it,
with the columns, keywords and subtables listed in the document; then the values that the test
put in. Exit 1 and a line for each difference."""
import re
import sys

import numpy as np
from casacore.tables import table

document, path = sys.argv[1:]
bad = []


def expect(what, got, wanted):
    if got != wanted:
        bad.append(f"{what}: {got!r}, expected {wanted!r}")


def rows_of(title):
    """Rows of the markdown table under a heading, as lists of cells without backticks."""
    text = open(document).read().split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [
        [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return rows[2:]


main = table(path, ack=False)
kind = main.getkeyword("VisCal")
par_type = {"K Jones": "Float", "B Jones": "Complex", "G Jones": "Complex"}[kind]
n_channel = 4 if kind == "B Jones" else 1
absent = "CPARAM" if par_type == "Float" else "FPARAM"

columns = [row for row in rows_of("Columns of the main table") if row[0] != absent]
expect("columns", main.colnames(), [row[0] for row in columns])
for name, type_name, shape, unit, measure, _ in columns:
    description = main.getcoldesc(name)
    keywords = main.getcolkeywords(name)
    expect(f"type of {name}", description["valueType"], type_name)
    expect(f"array in {name}", "ndim" in description, shape != "scalar")
    if shape != "scalar":
        for row in range(main.nrows()):
            expect(f"shape of {name}", main.getcell(name, row).shape, (n_channel, 2))
    expect(f"unit of {name}", keywords.get("QuantumUnits", []), [unit] if unit else [])
    info = keywords.get("MEASINFO", {})
    expect(f"measure of {name}", " ".join(info.get(k, "") for k in ("type", "Ref")).strip(), measure)

expect("ParType", main.getkeyword("ParType"), par_type)
expect("MSName", main.getkeyword("MSName"), "group.ms")
expect("PolBasis", main.getkeyword("PolBasis"), "lin")
expect("table type", main.info()["type"], "Calibration")
expect("table subtype", main.info()["subType"], kind)
for row in rows_of("Keywords"):
    expect(f"keyword {row[0]}", row[0] in main.keywordnames(), True)

for name, n_row, required in rows_of("Subtables"):
    sub = table(f"{path}/{name}", ack=False)
    expect(f"{name} keyword", main.getkeyword(name).rstrip("/").endswith(f"/{name}"), True)
    expect(f"rows of {name}", sub.nrows(), {"ANTENNA": 3, "SPECTRAL_WINDOW": 2}.get(name, 1))
    for column in re.split(r",\s*", required):
        expect(f"{name} has {column}", column in sub.colnames(), True)

windows = table(f"{path}/SPECTRAL_WINDOW", ack=False)
expect("NUM_CHAN", list(windows.getcol("NUM_CHAN")), [n_channel, n_channel])
if kind != "B Jones":
    expect("CHAN_FREQ", list(windows.getcol("CHAN_FREQ")[:, 0]), [1403e6, 1411e6])
    expect("REF_FREQUENCY", list(windows.getcol("REF_FREQUENCY")), [1403e6, 1411e6])
    expect("TOTAL_BANDWIDTH", list(windows.getcol("TOTAL_BANDWIDTH")), [8e6, 8e6])

expect("rows", main.nrows(), 2 * 2 * 3)
order = [(w, 5.27e9 + 30 + 60 * t, a) for w in range(2) for t in range(2) for a in range(3)]
keys = ("SPECTRAL_WINDOW_ID", "TIME", "ANTENNA1")
expect("order", list(zip(*(main.getcol(key) for key in keys))), order)
expect("ANTENNA2", set(main.getcol("ANTENNA2")), {1})
expect("INTERVAL", set(main.getcol("INTERVAL")), {60.0})
for row, (window, time, antenna) in enumerate(order):
    step = (time - 5.27e9 - 30) / 60
    for channel in range(n_channel):
        for receptor in range(2):
            i = (antenna * n_channel + channel) * 2 + receptor
            place = i + 100 * window + 10 * step
            if par_type == "Float":
                expect("FPARAM", main.getcell("FPARAM", row)[channel, receptor], place - 50)
            else:
                got = main.getcell("CPARAM", row)[channel, receptor]
                wanted = (1 + place / 100) * np.exp(1j * place / 7)
                expect("CPARAM is near", abs(got - wanted) < 1e-5, True)
            expect("FLAG", main.getcell("FLAG", row)[channel, receptor], i == 1)
            expect("SNR", main.getcell("SNR", row)[channel, receptor], 20 + place)
            expect("PARAMERR", main.getcell("PARAMERR", row)[channel, receptor], 0.5)
            weight = 0.0 if i == 1 else 4.0
            expect("WEIGHT", main.getcell("WEIGHT", row)[channel, receptor], weight)

if bad:
    print("\n".join(bad[:20]))
sys.exit(1 if bad else 0)
