# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a mosaic of the first night of a simulated week (week_sky.py) to what is true.

Usage: mosaic_truth.py IMAGE_FITS TRUTH_JSON [PEAK_BIAS]
Reads <stem>-image.fits, -rms.fits and -weight.fits with astropy and measures by itself: a Gaussian's top
through the pixels about each source's place, in the middle of the strip. Prints one line of JSON and what was
expected of figures that are not so; exit code 1 then.

    bias     median of peak / truth - 1 of bright sources: at most PEAK_BIAS (0.02)
    table    the same of what make-mosaic measured, <stem>-sources.csv: at most 0.02
    pull     1.4826 MAD of (flux - truth) / hypot(rms, 1 % of truth), beams and cleaning being what they are: at most 1.5
    noise    robust rms of image / rms away from sources: 0.9 to 1.1
    weight   largest of |rms sqrt(weight) - 1|: 1e-4
    seam     robust rms of columns' medians of image / rms, over what independent beams would give: at most 2
"""
import csv
import json
import sys
import warnings

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS, FITSFixedWarning


def plane(path):
    with fits.open(path) as file:
        return file[0].data.squeeze().astype(float), file[0].header


def robust_rms(values):
    return 1.4826 * np.median(np.abs(values - np.median(values)))


def peak_near(image, x, y, reach):
    """The top of a parabola through the logarithms of the brightest pixel within `reach` and its four
    neighbours: exact for a Gaussian along the axes."""
    column, row = int(round(x)), int(round(y))
    box = image[row - reach : row + reach + 1, column - reach : column + reach + 1]
    if box.shape != (2 * reach + 1, 2 * reach + 1) or not np.isfinite(box).all():
        return np.nan
    dy, dx = np.unravel_index(np.argmax(box), box.shape)
    row, column = row - reach + dy, column - reach + dx
    top = np.log(image[row, column])
    for pair in (image[row, column - 1 : column + 2 : 2], image[row - 1 : row + 2 : 2, column]):
        before, after = np.log(pair)
        curve = before + after - 2 * np.log(image[row, column])
        if curve < 0:
            top -= (after - before) ** 2 / (8 * curve)
    return np.exp(top)


def table_bias(path, truth):
    rest = {source["name"]: source for source in truth["sources"] if source["kind"] == "steady"}
    ratios = []
    with open(path) as text:
        for row in csv.DictReader(text):
            if row["name"] in rest and row["flux_jy"] and float(row["snr"]) > 30:
                ratios.append(float(row["flux_jy"]) / rest[row["name"]]["flux_jy"][0] - 1)
    return float(np.median(ratios))


def main(image_path, truth_path, peak_bias=0.02):
    warnings.simplefilter("ignore", FITSFixedWarning)
    image, header = plane(image_path)
    rms, _ = plane(image_path.replace("-image.fits", "-rms.fits"))
    weight, _ = plane(image_path.replace("-image.fits", "-weight.fits"))
    with open(truth_path) as text:
        truth = json.load(text)
    wcs = WCS(header).celestial
    beam_px = header["BMIN"] / abs(header["CDELT2"])
    away = np.isfinite(image) & (rms < 2 * np.nanmin(rms))
    middle = away.copy()
    ratios, pulls, n = [], [], 0
    for source in truth["sources"]:
        x, y = map(float, wcs.world_to_pixel_values(source["ra_deg"], source["dec_deg"]))
        column, row = int(round(x)), int(round(y))
        if not (0 <= column < image.shape[1] and 0 <= row < image.shape[0]):
            continue
        reach = int(4 * header["BMAJ"] / abs(header["CDELT2"]))
        inside = middle[row, column]
        away[max(0, row - reach) : row + reach, max(0, column - reach) : column + reach] = False
        expected = source["flux_jy"][0]
        if not inside or expected < 30 * rms[row, column]:
            continue
        flux = peak_near(image, x, y, max(1, int(beam_px / 3)))
        if np.isfinite(flux):
            n += 1
            ratios.append(flux / expected - 1)
            pulls.append((flux - expected) / np.hypot(rms[row, column], 0.01 * expected))
    scaled = image / rms
    columns = []
    for i in range(image.shape[1]):
        use = away[:, i]
        if use.sum() > 100:
            columns.append((np.median(scaled[use, i]), use.sum()))
    independent = [1.2533 / np.sqrt(count / (beam_px * 1.06)) for _, count in columns]
    figures = {
        "sources": n, "bias": round(float(np.median(ratios)), 4),
        "table": round(table_bias(image_path.replace("-image.fits", "-sources.csv"), truth), 4),
        "scatter": round(float(robust_rms(np.array(ratios))), 4),
        "worst": round(float(np.max(np.abs(ratios))), 4),
        "pull": round(float(robust_rms(np.array(pulls))), 3),
        "noise": round(float(robust_rms(scaled[away])), 3),
        "weight": float(np.nanmax(np.abs(rms * np.sqrt(weight) - 1)[np.isfinite(image)])),
        "seam": round(float(robust_rms(np.array([c for c, _ in columns])) / np.median(independent)), 3),
    }
    print(json.dumps(figures))
    wrong = [text for bad, text in (
        (n < 50, "sources: 50 or more"),
        (abs(figures["bias"]) > float(peak_bias), f"bias: at most {peak_bias}"),
        (abs(figures["table"]) > 0.02, "table: at most 0.02"),
        (figures["pull"] > 1.5, "pull: at most 1.5"),
        (not 0.9 <= figures["noise"] <= 1.1, "noise: 0.9 to 1.1"),
        (figures["weight"] > 1e-4, "weight: at most 1e-4"),
        (figures["seam"] > 2, "seam: at most 2"),
    ) if bad]
    for text in wrong:
        print("expected", text)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
