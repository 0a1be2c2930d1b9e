# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the sources of a simulated group in WSClean's image of its Measurement Set.

Usage: image_sources.py IMAGE.fits SET TRUTH_JSON [FLUX_LIMIT]
Each source must lie within 0.1 of the beam (in units of its half-power width in that direction) of
its ICRS place and have its apparent flux density within FLUX_LIMIT (0.005). That is the flux density times the
primary beam, times the loss from the correlator's averaging in time, averaged over baselines,
integrations and channels with the imaging weights that WSClean stored in the set. What is
found is the sum over an ellipse about the source; the peak is printed too.
"""
import json
import sys
import warnings

import erfa
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from casacore.tables import table

from earth_frame import EARTH_RATE, LIGHT, frames, meridian
from simulated_visibilities import airy_power, flux_density

PLACE_LIMIT_BEAM = 0.1
FLUX_LIMIT = 0.005
APERTURE_BEAM = 1.5


def imaging_weights(path):
    """[time, baseline, channel], baselines [baseline, 2] and frequencies of a set of one window."""
    with table(path, ack=False) as main:
        n_time = len(np.unique(main.getcol("TIME")))
        weight = np.nan_to_num(main.getcol("IMAGING_WEIGHT_SPECTRUM")).sum(axis=2)
        pair = np.stack([main.getcol("ANTENNA1"), main.getcol("ANTENNA2")], 1)
    with table(path + "/SPECTRAL_WINDOW", ack=False) as windows:
        frequency = windows.getcell("CHAN_FREQ", 0)
    pair = pair.reshape(n_time, -1, 2)[0]
    return weight.reshape(n_time, len(pair), -1), pair, frequency


def response(truth, source, weight, pair, frequency):
    """The mean response to a source, and the part of it that is averaging in time."""
    station = {s["index"]: np.array(s["itrf_m"]) for s in truth["stations"]}
    baseline = np.array([station[a] - station[b] for a, b in pair.tolist()])
    pointing = meridian(truth)
    icrs = erfa.s2c(np.radians(source["ra_deg"]), np.radians(source["dec_deg"]))
    total, without = 0.0, 0.0
    for t, frame in enumerate(frames(truth)):
        place = frame.seen(icrs)
        separation = erfa.sepp(place, pointing)
        beam = airy_power(np.pi * truth["dish_diameter_m"] * np.sin(separation) * frequency / LIGHT)
        moves = EARTH_RATE * np.cross([0, 0, 1], place - pointing)
        turns = np.outer(baseline @ moves, frequency) / LIGHT * truth["integration_time_s"]
        flux = flux_density(source, frequency) * beam
        total += (weight[t] * np.sinc(turns) * flux).sum()
        without += (weight[t] * flux).sum()
    return total / weight.sum(), total / without


def place_of(image, x, y, beam_pixel):
    """Place and height of the source near pixel (x, y): a quadratic through the logarithm of what
    is above half of its maximum."""
    reach = int(np.ceil(beam_pixel))
    column, row = int(round(x)), int(round(y))
    patch = image[row - reach:row + reach + 1, column - reach:column + reach + 1]
    dy, dx = (axis - reach for axis in np.mgrid[:2 * reach + 1, :2 * reach + 1])
    high = patch > 0.5 * patch.max()
    dx, dy, value = dx[high], dy[high], patch[high]
    terms = np.stack([np.ones(dx.size), dx, dy, dx * dx, dx * dy, dy * dy], 1)
    # Weights proportional to the value make the errors of the logarithm those of the value.
    a, b, c, d, e, f = np.linalg.lstsq(terms * value[:, None], np.log(value) * value, rcond=None)[0]
    curve = np.array([[2 * d, e], [e, 2 * f]])
    shift = -np.linalg.solve(curve, [b, c])
    return column + shift[0], row + shift[1], np.exp(a + 0.5 * np.array([b, c]) @ shift)


def in_beams(east, north, header):
    """Length of an offset (degrees) in half-power widths of the restoring beam along it."""
    angle = np.radians(header["BPA"])
    major = north * np.cos(angle) + east * np.sin(angle)
    minor = -north * np.sin(angle) + east * np.cos(angle)
    return np.hypot(major / header["BMAJ"], minor / header["BMIN"])


def flux_within(image, x, y, header):
    """Sum over the ellipse of APERTURE_BEAM beams about a source, for the whole of the beam."""
    row, column = np.mgrid[:image.shape[0], :image.shape[1]]
    step = header["CDELT2"]
    inside = in_beams(-(column - x) * step, (row - y) * step, header) < APERTURE_BEAM
    beam_area = np.pi / (4 * np.log(2)) * header["BMAJ"] * header["BMIN"] / step ** 2
    return image[inside].sum() / beam_area / (1 - 2 ** (-4 * APERTURE_BEAM ** 2))


def main(image_path, path, truth_path, limit=FLUX_LIMIT):
    limit = float(limit)
    with open(truth_path) as text:
        truth = json.load(text)
    header, image = fits.getheader(image_path), fits.getdata(image_path)[0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sky = WCS(header).celestial
    weights = imaging_weights(path)
    assert weights[0].sum() > 0, "no imaging weights"
    worst_place, worst_flux = 0.0, 0.0
    print(f"beam {3600 * header['BMAJ']:.1f} x {3600 * header['BMIN']:.1f} arcsec")
    for source in truth["sources"]:
        x, y = sky.wcs_world2pix([[source["ra_deg"], source["dec_deg"]]], 0)[0]
        assert 8 < x < image.shape[1] - 8 and 8 < y < image.shape[0] - 8, "outside the image"
        step = header["CDELT2"]
        found_x, found_y, height = place_of(image, x, y, header["BMAJ"] / step)
        east, north = -(found_x - x) * step, (found_y - y) * step
        expected, smearing = response(truth, source, *weights)
        place = in_beams(east, north, header)
        flux = flux_within(image, x, y, header) / expected - 1
        worst_place, worst_flux = max(worst_place, place), max(worst_flux, abs(flux))
        separation = np.degrees(np.mean(source["separation_rad"]))
        print(f"{source['name']}: {source['flux_jy']} Jy, {separation:.2f} deg from the pointing, "
              f"apparent {expected:.4f} Jy (averaging in time {smearing - 1:+.2%}): "
              f"found {flux:+.3%} (peak {height / expected - 1:+.3%}), "
              f"{3600 * east:+.3f} {3600 * north:+.3f} arcsec, {place:.3f} beam")
    print(f"worst: {worst_place:.3f} beam, limit {PLACE_LIMIT_BEAM}; "
          f"{worst_flux:.3%} of flux density, limit {limit:.1%}")
    return int(worst_place > PLACE_LIMIT_BEAM or worst_flux > limit)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
