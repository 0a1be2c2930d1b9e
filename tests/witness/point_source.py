# SPDX-License-Identifier: GPL-3.0-or-later
"""Is what a calibrated set holds one point source at the phase centre, but for noise?

Usage: point_source.py phases SET [COLUMN]     parallel hands of the set's visibilities
       point_source.py image IMAGE.fits        a WSClean image
       point_source.py half SET OUT even|odd   every second integration, as a set of its own
`phases` prints JSON for each parallel hand, for one source of unknown flux density:
  flux_jy        weighted mean of the real parts; mean_deg the phase of the mean visibility
  scatter_deg    rms phase of the baselines' averages over time and frequency
  expected_deg   what the noise alone would make of it: the scatter of a baseline's imaginary parts
                 about their mean, over the square root of their number, over the mean
  chi2           mean of (mean imaginary part / its error)^2: 1 when noise is all there is
  sample_deg, sample_expected_deg  the same of single visibilities, from normal noise
`image` prints peak, its distance from the phase centre in pixels and beams, the rms of the outer
half of the image, and peak / rms. Shares no code with contimg.
"""
import json
import sys

import numpy as np
from casacore.tables import table


def phases(path, column="CORRECTED_DATA"):
    with table(path + "/POLARIZATION", ack=False) as polarization:
        types = polarization.getcell("CORR_TYPE", 0).tolist()
    with table(path, ack=False) as main:
        pair = np.stack([main.getcol("ANTENNA1"), main.getcol("ANTENNA2")], 1)
        data, flag, weight = main.getcol(column), main.getcol("FLAG"), main.getcol("WEIGHT")
    assert np.isfinite(data[~flag]).all(), "not finite, but not flagged"
    result, random = {}, np.random.default_rng(1)
    for name, code in (("RR", 5), ("LL", 8), ("XX", 9), ("YY", 12)):
        if code not in types:
            continue
        k = types.index(code)
        good = ~flag[:, :, k] & (pair[:, :1] != pair[:, 1:])
        total = np.sum(data[:, :, k] * weight[:, None, k] * good) / np.sum(
            weight[:, None, k] * good)
        means, errors, noise = [], [], []
        for p, q in np.unique(pair, axis=0):
            use = good & ((pair[:, 0] == p) & (pair[:, 1] == q))[:, None]
            samples = data[:, :, k][use]
            if len(samples) < 8:
                continue
            sigma = samples.imag.std(ddof=1)
            means.append(samples.mean())
            errors.append(sigma / np.sqrt(len(samples)))
            noise.append(np.full(len(samples), sigma))
        means, errors, noise = np.array(means), np.array(errors), np.concatenate(noise)
        drawn = abs(total) + noise * (random.normal(size=len(noise))
                                      + 1j * random.normal(size=len(noise)))

        def rms_deg(values):
            return float(np.degrees(np.sqrt(np.mean(np.angle(values) ** 2))))
        result[name] = {
            "flux_jy": float(total.real), "mean_deg": float(np.degrees(np.angle(total))),
            "scatter_deg": rms_deg(means), "baselines": len(means),
            "expected_deg": float(np.degrees(np.sqrt(np.mean((errors / abs(total)) ** 2)))),
            "chi2": float(np.mean((means.imag / errors) ** 2)),
            "sample_deg": rms_deg(data[:, :, k][good]), "sample_expected_deg": rms_deg(drawn)}
    print(json.dumps(result))


def image(path):
    from astropy.io import fits
    pixels, header = fits.getdata(path).squeeze(), fits.getheader(path)
    row, column = np.unravel_index(np.argmax(pixels), pixels.shape)
    distance = np.hypot(column + 1 - header["CRPIX1"], row + 1 - header["CRPIX2"])
    y, x = np.indices(pixels.shape)
    outside = np.hypot(x + 1 - header["CRPIX1"], y + 1 - header["CRPIX2"]) > pixels.shape[0] / 4
    rms = pixels[outside].std()
    beam = header.get("BMIN", np.nan) / abs(header["CDELT1"])
    print(json.dumps({
        "peak": float(pixels.max()), "distance_pixel": float(distance),
        "distance_beam": float(distance / beam), "rms": float(rms),
        "dynamic_range": float(pixels.max() / rms),
        "second": float(pixels[outside].max() / pixels.max())}))


def half(path, out, which):
    with table(path, ack=False) as main:
        number = np.unique(main.getcol("TIME"), return_inverse=True)[1]
        rows = np.flatnonzero(number % 2 == ("even", "odd").index(which))
        main.selectrows(rows.tolist()).copy(out, deep=True, valuecopy=True).close()


{"phases": phases, "image": image, "half": half}[sys.argv[1]](*sys.argv[2:])
