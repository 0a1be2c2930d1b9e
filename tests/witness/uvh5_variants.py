# SPDX-License-Identifier: GPL-3.0-or-later
"""Write one group in every form of UVH5 that the field writes, and hold the sets to each other.

    uvh5_variants.py base SOURCE FOLDER           four polarisations, flags, nsamples that vary
    uvh5_variants.py phased SET BASE FOLDER       the base, phased as the set converted from it is
    uvh5_variants.py make BASE FOLDER             FOLDER/<variant>/*.hdf5, one folder for each
    uvh5_variants.py compare PLAIN_SET SET...     equal in rows, values, flags and weights; exit 1

A set with fewer correlations is held to those that it has; circular ones to their linear namesakes.
Nothing of contimg reads or writes here: h5py and casacore only.
"""
import sys
from pathlib import Path

import h5py
import numpy as np
from casacore.tables import table

BITSHUFFLE = 32008  # HDF5's registered number
PAIR = {"f": np.complex64, "d": np.complex128, "i": np.dtype([("r", "<i4"), ("i", "<i4")])}
CUBES = ("visdata", "flags", "nsamples")


class File:
    """One subband file in memory; cubes are [row, channel, polarisation]."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            self.header, self.extra = {}, {}
            for name, item in file["Header"].items():
                if isinstance(item, h5py.Dataset):
                    self.header[name] = item[()]
            for name, item in file["Header/extra_keywords"].items():
                self.extra[name] = item[()]
            cubes = [file["Data"][name][()] for name in CUBES]
        self.visdata, self.flags, self.nsamples = (
            cube[:, 0] if cube.ndim == 4 else cube for cube in cubes)
        self.axes, self.kind, self.flag_type, self.catalog = 4, "f", "bool", None
        self.storage = {"chunks": (16, 2, 1)}

    def rows(self, order):
        n = len(self.header["time_array"])
        for name, value in self.header.items():
            if isinstance(value, np.ndarray) and value.shape[:1] == (n,):
                self.header[name] = value[order]
        self.visdata, self.flags, self.nsamples = (
            cube[order] for cube in (self.visdata, self.flags, self.nsamples))

    def polarizations(self, order):
        self.header["polarization_array"] = self.header["polarization_array"][order]
        self.header["Npols"] = len(order)
        self.visdata, self.flags, self.nsamples = (
            cube[..., order] for cube in (self.visdata, self.flags, self.nsamples))

    def cube(self, values, **options):
        storage = dict(self.storage, **options)
        if self.axes == 4:
            values = values[:, None]
            if "chunks" in storage:
                chunk = storage["chunks"]
                storage["chunks"] = (chunk[0], 1) + chunk[1:]
        if "chunks" in storage:
            storage["chunks"] = tuple(np.minimum(storage["chunks"], values.shape))
        return values, storage

    def pairs(self):
        if self.kind == "i":
            integers = np.empty(self.visdata.shape, PAIR["i"])
            integers["r"], integers["i"] = self.visdata.real, self.visdata.imag
            return integers
        if self.kind == "big":
            big = np.empty(self.visdata.shape, np.dtype([("r", ">f4"), ("i", ">f4")]))
            big["r"], big["i"] = self.visdata.real, self.visdata.imag
            return big
        return self.visdata.astype(PAIR[self.kind])

    def write(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            for name, value in self.header.items():
                if isinstance(value, str):
                    value = np.bytes_(value)
                file[f"Header/{name}"] = value
            for name, value in self.extra.items():
                file[f"Header/extra_keywords/{name}"] = value
            for name, value in (self.catalog or {}).items():
                file[f"Header/phase_center_catalog/{name}"] = value
            nsamples = self.nsamples
            for name, values in (("visdata", self.pairs()),
                                 ("flags", self.flags.astype(self.flag_type)),
                                 ("nsamples", nsamples)):
                values, storage = self.cube(values)
                file["Data"] if "Data" in file else file.create_group("Data")
                file["Data"].create_dataset(name, data=values, **storage)


def base(file, seed):
    """Four polarisations of whole numbers, so that integer pairs lose nothing."""
    random = np.random.default_rng(seed)
    parallel = np.round(file.visdata * 1000)
    shape = parallel.shape[:2] + (2,)
    cross = random.integers(-999, 999, shape) + 1j * random.integers(-999, 999, shape)
    file.visdata = np.concatenate([parallel, cross], 2).astype(np.complex64)
    file.flags = random.random(file.visdata.shape) < 0.05
    file.nsamples = random.integers(1, 96, file.visdata.shape).astype(np.float32)
    file.header["polarization_array"] = np.array([-5, -6, -7, -8])
    file.header["Npols"] = 4


def versioned(version):
    def change(file):
        header = file.header
        header["version"] = version
        header["lst_array"] = np.linspace(1, 2, len(header["time_array"]))
        header["vis_units"] = "uncalib"
        header["x_orientation"] = "north"
        header["telescope_frame"] = "itrs"
        header["uvw_array"] = header["uvw_array"].astype(float)
        if version == "1.0":
            return
        file.axes = 3
        header["freq_array"] = header["freq_array"].ravel()
        header["channel_width"] = np.full(len(header["freq_array"]), header["channel_width"])
        header["flex_spw"] = False
        if version == "1.2":
            rows = len(header["time_array"])
            del header["phase_type"]
            header["phase_center_id_array"] = np.zeros(rows, int)
            header["phase_center_app_ra"] = np.linspace(0, 1, rows)
            header["phase_center_app_dec"] = np.full(rows, float(header["phase_center_app_dec"]))
            header["phase_center_frame_pa"] = np.zeros(rows)
            header["mount_type"] = "other"
            file.catalog = {"0/cat_name": b"drift", "0/cat_type": b"unprojected",
                            "0/cat_lon": 0.0, "0/cat_lat": np.pi / 2, "0/cat_frame": b"altaz"}
    return change


def widths(sign):
    def change(file):
        n = file.header["freq_array"].size
        file.header["channel_width"] = np.full(n, sign * float(file.header["channel_width"]))
    return change


def ascending(file):
    file.header["freq_array"] = file.header["freq_array"][..., ::-1]
    file.visdata, file.flags, file.nsamples = (
        cube[:, ::-1] for cube in (file.visdata, file.flags, file.nsamples))


def stored(**storage):
    def change(file):
        file.storage = storage
    return change


def having(**values):
    def change(file):
        for name, value in values.items():
            setattr(file, name, value)
    return change


def keeping(*order):
    return lambda file: file.polarizations(list(order))


def circular(file):
    file.header["polarization_array"] = file.header["polarization_array"] + 4


def swapped(file):
    """Every third baseline the other way round: conjugate, hands exchanged, uvw negative."""
    header = file.header
    row = np.arange(len(header["time_array"])) % 3 == 1
    header["ant_1_array"], header["ant_2_array"] = (
        np.where(row, header["ant_2_array"], header["ant_1_array"]),
        np.where(row, header["ant_1_array"], header["ant_2_array"]))
    header["uvw_array"] = np.where(row[:, None], -header["uvw_array"], header["uvw_array"])
    exchange = [0, 1, 3, 2]
    for name in CUBES:
        cube = getattr(file, name)
        cube[row] = cube[row][..., exchange]
        if name == "visdata":
            cube[row] = cube[row].conj()


def baseline_major(file):
    header = file.header
    file.rows(np.lexsort([header["time_array"], header["ant_2_array"], header["ant_1_array"]]))


def baselines_backwards(file):
    header = file.header
    file.rows(np.lexsort([-header["ant_1_array"], -header["ant_2_array"], header["time_array"]]))


def wide(file):
    file.header["uvw_array"] = file.header["uvw_array"].astype(float)
    file.nsamples = file.nsamples.astype(float)
    for name in ("Ntimes", "Nbls", "Nblts", "Nfreqs", "Npols", "Nants_data", "Nants_telescope"):
        file.header[name] = np.int32(file.header[name])
    file.header["ant_1_array"] = file.header["ant_1_array"].astype(np.int32)


def big_endian(file):
    file.kind = "big"
    for name in ("time_array", "freq_array", "antenna_positions", "integration_time"):
        file.header[name] = file.header[name].astype(">f8")


CHUNKS = (16, 2, 1)
VARIANTS = {
    "version-1.0": versioned("1.0"), "version-1.1": versioned("1.1"),
    "version-1.2": versioned("1.2"),
    "complex128": having(kind="d"), "int32": having(kind="i"), "big-endian": big_endian,
    "widths-positive": widths(1), "widths-negative": widths(-1),
    "frequencies-flat": lambda file: file.header.update(freq_array=file.header["freq_array"][0]),
    "ascending": ascending,
    "lzf": stored(chunks=CHUNKS, compression="lzf"),
    "lzf-shuffle": stored(chunks=CHUNKS, compression="lzf", shuffle=True),
    "gzip": stored(chunks=CHUNKS, compression="gzip"),
    "bitshuffle": stored(chunks=CHUNKS, compression=BITSHUFFLE, compression_opts=(0, 2)),
    "contiguous": stored(), "one-chunk": stored(chunks=(10**6, 10**6, 10**6)),
    "checksum": stored(chunks=CHUNKS, fletcher32=True),
    "flags-int8": having(flag_type="i1"), "flags-uint8": having(flag_type="u1"),
    "flags-int32": having(flag_type="i4"),
    "xx": keeping(0), "xx-yy": keeping(0, 1), "yy-xx": keeping(1, 0), "xx-yy-xy": keeping(0, 1, 2),
    "xx-xy-yx-yy": keeping(0, 2, 3, 1), "circular": circular,
    "swapped": swapped, "baseline-major": baseline_major,
    "baselines-backwards": baselines_backwards, "wide": wide,
}


def rewrite(source, target, change):
    for path in sorted(Path(source).glob("*.hdf5")):
        file = File(path)
        change(file)
        file.write(Path(target) / path.name)


def make_base(source, folder):
    seeds = iter(range(100))
    rewrite(source, folder, lambda file: base(file, next(seeds)))


def make_all(source, folder):
    for name, change in VARIANTS.items():
        if name == "bitshuffle" and not h5py.h5z.filter_avail(BITSHUFFLE):
            print("no plugin for bitshuffle", file=sys.stderr)
            continue
        rewrite(source, Path(folder) / name, change)


class Set:
    def __init__(self, path):
        self.path = path
        with table(path, ack=False) as main:
            self.keys = {name: main.getcol(name) for name in
                         ("TIME", "ANTENNA1", "ANTENNA2", "INTERVAL", "FLAG_ROW")}
            self.uvw = main.getcol("UVW")
            self.cubes = {name: main.getcol(name) for name in
                          ("DATA", "FLAG", "WEIGHT", "SIGMA", "WEIGHT_SPECTRUM")}
        with table(path + "/SPECTRAL_WINDOW", ack=False) as window:
            self.frequency = window.getcol("CHAN_FREQ")[0]
            self.width = window.getcol("CHAN_WIDTH")[0]
        with table(path + "/POLARIZATION", ack=False) as polarization:
            self.codes = [code + 4 if code < 9 else code
                          for code in polarization.getcol("CORR_TYPE")[0]]
        with table(path + "/FIELD", ack=False) as field:
            self.centre = field.getcol("PHASE_DIR")[0, 0]


def phased(set_path, source, folder):
    """The base with the visibilities and uvw of its set: phased to the set's centre."""
    measured = Set(set_path)
    assert measured.codes == [9, 10, 11, 12]
    row_of = {key: row for row, key in enumerate(zip(
        measured.keys["TIME"], measured.keys["ANTENNA1"], measured.keys["ANTENNA2"]))}

    def change(file):
        header = file.header
        times = np.unique(measured.keys["TIME"])
        frequency = header["freq_array"].ravel()
        first = np.argmin(np.abs(measured.frequency - frequency.min()))
        for row in range(len(header["time_array"])):
            time = (header["time_array"][row] - 2400000.5) * 86400
            time = times[np.argmin(np.abs(times - time))]
            pair = (header["ant_1_array"][row], header["ant_2_array"][row])
            if pair[0] == pair[1]:
                continue
            at = row_of[(time, min(pair), max(pair))]
            values = measured.cubes["DATA"][at, first:first + len(frequency)]
            sign = 1 if pair[0] > pair[1] else -1
            values = values.conj()[:, [0, 3, 1, 2]] if sign < 0 else values[:, [0, 3, 2, 1]]
            file.visdata[row] = values[::-1] if frequency[0] > frequency[-1] else values
            header["uvw_array"][row] = sign * measured.uvw[at]
        header["phase_type"] = "phased"
        header["object_name"] = "elsewhere"
        header["phase_center_ra"], header["phase_center_dec"] = measured.centre
        header["phase_center_frame"] = "icrs"
        header["phase_center_epoch"] = 2000.0

    def with_catalog(file):
        change(file)
        for name in ("phase_type", "phase_center_ra", "phase_center_dec", "phase_center_frame",
                     "phase_center_epoch"):
            del file.header[name]
        file.header["version"] = "1.2"
        file.header["phase_center_id_array"] = np.full(len(file.header["time_array"]), 3)
        file.catalog = {"3/cat_name": b"elsewhere", "3/cat_type": b"sidereal",
                        "3/cat_lon": measured.centre[0], "3/cat_lat": measured.centre[1],
                        "3/cat_frame": b"icrs", "3/cat_epoch": 2000.0,
                        "5/cat_name": b"another", "5/cat_type": b"unprojected",
                        "5/cat_lon": 0.0, "5/cat_lat": 0.0}

    def in_other_order(file):
        change(file)
        baseline_major(file)

    rewrite(source, Path(folder) / "phased", change)
    rewrite(source, Path(folder) / "phased-catalog", with_catalog)
    rewrite(source, Path(folder) / "phased-baseline-major", in_other_order)


def differences(plain, other):
    """What differs, a sentence each. Floats may differ by their rounding in a rotation."""
    columns = [plain.codes.index(code) for code in other.codes]
    for name, values in plain.keys.items():
        if name == "FLAG_ROW" and len(columns) < len(plain.codes):
            values = plain.cubes["FLAG"][..., columns].all(axis=(1, 2))
        if not np.array_equal(values, other.keys[name]):
            yield f"{name} differs"
    if other.codes != sorted(other.codes):
        yield "correlations are not in order"
    if np.abs(plain.uvw - other.uvw).max() > 1e-6:
        yield f"UVW differs by {np.abs(plain.uvw - other.uvw).max()} m"
    if not np.allclose(plain.centre, other.centre, rtol=0, atol=1e-12):
        yield "the phase centre differs"
    for name in ("frequency", "width"):
        if not np.allclose(getattr(plain, name), getattr(other, name), rtol=0, atol=1e-3):
            yield f"{name} differs"
    # A row with its antennas exchanged has no XY to give when the file lacks YX: flagged, and 0.
    lacking = np.zeros(len(other.uvw), bool)
    if 10 in other.codes and 11 not in other.codes:
        lacking = other.cubes["FLAG"][..., other.codes.index(10)].all(axis=1)
        if not 0 < lacking.sum() < len(lacking) / 2:
            yield f"{lacking.sum()} of {len(lacking)} rows lack XY"
    for name, values in plain.cubes.items():
        values = values[..., columns].copy()
        if lacking.any():
            nothing = {"FLAG": True, "SIGMA": -1}.get(name, 0)
            values[lacking, ..., other.codes.index(10)] = nothing
        found = other.cubes[name]
        if values.shape != found.shape:
            yield f"{name} has shape {found.shape}"
        elif name == "FLAG" and not np.array_equal(values, found):
            yield f"FLAG differs in {(values != found).sum()} places"
        elif name != "FLAG":
            worst = np.abs(values - found).max()
            if not worst <= 1e-6 * np.abs(values).max():
                yield f"{name} differs by {worst} of {np.abs(values).max()}"


def compare(plain_path, *paths):
    plain = Set(plain_path)
    assert plain.cubes["FLAG"].any() and not plain.cubes["FLAG"].all()
    failed = False
    for path in paths:
        for difference in differences(plain, Set(path)):
            print(f"{path}: {difference}")
            failed = True
    return int(failed)


if __name__ == "__main__":
    actions = {"base": make_base, "phased": phased, "make": make_all, "compare": compare}
    sys.exit(actions[sys.argv[1]](*sys.argv[2:]))
