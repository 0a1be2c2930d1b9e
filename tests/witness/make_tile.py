# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the images of a tile as image-ms writes them, by astropy alone: Gaussians in correlated noise.

Usage: make_tile.py STEM [N [STOP]]
Writes STEM-image.fits, -pb.fits, -smearing.fits, and STEM.sky.csv: N (60) sources of known flux density
behind a Gaussian beam, the last six of them in no catalogue (STEM.known.csv lacks them).
512 x 512 pixels of 5 arcseconds about RA 359.9, Dec 30, beam 24 x 17 arcseconds at 30 degrees, noise 1 mJy.

With STOP the sources are seen through a dirty beam that is no Gaussian (a narrow core on a plateau), and
cleaned on whole pixels (Hogbom 1974) down to STOP times the noise; STEM-residual.fits, -model.fits and
-psf.fits are written too.
"""
import sys

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

SIZE, PIXEL = 512, 5.0
MAJOR, MINOR, ANGLE = 24.0, 17.0, 30.0
NOISE, FWHM_BEAM_PX = 1e-3, 420.0


def header(wcs, unit, beam):
    cards = wcs.to_header()
    cards["BUNIT"] = unit
    cards["RESTFRQ"] = 1.4e9
    if beam:
        cards["BMAJ"], cards["BMIN"], cards["BPA"] = MAJOR / 3600, MINOR / 3600, ANGLE
    cards["DATE-OBS"], cards["EXPTIME"] = "2026-01-25T22:26:05", 309.0
    cards["GROUPID"], cards["QAVERD"], cards["TIER"] = "2026-01-25T22:26:05", "PASS", "science"
    cards["CALSET"], cards["SCIENCE"] = "2026-01-25T20:00:00", True
    return cards


def gaussian(x, y):
    """Height of the restoring beam at offsets in pixels, x westwards, y northwards."""
    turn = np.radians(ANGLE)
    along = y * np.cos(turn) - x * np.sin(turn)
    across = y * np.sin(turn) + x * np.cos(turn)
    return np.exp(-4 * np.log(2) * ((along * PIXEL / MAJOR) ** 2 + (across * PIXEL / MINOR) ** 2))


def axes(wcs):
    """The same with FREQ and STOKES."""
    full = WCS(naxis=4)
    full.wcs.ctype = [*wcs.wcs.ctype, "FREQ", "STOKES"]
    full.wcs.crval = [*wcs.wcs.crval, 1.4e9, 1]
    full.wcs.crpix = [*wcs.wcs.crpix, 1, 1]
    full.wcs.cdelt = [*wcs.wcs.cdelt, 187.5e6, 1]
    full.wcs.cunit = ["deg", "deg", "Hz", ""]
    full.wcs.radesys = "ICRS"
    return full


def write(path, pixels, wcs, unit="", beam=False):
    fits.writeto(path, pixels[None, None].astype("f4"), header(axes(wcs), unit, beam),
                 overwrite=True)


def dirty_power(kernel):
    """Of a core half as wide as the restoring beam on a plateau four times as wide, which is what
    long baselines with a few short ones give; its own correlation is the noise's."""
    u, v = np.meshgrid(np.fft.rfftfreq(SIZE), np.fft.fftfreq(SIZE))
    core = np.clip(np.fft.rfft2(kernel).real, 0, None)
    core /= core.max()
    power = 0.6 * np.clip(core, 1e-12, None) ** 0.25 / 4 + 0.4 * core ** 16 * 16
    return np.where(np.hypot(u, v) < 0.45, power, 0)


def clean(dirty, psf, stop):
    """Components and residual: a tenth of the highest peak at a time, on whole pixels."""
    model, residual = np.zeros_like(dirty), dirty.copy()
    for _ in range(20000):
        y, x = np.unravel_index(residual.argmax(), residual.shape)
        peak = residual[y, x]
        if peak < stop:
            break
        model[y, x] += 0.1 * peak
        residual -= 0.1 * peak * np.roll(psf, (y - SIZE // 2, x - SIZE // 2), (0, 1))
    return model, residual


def layers(stem, places, fluxes, random, kernel, stop, wcs):
    """Writes the layers of a cleaned image, and returns the image."""
    power = dirty_power(kernel)
    psf = np.fft.irfft2(power, s=(SIZE, SIZE))
    noise = np.fft.irfft2(np.fft.rfft2(random.normal(size=(SIZE, SIZE))) * np.sqrt(power),
                          s=(SIZE, SIZE))
    u, v = np.meshgrid(np.fft.rfftfreq(SIZE), np.fft.fftfreq(SIZE))
    sky = sum(flux * np.exp(-2j * np.pi * (u * x + v * y)) for (x, y), flux in zip(places, fluxes))
    dirty = np.fft.irfft2(sky * power, s=(SIZE, SIZE)) / psf[0, 0] + NOISE * noise / noise.std()
    psf = np.fft.fftshift(psf / psf[0, 0])
    model, residual = clean(dirty, psf, stop * NOISE)
    write(stem + "-residual.fits", residual, wcs, "Jy/beam", True)
    write(stem + "-model.fits", model, wcs, "Jy/pixel")
    write(stem + "-psf.fits", psf, wcs)
    return residual + np.fft.irfft2(np.fft.rfft2(model) * np.fft.rfft2(kernel), s=(SIZE, SIZE))


def main(stem, n=60, stop=None):
    random = np.random.default_rng(4)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---SIN", "DEC--SIN"]
    wcs.wcs.crval, wcs.wcs.crpix = [359.9, 30.0], [SIZE / 2 + 1, SIZE / 2 + 1]
    wcs.wcs.cdelt = [-PIXEL / 3600, PIXEL / 3600]
    y, x = np.mgrid[:SIZE, :SIZE]
    radius = np.hypot(x - SIZE / 2, y - SIZE / 2)
    beam = np.exp(-4 * np.log(2) * (radius / FWHM_BEAM_PX) ** 2)
    kernel = gaussian((x + SIZE / 2) % SIZE - SIZE / 2, (y + SIZE / 2) % SIZE - SIZE / 2)
    # Noise that is correlated like the beam.
    power = np.clip(np.fft.rfft2(kernel).real, 0, None)
    white = np.fft.rfft2(random.normal(size=(SIZE, SIZE)))
    image = np.fft.irfft2(white * np.sqrt(power), s=(SIZE, SIZE))
    image *= NOISE / image.std()
    smearing = 0.93
    rows, places, fluxes = [], [], []
    while len(rows) < int(n):
        place = random.uniform(30, SIZE - 30, 2)
        if any(np.hypot(*(place - other)) < 14 for other in places):
            continue
        places.append(place)
        apparent = NOISE * np.exp(random.uniform(np.log(2), np.log(500)))
        if len(rows) >= int(n) - 6:
            apparent = NOISE * random.uniform(15, 100)
        fluxes.append(apparent)
        image += apparent * gaussian(x - place[0], y - place[1])
        response = np.exp(-4 * np.log(2) * (np.hypot(*(place - SIZE / 2)) / FWHM_BEAM_PX) ** 2)
        ra, dec = wcs.wcs_pix2world([place], 0)[0]
        rows.append((f"s{len(rows)}", ra % 360, dec, apparent / response / smearing))
    if stop:
        image = layers(stem, places, fluxes, random, kernel, float(stop), wcs)
    write(stem + "-image.fits", image, wcs, "Jy/beam", True)
    write(stem + "-pb.fits", beam, wcs)
    coarse = WCS(naxis=2)
    coarse.wcs.ctype = wcs.wcs.ctype
    coarse.wcs.crval, coarse.wcs.crpix = wcs.wcs.crval, [17, 17]
    coarse.wcs.cdelt = np.array(wcs.wcs.cdelt) * SIZE / 31
    write(stem + "-smearing.fits", np.full((33, 33), smearing), coarse)
    for name, last in (("sky", len(rows)), ("known", len(rows) - 6)):
        with open(f"{stem}.{name}.csv", "w") as text:
            text.write("name,ra_deg,dec_deg,flux_jy\n")
            for row in rows[:last]:
                text.write("%s,%.9f,%.9f,%.9f\n" % row)


if __name__ == "__main__":
    main(*sys.argv[1:])
