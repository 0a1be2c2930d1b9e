#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# calibrate-ms --solve: tables, options and what is refused. That gains are right is tested in
# ../chain/calibrate-truth.bats; applying in calibrate-ms-apply.bats.
load helpers

# cal.ms, a calibrator's group of 14 antennas, its tables, and the same group in 16 windows.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export TZ=UTC
  PATH="$CONTIMG_BUILD:$PATH"
  mkdir raw
  simulate-observation --quiet --antennas 14 --channels 8 --integrations 10 --calibrator 3C147 \
    --bandpass-error 0.1 --seed 21 --output-dir raw >/dev/null
  convert() {
    convert-group --quiet --disk-floor-gb 0 --calibrator 3C147 --files raw/*.hdf5 --output-dir "$@"
  }
  mv "$(convert one)" cal.ms
  mv "$(convert many --spectral-windows 16)" windows.ms
  tar -cf cal.tar cal.ms
  calibrate-ms --solve --quiet --no-plot --caltable-dir first cal.ms >/dev/null
}

a_set() { tar -xf "$BATS_FILE_TMPDIR/cal.tar"; }
solve() { calibrate-ms --solve --caltable-dir tables "$@" cal.ms; }
value() { jq -r "$1" <<<"$output"; }
# refused CODE TEXT OPTION... : solving ends with that code, says TEXT, and leaves no table.
refused() {
  local code=$1 text=$2
  shift 2
  check "$code" solve --no-plot "$@"
  holds "$stderr" "$text"
  [[ $code == 2 ]] || holds "$stderr" expected
  same "$output" ""
  same "$(ls tables 2>/dev/null)" ""
}
# in_set PYTHON : runs it with t, cal.ms opened for writing, a and b, its antennas, and np.
in_set() {
  python -c "import sys, numpy as np
from casacore.tables import table, makecoldesc
t = table('cal.ms', readonly=False, ack=False)
a, b = t.getcol('ANTENNA1'), t.getcol('ANTENNA2')
exec(sys.argv[1])" "$1"
}
# of_tables PYTHON : runs it with gains(FOLDER, SUFFIX), where NaN are flagged, and np.
of_tables() {
  python -c "import os, sys, numpy as np
from casacore.tables import table
def gains(folder, suffix):
    t = table(folder + '/cal.' + suffix, ack=False)
    values = t.getcol('FPARAM' if suffix == 'K' else 'CPARAM').astype(complex)
    return np.where(t.getcol('FLAG'), np.nan, values)
def same(one, other):
    for suffix in ('K', 'B', 'G', 'G2'):
        assert np.array_equal(gains(one, suffix), gains(other, suffix), equal_nan=True), suffix
first = os.environ['BATS_FILE_TMPDIR'] + '/first'
exec(sys.argv[1])" "$1"
}
# name_of INDEX : an antenna's name.
name_of() {
  python -c "import sys
from casacore.tables import table
print(table('cal.ms/ANTENNA', ack=False).getcol('NAME')[int(sys.argv[1])])" "$1"
}

# --- what comes out

@test "calibrate-ms --solve: prints the tables one a line, draws them" {
  a_set
  check 0 solve
  same "$output" "$(printf 'tables/cal.%s\n' K B G G2)"
  same "$(ls tables)" "$(printf 'cal.%s\n' B G G2 K png)"
  holds "$stderr" "3C147, 22.1"
  same "$(head -c 8 tables/cal.png | od -An -tx1 | tr -d ' ')" 89504e470d0a1a0a
  of_tables "same('tables', first)"
  # DATA are only read.
  in_set "assert 'CORRECTED_DATA' not in t.colnames()"
}

@test "calibrate-ms --solve --json: one object; --quiet and --no-plot are obeyed" {
  a_set
  check 0 solve --json --quiet --no-plot
  same "$stderr" ""
  same "$(jq -cr '[.stage, .state, .ms, .calibrator, .n_antenna] | join(" ")' <<<"$output")" \
    "calibrate solved cal.ms 3C147 14"
  same "$(value '.tables | join(" ")')" "tables/cal.K tables/cal.B tables/cal.G tables/cal.G2"
  same "$(value .product)" tables/cal.K
  same "$(value .judged.verdict)" PASS
  # Perley & Butler 2017: 10^(1.4516 - 0.6961 x - 0.2007 x^2 + 0.0640 x^3 - 0.0464 x^4 + 0.0289 x^5)
  jq -e '(.frequency_hz / 1e9 | log10) as $x
    | pow(10; 1.4516 - 0.6961 * $x - 0.2007 * $x * $x + 0.0640 * pow($x; 3) - 0.0464 * pow($x; 4)
      + 0.0289 * pow($x; 5)) as $flux
    | (.flux_jy / $flux - 1 | fabs) < 1e-4' <<<"$output"
  for key in flux_source refant chi_squared amplitude_scatter channels_averaged n_interpolated \
    largest_delay_ns weak_antennas dead_antennas seconds; do
    jq -e --arg key "$key" 'has($key)' <<<"$output"
  done
  [[ ! -e tables/cal.png ]]
}

@test "calibrate-ms --solve: a second time is refused, with --force it gives the same" {
  a_set
  check 0 solve --no-plot --solint 0
  check 1 solve
  holds "$stderr" "tables/cal.B: exists already; give --force to replace it"
  same "$output" ""
  check 0 solve --force
  of_tables "same('tables', first)"
  check 0 solve --force --solint 0 --no-plot
  same "$(ls tables)" "$(printf 'cal.%s\n' B G K)"  # no G2 and no picture of the solve before
}

@test "calibrate-ms --solve: tables open elsewhere, in the documented layout" {
  python - "$repository/docs/formats/caltable.md" "$BATS_FILE_TMPDIR/first/cal" <<'PYTHON'
import re, sys
import numpy as np
from casacore.tables import table
text = open(sys.argv[1]).read()
part = lambda title: re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.S | re.M).group(1)
first = lambda title: set(re.findall(r"^\| `(\w+)`", part(title), re.M))
kinds = {"K": ("K Jones", "Float"), "B": ("B Jones", "Complex"), "G": ("G Jones", "Complex"),
         "G2": ("G Jones", "Complex")}
for suffix, (kind, values) in kinds.items():
    t = table(f"{sys.argv[2]}.{suffix}", ack=False)
    assert (t.getkeyword("VisCal"), t.getkeyword("ParType")) == (kind, values)
    assert (t.getkeyword("MSName"), t.getkeyword("PolBasis")) == ("cal.ms", "lin")
    assert set(t.colnames()) == first("Columns of the main table") - \
        {"CPARAM" if values == "Float" else "FPARAM"}, t.colnames()
    for name in first("Subtables"):
        assert table(t.getkeyword(name), ack=False).nrows() > 0, name
    n = 128 if suffix == "B" else 1
    assert t.getcol("FLAG").shape[1:] == (n, 2)
    assert (table(t.getkeyword("SPECTRAL_WINDOW"), ack=False).getcol("NUM_CHAN") == [n]).all()
    assert len(np.unique(t.getcol("TIME"))) == (2 if suffix == "G2" else 1)
    names = table(t.getkeyword("ANTENNA"), ack=False).getcol("NAME")
    history = table(t.getkeyword("HISTORY"), ack=False)
    assert "--solve" in str(history[0]["CLI_COMMAND"]), history[0]
    assert any("3C147, 22.1" in line for line in history.getcol("MESSAGE"))
    assert t.nrows() == len(names) * len(np.unique(t.getcol("TIME")))
    live = ~t.getcol("FLAG")
    assert len(np.unique(t.getcol("ANTENNA1")[live.all(axis=(1, 2))])) == 14
    if suffix == "B":
        # amplitudes of mean 1; the reference antenna has no phase
        gains, of = t.getcol("CPARAM"), t.getcol("ANTENNA1")
        assert np.allclose(np.abs(gains)[live.all(axis=(1, 2))].mean(axis=1), 1, atol=0.01)
        refant = t.getcol("ANTENNA2")[0]
        assert np.abs(np.angle(gains[of == refant])).max() < 1e-5
PYTHON
}

# --- options

@test "calibrate-ms --model MODEL_DATA: the column is the model" {
  a_set
  refused 1 "cal.ms: no MODEL_DATA, expected that column" --model MODEL_DATA
  # Four times 22.11 Jy at the phase centre: gains of half the size.
  in_set "
t.addcols(makecoldesc('MODEL_DATA', t.getcoldesc('DATA')))
data = t.getcol('DATA')
model = np.zeros_like(data)
model[:, :, 0] = model[:, :, -1] = 4 * 22.11
t.putcol('MODEL_DATA', model)"
  check 0 solve --no-plot --model MODEL_DATA
  of_tables "
ratio = np.abs(gains('tables', 'G') / gains(first, 'G'))
assert np.nanmin(ratio) > 0.49 and np.nanmax(ratio) < 0.51, ratio"
}

@test "calibrate-ms --solve --gaintable: what is applied before is not solved again" {
  a_set
  first=$BATS_FILE_TMPDIR/first/cal
  check 0 solve --no-plot --gaintable "$first.K,$first.B,$first.G,$first.G2"
  [[ ! -e tables/cal.K ]]
  of_tables "
for suffix in ('B', 'G', 'G2'):
    off = np.abs(gains('tables', suffix) - 1)
    assert np.nanmax(off) < (0.02 if suffix == 'B' else 2e-3), (suffix, np.nanmax(off))"
  refused_table() {
    check 1 solve --force --gaintable "$1"
    holds "$stderr" "$1"
  }
  refused_table absent.G
}

@test "calibrate-ms --uvrange: other baselines have no say" {
  a_set
  check 0 solve --no-plot --uvrange '>300m'
  mv tables far
  in_set "
data = t.getcol('DATA')
near = np.linalg.norm(t.getcol('UVW'), axis=1) < 250
assert 0 < near.sum() < len(near)
data[near] *= 3j
t.putcol('DATA', data)"
  check 0 solve --no-plot --uvrange '>300m'
  of_tables "same('tables', 'far')"
  check 0 solve --no-plot --force
  of_tables "assert not np.array_equal(gains('tables', 'G'), gains('far', 'G'))"
  rm -r tables
  for range in 5 '>x' '3~2km' '>-1m'; do
    refused 2 "--uvrange $range: not understood" --uvrange "$range"
  done
  refused 1 "cal.ms: no baseline within the range of --uvrange" --uvrange '>900km'
}

@test "calibrate-ms --solint 0: one gain for the whole set" {
  a_set
  check 0 solve --no-plot --solint 0
  same "$output" "$(printf 'tables/cal.%s\n' K B G)"
  refused_usage() {
    check 2 solve "$@"
    holds "$stderr" "$1"
  }
  refused_usage --solint -3
  refused_usage --flux -1
  refused_usage --minsnr 0
  refused_usage --bp-combine some
  refused_usage --model none
}

@test "calibrate-ms --refant: by name; another where that is dead" {
  a_set
  other=$(name_of "$(in_set "print(max(a))")")
  check 0 solve --no-plot --json --refant "$other"
  same "$(value .refant)" "$other"
  lacks "$stderr" WARN
  of_tables "assert np.nanmax(np.abs(np.angle(gains('tables', 'G')[$(in_set "print(max(a))")]))) < 1e-5"
  in_set "
flag = t.getcol('FLAG')
flag[(a == a.max()) | (b == a.max())] = True
t.putcol('FLAG', flag)"
  check 0 solve --no-plot --json --force --refant "$other"
  holds "$stderr" "cal.ms: reference antenna $other is flagged by half or more"
  [[ $(value .refant) != "$other" ]]
  same "$(value .n_antenna)" 13
  rm -r tables
  refused 1 "cal.ms: no antenna 999, expected --refant to name one of" --refant 999
}

@test "calibrate-ms --bp-combine none: the bandpass is that of the interval with most data" {
  a_set
  # The second minute is whole; in the first a channel is wrong, and an integration flagged.
  in_set "
time = t.getcol('TIME')
data, flag = t.getcol('DATA'), t.getcol('FLAG')
early = time < (time.min() + time.max()) / 2
flag[time < time.min() + 1] = True
data[early, 60] *= 4
t.putcol('DATA', data)
t.putcol('FLAG', flag)"
  check 0 solve --no-plot --bp-combine none
  of_tables "
off = np.abs(gains('tables', 'B') / gains(first, 'B'))[:, 60]
assert np.nanmin(off) > 0.95 and np.nanmax(off) < 1.05, off"
  check 0 solve --no-plot --force
  of_tables "
off = np.abs(gains('tables', 'B') / gains(first, 'B'))[:, 60]
assert np.nanmin(off) > 1.2 or np.isnan(off).all(), off"
}

# --- bad input

@test "calibrate-ms --solve: NaN in the data are passed over" {
  a_set
  in_set "
data = t.getcol('DATA')
data[::7, 5:9] = np.nan
data[3] = np.inf
t.putcol('DATA', data)"
  check 0 solve --no-plot --json
  same "$(value .n_antenna)" 14
  of_tables "
ratio = gains('tables', 'G') / gains(first, 'G')
assert np.isfinite(gains('tables', 'B')).sum() == np.isfinite(gains(first, 'B')).sum()
assert np.nanmax(np.abs(ratio - 1)) < 0.02"
}

@test "calibrate-ms --solve: calibrators that cannot be are refused, and never taken as 1 Jy" {
  a_set
  refused 1 "cal.ms: calibrator nosuch: not among the built-in primary calibrators" \
    --calibrator nosuch
  refused 1 "cal.ms: calibrator 3C286: the beam's response is 0.0" --calibrator 3C286
  refused 1 "(--min-calibrator-flux)" --min-calibrator-flux 30
  refused 2 "absent.sqlite3: no such file" --catalogue absent.sqlite3
  refused 2 "expected --catalogue" --model catalogue
  # A source near 3C147 whose flux density is only known at 22 GHz.
  printf 'name,ra_deg,dec_deg,flux_jy\nquiet,85.65,49.90,9\n' >quiet.csv
  check 0 import-catalogue --quiet --frequency-hz 2.2e10 quiet.csv --output quiet.sqlite3
  refused 1 "quiet.sqlite3: no source 'nosuch'" --catalogue quiet.sqlite3 --calibrator nosuch
  refused 1 "cal.ms: calibrator quiet: no flux density is known at 1405" \
    --catalogue quiet.sqlite3 --calibrator quiet
  check 0 solve --no-plot --json --catalogue quiet.sqlite3 --calibrator quiet --flux 11
  same "$(value '"\(.calibrator) \(.flux_jy) \(.flux_source)"')" "quiet 11 --flux"
  rm -r tables
  python -c "
import numpy
from casacore.tables import table
for name, column in (('POINTING', 'DIRECTION'), ('POINTING', 'TARGET'), ('FIELD', 'PHASE_DIR')):
    t = table('cal.ms/' + name, readonly=False, ack=False)
    v = t.getcol(column)
    v[..., 1] -= 0.5
    t.putcol(column, v)"
  refused 1 "cal.ms: no calibrator of known flux density in the beam"
}

@test "calibrate-ms --solve: sets that cannot be solved are refused" {
  check 1 solve
  holds "$stderr" "cal.ms: Table"
  holds "$stderr" "does not exist"
  a_set
  refused 1 "cal.ms: 14 live antennas, expected at least 15 (--min-antennas)" --min-antennas 15
  in_set "
flag = t.getcol('FLAG')
live = np.unique(a)[:9]
flag[~(np.isin(a, live) & np.isin(b, live))] = True
t.putcol('FLAG', flag)"
  refused 1 "cal.ms: 9 live antennas, expected at least 10"
  check 0 solve --no-plot --json --min-antennas 9
  same "$(value .n_antenna)" 9
  rm -r tables
  in_set "t.putcol('FLAG', np.ones_like(t.getcol('FLAG')))"
  refused 1 "cal.ms: all data are flagged"
  rm -r cal.ms
  cp -r "$BATS_FILE_TMPDIR/windows.ms" cal.ms
  refused 1 "cal.ms: a set of 1 fields and 16 spectral windows, expected one of each"
}

@test "calibrate-ms: usage of --solve" {
  check 2 calibrate-ms --solve
  holds "$stderr" "expected MS"
}

# --- all of it

@test "calibrate-ms --solve: killed at random, tables are whole and of one solve" {
  a_set
  check 0 solve --quiet --no-plot
  begin=$(date +%s%N)
  check 0 solve --quiet --force --no-plot
  length=$((($(date +%s%N) - begin) / 1000000))
  RANDOM=7
  finished=0 kills=${KILLS:-10}
  for ((i = 0; i < kills; ++i)); do
    calibrate-ms --solve --caltable-dir tables --quiet --force --no-plot cal.ms >/dev/null &
    sleep "$(awk -v ms="$((RANDOM % length))" 'BEGIN { print ms / 1000 }')"
    kill -KILL $! 2>/dev/null || true  # it may have been faster
    if wait $!; then ((++finished)); fi
    of_tables "
for suffix in ('K', 'G', 'G2', 'B'):
    path = 'tables/cal.' + suffix
    assert suffix != 'B' or not os.path.exists(path) or \
        all(os.path.exists('tables/cal.' + other) for other in ('K', 'G', 'G2'))
    if os.path.exists(path):
        assert np.array_equal(gains('tables', suffix), gains(first, suffix), equal_nan=True)"
  done
  ((finished < kills))
  rm -rf tables/cal.B  # as a kill before the last table leaves it
  check 0 solve --quiet --no-plot
  of_tables "same('tables', first)"
  same "$(ls -A tables)" "$(printf 'cal.%s\n' B G G2 K)"
}

@test "calibrate-ms: a calibrator's set is solved and given its own solutions" {
  a_set
  check 0 calibrate-ms --quiet --no-plot --caltable-dir tables cal.ms
  same "$output" cal.ms
  of_tables "same('tables', first)"
  # The calibrator alone: 22.11 Jy in all channels and without phase.
  in_set "
c = np.where(t.getcol('FLAG'), np.nan, t.getcol('CORRECTED_DATA'))[a != b][:, :, [0, -1]]
mean = np.nanmean(c, axis=0)
assert np.abs(np.abs(mean).mean() / 22.11 - 1) < 0.01, np.abs(mean).mean()
assert np.abs(np.angle(mean)).max() < 0.02"
}
