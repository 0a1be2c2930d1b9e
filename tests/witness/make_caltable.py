#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make_caltable.py STEM MJD [GAIN] [ANTENNAS]: writes STEM.K, STEM.B and STEM.G, calibration tables
as CASA lays them out, with python3-casacore only: one minute around MJD, ANTENNAS (12) antennas
named 101, 102, ..., eight channels, every amplitude GAIN (2), every SNR 25, antenna 3 flagged."""
import sys

import numpy as np
from casacore.tables import (default_ms_subtable, makearrcoldesc, makescacoldesc, maketabdesc,
                             table)

stem, mjd = sys.argv[1], float(sys.argv[2])
gain = float(sys.argv[3]) if len(sys.argv) > 3 else 2.0
n_antenna = int(sys.argv[4]) if len(sys.argv) > 4 else 12
time = mjd * 86400
WIDTH = 11.71875e6  # one channel a subband, over the band of the correlator
channels = 1311.265258789e6 + WIDTH * (np.arange(16) + 0.5)


def subtable(path, name, rows):
    new = default_ms_subtable(name, f"{path}/{name}")
    new.addrows(rows)
    return new


def antennas(path):
    new = subtable(path, "ANTENNA", n_antenna)
    for a in range(n_antenna):
        new.putcell("NAME", a, str(101 + a))
        new.putcell("STATION", a, str(101 + a))
        new.putcell("POSITION", a, np.array([-2.4e6 + 30.0 * a, -4.47e6, 3.83e6 + 7.0 * a * a]))
        new.putcell("DISH_DIAMETER", a, 4.65)
    return new


def window(path, frequencies, width):
    new = subtable(path, "SPECTRAL_WINDOW", 1)
    new.putcell("NUM_CHAN", 0, len(frequencies))
    for column, value in (("CHAN_FREQ", frequencies), ("CHAN_WIDTH", 0 * frequencies + width),
                          ("RESOLUTION", 0 * frequencies + width),
                          ("EFFECTIVE_BW", 0 * frequencies + width)):
        new.putcell(column, 0, value)
    new.putcell("REF_FREQUENCY", 0, frequencies[0])
    new.putcell("TOTAL_BANDWIDTH", 0, width * len(frequencies))
    return new


def main_table(path, kind):
    value = makearrcoldesc("FPARAM", 0.0, ndim=2, valuetype="float") if kind == "K" else \
        makearrcoldesc("CPARAM", 0j, ndim=2, valuetype="complex")
    columns = [makescacoldesc("TIME", 0.0, keywords={
        "QuantumUnits": ["s"], "MEASINFO": {"type": "epoch", "Ref": "UTC"}})]
    columns += [makescacoldesc(name, 0) for name in
                ("FIELD_ID", "SPECTRAL_WINDOW_ID", "ANTENNA1", "ANTENNA2")]
    columns += [makescacoldesc("INTERVAL", 0.0, keywords={"QuantumUnits": ["s"]})]
    columns += [makescacoldesc(name, 0) for name in ("SCAN_NUMBER", "OBSERVATION_ID")]
    columns += [value, makearrcoldesc("PARAMERR", 0.0, ndim=2, valuetype="float"),
                makearrcoldesc("FLAG", False, ndim=2),
                makearrcoldesc("SNR", 0.0, ndim=2, valuetype="float"),
                makearrcoldesc("WEIGHT", 0.0, ndim=2, valuetype="float")]
    return table(path, maketabdesc(columns), nrow=n_antenna, ack=False)


def write(kind):
    path = f"{stem}.{kind}"
    main = main_table(path, kind)
    n_channel = len(channels) if kind == "B" else 1
    shape = (n_channel, 2)
    main.putcol("TIME", np.full(n_antenna, time))
    main.putcol("INTERVAL", np.full(n_antenna, 60.0))
    main.putcol("ANTENNA1", np.arange(n_antenna, dtype=np.int32))
    for column, value in (("FIELD_ID", 0), ("SPECTRAL_WINDOW_ID", 0), ("ANTENNA2", 0),
                          ("SCAN_NUMBER", 1), ("OBSERVATION_ID", 0)):
        main.putcol(column, np.full(n_antenna, value, dtype=np.int32))
    for a in range(n_antenna):
        if kind == "K":
            main.putcell("FPARAM", a, np.full(shape, 1.5, dtype=np.float32))
        else:
            main.putcell("CPARAM", a, np.full(shape, gain * np.exp(0.1j * a), dtype=np.complex64))
        main.putcell("PARAMERR", a, np.full(shape, 0.04, dtype=np.float32))
        main.putcell("SNR", a, np.full(shape, 25, dtype=np.float32))
        main.putcell("WEIGHT", a, np.full(shape, 625, dtype=np.float32))
        main.putcell("FLAG", a, np.full(shape, a == 2))
    main.putkeywords({"ParType": "Float" if kind == "K" else "Complex", "MSName": "elsewhere.ms",
                      "VisCal": f"{kind} Jones", "PolBasis": "lin"})
    main.putinfo({"type": "Calibration", "subType": f"{kind} Jones", "readme": ""})
    observation = subtable(path, "OBSERVATION", 1)
    observation.putcell("TELESCOPE_NAME", 0, "DSA_110")
    observation.putcell("TIME_RANGE", 0, np.array([time - 30, time + 30]))
    field = subtable(path, "FIELD", 1)
    field.putcell("NAME", 0, "3C286")
    for column in ("PHASE_DIR", "DELAY_DIR", "REFERENCE_DIR"):
        field.putcell(column, 0, np.array([[3.539, 0.532]]))
    frequencies, width = (channels, WIDTH) if kind == "B" else (channels.mean(keepdims=True), 16 * WIDTH)
    for part in (antennas(path), field, observation, window(path, frequencies, width),
                 subtable(path, "HISTORY", 0)):
        main.putkeyword(part.name().split("/")[-1], "Table: " + part.name())
        part.close()
    main.close()


for each in "KBG":
    write(each)
