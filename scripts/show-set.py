#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the shape, phase centre, band, times and a few visibilities of a Measurement Set.

Usage: show-set.py SET
"""
import sys

import numpy as np
from casacore.tables import table

MJD_OF_UNIX = 40587


def column(path, name):
    with table(path, ack=False) as rows:
        return rows.getcol(name)


def main(path):
    names = column(path + "/ANTENNA", "NAME")
    frequency = column(path + "/SPECTRAL_WINDOW", "CHAN_FREQ")
    centre = np.degrees(column(path + "/FIELD", "PHASE_DIR")[:, 0])
    with table(path, ack=False) as rows:
        data, flag = rows.getcol("DATA"), rows.getcol("FLAG")
        uvw, time = rows.getcol("UVW"), rows.getcol("TIME")
        pairs = list(zip(rows.getcol("ANTENNA1"), rows.getcol("ANTENNA2")))
    print(f"rows {data.shape[0]}, channels {data.shape[1]}, correlations {data.shape[2]}, "
          f"integrations {len(np.unique(time))}, antennas {len({a for p in pairs for a in p})}")
    print(f"spectral windows {len(frequency)}: "
          f"{frequency.min() / 1e6:.4f} to {frequency.max() / 1e6:.4f} MHz, ascending")
    for ra, dec in centre[:3]:
        print(f"phase centre {ra % 360:.6f} {dec:+.6f} degrees, ICRS")
    seconds = (time - time[0]).max()
    start = np.datetime64(int((time[0] / 86400 - MJD_OF_UNIX) * 86400), "s")
    print(f"first integration {start} UTC, last {seconds:.1f} s later; "
          f"{100 * flag.mean():.1f} % flagged")
    print("\nbaseline             u/m         v/m         w/m    first channel, first correlation")
    good = [i for i in range(len(pairs)) if not flag[i].all()][:4]
    for i in good:
        value = data[i, 0, 0]
        pair = f"{names[pairs[i][0]]}-{names[pairs[i][1]]}"
        print(f"{pair:<16}" + "".join(f"{x:12.3f}" for x in uvw[i])
              + f"    {value.real:+.4f} {value.imag:+.4f}i")
    ascending = bool((np.diff(frequency, axis=1) > 0).all())
    return int(not (good and ascending and np.isfinite(data[~flag]).all()))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
