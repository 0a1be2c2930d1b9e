# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a Measurement Set to the truth of the simulated group it was converted from.

Usage: converted_set.py SET TRUTH_JSON FOLDER_OF_SUBBAND_FILES
Phase centre, uvw of all rows, every visibility predicted from truth alone, every visibility
rotated here from the raw files. Prints the largest differences; exit code 1 when one is too large.
"""
import glob
import json
import sys

import erfa
import numpy as np
from casacore.tables import table

from earth_frame import EARTH_RATE, LIGHT, frames, meridian, middle_frame
from raw_files import RawFiles
from simulated_visibilities import airy_power, flux_density

MILLIARCSECOND = np.radians(1e-3 / 3600)
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(8)

LIMITS = {
    "phase centre [mas]": 1.0,
    "uvw [mm]": 0.1,
    "uvw, no polar motion [mm]": 5.0,
    "rotation, phase [rad]": 1e-3,
    "rotation, amplitude": 1e-5,
    "truth, phase [rad]": 1e-3,
    "truth, amplitude": 1e-3,
    "truth, of the brightest": 1e-3,
}


class Set:
    """A Measurement Set in memory, as [time, baseline, channel, correlation], ascending."""

    def __init__(self, path):
        with table(path, ack=False) as main:
            time, window = main.getcol("TIME"), main.getcol("DATA_DESC_ID")
            first, second = main.getcol("ANTENNA1"), main.getcol("ANTENNA2")
            self.field_of_row = main.getcol("FIELD_ID")
            data, uvw, flag = main.getcol("DATA"), main.getcol("UVW"), main.getcol("FLAG")
        with table(path + "/SPECTRAL_WINDOW", ack=False) as windows:
            self.frequency = np.concatenate(
                [windows.getcell("CHAN_FREQ", i) for i in range(windows.nrows())])
            n_window = windows.nrows()
        with table(path + "/FIELD", ack=False) as field:
            self.centre = [erfa.s2c(*direction[0]) for direction in field.getcol("PHASE_DIR")]
        rows = list(zip(time, window, first, second))
        assert rows == sorted(rows) and len(set(rows)) == len(rows), "rows are not in order"
        self.time = np.unique(time)
        shape = (len(self.time), n_window, -1)
        self.pair = np.stack([first, second], 1).reshape(shape + (2,))[0, 0]
        assert (np.stack([first, second], 1).reshape(shape + (2,)) == self.pair).all()
        assert (np.diff(self.frequency) > 0).all(), "channels do not ascend"

        def join(values):
            values = values.reshape(shape + values.shape[1:]).transpose(0, 2, 1, 3, 4)
            return values.reshape(values.shape[:2] + (-1, values.shape[-1]))

        self.data, self.flag = join(data), join(flag)
        windows_uvw = uvw.reshape(shape + (3,))
        assert (windows_uvw == windows_uvw[:, :1]).all(), "uvw differs between windows"
        self.uvw = windows_uvw[:, 0]
        self.field_of_time = self.field_of_row.reshape(shape)[:, 0, 0]


def rotated_from_files(raw, measured, delta_w):
    """DATA as it should be made of the raw files: [time, baseline, channel, correlation]."""
    assert raw.data.shape == measured.data.shape and (raw.pair == measured.pair).all()
    assert np.abs(raw.frequency - measured.frequency).max() < 1, "another frequency"
    turns = delta_w[:, :, None] * raw.frequency / LIGHT
    return raw.data * np.exp(-2j * np.pi * turns)[..., None]


def turned(vector, angle):
    """Rotated about the Earth's axis eastwards."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * vector[0] - s * vector[1], s * vector[0] + c * vector[1], vector[2]])


def predicted(truth, frame, centre_seen, baselines, frequency):
    """What the set should hold at one integration, [baseline, channel], from truth alone."""
    pointing = meridian(truth)
    total = np.zeros((len(baselines), len(frequency)), complex)
    for source in truth["sources"]:
        place = frame.seen(erfa.s2c(np.radians(source["ra_deg"]), np.radians(source["dec_deg"])))
        separation = erfa.sepp(place, pointing)
        beam = airy_power(np.pi * truth["dish_diameter_m"] * np.sin(separation) * frequency / LIGHT)
        # The correlator stops the fringes of the moving pointing; what is left turns a little.
        mean = np.zeros_like(total)
        for node, weight in zip(NODES, NODE_WEIGHTS):
            sky = -EARTH_RATE * node * truth["integration_time_s"] / 2
            moved = turned(place - pointing, sky) - (place - pointing)
            mean += weight / 2 * np.exp(
                2j * np.pi * np.outer(baselines @ moved, frequency) / LIGHT)
        turns = np.outer(baselines @ (place - centre_seen), frequency) / LIGHT
        total += flux_density(source, frequency) * beam * mean * np.exp(2j * np.pi * turns)
    return total


def compare_visibilities(found, expected, strong_above, worst, name):
    strong = np.abs(expected) > strong_above
    assert strong.mean() > 0.2, "too few strong visibilities to compare"
    ratio = found[strong] / expected[strong]
    worst[name + ", phase [rad]"] = np.abs(np.angle(ratio)).max()
    worst[name + ", amplitude"] = np.abs(np.abs(ratio) - 1).max()


def measure(measured, truth, folder):
    place = {station["index"]: np.array(station["itrf_m"]) for station in truth["stations"]}
    baselines = np.array([place[a] - place[b] for a, b in measured.pair.tolist()])
    cross = measured.pair[:, 0] != measured.pair[:, 1]
    pointing = meridian(truth)
    per_time = len(measured.centre) > 1
    instants, without = frames(truth), frames(truth, polar_motion=False)
    worst = dict.fromkeys(LIMITS, 0.0)

    time_mjd_s = (np.array(truth["time_jd"]) - 2400000.5) * 86400
    assert np.abs(measured.time - time_mjd_s).max() < 1e-4, "TIME"
    assert not measured.flag.any()

    expected_centre = ([frame.place_seen_at(pointing) for frame in instants] if per_time
                       else [middle_frame(truth).place_seen_at(pointing)])
    assert len(expected_centre) == len(measured.centre)
    worst["phase centre [mas]"] = max(
        erfa.sepp(a, b) for a, b in zip(expected_centre, measured.centre)) / MILLIARCSECOND

    delta_w = np.zeros(measured.uvw.shape[:2])
    expected = np.zeros(measured.data.shape[:3], complex)
    for t, (frame, blunt) in enumerate(zip(instants, without)):
        centre = measured.centre[measured.field_of_time[t]]
        for key, kind in (("uvw [mm]", frame), ("uvw, no polar motion [mm]", blunt)):
            difference = baselines @ kind.uvw_axes(centre).T - measured.uvw[t]
            worst[key] = max(worst[key], 1e3 * np.linalg.norm(difference, axis=1).max())
        seen = pointing if per_time else frame.seen(centre)
        delta_w[t] = baselines @ (seen - pointing)
        expected[t] = predicted(truth, frame, seen, baselines, measured.frequency)
    brightest = np.abs(expected).max()
    found = measured.data[:, cross]
    for correlation in range(found.shape[3]):
        compare_visibilities(found[..., correlation], expected[:, cross], 0.2 * brightest, worst,
                             "truth")
    worst["truth, of the brightest"] = np.abs(found - expected[:, cross, :, None]).max() / brightest
    raw = RawFiles(glob.glob(folder + "/*.hdf5"), keep_autocorrelations=not cross.all())
    rotated = rotated_from_files(raw, measured, delta_w)
    if per_time:
        assert (measured.data == raw.data).all(), "centres of their own, yet rotated"
    compare_visibilities(measured.data, rotated, 1e-3 * brightest, worst, "rotation")
    print(f"{cross.sum()} baselines, {len(measured.time)} integrations, "
          f"{len(measured.frequency)} channels, {len(measured.centre)} fields; "
          f"longest {np.linalg.norm(measured.uvw, axis=2).max():.0f} m; "
          f"rotation up to {np.abs(delta_w).max() * measured.frequency[-1] / LIGHT:.1f} turns")
    return worst


def main(path, truth_path, folder):
    with open(truth_path) as text:
        truth = json.load(text)
    worst = measure(Set(path), truth, folder)
    bad = 0
    for name, limit in LIMITS.items():
        fails = not worst[name] <= limit
        bad += fails
        print(f"{name}: {worst[name]:.2e}, limit {limit:g}{'  <-- too large' if fails else ''}")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
