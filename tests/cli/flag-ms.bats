#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# flag-ms, and convert-group --flag, on ten baselines with interference of known strength.
load helpers

id=2026-01-25T22:26:05

# Ten baselines of 24 integrations x 256 channels, with interference of known strength; the set,
# and the same as 16 spectral windows.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export TZ=UTC
  mkdir incoming
  "$CONTIMG_BUILD/simulate-observation" --quiet --start $id --output-dir incoming --antennas 5 \
    --channels 16 --random-sources 3 --rfi structured:events=24 >/dev/null
  convert_to() {
    "$CONTIMG_BUILD/convert-group" --quiet --disk-floor-gb 0 --files incoming/*.hdf5 --output-dir "$@" \
      >/dev/null
  }
  convert_to ms
  mv "ms/science/2026-01-25/$id.ms" one.ms
  convert_to windows --spectral-windows 16 --keep-autocorrelations
  mv "windows/science/2026-01-25/$id.ms" windows.ms
  rm -rf ms windows
}

# a_set [FROM] : x.ms, a copy of a set for this test.
a_set() { cp -r "$BATS_FILE_TMPDIR/${1:-one}.ms" x.ms; }
flag() { flag-ms --no-plot "$@"; }
# in_set PYTHON : runs PYTHON with t, the open set x.ms, names of the antennas and numpy.
in_set() {
  python -c "import sys, numpy
from casacore.tables import table
t = table('x.ms', readonly=False, ack=False)
names = table('x.ms/ANTENNA', ack=False).getcol('NAME')
exec(sys.argv[1])" "$1"
}
flags_of() {
  python -c "import sys, hashlib
from casacore.tables import table
t = table(sys.argv[1], ack=False)
print(hashlib.sha256(t.getcol('FLAG').tobytes() + t.getcol('FLAG_ROW').tobytes()).hexdigest())" \
    "${1:-x.ms}"
}
list() { printf '%s\n' antennas,low_mhz,high_mhz,from,until,why "$@" >list.csv; }
enqueue() {
  scan-incoming --quiet --settle-time-s 0 --input-dir "$BATS_FILE_TMPDIR/incoming" \
    --queue-db "$queue" >/dev/null
  form-groups --quiet --queue-db "$queue" >/dev/null
}
convert() {
  convert-group --quiet --disk-floor-gb 0 --queue-db "$queue" --output-dir ms "$@"
}
job() { sql "SELECT state FROM job WHERE stage = '$1' AND group_id = '$id'"; }

# --- by hand

@test "flag-ms: prints the path of the set, changes FLAG and FLAG_ROW and no other column" {
  a_set
  in_set "numpy.save('data', t.getcol('DATA')); numpy.save('weight', t.getcol('WEIGHT'))"
  check 0 flag-ms x.ms
  same "$output" x.ms
  holds "$stderr" "% flagged among live antennas"
  [[ -s x.flags.png ]]
  in_set "
flag, row = t.getcol('FLAG'), t.getcol('FLAG_ROW')
assert 0.02 < flag.mean() < 0.2, flag.mean()
assert (row == flag.all(axis=(1, 2))).all()
assert (t.getcol('DATA') == numpy.load('data.npy')).all()
assert (t.getcol('WEIGHT') == numpy.load('weight.npy')).all()
assert 'CONTIMG_IN_PROGRESS' not in t.keywordnames()"
}

@test "flag-ms: --quiet success is silent; several sets are flagged in turn" {
  a_set
  cp -r x.ms y.ms
  check 0 flag --quiet x.ms y.ms
  same "$output" $'x.ms\ny.ms'
  same "$stderr" ""
  same "$(flags_of x.ms)" "$(flags_of y.ms)"
}

@test "flag-ms: done again, whatever was flagged in between, gives the same flags" {
  a_set
  check 0 flag x.ms
  first=$(flags_of)
  check 0 flag x.ms
  same "$(flags_of)" "$first"
  in_set "t.putcol('FLAG', t.getcol('FLAG') | True); t.putcol('FLAG_ROW', t.getcol('FLAG_ROW') | True)"
  check 0 flag x.ms
  same "$(flags_of)" "$first"
  [[ -s x.ms/FLAG_VERSIONS/pre_flag.bits ]]
}

@test "flag-ms: threads change nothing" {
  a_set
  check 0 flag --omp-threads 1 x.ms
  first=$(flags_of)
  check 0 flag --omp-threads 3 x.ms
  same "$(flags_of)" "$first"
}

@test "flag-ms: --json tells shares, reasons and what is dead" {
  a_set
  in_set "
d = t.getcol('DATA'); dead = names.index('89')
d[(t.getcol('ANTENNA1') == dead) | (t.getcol('ANTENNA2') == dead)] = 0
d[:, 7] = numpy.nan
t.putcol('DATA', d)"
  check 0 flag-ms --json x.ms
  same "$(jq -c '[.stage, .product, .state, .dead_antennas, .dead_channels, .plot]' <<<"$output")" \
    '["flag","x.ms","completed",["89"],[7],"x.flags.png"]'
  # 4 of 10 baselines are 0 in 255 of 256 channels; 1 of 256 channels is NaN.
  same "$(jq '.reasons | [.zero, ."not-finite"] | map(. * 100000 | round)' -c <<<"$output")" \
    '[39844,391]'
  jq -e '.flagged.live < 0.2 and .flagged.raw > 0.4' <<<"$output"
}

@test "flag-ms: one spectral window and sixteen, autocorrelations among them, get the same flags" {
  a_set windows
  check 0 flag --json x.ms
  jq -e '.reasons.autocorrelation == 0' <<<"$output" # they do not count
  mv x.ms windows.ms
  a_set
  check 0 flag x.ms
  in_set "
w = table('windows.ms', ack=False)
auto = w.query('ANTENNA1 == ANTENNA2')
assert auto.nrows() > 0 and auto.getcol('FLAG').all()
f = w.query('ANTENNA1 != ANTENNA2').getcol('FLAG').reshape(24, 16, 10, 16, 2)
assert (f.transpose(0, 2, 1, 3, 4).reshape(240, 256, 2) == t.getcol('FLAG')).all()"
}

@test "flag-ms: --no-rfi looks at no amplitudes" {
  a_set
  in_set "d = t.getcol('DATA'); d[3, 5, 1] = 0; t.putcol('DATA', d)"
  check 0 flag --no-rfi --json x.ms
  jq -e '.strategy == "none" and .reasons.interference == 0 and .reasons.zero > 0' <<<"$output"
  in_set "assert t.getcol('FLAG').sum() == 1 and t.getcol('FLAG')[3, 5, 1]"
}

# --- the list

@test "flag-ms: the list's antennas, baselines and channels, within their dates only" {
  a_set
  list '# a comment' '24,,,2026-01-25,2026-01-26,that day' '111 & 102,1400,1405,,,' \
    '116,,,2026-01-26,,the day after'
  check 0 flag --no-rfi --flag-list list.csv --json x.ms
  same "$(jq -c .dead_antennas <<<"$output")" '["24"]'
  in_set "
f = t.getcol('FLAG').all(axis=2)
a, b = (numpy.array([names[i] for i in t.getcol(c)]) for c in ('ANTENNA1', 'ANTENNA2'))
mhz = table('x.ms/SPECTRAL_WINDOW', ack=False).getcol('CHAN_FREQ')[0] / 1e6
has24 = (a == '24') | (b == '24')
assert f[has24].all()
pair = (a == '102') & (b == '111')
near = (mhz > 1399.6) & (mhz < 1405.4)
assert pair.any() and f[pair][:, (mhz > 1400.4) & (mhz < 1404.6)].all() and not f[pair][:, ~near].any()
assert not f[~has24 & ~pair].any()"
}

@test "flag-ms: a list that cannot be understood is exit code 2 with its line, and changes nothing" {
  a_set
  before=$(flags_of)
  list '2,,,2026-13-01,,'
  check 2 flag --flag-list list.csv x.ms
  holds "$stderr" "list.csv:2: '2026-13-01' is no time"
  check 2 flag --flag-list absent.csv x.ms
  holds "$stderr" "absent.csv: cannot be read"
  list ',,,,,'
  check 2 flag --flag-list list.csv x.ms
  holds "$stderr" "would flag everything"
  same "$(flags_of)" "$before"
  same "$output" ""
}

# --- bad input

@test "flag-ms: a set of which everything is flagged is refused" {
  a_set
  in_set "t.putcol('FLAG', t.getcol('FLAG') | True)"
  before=$(flags_of)
  check 1 flag x.ms
  holds "$stderr" "x.ms: 100 % is flagged among live antennas"
  same "$(flags_of)" "$before"
}

@test "flag-ms: nothing but NaN, and nothing but zeros, are refused" {
  for value in numpy.nan 0; do
    rm -rf x.ms
    a_set
    in_set "t.putcol('DATA', t.getcol('DATA') * 0 + $value)"
    check 1 flag x.ms
    holds "$stderr" "the set is of no use"
  done
}

@test "flag-ms: --max-lost-share refuses to flag more, and leaves FLAG as it was" {
  a_set
  before=$(flags_of)
  check 1 flag --max-lost-share 0.01 x.ms
  holds "$stderr" "of what was good would be flagged, expected at most 1 %"
  same "$(flags_of)" "$before"
  check 0 flag --max-lost-share 0.5 x.ms
}

@test "flag-ms: a strategy that is absent, or wrong, is exit code 2; one of one's own is used" {
  a_set
  before=$(flags_of)
  check 2 flag --strategy absent.lua x.ms
  holds "$stderr" "absent.lua: cannot be read"
  echo 'function execute(input) input:no_such_thing() end' >own.lua
  check 2 flag --strategy own.lua x.ms
  holds "$stderr" "own.lua: this strategy fails"
  same "$(flags_of)" "$before"
  echo 'function execute(input) end' >own.lua
  check 0 flag --strategy own.lua --json x.ms
  jq -e '.flagged.raw == 0 and (.strategy | startswith("own.lua, AOFlagger "))' <<<"$output"
}

@test "flag-ms: what is no set, and what is not there, is exit code 1" {
  mkdir empty.ms
  check 1 flag empty.ms
  check 1 flag absent.ms
  holds "$stderr" "absent.ms"
}

@test "flag-ms: rows in any order, and rows that are missing" {
  a_set
  check 0 flag x.ms
  in_set "
order = numpy.random.default_rng(1).permutation(t.nrows())
t.selectrows(order.tolist()).copy('y.ms', deep=True).close()"
  rm -rf y.ms/FLAG_VERSIONS
  python -c "
from casacore.tables import table
t = table('y.ms', readonly=False, ack=False)
for name in ('FLAG', 'FLAG_ROW'): t.putcol(name, t.getcol(name) & False)"
  check 0 flag y.ms
  in_set "
y = table('y.ms', ack=False).sort('TIME,ANTENNA1,ANTENNA2')
assert (y.getcol('FLAG') == t.getcol('FLAG')).all()
t.selectrows([i for i in range(240) if i != 100]).copy('z.ms', deep=True).close()"
  check 0 flag z.ms
}

# --- changing a set in place

@test "flag-ms: a set that it was killed in is refused by readers, and repaired by the next run" {
  a_set
  check 0 flag x.ms
  first=$(flags_of)
  in_set "
t.putkeyword('CONTIMG_IN_PROGRESS', 'flag')
f = t.getcol('FLAG'); f[100:] = True; t.putcol('FLAG', f)"
  mkdir -p "ms/science/2026-01-25"
  cp -r x.ms "ms/science/2026-01-25/$id.ms"
  check 1 convert-group --disk-floor-gb 0 --output-dir ms --files "$BATS_FILE_TMPDIR"/incoming/*.hdf5
  holds "$stderr" "flag"
  check 0 flag --json x.ms
  same "$(jq -r .state <<<"$output")" repaired
  same "$(flags_of)" "$first"
  check 0 flag --json x.ms
  same "$(jq -r .state <<<"$output")" completed
}

@test "flag-ms: a set that another stage was killed in is left to that stage" {
  a_set
  in_set "t.putkeyword('CONTIMG_IN_PROGRESS', 'calibrate')"
  check 1 flag x.ms
  holds "$stderr" "the stage 'calibrate' was killed"
}

@test "flag-ms: a set that somebody else is changing is exit code 75" {
  a_set
  exec 9<x.ms
  flock 9
  check 75 flag x.ms
  holds "$stderr" "another process is changing this set"
  exec 9<&-
  check 0 flag x.ms
}

@test "flag-ms: killed at any moment and run again, the flags are those of an undisturbed run" {
  a_set
  check 0 flag x.ms
  expected=$(flags_of)
  for wait in 0.01 0.03 0.05 0.07 0.1 0.15; do
    rm -rf x.ms
    a_set
    flag-ms --quiet --no-plot x.ms >/dev/null &
    sleep $wait
    kill -9 $! 2>/dev/null || true
    wait $! || true
    check 0 flag x.ms
    same "$(flags_of)" "$expected"
  done
}

@test "flag-ms: ends tidily on TERM, with exit code 75 and the flags as they were" {
  a_set
  before=$(flags_of)
  echo 'function execute(input) io.open("begun", "w"):close()
    local b = os.clock() while os.clock() - b < 0.2 do end end' >slow.lua
  flag-ms --quiet --strategy slow.lua x.ms >/dev/null 2>&1 3>&- &
  until_true 120 test -e begun
  kill -TERM $!
  code=0
  wait $! || code=$?
  same "$code" 75
  same "$(flags_of)" "$before"
  check 0 flag x.ms
}

@test "flag-ms: without gnuplot it warns and flags" {
  a_set
  mkdir bin
  ln -s "$(command -v flag-ms)" bin/
  check 0 env PATH="$PWD/bin" flag-ms x.ms
  holds "$stderr" "gnuplot"
  [[ ! -e x.flags.png ]]
}

# --- the queue

@test "flag-ms: takes the next job of the queue, records shares and picture, then has nothing to do" {
  enqueue
  convert --omp-threads 2 >/dev/null
  check 0 flag-ms --queue-db "$queue" --quiet
  same "$output" "$PWD/ms/science/2026-01-25/$id.ms"
  same "$stderr" ""
  same "$(job flag) $(job calibrate)" "done ready"
  same "$(sql "SELECT dim FROM flag_shares ORDER BY dim")" $'antenna\nbaseline\nchannel\nreason\ntotal'
  same "$(sql "SELECT count(*) FROM flag_shares, json_each(shares) WHERE dim = 'channel'")" 256
  same "$(sql "SELECT count(*) FROM flag_shares, json_each(shares) WHERE dim = 'baseline'")" 10
  same "$(sql "SELECT count(*) FROM product WHERE path LIKE '%.flags.png' AND kind = 'plot'")" 1
  # The shares are those of FLAG.
  ln -s "ms/science/2026-01-25/$id.ms" x.ms
  in_set "
import json, sys
f = t.getcol('FLAG'); a, b = t.getcol('ANTENNA1'), t.getcol('ANTENNA2')
found = json.loads('''$(sql "SELECT json_group_object(dim, json(shares)) FROM flag_shares")''')
assert abs(found['total']['raw'] - f.mean()) < 1e-5
assert abs(found['channel']['17'] - f[:, 17].mean()) < 1e-5
n = names.index('89')
assert abs(found['antenna']['89'] - f[(a == n) | (b == n)].mean()) < 1e-5"
  check 0 flag-ms --queue-db "$queue"
  same "$output" ""
  holds "$stderr" "nothing to do"
}

@test "flag-ms: --group takes one group; --force does it again; before it is converted it waits" {
  enqueue
  check 2 flag-ms --queue-db "$queue" --group $id
  holds "$stderr" "not ready for flag"
  convert --omp-threads 2 >/dev/null
  check 0 flag --queue-db "$queue" --group $id
  first=$(flags_of "ms/science/2026-01-25/$id.ms")
  check 0 flag --queue-db "$queue" --group $id
  same "$output" ""
  check 0 flag --queue-db "$queue" --group $id --force
  same "$output" "$PWD/ms/science/2026-01-25/$id.ms"
  same "$(flags_of "ms/science/2026-01-25/$id.ms")" "$first"
  check 2 flag --queue-db "$queue" --group $id x.ms
}

@test "flag-ms: a set that is refused fails its job with the reason; a bad strategy does not" {
  enqueue
  convert --omp-threads 2 >/dev/null
  check 2 flag --queue-db "$queue" --strategy absent.lua
  same "$(job flag)" ready
  check 1 flag --queue-db "$queue" --max-lost-share 0.001
  same "$(job flag)" failed
  holds "$(sql "SELECT reason FROM job WHERE stage = 'flag'")" "of what was good would be flagged"
}

# --- while converting

@test "convert-group --flag: flags, shares and jobs are those of convert-group and flag-ms" {
  enqueue
  convert --omp-threads 2 >/dev/null
  check 0 flag-ms --quiet --queue-db "$queue"
  shares=$(sql "SELECT dim, shares FROM flag_shares ORDER BY dim")
  expected=$(flags_of "ms/science/2026-01-25/$id.ms")
  rm -rf ms "$queue"*
  enqueue
  check 0 convert --flag --json
  same "$(jq -r .stage <<<"$output")" $'convert\nflag'
  same "$(flags_of "ms/science/2026-01-25/$id.ms")" "$expected"
  same "$(sql "SELECT dim, shares FROM flag_shares ORDER BY dim")" "$shares"
  same "$(job convert) $(job flag) $(job calibrate)" "done done ready"
  [[ -s ms/science/2026-01-25/$id.flags.png ]]
  same "$(sql "SELECT count(*) FROM product WHERE kind = 'plot'")" 1
  check 0 flag-ms --queue-db "$queue"
  holds "$stderr" "nothing to do"
  check 0 flag-ms --no-plot "ms/science/2026-01-25/$id.ms"
  same "$(flags_of "ms/science/2026-01-25/$id.ms")" "$expected"
}

@test "convert-group --flag by hand, as a setting, and without it" {
  a_set
  check 0 flag x.ms
  by_hand() {
    convert-group --quiet --disk-floor-gb 0 --files "$BATS_FILE_TMPDIR"/incoming/*.hdf5 --output-dir "$@"
  }
  check 0 by_hand a --flag
  same "$(flags_of "a/science/2026-01-25/$id.ms")" "$(flags_of)"
  CONTIMG_FLAG=true check 0 by_hand b
  same "$(flags_of "b/science/2026-01-25/$id.ms")" "$(flags_of)"
  CONTIMG_FLAG=true check 0 by_hand c --no-flag
  [[ ! -e c/science/2026-01-25/$id.flags.png && ! -e c/science/2026-01-25/$id.ms/FLAG_VERSIONS ]]
}

@test "convert-group --flag: a set that is refused is converted, and its flag job left to flag-ms" {
  enqueue
  printf 'antennas,low_mhz,high_mhz,from,until,why\n,1300,1470,,,\n' >list.csv
  check 0 convert --flag --flag-list list.csv
  holds "$stderr" "not flagged: "
  same "$(job convert) $(job flag)" "done ready"
  check 1 flag-ms --queue-db "$queue" --flag-list list.csv
  same "$(job flag)" failed
  check 1 convert-group --disk-floor-gb 0 --flag --flag-list list.csv --output-dir hand --files \
    "$BATS_FILE_TMPDIR"/incoming/*.hdf5
  holds "$stderr" "converted, but not flagged"
  same "$output" ""
  [[ -d hand/science/2026-01-25/$id.ms ]]
}

@test "convert-group --flag: a bad strategy is exit code 2, and leaves nothing" {
  check 2 convert-group --disk-floor-gb 0 --flag --strategy absent.lua --output-dir hand --files \
    "$BATS_FILE_TMPDIR"/incoming/*.hdf5
  same "$(find hand -name '*.ms*' 2>/dev/null)" ""
}

@test "convert-group --flag: gone on with from a checkpoint, the flags are the same" {
  a_set
  check 0 flag x.ms
  echo 'function execute(input) local b = os.clock() while os.clock() - b < 20 do end end' >slow.lua
  by_hand=(--disk-floor-gb 0 --checkpoint-dir checkpoints --checkpoint-interval-s 0
    --files "$BATS_FILE_TMPDIR"/incoming/*.hdf5 --output-dir ms)
  keeps_flags() { [[ -n $(find ms -name pre_flag.bits) ]]; }
  killed_while_it_flags() {
    convert-group "${by_hand[@]}" --flag --strategy slow.lua >/dev/null 2>&1 &
    until_true 120 keeps_flags
    kill -9 $!
    wait $! || true
    [[ -n $(find ms -name pre_flag.bits) && -e checkpoints/$id.checkpoint.uvh5 ]]
  }
  killed_while_it_flags
  check 0 convert-group "${by_hand[@]}" --flag --json
  same "$(jq -r 'select(.stage == "convert").resumed' <<<"$output")" true
  same "$(flags_of "ms/science/2026-01-25/$id.ms")" "$(flags_of)"
  # A conversion without flagging does not go on with such a partial, but begins anew.
  rm -rf ms
  killed_while_it_flags
  check 0 convert-group "${by_hand[@]}" --json
  same "$(jq -r .resumed <<<"$output")" false
  [[ -z $(find ms -name pre_flag.bits) ]]
}
