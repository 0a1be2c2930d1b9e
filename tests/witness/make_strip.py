# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the images of a strip of tiles as image-ms writes them, by astropy alone.

Usage: make_strip.py FOLDER [NAME=VALUE...]
N tiles (n=12), 309 s of time and as much of right ascension apart, from ra=340 and time=2026-01-25T22:00:00
on, at dec=16.3, of 360 x 360 pixels of 45 arcseconds, beam 180 x 135 arcseconds at 30 degrees, each behind a
Gaussian primary beam of 2.7 degrees and a smearing of 0.97, with noise of its own, 1 to 1.5 mJy, correlated
as the beam is. Writes FOLDER/GROUP-{image,pb,rms,smearing}.fits, and sources=150 of them, the same in all
tiles, to FOLDER/sky.csv. tier=, science=, verdict= and calset= go into the headers; seed= makes other noise;
noise=0 makes none.

       make_strip.py --sql IMAGE...
Prints what image-ms would have put into the queue's table of images.
"""
import datetime
import os
import sys

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

SIZE, PIXEL = 360, 45.0
MAJOR, MINOR, ANGLE = 180.0, 135.0, 30.0
FWHM_PX, CUT, SMEARING = 2.7 * 3600 / PIXEL, 0.2, 0.97
STEP_S, SIDEREAL = 309.0, 15.041067


def projection(ra, dec, size, pixel):
    wcs = WCS(naxis=4)
    wcs.wcs.ctype = ["RA---SIN", "DEC--SIN", "FREQ", "STOKES"]
    wcs.wcs.crval = [ra, dec, 1.4e9, 1]
    wcs.wcs.crpix = [size // 2 + 1, size // 2 + 1, 1, 1]
    wcs.wcs.cdelt = [-pixel / 3600, pixel / 3600, 187.5e6, 1]
    wcs.wcs.cunit = ["deg", "deg", "Hz", ""]
    wcs.wcs.radesys = "ICRS"
    return wcs


def gaussian(x, y):
    """Height of the restoring beam at offsets in pixels, x westwards, y northwards."""
    turn = np.radians(ANGLE)
    along = y * np.cos(turn) - x * np.sin(turn)
    across = y * np.sin(turn) + x * np.cos(turn)
    return np.exp(-4 * np.log(2) * ((along * PIXEL / MAJOR) ** 2 + (across * PIXEL / MINOR) ** 2))


def separation(a, b):
    dec = np.radians((a[1] + b[1]) / 2)
    return np.hypot(((a[0] - b[0] + 180) % 360 - 180) * np.cos(dec), a[1] - b[1])


def sky(n, first_ra, last_ra, dec, random):
    """Sources at least four beams apart, over the strip and a little beyond it."""
    rows = []
    for _ in range(100 * n):
        if len(rows) == n:
            break
        place = (random.uniform(first_ra - 1.5, last_ra + 1.5), dec + random.uniform(-1.6, 1.6))
        if all(separation(place, other) * 3600 > 4 * MAJOR for other in rows):
            rows.append((*place, np.exp(random.uniform(np.log(0.01), np.log(2)))))
    return [(ra % 360, dec_, flux) for ra, dec_, flux in rows]


def tile(stem, group, ra, dec, sources, random, facts):
    wcs = projection(ra, dec, SIZE, PIXEL)
    y, x = np.mgrid[:SIZE, :SIZE]
    beam = np.exp(-4 * np.log(2) * (np.hypot(x - SIZE // 2, y - SIZE // 2) / FWHM_PX) ** 2)
    noise = float(facts.get("noise", 1e-3)) * random.uniform(1, 1.5)
    kernel = gaussian((x + SIZE / 2) % SIZE - SIZE / 2, (y + SIZE / 2) % SIZE - SIZE / 2)
    power = np.clip(np.fft.rfft2(kernel).real, 0, None)
    image = np.fft.irfft2(np.fft.rfft2(random.normal(size=(SIZE, SIZE))) * np.sqrt(power),
                          s=(SIZE, SIZE))
    image *= noise / image.std()
    for ra_, dec_, flux in sources:
        if separation((ra_, dec_), (ra, dec)) > 3.5:
            continue
        px, py = wcs.wcs_world2pix([[ra_, dec_, 1.4e9, 1]], 0)[0][:2]
        if not (-20 < px < SIZE + 20 and -20 < py < SIZE + 20):
            continue
        response = np.exp(-4 * np.log(2) * (np.hypot(px - SIZE // 2, py - SIZE // 2) / FWHM_PX) ** 2)
        near = (slice(max(0, int(py) - 25), max(0, int(py) + 26)),
                slice(max(0, int(px) - 25), max(0, int(px) + 26)))
        image[near] += flux * response * SMEARING * gaussian(x[near] - px, y[near] - py)
    cards = fits.Header()
    cards["DATE-OBS"], cards["EXPTIME"], cards["TELESCOP"] = group, STEP_S, "DSA_110"
    cards["GROUPID"], cards["TIER"] = group, facts.get("tier", "science")
    cards["SCIENCE"], cards["QAVERD"] = facts.get("science", "T") == "T", facts.get("verdict", "PASS")
    cards["CALSET"] = facts.get("calset", "2026-01-25T20:00:00")

    def write(kind, pixels, grid, unit=""):
        header = grid.to_header()
        header.update(cards)
        header["BUNIT"], header["RESTFRQ"] = unit, 1.4e9
        if unit:
            header["BMAJ"], header["BMIN"], header["BPA"] = MAJOR / 3600, MINOR / 3600, ANGLE
        fits.writeto(f"{stem}-{kind}.fits", pixels[None, None].astype("f4"), header, overwrite=True)

    write("pb", beam, wcs)
    write("rms", np.where(beam >= CUT, max(noise, 1e-9) / beam, np.nan), wcs, "Jy/beam")
    write("smearing", np.full((33, 33), SMEARING), projection(ra, dec, 33, PIXEL * SIZE / 31))
    write("image", image, wcs, "Jy/beam")


def make(folder, *given):
    facts = dict(text.split("=", 1) for text in given)
    n, dec = int(facts.get("n", 12)), float(facts.get("dec", 16.3))
    first_ra = float(facts.get("ra", 340))
    step = STEP_S * SIDEREAL / 3600
    sources = sky(int(facts.get("sources", 150)), first_ra, first_ra + (n - 1) * step, dec,
                  np.random.default_rng(7))
    os.makedirs(folder, exist_ok=True)
    start = datetime.datetime.fromisoformat(facts.get("time", "2026-01-25T22:00:00"))
    for i in range(n):
        group = (start + datetime.timedelta(seconds=STEP_S * i)).strftime("%Y-%m-%dT%H:%M:%S")
        random = np.random.default_rng([int(facts.get("seed", 1)), i])
        tile(f"{folder}/{group}", group, (first_ra + i * step) % 360, dec, sources, random, facts)
    with open(f"{folder}/sky.csv", "w") as text:
        text.write("name,ra_deg,dec_deg,flux_jy\n")
        for i, (ra, dec_, flux) in enumerate(sources):
            text.write(f"s{i},{ra:.9f},{dec_:.9f},{flux:.9f}\n")


def sql(*paths):
    for path in paths:
        h = fits.getheader(path)
        epoch = datetime.datetime.fromisoformat(h["DATE-OBS"])
        mjd = (epoch - datetime.datetime(1858, 11, 17)).total_seconds() / 86400
        print("INSERT INTO images (path, ms_path, group_id, created_at, type, pbcor, tier, science,"
              " field_name, center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec,"
              " noise_jy, freq_ghz, bandwidth_mhz, integration_sec, mid_mjd, verdict) VALUES"
              f" ('{os.path.abspath(path)}', '', '{h['GROUPID']}', 1, 'image', 0, '{h['TIER']}',"
              f" {int(h['SCIENCE'])}, '', {h['CRVAL1']}, {h['CRVAL2']}, {SIZE}, {SIZE}, {PIXEL},"
              f" 0.001, 1.4, 187.5, {STEP_S}, {mjd + STEP_S / 2 / 86400:.9f}, '{h['QAVERD']}');")


if __name__ == "__main__":
    if sys.argv[1] == "--sql":
        sql(*sys.argv[2:])
    else:
        make(*sys.argv[1:])
