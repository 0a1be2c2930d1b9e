# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute the figures of light curves by numpy, straight from a database of measurements, and hold those
of a database of light curves against them.

Usage: lightcurve_witness.py MEASUREMENTS LIGHTCURVES [N]
Takes the epochs' gains and the shares of errors from LIGHTCURVES, and nothing else; compares N (all) sources that have a name in
the measurements' forced rows. Prints how many agree; fails saying which does not.
"""
import sqlite3
import sys

import numpy as np

UNUSABLE = 1 | 8 | 256  # edge, near_bright, unreliable


def curve(measurements, gains, shares, name):
    """Times, flux densities and errors, normalised, of the usable rows of a name."""
    points = []
    systematic, unnormalised = shares
    for group, mjd, flux, error in measurements.execute(
            "SELECT group_id, mid_mjd, flux_jy, noise_error_jy FROM measurement JOIN epoch ON id = epoch_id"
            " WHERE kind = 'forced' AND name = ? AND flux_jy IS NOT NULL AND flags & ? = 0", [name, UNUSABLE]):
        if group not in gains:
            continue
        gain, gain_error = gains[group]
        if gain is None:
            points.append((mjd, flux, np.hypot(error, unnormalised * flux)))
        else:
            flux = flux / gain
            points.append((mjd, flux, np.sqrt((error / gain) ** 2 + (flux * gain_error / gain) ** 2
                                              + (systematic * flux) ** 2)))
    return np.array(points).T


def figures(flux, error):
    weight = 1 / error ** 2
    mean = np.average(flux, weights=weight)
    n = len(flux)
    eta = n / (n - 1) * (np.mean(weight * flux ** 2) - np.mean(weight * flux) ** 2 / np.mean(weight))
    # Among the four highest by flux - error and the four lowest by flux + error, as it is defined.
    high, low = np.argsort(error - flux)[:4], np.argsort(flux + error)[:4]
    best = max((flux[i] - flux[j]) / np.hypot(error[i], error[j]) for i in high for j in low)
    return {"n": n, "weighted_mean_jy": mean, "eta": eta, "v": flux.std(ddof=1) / flux.mean(), "vs": best}


def main(measurements, lightcurves, n=None):
    measurements, lightcurves = sqlite3.connect(measurements), sqlite3.connect(lightcurves)
    gains = {group: (gain, error) for group, gain, error in lightcurves.execute(
        "SELECT group_id, gain, gain_error FROM epoch WHERE state = 'joined'")}
    shares = lightcurves.execute("SELECT systematic, unnormalised FROM progress").fetchone()
    names = [row[0] for row in measurements.execute(
        "SELECT DISTINCT name FROM measurement WHERE kind = 'forced' ORDER BY name")]
    n_same = 0
    for name in names[:int(n) if n else None]:
        _, flux, error = curve(measurements, gains, shares, name)
        row = lightcurves.execute(
            "SELECT n, weighted_mean_jy, eta, v, vs FROM source_statistics JOIN source_name USING (source_id)"
            " WHERE name = ?", [name]).fetchone()
        for (key, value), kept in zip(figures(flux, error).items(), row):
            assert abs(value - kept) <= 1e-7 * max(abs(value), 1e-3), (name, key, value, kept)
        n_same += 1
    print(n_same)


if __name__ == "__main__":
    main(*sys.argv[1:])
