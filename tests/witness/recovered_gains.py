# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold calibration tables to the gains that simulate-observation put in.

Usage: recovered_gains.py TRUTH_JSON SET TABLE...
The product of all tables (delays, bandpass, gains; of several intervals the mean) is compared with
the truth for every antenna, channel and receptor that is not flagged, as relative errors
e = g / g_true with the phase of the reference antenna's taken off. Prints JSON:
  antennas    names with solutions         missing  correlated antennas without any
  rms, limit  of e - 1, and the Cramer-Rao bound of it; ratio is their quotient
  pull        rms of (e - 1) / (1 / SNR) / sqrt(2), of the bandpass: 1 where errors are honest
  delay_ns    largest error of an antenna's delay (slope of the phase of e), and its bound
  scale       mean of |e|
The bound: with V = g_p M conj(g_q) and noise of sigma |g_p g_q| in each part, relative errors
a + i phi have the Fisher information sum w (1_p + 1_q)(1_p + 1_q)' for a and
sum w (1_p - 1_q)(1_p - 1_q)' for phi, without the reference antenna; w = sum over the integrations
that are not flagged of |M|^2 / sigma^2. Both are inverted for each channel. Only for one source, at
the phase centre, and gains that do not change. Shares no code with contimg.
"""
import json
import sys

import numpy as np
from casacore.tables import table

from simulated_visibilities import LIGHT, airy_power, flux_density


def response(antenna, frequency, low, high, subband):
    """What the truth says of one receptor, [channel] (docs/formats/truth-json.md)."""
    assert antenna["drift"] == 0 and antenna["phase_drift_rad"] == 0, "gains that change"
    x = (frequency - low) / (high - low)
    turn = 2 * np.pi
    ripple = (1 + antenna["ripple"] * np.cos(turn * antenna["cycles"] * x
                                             + antenna["ripple_phase_rad"])
              + 0.5j * antenna["ripple"] * np.sin(turn * (antenna["cycles"] + 1) * x
                                                  + antenna["ripple_phase_rad"]))
    phase = antenna["phase_rad"] + turn * (frequency - (low + high) / 2) * antenna["delay_s"]
    return np.exp(antenna["log_amplitude"] + 1j * phase) * ripple * np.array(
        antenna["level"])[subband]


def true_gains(truth, frequency):
    """{name in the set: [channel, receptor]}"""
    width = truth["channel_width_hz"] * truth["n_channel"]
    high = truth["first_frequency_hz"] + truth["channel_width_hz"] / 2
    low = high - 16 * width
    subband = np.floor((high - frequency) / width).astype(int)
    return {str(s["index"] + 1): np.sqrt(truth["scale"]) * np.stack(
        [response(s[r], frequency, low, high, subband) for r in "xy"], axis=1)
        for s in truth["stations"]}


def solved_gains(path, frequency):
    """Gains, flags and SNR [antenna, channel, receptor], names, and the reference antenna."""
    with table(path, ack=False) as main:
        kind = main.getkeyword("VisCal")
        values = main.getcol("FPARAM" if kind == "K Jones" else "CPARAM")
        flags, snr, error = (main.getcol(name) for name in ("FLAG", "SNR", "PARAMERR"))
        antenna, refants = main.getcol("ANTENNA1"), np.unique(main.getcol("ANTENNA2"))
    with table(path + "/ANTENNA", ack=False) as antennas:
        names = antennas.getcol("NAME")
    with table(path + "/SPECTRAL_WINDOW", ack=False) as windows:
        grid, reference = windows.getcell("CHAN_FREQ", 0), windows.getcell("REF_FREQUENCY", 0)
    assert len(refants) == 1, "several reference antennas"
    gains = np.ones((len(names), len(frequency), 2), complex)
    flagged, signal = np.ones(gains.shape, bool), np.zeros(gains.shape)
    for a in np.unique(antenna):
        rows = antenna == a
        if kind == "K Jones":
            gain = np.exp(2e-9j * np.pi * values[rows] * (frequency - reference)[None, :, None])
            bad = np.broadcast_to(flags[rows], gain.shape)
        elif kind == "B Jones":
            assert np.array_equal(grid, frequency), "channels differ"
            gain, bad = values[rows], flags[rows]
        else:
            gain = np.broadcast_to(values[rows], (rows.sum(), len(frequency), 2))
            bad = np.broadcast_to(flags[rows], gain.shape)
        good = ~bad
        count = good.sum(axis=0)
        gains[a] = np.where(count > 0, (gain * good).sum(axis=0) / np.maximum(count, 1), 1)
        flagged[a] = count == 0
        signal[a] = np.broadcast_to(snr[rows], bad.shape).mean(axis=0)
    assert np.isfinite(error[~flags]).all() and (snr[~flags] > 0).all()
    return kind, gains, flagged, signal, names, int(refants[0])


def weights(truth, path, frequency):
    """[channel, receptor, antenna, antenna]: sum of |M|^2 / sigma^2 of what is not flagged."""
    assert len(truth["sources"]) == 1, "the bound is for one source"
    source = truth["sources"][0]
    with table(path, ack=False) as main:
        flag, time = main.getcol("FLAG")[:, :, [0, -1]], main.getcol("TIME")
        pair = main.getcol("ANTENNA1"), main.getcol("ANTENNA2")
    n = max(pair[1].max(), pair[0].max()) + 1
    result = np.zeros((len(frequency), 2, n, n))
    for t, at in enumerate(np.unique(time)):
        beam = airy_power(np.pi * truth["dish_diameter_m"] * np.sin(source["separation_rad"][t])
                          * frequency / LIGHT)
        power = (flux_density(source, frequency) * beam / truth["noise_jy"]) ** 2
        rows = (time == at) & (pair[0] != pair[1])
        for p, q, bad in zip(pair[0][rows], pair[1][rows], flag[rows]):
            weight = power[:, None] * ~bad
            result[:, :, p, q] += weight
            result[:, :, q, p] += weight
    return result


def bound(weight, solved, refant):
    """Variance of the relative errors of antennas, of one channel and receptor."""
    inside = weight[np.ix_(solved, solved)]
    total = np.diag(inside.sum(axis=1))
    amplitude = np.diag(np.linalg.inv(total + inside))
    others = np.flatnonzero(solved) != refant
    phase = np.zeros(len(inside))
    phase[others] = np.diag(np.linalg.inv((total - inside)[np.ix_(others, others)]))
    return amplitude + phase


def slopes(error, good, frequency):
    """Delay of the phases of e, [antenna, receptor], seconds; NaN where there are too few."""
    turns = 2 * np.pi * (frequency - frequency.mean())
    result = np.full((len(error), 2), np.nan)
    for a in range(len(error)):
        for r in range(2):
            use = good[a, :, r]
            if use.sum() > 2:
                result[a, r] = np.polyfit(turns[use], np.unwrap(np.angle(error[a, use, r])), 1)[0]
    return result


def main(truth_path, path, tables):
    with open(truth_path) as text:
        truth = json.load(text)
    with table(path + "/SPECTRAL_WINDOW", ack=False) as windows:
        frequency = windows.getcell("CHAN_FREQ", 0)
    total, flagged, signal, refant = 1, False, None, None
    for each in tables:
        kind, gains, bad, snr, names, refant = solved_gains(each, frequency)
        total, flagged = total * gains, flagged | bad
        signal = snr if kind == "B Jones" or signal is None else signal
    truly = true_gains(truth, frequency)
    index = [names.index(name) for name in sorted(truly, key=int)]
    if refant not in index:  # tables without a reference
        refant = index[0]
    error = np.ones_like(total)
    for a in index:
        error[a] = total[a] / truly[names[a]]
    error *= np.exp(-1j * np.angle(error[refant]))[None]
    good = np.zeros(flagged.shape, bool)
    good[index] = ~flagged[index]
    weight = weights(truth, path, frequency)
    limit = np.zeros(good.shape)
    for c in range(len(frequency)):
        for r in range(2):
            solved = good[:, c, r]
            if solved.any():
                limit[solved, c, r] = bound(weight[c, r], solved, refant)
    others = good.copy()
    others[refant] = False
    rms = np.sqrt(np.mean(np.abs(error - 1)[others] ** 2))
    expected = np.sqrt(np.mean(limit[others]))
    pull = np.abs(error - 1)[others] * signal[others] / np.sqrt(3)
    delay = slopes(error, good, frequency)
    spread = 2 * np.pi * np.sqrt(np.sum((frequency - frequency.mean()) ** 2))
    print(json.dumps({
        "antennas": [names[a] for a in index if good[a].any()],
        "missing": [names[a] for a in index if not good[a].any()],
        "refant": names[refant], "solved": float(good[index].mean()),
        "rms": float(rms), "limit": float(expected), "ratio": float(rms / expected),
        "pull": float(np.sqrt(np.mean(pull ** 2))),
        "delay_ns": float(np.nanmax(np.abs(delay)) * 1e9),
        "delay_limit_ns": float(np.sqrt(np.mean(limit[others]) / 2) / spread * 1e9),
        "scale": float(np.abs(error)[others].mean())}))


main(sys.argv[1], sys.argv[2], sys.argv[3:])
