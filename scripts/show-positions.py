#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the sources of an image with the truth of the simulated group it shows.

Usage: show-positions.py IMAGE.fits TRUTH_JSON
Ends with 1 if a source is not within a tenth of the synthesised beam of its place.
"""
import json
import os
import sys
import warnings

from astropy.io import fits
from astropy.wcs import WCS

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tests", "witness"))
from image_sources import in_beams, place_of  # noqa: E402

LIMIT_BEAM = 0.1


def main(image_path, truth_path):
    with open(truth_path, encoding="utf-8") as text:
        sources = json.load(text)["sources"]
    header, image = fits.getheader(image_path), fits.getdata(image_path)[0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sky = WCS(header).celestial
    step = header["CDELT2"]
    worst = 0.0
    print(f"beam {3600 * header['BMAJ']:.1f} x {3600 * header['BMIN']:.1f} arcsec; "
          "flux densities in the image are not corrected for the primary beam\n")
    print("source     true place (deg)        found place (deg)       off/arcsec  off/beam"
          "  true/Jy  image/Jy")
    for source in sources:
        ra, dec = source["ra_deg"], source["dec_deg"]
        x, y = sky.wcs_world2pix([[ra, dec]], 0)[0]
        found_x, found_y, height = place_of(image, x, y, header["BMAJ"] / step)
        found_ra, found_dec = sky.wcs_pix2world([[found_x, found_y]], 0)[0]
        east, north = -(found_x - x) * step, (found_y - y) * step
        off = in_beams(east, north, header)
        worst = max(worst, off)
        print(f"{source['name']:<10} {ra:10.5f} {dec:+10.5f}   {found_ra % 360:10.5f} {found_dec:+10.5f}   "
              f"{3600 * (east ** 2 + north ** 2) ** 0.5:10.3f}  {off:8.4f}  {source['flux_jy']:7.3f}"
              f"  {height:8.3f}")
    print(f"\nworst {worst:.4f} beam, limit {LIMIT_BEAM}")
    return int(not sources or not worst < LIMIT_BEAM)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
