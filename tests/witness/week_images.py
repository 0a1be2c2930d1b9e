# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the images of a simulated week (week_sky.py) as image-ms writes them, by astropy alone.

Usage: week_images.py IMAGES SKY DEC_DEG
Writes IMAGES/STAMP-{image,pb,rms,smearing}.fits for each tile in SKY/tiles.txt, of what SKY/tile-STAMP.csv
says, behind make_strip.py's beam and in its noise, and prints each image's path.
"""
import csv
import pathlib
import sys

import erfa
import numpy as np

import make_strip
from sky_around import centre_near

NOISE_JY = 0.5e-3


def main(images, sky, dec_deg):
    pathlib.Path(images).mkdir(exist_ok=True)
    for i, line in enumerate(pathlib.Path(sky, "tiles.txt").read_text().splitlines()):
        stamp = line.split()[0]
        ra, dec = np.degrees(erfa.c2s(centre_near(stamp, dec_deg)))
        with open(pathlib.Path(sky, f"tile-{stamp}.csv")) as text:
            sources = [tuple(float(row[key]) for key in ("ra_deg", "dec_deg", "flux_jy"))
                       for row in csv.DictReader(text)]
        random = np.random.default_rng([5, i])
        make_strip.tile(f"{images}/{stamp}", stamp, ra % 360, dec, sources, random,
                        {"noise": NOISE_JY})
        print(f"{images}/{stamp}-image.fits")


if __name__ == "__main__":
    main(*sys.argv[1:])
