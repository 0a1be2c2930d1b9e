# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold sets made of real files to where the files came from.

Usage: real_set.py original SET ORIGINAL_SET SUBBAND_FILE
       real_set.py damaged SET SUBBAND_FILE...
`original` compares row by row with the Measurement Set from which the files were made (antennas by
number, times within a second); `damaged` compares with the files, all of which must be flagged.
"""
import sys

import erfa
import h5py
import numpy as np
from casacore.tables import table

from converted_set import Set
from raw_files import RawFiles

J1008_0730_DEG = (152.00006667, 7.50459778)
ARCSECOND = np.radians(1 / 3600)


def rows_of(path):
    with table(path, ack=False) as main:
        columns = {name: main.getcol(name) for name in
                   ("TIME", "ANTENNA1", "ANTENNA2", "DATA", "UVW", "FLAG", "WEIGHT", "SIGMA",
                    "EXPOSURE")}
        columns["WEIGHT_SPECTRUM"] = (main.getcol("WEIGHT_SPECTRUM")
                                      if "WEIGHT_SPECTRUM" in main.colnames() else None)
    return columns


def matches(ours, original, numbers):
    """For each of our rows the original's with the same antennas that is nearest in time."""
    of_pair = {}
    for i, pair in enumerate(zip(original["ANTENNA1"].tolist(), original["ANTENNA2"].tolist())):
        of_pair.setdefault(pair, []).append(i)
    found = []
    for p, q, time in zip(ours["ANTENNA1"], ours["ANTENNA2"], ours["TIME"]):
        rows = of_pair[(numbers[p], numbers[q])]
        found.append(min(rows, key=lambda row: abs(original["TIME"][row] - time)))
    assert len(set(found)) == len(found), "two rows match one of the original"
    return np.array(found)


def place_of_uvw(uvw, position):
    """The ITRF direction to which w belongs, fitted; r.m.s. of what is left, m."""
    direction, _, _, _ = np.linalg.lstsq(position, uvw[:, 2], rcond=None)
    return direction, np.sqrt(np.mean((position @ direction - uvw[:, 2]) ** 2))


def report_place(ours, position, header_app_dec):
    """The uvw of original and files belong to a place 10 degrees from the header's: known."""
    first = ours["TIME"] == ours["TIME"][0]
    baseline = position[ours["ANTENNA1"][first]] - position[ours["ANTENNA2"][first]]
    direction, rms = place_of_uvw(ours["UVW"][first], baseline)
    dec = np.degrees(erfa.c2s(direction)[1])
    assert abs(np.linalg.norm(direction) - 1) < 1e-3 and rms < 0.1, "the uvw have no one place"
    assert abs(dec - np.degrees(header_app_dec)) > 5, "then the warning would be wrong"
    return f"uvw belong to declination {dec:.2f}, header says {np.degrees(header_app_dec):.2f}"


def original(path, original_path, subband_file):
    ours, theirs = rows_of(path), rows_of(original_path)
    with h5py.File(subband_file, "r") as file:
        numbers = file["Header/antenna_numbers"][:].tolist()
        location = [file["Header/" + name][()] for name in ("longitude", "latitude", "altitude")]
        offset = file["Header/antenna_positions"][:]
        nsamples = np.unique(file["Data/nsamples"][:])
        header_app_dec = file["Header/phase_center_app_dec"][0]
    row = matches(ours, theirs, numbers)
    late = np.abs(theirs["TIME"][row] - ours["TIME"]).max()
    assert late < 1, f"times differ by {late} s"
    assert ours["DATA"].shape[1:] == (64, 4)
    difference = np.abs(ours["DATA"] - theirs["DATA"][row])
    scale = np.abs(theirs["DATA"]).max()
    assert difference.max() <= 2e-7 * scale, difference.max()
    wrong = np.abs(ours["DATA"] - theirs["DATA"][row].conj()).max()
    assert wrong > 0.1 * scale, "the data cannot tell the sign"
    exact = (ours["DATA"] == theirs["DATA"][row]).mean()
    uvw = np.linalg.norm(ours["UVW"] - theirs["UVW"][row], axis=1)
    assert uvw.max() < 0.3, uvw.max()
    assert np.linalg.norm(theirs["UVW"], axis=1).max() > 300, "uvw too short to tell a sign"
    assert (ours["FLAG"] == theirs["FLAG"][row]).all(), "FLAG"
    assert np.isin(np.round(ours["WEIGHT"], 6), np.round(nsamples, 6)).all(), "WEIGHT"
    assert np.abs(ours["SIGMA"] ** -2 - ours["WEIGHT"]).max() < 1e-5, "SIGMA"
    with table(path + "/SPECTRAL_WINDOW", ack=False) as new, \
            table(original_path + "/SPECTRAL_WINDOW", ack=False) as old:
        assert (np.diff(new.getcell("CHAN_FREQ", 0)) > 0).all() and new.nrows() == 1
        frequency = np.abs(new.getcell("CHAN_FREQ", 0) - old.getcell("CHAN_FREQ", 0)).max()
        assert frequency < 1 and (new.getcell("CHAN_WIDTH", 0) == 125000).all()
    with table(path + "/POLARIZATION", ack=False) as new:
        assert new.getcell("CORR_TYPE", 0).tolist() == [5, 6, 7, 8]  # RR RL LR LL
    with table(path + "/FIELD", ack=False) as new, \
            table(original_path + "/FIELD", ack=False) as old:
        assert new.nrows() == 1 and new.getcell("NAME", 0) == "J1008+0730"
        centre = erfa.s2c(*new.getcell("PHASE_DIR", 0)[0])
        for place in (np.radians(J1008_0730_DEG), old.getcell("PHASE_DIR", 0)[0]):
            assert erfa.sepp(centre, erfa.s2c(*place)) < 0.05 * ARCSECOND  # FK5 is 0.02" off
    with table(path + "/ANTENNA", ack=False) as new:
        site = erfa.gd2gc(1, np.radians(location[0]), np.radians(location[1]), location[2])
        position = np.abs(new.getcol("POSITION") - (site + offset)).max()
        assert position < 1e-3, position
    with table(path + "/OBSERVATION", ack=False) as new:
        assert new.getcell("TELESCOPE_NAME", 0) == "EVLA"
    print(f"{len(row)} rows: {exact:.2%} of DATA equal to the bit, largest difference "
          f"{difference.max() / scale:.1e} of the largest; uvw within {uvw.max():.3f} m (median "
          f"{np.median(uvw):.3f}); times within {late:.2f} s; positions within {position:.1e} m; "
          + report_place(ours, offset, header_app_dec))


def damaged(path, *files):
    measured, raw = Set(path), RawFiles(files)
    assert measured.data.shape == raw.data.shape and (measured.pair == raw.pair).all()
    assert np.abs(measured.frequency - raw.frequency).max() < 1e-3
    finite = np.isfinite(raw.data)
    assert (measured.data[finite] == raw.data[finite]).all(), "DATA"
    assert (measured.data[~finite] == 0).all(), "values that are not finite"
    assert np.abs(raw.data[finite]).max() > 1e30 and (raw.nsamples < 0).all()  # what is known
    assert measured.flag.all(), "FLAG"
    with table(path, ack=False) as main:
        assert main.getcol("FLAG_ROW").all()
        assert (main.getcol("WEIGHT") == 0).all() and (main.getcol("SIGMA") == -1).all()
    uvw = np.linalg.norm(measured.uvw - raw.uvw, axis=2)
    print(f"{measured.data.size} visibilities equal, {(~finite).sum()} not finite, all flagged; "
          f"uvw within {uvw.max():.4f} m of the files'")
    assert np.median(uvw) < 1


if __name__ == "__main__":
    {"original": original, "damaged": damaged}[sys.argv[1]](*sys.argv[2:])
