#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Weighs a mosaic: recomputes its pixels from the tiles' files by numpy, sharing no code with make-mosaic.

usage: mosaic_witness.py make FOLDER N RA_DEG DEC_DEG APART_DEG
       mosaic_witness.py check STEM IMAGE...  [floor=0.1] [image=SUFFIX] [rms=SUFFIX] [weight=SUFFIX]

make writes FOLDER/t100-image.fits, -pb.fits, -rms.fits, -smearing.fits and so on: N tiles of 96 x 96
pixels, each with its own beam, noise, pixel size, sources and smearing (every third without the map).
check compares STEM-image.fits, STEM-rms.fits and STEM-weight.fits with

    S = sum(w I / B) / sum(w),  w = B^2 / sigma^2,  B = PB x smearing,  sigma = (rms map) x PB

at every third pixel, or fewer of a large one. Places are by the formulas of Calabretta & Greisen (2002) for SIN and COO, and
astropy's must agree. Pixels are left out when a shift of 0.002 pixels would change which tiles count.
Exit code: 0 agreed, 1 not.
"""
import os
import sys

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

SIZE, REACH, BETA = 96, 4, 5.4
SHIFT = 0.002            # pixels
OF_RMS, OF_WEIGHT, OF_FLUX = 1e-4, 2e-5, 2e-6
PLACES = 1e-5            # pixels between our formulas and astropy


# ---- projections, degrees and pixels from 0


class Plane:
    """A celestial header: SIN, or COO with the native pole at the celestial one."""

    def __init__(self, header):
        self.kind = header["CTYPE1"][5:]
        assert header["CTYPE1"][:5] == "RA---" and header["CTYPE2"] == "DEC--" + self.kind
        assert not any(key in header for key in ("PC1_2", "PC2_1", "CD1_1"))
        self.first = np.array([header["CRPIX1"], header["CRPIX2"]]) - 1
        self.step = np.array([header["CDELT1"], header["CDELT2"]])
        self.ra, self.dec = np.radians([header["CRVAL1"], header["CRVAL2"]])
        if self.kind == "COO":
            assert header["PV2_1"] == header["CRVAL2"] and header.get("PV2_2", 0) == 0
            assert header["LONPOLE"] == 0
        else:
            assert self.kind == "SIN" and header.get("PV2_1", 0) == 0
        self.astropy = WCS(header).celestial

    def sky(self, x, y):
        """RA and Dec in radians; NaN where nothing is."""
        u, v = np.radians((x - self.first[0]) * self.step[0]), np.radians((y - self.first[1]) * self.step[1])
        if self.kind == "SIN":
            with np.errstate(invalid="ignore"):
                w = np.sqrt(1 - u * u - v * v)
            dec = np.arcsin(v * np.cos(self.dec) + w * np.sin(self.dec))
            return self.ra + np.arctan2(u, w * np.cos(self.dec) - v * np.sin(self.dec)), dec
        sign, cone = np.sign(self.dec), np.sin(self.dec)
        apex = 1 / np.tan(self.dec)
        radius = sign * np.hypot(u, apex - v)
        turn = np.arctan2(u * sign, (apex - v) * sign) / cone
        polar = 2 * np.arctan(np.tan((np.pi / 2 - self.dec) / 2) * (radius / apex) ** (1 / cone))
        return self.ra + np.where(abs(turn) <= np.pi, turn, np.nan), np.pi / 2 - polar

    def pixel(self, ra, dec):
        """Of a SIN plane; the far side of the sky is NaN."""
        turn = ra - self.ra
        near = np.sin(dec) * np.sin(self.dec) + np.cos(dec) * np.cos(self.dec) * np.cos(turn)
        u = np.cos(dec) * np.sin(turn)
        v = np.sin(dec) * np.cos(self.dec) - np.cos(dec) * np.sin(self.dec) * np.cos(turn)
        there = np.where(near > 0, 1, np.nan)
        return (np.degrees(u) / self.step[0] + self.first[0]) * there, \
            (np.degrees(v) / self.step[1] + self.first[1]) * there


def read(path):
    with fits.open(path) as hdus:
        return np.squeeze(hdus[0].data).astype(float), Plane(hdus[0].header)


# ---- samples


def bilinear(pixels, x, y):
    """NaN outside; beyond the middle of the last pixel the value stays."""
    n_y, n_x = pixels.shape
    good = (x >= 0) & (y >= 0) & (x < n_x) & (y < n_y)
    x, y = np.where(good, x, 0), np.where(good, y, 0)
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    k, l = np.minimum(i + 1, n_x - 1), np.minimum(j + 1, n_y - 1)
    dx, dy = x - i, y - j
    value = (pixels[j, i] * (1 - dx) + pixels[j, k] * dx) * (1 - dy) + \
        (pixels[l, i] * (1 - dx) + pixels[l, k] * dx) * dy
    return np.where(good, value, np.nan)


def kernel(distance):
    inside = np.clip(1 - (distance / REACH) ** 2, 0, None)
    return np.sinc(distance) * np.where(inside > 0, np.i0(BETA * np.sqrt(inside)), 0)


def interpolated(pixels, x, y):
    """Windowed sinc with normalised weights, NaN where its 8 x 8 pixels are not all there; and the sum of
    all terms without their signs, of which rounding is a part."""
    n_y, n_x = pixels.shape
    good = (x >= REACH - 1) & (y >= REACH - 1) & (x < n_x - REACH) & (y < n_y - REACH)
    x, y = np.where(good, x, REACH), np.where(good, y, REACH)
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    offsets = np.arange(-REACH + 1, REACH + 1)
    along = kernel(offsets[:, None] - (x - i))
    up = kernel(offsets[:, None] - (y - j))
    along, up = along / along.sum(0), up / up.sum(0)
    total, strength = np.zeros_like(x), np.zeros_like(x)
    for a, wa in zip(offsets, along):
        for b, wb in zip(offsets, up):
            term = wa * wb * pixels[j + b, i + a]
            total, strength = total + term, strength + abs(term)
    return np.where(good, total, np.nan), strength


class Tile:
    def __init__(self, path, floor):
        stem = path[:-len("-image.fits")]
        self.image, self.plane = read(path)
        self.beam, self.noise = read(stem + "-pb.fits")[0], read(stem + "-rms.fits")[0]
        self.smearing = read(stem + "-smearing.fits") if os.path.exists(stem + "-smearing.fits") else None
        self.floor = floor

    def sample(self, x, y, ra, dec):
        """Weight (0: no part), I / B, and the strength of what it was interpolated from."""
        beam = bilinear(self.beam, x, y)
        left = np.ones_like(x)
        if self.smearing is not None:
            left = bilinear(self.smearing[0], *self.smearing[1].pixel(ra, dec))
        sigma, (value, strength) = bilinear(self.noise, x, y) * beam, interpolated(self.image, x, y)
        with np.errstate(invalid="ignore", divide="ignore"):
            weight, flux, strength = (beam * left / sigma) ** 2, value / (beam * left), strength / (beam * left)
            good = np.isfinite(weight) & np.isfinite(flux) & (beam >= self.floor)
        return [np.where(good, a, 0) for a in (weight, flux, strength)]

    def at(self, ra, dec):
        """The same, and where a small shift makes no difference to whether it counts."""
        n_y, n_x = self.image.shape
        x, y = self.plane.pixel(ra, dec)
        near = (x > -1) & (y > -1) & (x < n_x) & (y < n_y)
        all_of = [np.zeros_like(x), np.zeros_like(x), np.zeros_like(x), np.ones_like(x, dtype=bool)]
        for whole, part in zip(all_of, self.near(x[near], y[near], ra[near], dec[near])):
            whole[near] = part
        return all_of

    def near(self, x, y, ra, dec):
        weight, flux, strength = self.sample(x, y, ra, dec)
        sure = np.ones_like(x, dtype=bool)
        for dx, dy in ((SHIFT, SHIFT), (SHIFT, -SHIFT), (-SHIFT, SHIFT), (-SHIFT, -SHIFT)):
            sure &= (self.sample(x + dx, y + dy, ra, dec)[0] > 0) == (weight > 0)
        return weight, flux, strength, sure


# ---- check


def same_places(plane, x, y, ra, dec):
    """Our formulas against astropy's, on the mosaic; modulo turns."""
    lon, lat = plane.astropy.wcs_pix2world(x, y, 0)
    good = np.isfinite(ra) & np.isfinite(lon)
    assert good.any()
    turn = (np.radians(lon) - ra + np.pi) % (2 * np.pi) - np.pi
    off = np.hypot(turn * np.cos(dec), np.radians(lat) - dec)[good].max() / np.radians(plane.step[1])
    assert off < PLACES, f"astropy's places differ by {off} pixel"


def check(stem, paths, options):
    maps = {}
    for name in ("image", "rms", "weight"):
        maps[name], plane = read(stem + "-" + options.get(name, name) + ".fits")
    tiles = [Tile(path, float(options.get("floor", 0.1))) for path in paths]
    n_y, n_x = maps["image"].shape
    step = 3 + n_x * n_y // 5000000
    y, x = (a.ravel().astype(float) for a in np.mgrid[0:n_y:step, 0:n_x:step])
    ra, dec = plane.sky(x, y)
    same_places(plane, x, y, ra, dec)
    weight, weighted, strength = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    sure = np.ones_like(x, dtype=bool)
    for tile in tiles:
        w, flux, around, certain = tile.at(ra, dec)
        weight, weighted, strength = weight + w, weighted + w * flux, strength + w * around
        sure &= certain
    found = {name: pixels[y.astype(int), x.astype(int)][sure] for name, pixels in maps.items()}
    weight, weighted, strength = weight[sure], weighted[sure], strength[sure]
    blank = weight == 0
    for name, values in found.items():
        wrong = np.isfinite(values) == blank
        assert not wrong.any(), f"{wrong.sum()} pixels of {name} are blank and should not be, or the other way"
    weight, weighted, strength = weight[~blank], weighted[~blank], strength[~blank]
    found = {name: values[~blank] for name, values in found.items()}
    rms, image = weight ** -0.5, weighted / weight
    off_image = (abs(found["image"] - image) - OF_FLUX * strength / weight) / rms
    off_weight, off_rms = abs(found["weight"] / weight - 1), abs(found["rms"] / rms - 1)
    print(f"{len(image)} pixels of {len(tiles)} tiles ({plane.kind}): image within {off_image.max():.1e} rms, "
          f"weight {off_weight.max():.1e}, rms {off_rms.max():.1e}, {(~sure).sum()} left out")
    assert len(image) > 1000 and sure.mean() > 0.9
    assert off_image.max() < OF_RMS and off_weight.max() < OF_WEIGHT and off_rms.max() < OF_WEIGHT
    # It can tell: the same without weights is not the same.
    assert (abs(found["image"]) > 20 * rms).any()


# ---- make


def write(path, pixels, ra, dec, step, beam=None):
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.radesys = ["RA---SIN", "DEC--SIN"], "ICRS"
    wcs.wcs.crval, wcs.wcs.crpix = [ra, dec], [pixels.shape[1] // 2 + 1, pixels.shape[0] // 2 + 1]
    wcs.wcs.cdelt = [-step, step]
    cards = wcs.to_header()
    cards["BUNIT"] = "Jy/beam"
    if beam:
        cards["BMAJ"], cards["BMIN"], cards["BPA"] = beam * step, beam * step, 0.0
    fits.writeto(path, pixels.astype("f4"), cards, overwrite=True)


def make(folder, n, ra, dec, apart):
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(11)
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    for tile in range(n):
        stem = f"{folder}/t{100 + tile}"
        place = ((ra + (tile - (n - 1) / 2) * apart) % 360, dec + random.uniform(-0.1, 0.1))
        step = 60 / 3600 * random.uniform(1, 1.2)
        middle = SIZE / 2 + random.uniform(-6, 6, 2)
        beam = np.exp(-4 * np.log(2) * ((x - middle[0]) ** 2 + (y - middle[1]) ** 2) /
                      random.uniform(55, 90) ** 2)
        sigma = 1e-3 * random.uniform(1, 4) * (1 + 0.3 * np.sin(x / 17 + tile) * np.cos(y / 23))
        image = sigma * random.normal(size=x.shape)
        for _ in range(12):
            at, flux = random.uniform(8, SIZE - 8, 2), 10 ** random.uniform(-2, 0.5)
            image += flux * np.exp(-4 * np.log(2) * ((x - at[0]) ** 2 + (y - at[1]) ** 2) / 16)
        if tile == 1:
            image[40, 50] = np.nan
        write(stem + "-image.fits", image, *place, step, beam=4)
        write(stem + "-pb.fits", beam, *place, step)
        write(stem + "-rms.fits", np.where(beam < 0.2, np.nan, sigma / beam), *place, step)
        if tile % 3 != 2:
            v, u = np.mgrid[-4:5, -4:5]
            write(stem + "-smearing.fits", 0.97 - 0.004 * (u * u + v * v) + 0.003 * u, *place, step * SIZE / 8)


def main(arguments):
    if arguments[0] == "make":
        return make(arguments[1], int(arguments[2]), *map(float, arguments[3:6]))
    options = dict(a.split("=") for a in arguments[2:] if "=" in a)
    return check(arguments[1], [a for a in arguments[2:] if "=" not in a], options)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except AssertionError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
