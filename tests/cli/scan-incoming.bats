#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# scan-incoming: which files are recorded, once each, and how they are judged, also when it is killed.
load helpers

scan() { scan-incoming --input-dir incoming --queue-db "$queue" --settle-time-s 0 "$@"; }
records() { sql "SELECT state, count(*) FROM hdf5_file_index GROUP BY state ORDER BY state"; }

@test "scan-incoming: prints each new valid file once, and nothing the second time" {
  small_group incoming
  check 0 scan
  same "$(wc -l <<<"$output")" 16
  same "$(records)" "valid|16"
  check 0 scan --quiet
  same "$output" ""
  same "$stderr" ""
}

@test "scan-incoming: leaves incomplete, hidden, foreign and fresh files alone" {
  small_group made
  mkdir incoming
  stem=$(basename made/*_sb00.hdf5 .hdf5)
  cp made/*_sb00.hdf5 "incoming/${stem}_incomplete.hdf5"
  cp made/*_sb00.hdf5 "incoming/.${stem}.hdf5"
  cp made/*_sb00.hdf5 "incoming/${stem}.hdf5.corrupted"
  cp made/*_sb00.hdf5 incoming/
  check 0 scan-incoming --input-dir incoming --queue-db "$queue" --settle-time-s 3600
  same "$output" ""
  same "$(records)" "growing|1"
  touch -d '2 hours ago' "incoming/$stem.hdf5"
  check 0 scan-incoming --input-dir incoming --queue-db "$queue" --settle-time-s 3600
  same "$output" "$PWD/incoming/$stem.hdf5"
  same "$(records)" "valid|1"
}

@test "scan-incoming: records bad files with their reasons, and the good ones beside them" {
  small_group incoming
  files=(incoming/*.hdf5)
  : >"${files[3]}"
  truncate -s -1000 "${files[4]}"
  head -c 5000 /dev/urandom >"${files[5]}"
  cp "${files[0]}" incoming/2026-99-25T22:26:05_sb03.hdf5
  check 0 scan
  same "$(wc -l <<<"$output")" 13
  same "$(records)" $'invalid|4\nvalid|13'
  holds "$(sql "SELECT reason FROM hdf5_file_index WHERE path LIKE '%/${files[3]##*/}'")" "empty (0 bytes)"
  holds "$(sql "SELECT reason FROM hdf5_file_index WHERE path LIKE '%/${files[4]##*/}'")" "truncated"
  holds "$(sql "SELECT reason FROM hdf5_file_index WHERE path LIKE '%/${files[5]##*/}'")" "not an HDF5 file"
  holds "$(sql "SELECT reason FROM hdf5_file_index WHERE path LIKE '%2026-99%'")" "rename it"
  check 0 scan --quiet
  same "$stderr" ""
}

# fault_of NAME : a library that, preloaded, ends every process that opens a file of this name by HDF5, as the
# library's own faults do with some damaged files.
fault_of() {
  cat >fault.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
long H5Fopen(const char *name, unsigned flags, long access) {
  if (strstr(name, FAULT)) raise(SIGSEGV);
  return ((long (*)(const char *, unsigned, long))dlsym(RTLD_NEXT, "H5Fopen"))(name, flags, access);
}
C
  cc -shared -fPIC -DFAULT="\"$1\"" -o fault.so fault.c
}

@test "scan-incoming: a file on which the HDF5 library crashes is recorded as bad, and the others as they are" {
  small_group incoming
  files=(incoming/*.hdf5)
  fault_of "${files[4]##*/}"
  LD_PRELOAD=$PWD/fault.so check 0 scan
  same "$(records)" $'invalid|1\nvalid|15'
  holds "$(sql "SELECT reason FROM hdf5_file_index WHERE state = 'invalid'")" "signal 11"
  LD_PRELOAD=$PWD/fault.so check 0 scan --quiet
  same "$stderr" ""
}

@test "scan-incoming: reads a file again when it changed, and marks it when it vanished" {
  small_group incoming
  files=(incoming/*.hdf5)
  cp "${files[2]}" keep
  truncate -s 3000 "${files[2]}"
  check 0 scan
  same "$(records)" $'invalid|1\nvalid|15'
  cp keep "${files[2]}"
  check 0 scan
  same "$output" "$PWD/${files[2]}"
  rm "${files[2]}"
  check 0 scan
  same "$(records)" $'valid|15\nvanished|1'
  cp keep "${files[2]}"
  check 0 scan
  same "$(records)" "valid|16"
}

@test "scan-incoming: looks into folders below only when asked" {
  small_group incoming/2026-01-25
  check 0 scan
  same "$output" ""
  check 0 scan --recursive
  same "$(wc -l <<<"$output")" 16
  check 0 scan
  same "$(records)" "valid|16"
}

@test "scan-incoming: lets the frequencies win over a wrong name, and says so" {
  small_group incoming
  files=(incoming/*_sb03.hdf5)
  mv "${files[0]}" "${files[0]/_sb03/_sb77}"
  check 0 scan
  holds "$stderr" "mislabelled: the name says sb77, the frequencies are those of sb03"
  same "$(sql "SELECT subband_num FROM hdf5_file_index WHERE name_subband = 77")" 3
}

@test "scan-incoming: four at once record each file once" {
  small_group incoming --groups 4
  for i in 1 2 3 4; do scan --quiet >"out.$i" & done
  wait
  same "$(records)" "valid|64"
  same "$(cat out.? | sort | uniq -d)" ""
  same "$(cat out.? | wc -l)" 64
}

@test "scan-incoming: killed at any moment, the next scan completes the record" {
  small_group incoming --groups 4
  for delay in 0.01 0.02 0.03 0.05 0.08; do
    timeout -s KILL "$delay" scan-incoming --input-dir incoming --queue-db "$queue" \
      --settle-time-s 0 --quiet >/dev/null || true
  done
  check 0 scan
  same "$(records)" "valid|64"
}

@test "scan-incoming: watches, takes renamed files at once, and ends with 75 on TERM" {
  mkdir incoming
  small_group made
  scan-incoming --input-dir incoming --queue-db "$queue" --settle-time-s 3600 --watch \
    --recursive >out 2>log &
  pid=$!
  until_true 60 grep -q known log
  files=(made/*.hdf5)
  cp "${files[0]}" incoming/.copy
  mv incoming/.copy "incoming/${files[0]##*/}"
  mkdir incoming/new
  cp "${files[1]}" incoming/new/
  # The new folder is watched from some moment on.
  for _ in {1..120}; do
    cp "${files[2]}" incoming/new/
    sleep 0.5
    grep -q "${files[0]##*/}" out && grep -q "${files[2]##*/}" out && break
  done
  kill -TERM "$pid"
  code=0
  wait "$pid" || code=$?
  same "$code" 75
  grep -q "${files[0]##*/}" out
  grep -q "${files[2]##*/}" out
}

@test "scan-incoming: named files are described without a queue" {
  small_group incoming
  files=(incoming/*.hdf5)
  check 0 scan-incoming --json "${files[0]}"
  holds "$output" '"state":"valid"'
  [[ ! -e $queue ]]
  : >bad.hdf5
  check 1 scan-incoming "${files[0]}" bad.hdf5
  holds "$output" "bad.hdf5: invalid"
}

@test "scan-incoming: a missing folder is a usage error" {
  check 2 scan-incoming --input-dir nowhere --queue-db "$queue"
  holds "$stderr" "nowhere: No such file or directory"
}

@test "scan-incoming: an unreadable file is tried again at the next scan" {
  [[ $EUID -ne 0 ]] || skip "root reads everything"
  small_group incoming
  files=(incoming/*.hdf5)
  chmod 000 "${files[0]}"
  check 0 scan
  same "$(records)" $'unreadable|1\nvalid|15'
  chmod 644 "${files[0]}"
  check 0 scan
  same "$(records)" "valid|16"
}
