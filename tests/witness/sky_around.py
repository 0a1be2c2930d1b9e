# SPDX-License-Identifier: GPL-3.0-or-later
"""Print a list of sources (docs/formats/sky-csv.md) about the place where a group will look.

Usage: sky_around.py STAMP DEC_DEG EAST,NORTH,FLUX...
       sky_around.py TRUTH_JSON EAST,NORTH,FLUX...
Offsets in degrees along great circles from the ICRS place of the meridian point 149 s after the
stamp, or exactly at the middle of the group whose truth is given; flux densities in Jy.
"""
import json
import sys
from datetime import datetime, timezone

import erfa
import numpy as np

from earth_frame import EarthFrame, meridian, middle_frame

SITE = (-118.2829, 37.2334, 1188.0)  # near enough for choosing a sky


def centre_near(stamp, dec_deg):
    seconds = datetime.fromisoformat(stamp).replace(tzinfo=timezone.utc).timestamp() + 149
    longitude, latitude = np.radians(SITE[:2])
    site = erfa.gd2gc(1, longitude, latitude, SITE[2])
    earth = {"tai_utc_s": 37.0, "ut1_utc_s": 0.0, "polar_x_rad": 0.0, "polar_y_rad": 0.0}
    frame = EarthFrame(2440587.5, seconds / 86400, earth, site)
    return frame.place_seen_at(erfa.s2c(longitude, np.radians(float(dec_deg))))


def centre_of(truth_path):
    with open(truth_path) as text:
        truth = json.load(text)
    return middle_frame(truth).place_seen_at(meridian(truth))


def main(first, *rest):
    if first.endswith(".json"):
        centre, sources = centre_of(first), rest
    else:
        centre, sources = centre_near(first, rest[0]), rest[1:]
    ra, dec = erfa.c2s(centre)
    east = np.array([-np.sin(ra), np.cos(ra), 0])
    north = np.cross(centre, east)
    print("name,ra_deg,dec_deg,flux_jy")
    for i, text in enumerate(sources):
        x, y, flux = (float(part) for part in text.split(","))
        offset = np.radians(np.hypot(x, y))
        direction = centre
        if offset > 0:
            direction = (np.cos(offset) * centre
                         + np.sin(offset) * (x * east + y * north) / np.hypot(x, y))
        ra, dec = np.degrees(erfa.c2s(direction))
        print(f"s{i},{ra % 360:.9f},{dec:.9f},{flux}")


if __name__ == "__main__":
    main(*sys.argv[1:])
