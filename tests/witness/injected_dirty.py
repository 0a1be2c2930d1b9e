# SPDX-License-Identifier: GPL-3.0-or-later
"""Injected sources in dirty images of real data: what each adds is the point spread function at its place.

Usage: injected_dirty.py SCIENCE INJECTED
SCIENCE and INJECTED: `<group>-image.fits` made with --niter 0, without and with one source, whose record lies beside
the second. The difference of the two is fitted, 20 pixels around the source, by the point spread function that
is shifted there. Prints fitted over true apparent flux density, and the share of the difference that is left.
Exit code 1 where the ratio is off by more than 1 %, or more than 3 % is left.
"""
import json
import sys

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

REACH = 20


def plane(path):
    return fits.getdata(path).squeeze().astype(float)


def at(image, y, x):
    """Between pixels, linearly."""
    i, j = int(y), int(x)
    v, u = y - i, x - j
    return (1 - v) * ((1 - u) * image[i, j] + u * image[i, j + 1]) + v * (
        (1 - u) * image[i + 1, j] + u * image[i + 1, j + 1])


def main(science, injected):
    stem = injected[:-len("image.fits")]
    difference = plane(injected) - plane(science)
    psf, pb = plane(stem + "psf.fits"), plane(stem + "pb.fits")
    wcs = WCS(fits.getheader(injected)).celestial
    n_y, n_x = difference.shape
    turns_y, turns_x = np.fft.fftfreq(n_y)[:, None], np.fft.fftfreq(n_x)[None, :]
    with open(stem + "injected.json", encoding="utf-8") as file:
        source, = json.load(file)["sources"]
    x, y = map(float, wcs.all_world2pix(source["ra_deg"], source["dec_deg"], 0))
    shift = np.exp(-2j * np.pi * (turns_y * (y - n_y // 2) + turns_x * (x - n_x // 2)))
    around = np.s_[max(0, round(y) - REACH):round(y) + REACH + 1,
                   max(0, round(x) - REACH):round(x) + REACH + 1]
    model = np.fft.ifft2(np.fft.fft2(psf) * shift).real[around]
    fitted = (model * difference[around]).sum() / (model ** 2).sum()
    ratio = fitted / (source["flux_jy"] * at(pb, y, x))
    left = (difference[around] - fitted * model).std() / difference[around].std()
    print(f"{source['name']}: fitted over true {ratio:.4f}, {left:.3f} left")
    return 0 if abs(ratio - 1) < 0.01 and left < 0.03 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
