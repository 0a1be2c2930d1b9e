# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the subtables, labels and keywords of a converted set to the truth of its group.

Usage: set_tables.py SET TRUTH_JSON [WINDOWS [FIELDS]]
"""
import json
import sys

import erfa
import numpy as np
from casacore.tables import table

from earth_frame import frames, meridian

MILLIARCSECOND = np.radians(1e-3 / 3600)
BAND_TOP_HZ = 1498643188.4765625 + 244140.625 / 2  # of the correlator, by its documentation
SUBBAND_HZ = 11718750.0
N_STATION = 117


def subtable(path, name):
    return table(path + "/" + name, ack=False)


def check_main(path, truth, n_window, n_field):
    with table(path, ack=False) as main:
        n_time = len(truth["time_jd"])
        per_time = main.nrows() // n_time
        time = np.repeat((np.array(truth["time_jd"]) - 2400000.5) * 86400, per_time)
        for name in ("TIME", "TIME_CENTROID"):
            assert np.abs(main.getcol(name) - time).max() < 1e-5, name
            assert main.getcolkeywords(name) == {
                "QuantumUnits": ["s"], "MEASINFO": {"type": "epoch", "Ref": "UTC"}}
        for name in ("INTERVAL", "EXPOSURE"):
            assert np.abs(main.getcol(name) - truth["integration_time_s"]).max() < 1e-6, name
            assert main.getcolkeywords(name)["QuantumUnits"] == ["s"]
        keywords = main.getcolkeywords("UVW")
        assert keywords["QuantumUnits"] == ["m"] * 3 and keywords["MEASINFO"] == {"type": "uvw", "Ref": "J2000"}
        window = np.tile(np.repeat(np.arange(n_window), per_time // n_window), n_time)
        assert (main.getcol("DATA_DESC_ID") == window).all()
        assert (main.getcol("ANTENNA1") <= main.getcol("ANTENNA2")).all()
        field = np.repeat(np.arange(n_time), per_time) if n_field > 1 else 0
        assert (main.getcol("FIELD_ID") == field).all()
        for name in ("FEED1", "FEED2", "ARRAY_ID", "OBSERVATION_ID", "STATE_ID", "PROCESSOR_ID"):
            assert (main.getcol(name) == 0).all(), name
        assert (main.getcol("WEIGHT") == 96).all() and "WEIGHT_SPECTRUM" not in main.colnames()
        assert np.abs(main.getcol("SIGMA") - 96 ** -0.5).max() < 1e-7
        assert not main.getcol("FLAG_ROW").any() and not main.getcol("FLAG").any()
        assert main.getkeyword("MS_VERSION") == 2.0


def check_antennas(path, truth):
    with subtable(path, "ANTENNA") as antenna:
        position = antenna.getcol("POSITION")
        assert len(position) == N_STATION
        for station in truth["stations"]:
            i = station["index"]
            assert np.abs(position[i] - station["itrf_m"]).max() < 1e-6, i
            assert antenna.getcell("NAME", i) == station["name"].split("-")[1].lstrip("0")
        assert (antenna.getcol("DISH_DIAMETER") == truth["dish_diameter_m"]).all()
        assert set(antenna.getcol("MOUNT")) == {"alt-az"}
        assert antenna.getcolkeywords("POSITION")["MEASINFO"] == {"type": "position", "Ref": "ITRF"}
    with subtable(path, "FEED") as feed:
        assert (feed.getcol("ANTENNA_ID") == np.arange(N_STATION)).all()
        types = feed.getcol("POLARIZATION_TYPE")
        assert types["shape"] == [N_STATION, 2] and types["array"] == ["X", "Y"] * N_STATION
        assert (feed.getcol("NUM_RECEPTORS") == 2).all()
        assert (feed.getcol("SPECTRAL_WINDOW_ID") == -1).all()
        assert (feed.getcol("POL_RESPONSE") == np.eye(2)).all()


def check_band(path, truth, n_window):
    n = truth["n_channel"] * truth["n_subband"]
    width = SUBBAND_HZ / truth["n_channel"]
    expected = (BAND_TOP_HZ - width * (np.arange(n) + 0.5))[::-1].reshape(n_window, -1)
    with subtable(path, "SPECTRAL_WINDOW") as window:
        assert window.nrows() == n_window
        assert np.abs(window.getcol("CHAN_FREQ") - expected).max() < 1e-3
        for name in ("CHAN_WIDTH", "EFFECTIVE_BW", "RESOLUTION"):
            assert np.abs(window.getcol(name) - width).max() < 1e-6, name
        assert np.abs(window.getcol("TOTAL_BANDWIDTH") - width * n / n_window).max() < 1e-3
        assert (window.getcol("MEAS_FREQ_REF") == 5).all()  # TOPO
        assert (window.getcol("NUM_CHAN") == n // n_window).all()
    with subtable(path, "DATA_DESCRIPTION") as description:
        assert (description.getcol("SPECTRAL_WINDOW_ID") == np.arange(n_window)).all()
        assert (description.getcol("POLARIZATION_ID") == 0).all()
    with subtable(path, "POLARIZATION") as polarization:
        assert polarization.getcol("CORR_TYPE").tolist() == [[9, 12]]
        assert polarization.getcol("CORR_PRODUCT").tolist() == [[[0, 0], [1, 1]]]


def check_directions(path, truth, n_field):
    seen = [frame.place_seen_at(meridian(truth)) for frame in frames(truth)]
    icrs = {"type": "direction", "Ref": "ICRS"}
    with subtable(path, "FIELD") as field:
        assert field.nrows() == n_field
        assert (field.getcol("NUM_POLY") == 0).all()
        for name in ("PHASE_DIR", "DELAY_DIR", "REFERENCE_DIR"):
            assert (field.getcol(name) == field.getcol("PHASE_DIR")).all()
            assert field.getcolkeywords(name)["MEASINFO"] == icrs
            assert field.getcolkeywords(name)["QuantumUnits"] == ["rad", "rad"]
        phase_centre = field.getcol("PHASE_DIR")[:, 0]
        assert (phase_centre[:, 0] >= 0).all() and (phase_centre[:, 0] < 2 * np.pi).all()
        source_id = field.getcol("SOURCE_ID")
    with subtable(path, "SOURCE") as source:
        rows = source.getcol("SOURCE_ID").tolist()
        for i in range(n_field):
            direction = source.getcell("DIRECTION", rows.index(source_id[i]))
            assert (direction == phase_centre[i]).all()
        assert source.getcolkeywords("DIRECTION")["MEASINFO"] == icrs
    with subtable(path, "POINTING") as pointing:
        time = pointing.getcol("TIME").reshape(-1, N_STATION)
        assert len(time) == len(seen) and (time == time[:, :1]).all()
        assert (pointing.getcol("ANTENNA_ID").reshape(-1, N_STATION) == np.arange(N_STATION)).all()
        assert pointing.getcolkeywords("DIRECTION")["MEASINFO"] == icrs
        for name in ("DIRECTION", "TARGET"):
            direction = pointing.getcol(name).reshape(-1, N_STATION, 2)
            worst = max(erfa.sepp(erfa.s2c(*place), expected)
                        for row, expected in zip(direction, seen) for place in row[:1])
            assert (direction == direction[:, :1]).all() and worst < MILLIARCSECOND, worst
        jd = pointing.getcol("TIME").reshape(-1, N_STATION)[:, 0] / 86400 + 2400000.5
        assert np.abs(jd - truth["time_jd"]).max() < 1e-9
    return worst / MILLIARCSECOND


def check_provenance(path, truth):
    half = truth["integration_time_s"] / 2
    time = (np.array(truth["time_jd"]) - 2400000.5) * 86400
    with subtable(path, "OBSERVATION") as observation:
        begin, end = observation.getcell("TIME_RANGE", 0)
        assert abs(begin - (time[0] - half)) < 1e-4 and abs(end - (time[-1] + half)) < 1e-4
        assert observation.nrows() == 1
        assert observation.getcell("TELESCOPE_NAME", 0) == "DSA_110"
        assert observation.getcolkeywords("TIME_RANGE")["MEASINFO"]["Ref"] == "UTC"
    with subtable(path, "STATE") as state:
        assert state.nrows() == 1 and state.getcell("OBS_MODE", 0) == "OBSERVE_TARGET#ON_SOURCE"
        assert state.getcell("SIG", 0) and not state.getcell("REF", 0)
    with subtable(path, "PROCESSOR") as processor:
        assert processor.getcell("TYPE", 0) == "CORRELATOR"
    with subtable(path, "HISTORY") as history:
        text = "\n".join(history.getcol("MESSAGE"))
        for entry in truth["files"]:
            assert entry["name"] in text, entry["name"]
        assert truth["group_id"] in text and "Earth orientation" in text
        assert all(name.startswith("convert-group") for name in history.getcol("APPLICATION"))
        assert "convert-group" in history.getcell("CLI_COMMAND", 0)[0]


def main(path, truth_path, n_window=1, n_field=1):
    with open(truth_path) as text:
        truth = json.load(text)
    check_main(path, truth, int(n_window), int(n_field))
    check_antennas(path, truth)
    check_band(path, truth, int(n_window))
    worst = check_directions(path, truth, int(n_field))
    check_provenance(path, truth)
    print(f"tables agree; pointing within {worst:.2e} mas")


if __name__ == "__main__":
    main(*sys.argv[1:])
