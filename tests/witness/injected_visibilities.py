# SPDX-License-Identifier: GPL-3.0-or-later
"""What --inject adds to visibilities, against a set that was simulated with the same sources.

Usage: injected_visibilities.py WITHOUT WITH SET
WITHOUT and WITH: folders with the sets averaged-*.ms of image-ms, unaveraged in channel and time,
without and with the sources. SET: simulated and converted, of these sources alone, without noise.
Prints the largest and the rms difference over the rms of the sources; exit code 1 beyond 3e-4 and 1e-4.
"""
import glob
import sys

import numpy as np
from casacore.tables import table


def rows_of(path, column="DATA"):
    """{(antenna1, antenna2, time): Stokes I or the only correlation, [channel]}, and frequencies."""
    t = table(path, ack=False)
    data = t.getcol(column)
    data = data[:, :, 0] if data.shape[2] == 1 else (data[:, :, 0] + data[:, :, -1]) / 2
    flag = t.getcol("FLAG").any(axis=2)
    frequency = table(path + "/SPECTRAL_WINDOW", ack=False).getcol("CHAN_FREQ")[0]
    keys = zip(t.getcol("ANTENNA1"), t.getcol("ANTENNA2"), np.round(t.getcol("TIME"), 1))
    return {k: (d, f) for k, d, f in zip(keys, data, flag)}, frequency


def main(without, with_sources, simulated):
    truth, frequency = rows_of(simulated)
    difference, signal = [], []
    for path in sorted(glob.glob(with_sources + "/averaged-*.ms")):
        there, f = rows_of(path)
        base, _ = rows_of(path.replace(with_sources, without, 1))
        assert f.shape == frequency.shape and np.allclose(f, frequency), "averaged in frequency"
        assert there.keys() == base.keys(), "other rows"
        for key, (data, flag) in there.items():
            expected = truth[key][0][~flag]
            signal.append(expected)
            difference.append((data - base[key][0])[~flag] - expected)
    signal, difference = np.concatenate(signal), np.concatenate(difference)
    scale = np.sqrt(np.mean(np.abs(signal) ** 2))
    largest = np.abs(difference).max() / scale
    rms = np.sqrt(np.mean(np.abs(difference) ** 2)) / scale
    print(f"{signal.size} visibilities: difference {largest:.2e} at most, rms {rms:.2e}")
    return 0 if signal.size > 10000 and largest < 3e-4 and rms < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
