# SPDX-License-Identifier: GPL-3.0-or-later
"""Print a sky for a whole tile (docs/formats/sky-csv.md): faint and bright sources all over the beam.

Usage: tile_sky.py STAMP DEC_DEG N [SEED [FAINTEST_JY]]
N sources out to 1.95 degrees from where a group will look (sky_around.py), none within 3 arcminutes of
another. Behind the beam of a 4.65 m dish at 1.405 GHz their number above a flux density S goes with
S^-0.9, as at these flux densities on the sky, from FAINTEST (0.0015) to 1 Jy. The first eight stand alone, 0.1 Jy behind the beam, at
1.3 and 1.9 degrees on all sides, where the beam of mid-group is not that of the tile.
"""
import sys

import erfa
import numpy as np

from simulated_visibilities import airy_power
from sky_around import centre_near

REACH_DEG, APART_DEG = 1.95, 0.05
DISH_M, WAVE_M = 4.65, 299792458 / 1.405e9


def beam(offset_deg):
    return float(airy_power(np.pi * DISH_M * np.sin(np.radians(offset_deg)) / WAVE_M))


def main(stamp, dec_deg, n, seed=1, faintest=0.0015):
    random = np.random.default_rng(int(seed))
    offsets, apparent = [], []
    for far, turn in ((1.3, 15), (1.9, 30)):
        for angle in np.radians(turn + np.arange(0, 360, 90)):
            offsets.append((far * np.sin(angle), far * np.cos(angle)))
            apparent.append(0.1)
    while len(offsets) < int(n):
        place = random.uniform(-REACH_DEG, REACH_DEG, 2)
        near = min(np.hypot(*(place - other)) for other in offsets)
        if np.hypot(*place) < REACH_DEG and near > APART_DEG:
            offsets.append(tuple(place))
            apparent.append(min(1.0, float(faintest) * random.uniform() ** (-1 / 0.9)))
    centre = centre_near(stamp, dec_deg)
    ra, _ = erfa.c2s(centre)
    east = np.array([-np.sin(ra), np.cos(ra), 0])
    north = np.cross(centre, east)
    print("name,ra_deg,dec_deg,flux_jy")
    for i, ((x, y), flux) in enumerate(zip(offsets, apparent)):
        reach = np.radians(np.hypot(x, y))
        place = np.cos(reach) * centre + np.sin(reach) * (x * east + y * north) / np.hypot(x, y)
        ra, dec = np.degrees(erfa.c2s(place))
        print(f"s{i},{ra % 360:.9f},{dec:.9f},{flux / beam(np.hypot(x, y)):.6f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
