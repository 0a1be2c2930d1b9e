# SPDX-License-Identifier: GPL-3.0-or-later
"""Predict simulated files from their truth alone, with python3-erfa's CIO-based astrometry.

Usage: simulated_visibilities.py FOLDER
Checks every cross-correlation of every sound file of an undisturbed, noise-free simulation, and
prints the largest differences. Exit code 1 when one exceeds 1e-5 of the brightest source (float32
arithmetic over a few sources) or the delays behind the phases 1e-12 s.
"""
import glob
import json
import sys

import erfa
import h5py
import numpy as np

LIGHT = 299792458.0
EARTH_RATE = 2 * np.pi * 1.00273781191135448 / 86400


def bessel_j1(x):
    """J1 by its integral, which the trapezoidal rule gives to machine precision."""
    angle = np.linspace(0, np.pi, 401)
    weight = np.full(angle.size, 1.0)
    weight[[0, -1]] = 0.5
    return (weight @ np.cos(angle[:, None] - np.outer(np.sin(angle), x))) / 400


def airy_power(x):
    x = np.maximum(x, 1e-9)
    return (2 * bessel_j1(x) / x) ** 2


def flux_density(source, frequency):
    if source["log_polynomial"]:
        return 10 ** np.polynomial.polynomial.polyval(
            np.log10(frequency / 1e9), source["log_polynomial"])
    return source["flux_jy"] * (frequency / source["reference_frequency_hz"]) ** source[
        "spectral_index"]


def offset_from_meridian(truth, integration, source):
    """s - s_meridian in ITRF axes."""
    site = truth["site"]
    earth = truth["earth_orientation"][integration]
    jd = truth["time_jd"][integration]
    day = np.floor(jd)
    astrom, _ = erfa.apco13(
        day, jd - day, earth["ut1_utc_s"], site["longitude_rad"], site["latitude_rad"],
        site["height_m"], earth["polar_x_rad"], earth["polar_y_rad"], 0, 0, 0, 0)
    ra, dec = erfa.atciq(
        np.radians(source["ra_deg"]), np.radians(source["dec_deg"]), 0, 0, 0, 0, astrom)
    _, _, hour_angle, dec, _ = erfa.atioq(ra, dec, astrom)
    longitude = site["longitude_rad"]
    return erfa.s2c(longitude - hour_angle, dec) - erfa.s2c(longitude, truth["pointing_dec_rad"])


def predict(truth, integration, baselines, frequency):
    """[baseline, channel], for baselines r2 - r1 in metres."""
    total = np.zeros((len(baselines), len(frequency)), complex)
    for source in truth["sources"]:
        offset = offset_from_meridian(truth, integration, source)
        separation = 2 * np.arcsin(np.linalg.norm(offset) / 2)
        beam = airy_power(
            np.pi * truth["dish_diameter_m"] * np.sin(separation) * frequency / LIGHT)
        rate = EARTH_RATE * np.array([offset[1], -offset[0], 0])
        turns = np.outer(baselines @ offset / LIGHT, frequency)
        smeared = np.sinc(np.outer(baselines @ rate / LIGHT, frequency)
                          * truth["integration_time_s"])
        total += flux_density(source, frequency) * beam * smeared * np.exp(2j * np.pi * turns)
    return total


def main(folder):
    worst, worst_delay, checked = 0.0, 0.0, 0
    for path in sorted(glob.glob(folder + "/*.truth.json")):
        with open(path) as text:
            truth = json.load(text)
        place = {s["index"]: np.array(s["itrf_m"]) for s in truth["stations"]}
        brightest = max(s["flux_jy"] for s in truth["sources"])
        for entry in truth["files"]:
            if entry["faults"]:
                continue
            with h5py.File(folder + "/" + entry["name"], "r") as file:
                frequency = file["Header/freq_array"][0]
                jd = file["Header/time_array"][:]
                cross = file["Header/ant_1_array"][:] != file["Header/ant_2_array"][:]
                first = file["Header/ant_1_array"][:]
                second = file["Header/ant_2_array"][:]
                data = file["Data/visdata"][:, 0]
            for integration, mid in enumerate(truth["time_jd"]):
                rows = np.flatnonzero(cross & (jd == mid))
                baselines = np.array([place[second[r]] - place[first[r]] for r in rows])
                expected = predict(truth, integration, baselines, frequency)
                for pol in range(2):
                    difference = np.abs(data[rows, :, pol] - expected)
                    worst = max(worst, difference.max() / brightest)
                strong = np.abs(expected) > 0.2 * brightest
                angle = np.abs(np.angle(data[rows, :, 0] / expected))
                delay = angle / (2 * np.pi * frequency)
                worst_delay = max(worst_delay, delay[strong].max(initial=0))
                checked += rows.size
    print(f"{checked} rows: largest difference {worst:.2e} of the brightest source, "
          f"largest delay {worst_delay:.2e} s")
    return 0 if checked and worst < 1e-5 and worst_delay < 1e-12 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
