# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a mosaic of a strip from make_strip.py to the sky that is in it, by astropy and numpy alone.

Usage: mosaic_of_strip.py STEM TILES [NAME=VALUE...]
STEM-image.fits, -rms.fits, -weight.fits and -sources.csv are make-mosaic's; TILES is the folder of the
tiles. Prints figures as JSON and fails outside of the limits given: flux=X (of sources above 100 sigma, the largest
of measured over true, off 1), bias=X (weighted mean of the same), pull=LOW,HIGH (standard deviation of (measured -
true) / error), noise=X (of image / rms where there is no source, off 1), members=N, rows=N (at least), blank=X (share).
Always: checksums, rms = 1 / sqrt(weight), the weights themselves at random places, the number of tiles of each source.
"""
import csv
import glob
import json
import sys

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

FLOOR = 0.1


def plane(path):
    with fits.open(path, checksum=True) as file:
        file.verify("exception")
        return file[0].data[0, 0].astype(float), file[0].header


def read_tiles(folder):
    tiles = []
    for path in sorted(glob.glob(f"{folder}/*-image.fits")):
        beam, header = plane(path.replace("-image", "-pb"))
        rms, _ = plane(path.replace("-image", "-rms"))
        smearing, _ = plane(path.replace("-image", "-smearing"))
        tiles.append((WCS(header).celestial, beam, rms, smearing.mean()))
    return tiles


def seen(tile, ra, dec):
    """Beam and rms of the tile's pixel nearest to a place; nothing where it takes no part."""
    wcs, beam, rms, _ = tile
    x, y = wcs.wcs_world2pix(ra, dec, 0)
    if not (np.isfinite(x) and np.isfinite(y)):
        return None
    x, y = int(round(float(x))), int(round(float(y)))
    if not (0 <= y < beam.shape[0] and 0 <= x < beam.shape[1]):
        return None
    # The far side of the sky has pixels too.
    back = wcs.wcs_pix2world(x, y, 0)
    if abs((back[0] - ra + 180) % 360 - 180) > 1 or abs(back[1] - dec) > 1:
        return None
    good = beam[y, x] >= FLOOR and np.isfinite(rms[y, x])
    return (beam[y, x], rms[y, x]) if good else None


def check_weights(weight, header, tiles):
    """Sum of (B / sigma)^2 = sum of (smearing / rms)^2, away from where a tile ends."""
    wcs, random, worst, n = WCS(header).celestial, np.random.default_rng(5), 0, 0
    for _ in range(4000):
        x, y = random.integers(weight.shape[1]), random.integers(weight.shape[0])
        ra, dec = wcs.wcs_pix2world(x, y, 0)
        if not np.isfinite(ra):
            continue
        parts = [(t, seen(t, ra, dec)) for t in tiles]
        if any(part and part[0] < 0.22 for _, part in parts):
            continue
        expected = sum((t[3] / part[1]) ** 2 for t, part in parts if part)
        if expected == 0 or not np.isfinite(weight[y, x]):
            continue
        n += 1
        worst = max(worst, abs(weight[y, x] / expected - 1))
    assert n > 500, f"{n} places to compare weights at"
    # Half a pixel of the primary beam's slope.
    assert worst < 0.03, f"weights are off by {worst}"


def main(stem, folder, *limits):
    limits = dict(text.split("=") for text in limits)
    image, header = plane(stem + "-image.fits")
    rms, _ = plane(stem + "-rms.fits")
    weight, weight_header = plane(stem + "-weight.fits")
    assert np.array_equal(np.isfinite(image), np.isfinite(weight))
    assert np.nanmax(np.abs(rms * np.sqrt(weight) - 1)) < 1e-5
    assert "BMAJ" not in weight_header and weight_header["BUNIT"] == "Jy-2"
    tiles = read_tiles(folder)
    check_weights(weight, header, tiles)
    with open(f"{folder}/sky.csv", newline="") as text:
        truth = {row["name"]: row for row in csv.DictReader(text)}
    with open(stem + "-sources.csv", newline="") as text:
        rows = list(csv.DictReader(text))
    for row in rows:
        place = float(row["ra_deg"]), float(row["dec_deg"])
        n_tile = sum(seen(tile, *place) is not None for tile in tiles)
        assert n_tile == int(row["n_tile"]) >= 2, row
    single = [row for row in rows if not row["flags"] and row["flux_jy"]]
    flux = np.array([float(row["flux_jy"]) for row in single])
    error = np.array([float(row["flux_error_jy"]) for row in single])
    true = np.array([float(truth[row["name"]]["flux_jy"]) for row in single])
    bright = true > 100 * error
    # Away from sources, and from pixels that none of the tiles sees well.
    apart = np.isfinite(image)
    wcs = WCS(header).celestial
    y, x = np.mgrid[:image.shape[0], :image.shape[1]]
    for row in truth.values():
        px, py = wcs.wcs_world2pix(float(row["ra_deg"]), float(row["dec_deg"]), 0)
        if np.isfinite(px):
            apart &= np.hypot(x - px, y - py) > 10
    quiet = (image / rms)[apart]
    figures = {"members": header["NMEMBER"], "rows": len(rows)} if not bright.any() else {
        "members": header["NMEMBER"], "rows": len(rows), "bright": int(bright.sum()),
        "flux": float(np.abs(flux / true - 1)[bright].max()),
        "bias": float(np.average((flux / true)[bright]) - 1),
        "pull": float(((flux - true) / error).std()),
        "noise": float(quiet.std() - 1), "blank": float(1 - np.isfinite(image).mean()),
        "verdict": header["QAVERD"],
    }
    print(json.dumps(figures))
    wrong = []
    for name, text in limits.items():
        value = figures[name]
        if name == "pull":
            low, high = map(float, text.split(","))
            good = low <= value <= high
        elif name == "members":
            good = value == int(text)
        elif name == "rows":
            good = value >= int(text)
        else:
            good = abs(value) <= float(text)
        if not good:
            wrong.append(f"{name} {value}, expected {text}")
    sys.exit("; ".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
