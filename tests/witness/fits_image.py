#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an image of ours with astropy: no warning, checksums right, and the places of pixels.

usage: fits_image.py FILE [PIXELS] < "x y ra_deg dec_deg" lines

Places may differ by 1e-6 pixel, or so many. Exit code: 0 agreed, 1 not, 77 when astropy is missing.
"""
import sys
import warnings

try:
    import astropy.io.fits as fits
    import numpy as np
    from astropy.wcs import WCS
except ImportError:
    sys.exit(77)

warnings.simplefilter("error")
PIXEL = float(sys.argv[2]) if len(sys.argv) > 2 else 1e-6


def main():
    places = np.loadtxt(sys.stdin, ndmin=2)
    with fits.open(sys.argv[1], checksum=True) as hdus:
        hdus.verify("exception")
        header = hdus[0].header
        wcs = WCS(header)
        assert wcs.wcs.naxis == 4 and wcs.celestial.wcs.radesys == "ICRS"
        assert header["CHECKSUM"] and header["DATASUM"] and header["ORIGIN"] == "contimg"
        finite = hdus[0].data[np.isfinite(hdus[0].data)]
        if finite.size:
            assert np.isclose(header["DATAMIN"], finite.min(), rtol=1e-6)
            assert np.isclose(header["DATAMAX"], finite.max(), rtol=1e-6)
    x, y = wcs.celestial.wcs_world2pix(places[:, 2], places[:, 3], 0)
    worst = max(np.abs(x - places[:, 0]).max(), np.abs(y - places[:, 1]).max())
    if not worst < PIXEL:
        print(f"{sys.argv[1]}: places differ by {worst} pixel", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
