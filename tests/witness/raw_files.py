# SPDX-License-Identifier: GPL-3.0-or-later
"""Subband files as h5py gives them, brought into the order and sense of a Measurement Set."""
import h5py
import numpy as np

CASACORE_CODE = {-1: 5, -3: 6, -4: 7, -2: 8, -5: 9, -7: 10, -8: 11, -6: 12}
OTHER_HAND = {6: 7, 7: 6, 10: 11, 11: 10}


def merged(values, apart):
    """Sorted values, those nearer than `apart` taken as one."""
    values = np.unique(values)
    return values[np.concatenate([[True], np.diff(values) > apart])]


def nearest(grid, values):
    upper = np.clip(np.searchsorted(grid, values), 1, max(1, len(grid) - 1))
    lower = upper - 1
    upper = np.minimum(upper, len(grid) - 1)
    return np.where(np.abs(grid[lower] - values) <= np.abs(grid[upper] - values), lower, upper)


class OneFile:
    def __init__(self, path):
        with h5py.File(path, "r") as file:
            header = file["Header"]
            row_of = {n: i for i, n in enumerate(header["antenna_numbers"][:].tolist())}
            first = np.array([row_of[n] for n in header["ant_1_array"][:].tolist()])
            second = np.array([row_of[n] for n in header["ant_2_array"][:].tolist()])
            self.reversed = first > second
            self.pair = np.sort(np.stack([first, second], 1), axis=1)
            self.jd = header["time_array"][:]
            self.frequency = np.ravel(header["freq_array"][:])
            self.code = [CASACORE_CODE[p] for p in header["polarization_array"][:].tolist()]
            self.uvw = header["uvw_array"][:] * np.where(self.reversed, 1, -1)[:, None]
            n_row, n_channel, n_code = len(self.jd), len(self.frequency), len(self.code)

            def whole(name):
                return file["Data/" + name][:].reshape(n_row, n_channel, n_code)

            self.data, self.flag = whole("visdata"), whole("flags").astype(bool)
            self.nsamples = whole("nsamples")

    def turn(self, values, codes):
        """[row, channel, correlation] in the order of `codes`, hands of reversed rows swapped."""
        plain = [self.code.index(code) for code in codes]
        swapped = [self.code.index(OTHER_HAND.get(code, code)) for code in codes]
        return np.where(self.reversed[:, None, None], values[..., swapped], values[..., plain])


class RawFiles:
    """[time, baseline, channel, correlation] of all files; absent is NaN with nsamples 0."""

    def __init__(self, paths, keep_autocorrelations=False, extra_frequency=()):
        files = [OneFile(path) for path in paths]
        self.jd = merged(np.concatenate([f.jd for f in files]), 1 / 86400)
        self.frequency = merged(np.concatenate([f.frequency for f in files]
                                               + [np.asarray(extra_frequency)]), 1.0)
        self.code = sorted(files[0].code)
        pairs = np.unique(np.concatenate([f.pair for f in files]), axis=0)
        if not keep_autocorrelations:
            pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        self.pair = pairs
        shape = (len(self.jd), len(pairs), len(self.frequency), len(self.code))
        self.data = np.full(shape, np.nan, np.complex64)
        self.flag = np.zeros(shape, bool)
        self.nsamples = np.zeros(shape, np.float32)
        self.uvw = np.full(shape[:2] + (3,), np.nan)
        index_of = {tuple(pair): i for i, pair in enumerate(pairs.tolist())}
        for file in files:
            kept = np.array([tuple(pair) in index_of for pair in file.pair.tolist()])
            baseline = np.array([index_of[tuple(p)] for p in file.pair[kept].tolist()])
            time = nearest(self.jd, file.jd[kept])
            place = (time[:, None], baseline[:, None],
                     nearest(self.frequency, file.frequency)[None, :])
            values = np.where(file.reversed[:, None, None], file.data, file.data.conj())
            self.data[place] = file.turn(values, self.code)[kept]
            self.flag[place] = file.turn(file.flag, self.code)[kept]
            self.nsamples[place] = file.turn(file.nsamples, self.code)[kept]
            self.uvw[time, baseline] = file.uvw[kept]

    def bad(self):
        """What a Measurement Set must flag."""
        return self.flag | ~np.isfinite(self.data) | ~(self.nsamples > 0)
