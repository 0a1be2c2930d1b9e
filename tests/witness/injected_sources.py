# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge what measuring known sources gave, from the database of measurements.

Usage: injected_sources.py DATABASE
In noise that is known to be Gaussian. The share found follows the expected chance in bins of signal
to noise, within binomial errors; at 8 sigma and more the median of measured over true is 1 within 1 % and its
error; pulls have mean 0 within 3 / sqrt(n) and scatter 1.
The chance is integrated here, over the height at the place and the two freedoms of the highest point.
Exit code 1, and why, where it is not so.
"""
import sqlite3
import sys

import numpy as np


def chance(snr, threshold):
    z = np.linspace(-8, 8, 4001)
    height = snr + z
    short = np.where(height > 0, np.clip(threshold ** 2 - height ** 2, 0, None), 1e9)
    weight = np.exp(-z ** 2 / 2) / np.sqrt(2 * np.pi)
    return float(np.sum(weight * np.exp(-short / 2)) * (z[1] - z[0]))


def main(path):
    rows = sqlite3.connect(path).execute(
        "SELECT s.true_snr, s.found, s.flux_jy, s.true_flux_jy, s.noise_error_jy, s.expected,"
        " i.detection_sigma FROM injected_source s JOIN injection i ON i.id = s.injection_id").fetchall()
    snr, found, flux, true, error, expected, sigma = np.array(rows, float).T
    faults, say = [], [f"{len(snr)} sources"]
    bright = snr >= 8
    ratio = (flux / true)[bright]
    median = np.median(ratio)
    off = 1.2533 * 1.4826 * np.median(np.abs(ratio - median)) / np.sqrt(bright.sum())
    pulls = (flux - true) / error
    say.append(f"bright {bright.sum()}: found {found[bright].mean():.3f}, ratio {median:.4f} +- {off:.4f}")
    say.append(f"pulls {pulls.mean():.3f} +- {pulls.std():.3f}")
    # The pixel that sees a source sees between 0.9 and all of its height.
    for s, e, t in zip(snr, expected, sigma):
        if not chance(0.85 * s, t) - 1e-3 <= e <= chance(s, t) + 1e-3:
            faults.append(f"expected {e} of snr {s}")
            break
    for low, high in ((3, 4), (4, 5), (5, 6), (6, 8), (8, 31)):
        bin_ = (snr >= low) & (snr < high)
        n, p = bin_.sum(), expected[bin_].mean()
        spread = np.sqrt(max(p * (1 - p), 1 / n) / n)
        say.append(f"{low}-{high}: {found[bin_].mean():.2f} of {n}, expected {p:.2f}")
        if n < 5 or abs(found[bin_].mean() - p) > 3.5 * spread:
            faults.append(f"completeness from {low} to {high} sigma")
    if abs(median - 1) > 0.01 + 2 * off:
        faults.append("flux densities are off")
    if abs(pulls.mean()) > 3 / np.sqrt(len(pulls)):
        faults.append("pulls have a mean")
    if abs(pulls.std() - 1) > 0.05 + 3 / np.sqrt(2 * len(pulls)):
        faults.append("pulls have another scatter than 1")
    print("; ".join(say + faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
