# SPDX-License-Identifier: GPL-3.0-or-later
"""Flags, weights and polarisations of a converted set, held to the subband files as h5py sees them.

Usage: edited_files.py edit FOLDER        gives the group's files four polarisations, flags, numbers
                                          of samples that vary, and values that are not finite
       edited_files.py check SET FOLDER   compares, without looking at what edit did
"""
import glob
import sys

import h5py
import numpy as np
from casacore.tables import table

from converted_set import Set
from raw_files import RawFiles


def replace(file, name, values):
    kind = file[name].dtype
    del file[name]
    file.create_dataset(name, data=values, dtype=kind)


def edit(folder):
    random = np.random.default_rng(2)
    for path in sorted(glob.glob(folder + "/*.hdf5")):
        with h5py.File(path, "r+") as file:
            n_row, _, n_channel, _ = file["Data/visdata"].shape
            shape = (n_row, 1, n_channel, 4)
            data = (random.normal(size=shape) + 1j * random.normal(size=shape)).astype("c8")
            flag = np.zeros(shape, bool)
            nsamples = np.full(shape, 96, "f4")
            if path.endswith("_sb07.hdf5"):
                # Of the rows of three integrations of six antennas none of these is an
                # autocorrelation, which would be left out.
                flag[6, :, 1, 2] = flag[11:13] = True
                nsamples[19] = 48                      # constant within the row of this subband
                nsamples[29, 0, 2] = 12                # varies within the row
                nsamples[31, 0, 0, 1] = 0
                nsamples[32, 0, 1] = -3
                nsamples[33, 0, 1] = np.nan
                data[38, 0, 3, 0] = np.nan
                data[39, 0, :, 1] = complex(0, np.inf)
            flag[60] = True                            # a row that is bad in every subband
            replace(file, "Data/visdata", data)
            replace(file, "Data/flags", flag)
            replace(file, "Data/nsamples", nsamples)
            replace(file, "Header/polarization_array", np.array([-5, -7, -8, -6]))
            file["Header/Npols"][()] = 4


def check(path, folder):
    measured = Set(path)
    raw = RawFiles(glob.glob(folder + "/*.hdf5"), extra_frequency=measured.frequency)
    bad = raw.bad()
    assert 0 < bad.mean() < 0.2, "nothing to test"
    assert (measured.flag == bad).all(), "flags"
    assert (measured.data[~np.isfinite(raw.data)] == 0).all(), "values that are not finite"
    finite = np.isfinite(raw.data)
    # Layout per-integration: nothing is rotated, so values are equal to the last bit.
    assert (measured.data[finite] == raw.data[finite]).all(), "visibilities"
    with table(path + "/POLARIZATION", ack=False) as polarization:
        assert polarization.getcell("CORR_TYPE", 0).tolist() == raw.code
    weights = np.where(bad, 0, raw.nsamples)
    n_good = (~bad).sum(axis=2)
    mean = weights.sum(axis=2) / np.maximum(n_good, 1)
    with table(path, ack=False) as main:
        row = (len(raw.jd), len(raw.pair))
        found = main.getcol("WEIGHT").reshape(row + (-1,))
        assert np.abs(found - mean).max() < 1e-4, "WEIGHT"
        sigma = main.getcol("SIGMA").reshape(row + (-1,))
        assert np.abs(sigma[found > 0] * found[found > 0] ** 0.5 - 1).max() < 1e-6, "SIGMA"
        assert (sigma[found == 0] == -1).all(), "SIGMA without weight"
        assert (main.getcol("FLAG_ROW").reshape(row) == bad.all(axis=(2, 3))).all(), "FLAG_ROW"
        assert main.getcol("FLAG_ROW").any(), "no whole row is bad"
        spectrum = main.getcol("WEIGHT_SPECTRUM").reshape(weights.shape)
        assert (spectrum[~bad] == weights[~bad]).all(), "WEIGHT_SPECTRUM"
        of_row = np.broadcast_to(found[:, :, None], spectrum.shape)
        assert ((spectrum == 0) | (spectrum == of_row))[bad].all(), "WEIGHT_SPECTRUM where bad"
    print(f"{bad.sum()} of {bad.size} visibilities bad; flags, weights and values agree")


if __name__ == "__main__":
    {"edit": edit, "check": check}[sys.argv[1]](*sys.argv[2:])
