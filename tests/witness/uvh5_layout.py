# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a simulated file to the layout of the correlator's, as h5py sees it.

Usage: uvh5_layout.py FILE
Writes the same datasets with h5py, whose automatic chunking the correlator relied on, and compares
types, shapes, chunks and limits; checks the values that the specification states.
"""
import os
import sys
import tempfile

import h5py
import numpy as np

ROWS = ("ant_1_array", "ant_2_array", "time_array", "integration_time")


def expected_datasets(file):
    """name -> (dtype, shape, extensible), from the specification's table."""
    header = file["Header"]
    n_row = int(header["Nblts"][()])
    n_channel, n_pol = int(header["Nfreqs"][()]), int(header["Npols"][()])
    data = {f"Header/{name}": ("f8", (), False)
            for name in ("latitude", "longitude", "altitude", "phase_center_app_dec",
                         "channel_width", "extra_keywords/phase_center_dec",
                         "extra_keywords/ha_phase_center")}
    data.update({f"Header/{name}": ("i8", (), False)
                 for name in ("Nants_data", "Nants_telescope", "Nbls", "Nblts", "Ntimes", "Nfreqs",
                              "Npols", "Nspws")})
    data.update({f"Header/{name}": ("i8" if name.startswith("ant") else "f8", (n_row,), True)
                 for name in ROWS})
    data.update({
        "Header/antenna_diameters": ("f8", (117,), False),
        "Header/antenna_names": ("S4", (117,), False),
        "Header/antenna_numbers": ("i8", (117,), False),
        "Header/antenna_positions": ("f8", (117, 3), False),
        "Header/uvw_array": ("f4", (n_row, 3), True),
        "Header/freq_array": ("f8", (1, n_channel), False),
        "Header/spw_array": ("i8", (1,), False),
        "Header/polarization_array": ("i8", (n_pol,), False),
        "Data/visdata": ("c8", (n_row, 1, n_channel, n_pol), True),
        "Data/flags": ("?", (n_row, 1, n_channel, n_pol), True),
        "Data/nsamples": ("f4", (n_row, 1, n_channel, n_pol), True)})
    return data


STRINGS = ("telescope_name", "instrument", "object_name", "history", "phase_type",
           "extra_keywords/fs_table", "extra_keywords/applied_delays_ns")


def compare_layout(file):
    expected = expected_datasets(file)
    found = []
    file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset)
                    else None)
    strings = {f"Header/{name}" for name in STRINGS} | {"Header/extra_keywords/phase_center_epoch"}
    assert set(found) == set(expected) | strings, set(found) ^ (set(expected) | strings)
    with tempfile.TemporaryDirectory() as folder, h5py.File(os.path.join(folder, "m"), "w") as model:
        for name, (kind, shape, extensible) in expected.items():
            stored = file[name]
            # The correlator creates its row arrays empty and appends.
            twin = model.create_dataset(
                name, (0,) + shape[1:] if extensible else shape, dtype=kind,
                maxshape=(None,) + shape[1:] if extensible else None)
            assert stored.dtype == twin.dtype, (name, stored.dtype)
            assert stored.shape == shape, (name, stored.shape)
            assert stored.chunks == twin.chunks, (name, stored.chunks, twin.chunks)
            assert stored.maxshape == twin.maxshape, (name, stored.maxshape)
            assert stored.id.get_type() == twin.id.get_type(), name
            assert stored.compression is None and not dict(stored.attrs), name
    for name in STRINGS:
        assert file["Header/" + name].dtype.kind == "S", name
    assert h5py.check_string_dtype(file["Header/extra_keywords/phase_center_epoch"].dtype).length is None


def compare_values(file):
    header = file["Header"]
    frequency = header["freq_array"][0]
    width = header["channel_width"][()]
    n_antenna = int(header["Nants_data"][()])
    n_baseline = n_antenna * (n_antenna + 1) // 2
    assert header["Nbls"][()] == n_baseline
    assert width > 0 and np.allclose(np.diff(frequency), -width, rtol=1e-12)
    assert header["extra_keywords/phase_center_epoch"][()] == b"HADEC"
    assert header["telescope_name"][()] == b"OVRO_MMA" and header["phase_type"][()] == b"drift"
    assert (header["integration_time"][:] == 12.884902000427246).all()
    assert len(header["extra_keywords/applied_delays_ns"][()].split()) == 234
    assert not file["Data/flags"][:].any() and (file["Data/nsamples"][:] == 96).all()
    first, second = header["ant_1_array"][:n_baseline], header["ant_2_array"][:n_baseline]
    order = [int(second[i * (i + 1) // 2]) for i in range(n_antenna)]
    pairs = [(order[j], order[i]) for i in range(n_antenna) for j in range(i + 1)]
    assert pairs == list(zip(first.tolist(), second.tolist()))
    assert {int(a) for a, b in pairs if a > b} | {int(b) for a, b in pairs if a > b} >= {101, 115}
    times = header["time_array"][:].reshape(-1, n_baseline)
    assert (times == times[:, :1]).all()
    steps = np.diff(times[:, 0]) * 86400
    assert np.allclose(steps, 12.884901888, atol=1e-4)
    longitude, dec = np.radians(header["longitude"][()]), header["phase_center_app_dec"][()]
    baseline = (header["antenna_positions"][:][second] - header["antenna_positions"][:][first])
    out = baseline @ [np.cos(longitude), np.sin(longitude), 0]
    uvw = np.stack([baseline @ [-np.sin(longitude), np.cos(longitude), 0],
                    np.cos(dec) * baseline[:, 2] - np.sin(dec) * out,
                    np.sin(dec) * baseline[:, 2] + np.cos(dec) * out], axis=1)
    assert np.abs(header["uvw_array"][:n_baseline] - uvw).max() < 2e-4  # float32 of 2.6 km
    autos = file["Data/visdata"][:n_baseline][first == second]
    assert (autos.imag == 0).all() and (autos.real > 0).all()


if __name__ == "__main__":
    with h5py.File(sys.argv[1], "r") as opened:
        compare_layout(opened)
        compare_values(opened)
    print("layout agrees")
