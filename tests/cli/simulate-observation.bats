# SPDX-License-Identifier: GPL-3.0-or-later
# simulate-observation: the correlator's layout, visibilities as predicted independently, interference, usage.
load helpers

small=(--antennas 6 --channels 4 --integrations 3)

sky() {
  printf '%s\n' name,ra_deg,dec_deg,flux_jy,spectral_index,reference_frequency_hz "$@" >sky.csv
}

@test "simulate-observation: names each file on stdout, and nothing else" {
  check 0 simulate-observation --quiet "${small[@]}" --output-dir "$PWD"
  same "$stderr" ""
  same "$(sort <<<"$output")" "$(find "$PWD" -name '*.hdf5' | sort)"
  same "$(wc -l <<<"$output")" 16
  [[ -s 2026-01-25T22:26:05.truth.json ]]
}

@test "simulate-observation: prints one JSON object a file" {
  check 0 simulate-observation --quiet --json "${small[@]}" --subbands 2
  same "$(python -c 'import json,sys; print(sorted(json.loads(l)["subband"] for l in sys.stdin))' \
    <<<"$output")" "[0, 1]"
}

@test "simulate-observation: a small file has the correlator's layout" {
  check 0 simulate-observation --quiet "${small[@]}"
  check 0 python "$repository/tests/witness/uvh5_layout.py" 2026-01-25T22:26:05_sb00.hdf5
}

@test "simulate-observation: a full-size file has the correlator's layout and size" {
  check 0 simulate-observation --quiet --subbands 1
  check 0 python "$repository/tests/witness/uvh5_layout.py" 2026-01-25T22:26:05_sb00.hdf5
  local size
  size=$(stat -c %s 2026-01-25T22:26:05_sb00.hdf5)
  ((size > 145348600 * 99 / 100 && size < 145348600 * 101 / 100))
}

@test "simulate-observation: an independent prediction from the truth gives the same visibilities" {
  sky one,343.8,16.1,1.5,-0.7,1.4e9 two,343.2,16.9,0.7,0.3,1.4e9
  check 0 simulate-observation --quiet "${small[@]}" --sky sky.csv --ideal
  check 0 python "$repository/tests/witness/simulated_visibilities.py" .
}

@test "simulate-observation: so it does at -20 and +75 degrees, and across 0h" {
  local dec
  for dec in -20 75; do
    mkdir "at$dec"
    check 0 simulate-observation --quiet "${small[@]}" --ideal --dec "$dec" --random-sources 5 \
      --start 2026-01-25T23:33:00 --output-dir "at$dec"
    check 0 python "$repository/tests/witness/simulated_visibilities.py" "at$dec"
  done
}

@test "simulate-observation: a calibrator is at the centre of the field at mid-group" {
  check 0 simulate-observation --quiet "${small[@]}" --ideal --calibrator 3C286
  check 0 python -c '
import glob, json
truth = json.load(open(glob.glob("*.truth.json")[0]))
assert truth["sources"][0]["name"] == "1331+305"
assert truth["sources"][0]["separation_rad"][1] < 5e-5, truth["sources"][0]["separation_rad"]'
  check 0 python "$repository/tests/witness/simulated_visibilities.py" .
}

@test "simulate-observation: refuses what it does not know, with exit code 2" {
  check 2 simulate-observation --fault broken
  holds "$stderr" "expected one of missing"
  check 2 simulate-observation --start yesterday
  check 2 simulate-observation --antennas 97
  check 2 simulate-observation --calibrator 3C28
  check 2 simulate-observation --rfi loud
  check 2 simulate-observation --output-dir no/such/folder
  same "$(find . -name "2026*")" ""
}

@test "simulate-observation: a sky that cannot be read is bad input, with exit code 1" {
  printf 'name,ra_deg,dec_deg,flux_jy\na,1,2,x\n' >sky.csv
  check 1 simulate-observation "${small[@]}" --sky sky.csv
  holds "$stderr" "sky.csv: line 2"
}

@test "simulate-observation: keeps files that exist unless told otherwise" {
  check 0 simulate-observation --quiet "${small[@]}" --subbands 1
  check 2 simulate-observation --quiet "${small[@]}" --subbands 1
  holds "$stderr" "--overwrite"
  check 0 simulate-observation --quiet "${small[@]}" --subbands 1 --overwrite
}

@test "simulate-observation: ends tidily on TERM, with exit code 75" {
  simulate-observation --quiet "${small[@]}" --subbands 1 --groups 2 --pace 1 &
  local pid=$! code=0
  until compgen -G '*_sb00.hdf5' >/dev/null; do sleep 0.1; done
  kill -TERM "$pid"
  wait "$pid" || code=$?
  same "$code" 75
}

@test "simulate-observation: interference appears where the truth has it" {
  check 0 simulate-observation --quiet --antennas 4 --channels 48 --integrations 3 --ideal \
    --rfi narrow:frequency-mhz=1405:flux-jy=50
  check 0 python -c '
import glob, h5py, json
import numpy as np
truth = json.load(open(glob.glob("*.truth.json")[0]))
line = truth["transmitters"][0]
for path in glob.glob("*.hdf5"):
    with h5py.File(path, "r") as file:
        f, width = file["Header/freq_array"][0], file["Header/channel_width"][()]
        cross = file["Header/ant_1_array"][:] != file["Header/ant_2_array"][:]
        loud = np.abs(file["Data/visdata"][:, 0, :, 0][cross]).max(axis=0) > 0
    expected = (f + width / 2 > line["low_hz"]) & (f - width / 2 < line["high_hz"])
    assert (loud == expected).all(), path'
}

@test "simulate-observation: structured interference is added as its list says, and nothing else is changed" {
  same_sky=(--quiet --antennas 4 --channels 4 --integrations 12 --ideal --sefd-jy 5800 --seed 3)
  mkdir with without
  check 0 simulate-observation "${same_sky[@]}" --output-dir with --rfi structured:events=40
  check 0 simulate-observation "${same_sky[@]}" --output-dir without
  [[ ! -e $(echo without/*.rfi.csv) ]]
  check 0 python -c '
import csv, glob, h5py, json
import numpy as np
truth = json.load(open(glob.glob("with/*.truth.json")[0]))
events = list(csv.DictReader(open(glob.glob("with/*.rfi.csv")[0])))
assert {e["kind"] for e in events} == {"line", "burst", "carrier"}, events
n_channel = truth["n_channel"] * truth["n_subband"]
found = {}
for path in glob.glob("with/*.hdf5"):
    with h5py.File(path) as a, h5py.File(path.replace("with/", "without/")) as b:
        pairs = list(zip(a["Header/ant_1_array"][:], a["Header/ant_2_array"][:]))
        added = a["Data/visdata"][:, 0] - b["Data/visdata"][:, 0]
        top = round((a["Header/freq_array"][0, 0] - truth["first_frequency_hz"])
                    / -truth["channel_width_hz"])
    n = len(set(pairs))
    for row, pair in enumerate(pairs):
        whole = found.setdefault(frozenset(pair), np.zeros((12, n_channel, 2), complex))
        for k in range(truth["n_channel"]):
            whole[row // n, n_channel - 1 - top - k] = added[row, k]
covered = {pair: np.zeros((12, n_channel), int) for pair in found}
boxes = []
for e in events:
    pair = frozenset((int(e["antenna1"]) - 1, int(e["antenna2"]) - 1))
    t, c = int(e["first_integration"]), int(e["first_channel"])
    box = slice(t, t + int(e["n_integration"])), slice(c, c + int(e["n_channel"]))
    assert box[0].stop <= 12 and box[1].stop <= n_channel
    assert max(int(e["n_integration"]), int(e["n_channel"])) >= 8
    covered[pair][box] += 1
    boxes.append((pair, box, float(e["sigma"])))
checked = 0
for pair, box, sigma in boxes:
    alone = covered[pair][box] == 1
    got = np.abs(found[pair][box][alone]) / truth["noise_jy"]
    assert np.allclose(got, sigma, rtol=1e-4, atol=1e-4), (sigma, got)
    checked += alone.sum()
assert checked > 300, checked
for pair, whole in found.items():
    assert np.abs(whole[covered[pair] == 0]).max() == 0 if len(pair) == 2 else not whole.any()
sigmas = [s for _, _, s in boxes]
assert 0.5 <= min(sigmas) and max(sigmas) <= 30'
  check 2 simulate-observation --rfi structured:loudness=3
  check 2 simulate-observation --rfi structured:min-sigma=9:max-sigma=3
}

@test "simulate-observation: --noise-seed gives other noise to the same instrument" {
  small_group one --noise-seed 1
  small_group two --noise-seed 2
  small_group again --noise-seed 2
  check 0 python -c '
import glob, json, os
import h5py, numpy as np
paths = sorted(glob.glob("one/*.hdf5"))
assert len(paths) == 16
truths = [json.load(open(glob.glob(f"{run}/*.truth.json")[0])) for run in ("one", "two")]
assert truths[0]["stations"] == truths[1]["stations"]
for path in paths:
    name = os.path.basename(path)
    one, two, again = (h5py.File(f"{run}/{name}")["Data/visdata"][:] for run in ("one", "two", "again"))
    assert np.array_equal(two, again)
    cross = h5py.File(path)["Header/ant_1_array"][:] != h5py.File(path)["Header/ant_2_array"][:]
    assert (one[cross] != two[cross]).mean() > 0.99'
}
