# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a tile's primary beam, and flux densities far from its middle, to the simulator's truth.

Usage: beam_of_tile.py TABLE TRUTH_JSON LIMIT
For the first eight sources of tile_sky.py, 1.3 and 1.9 degrees out: the beam's response averaged over the
group's integrations and band, from the stations' and the sky's geometry alone, against the one that
image-ms used; and flux densities against the truth. Each response must be within LIMIT of its own, each
flux density within LIMIT and three errors of the noise. The response of a single pointing, at mid-group,
is printed beside.
"""
import csv
import json
import sys

import erfa
import numpy as np

from earth_frame import LIGHT, frames, meridian
from simulated_visibilities import airy_power


def main(table, truth_path, limit):
    with open(truth_path) as text:
        truth = json.load(text)
    with open(table, newline="") as text:
        rows = {row["name"]: row for row in csv.DictReader(text)}
    pointing, limit = meridian(truth), float(limit)
    moments = list(frames(truth))
    n = truth["n_channel"] * truth["n_subband"]
    frequency = truth["first_frequency_hz"] - truth["channel_width_hz"] * np.arange(n)
    wrong = []
    for source in truth["sources"][:8]:
        icrs = erfa.s2c(np.radians(source["ra_deg"]), np.radians(source["dec_deg"]))
        power = np.array([
            airy_power(np.pi * truth["dish_diameter_m"] * frequency / LIGHT
                       * np.sin(erfa.sepp(frame.seen(icrs), pointing))).mean()
            for frame in moments])
        row = rows[source["name"]]
        beam = float(row["pb"]) / power.mean() - 1
        single = power[len(power) // 2] / power.mean() - 1
        flux = float(row["flux_jy"]) / source["flux_jy"] - 1
        noise = float(row["local_rms_jy"]) / (source["flux_jy"] * power.mean())
        print(f"{source['name']}: response {power.mean():.4f}, ours {beam:+.2%}, of mid-group "
              f"{single:+.2%}; flux density {flux:+.2%}, noise {noise:.2%}")
        if abs(beam) > limit or abs(flux) > limit + 3 * noise:
            wrong.append(source["name"])
    sys.exit("off by more than the limit: " + ", ".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
