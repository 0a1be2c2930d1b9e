#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The queue damaged, and the power cut, for some seconds each; one tool under every kind of fault. The
# whole suite is make torture (docs/torture.md).

load ../cli/helpers

torture() {
  check 0 python -W ignore "$BATS_TEST_DIRNAME/torture.py" --build "${CONTIMG_BUILD%/tools}" \
    --folder "$PWD/torture" --slots 1 "$@"
  jq -e '.total.tried > 0 and (.total.lost // 0) == 0' torture/report.json >/dev/null
  jq -r '.scenarios[] | .scenario as $s | .kinds | to_entries[] |
    "#   \($s): \(.key): \(.value.tried) tried, \(.value.lost) lost"' torture/report.json >&3
}

@test "torture: a damaged queue is told of, and a backup and a scan bring all groups back" {
  torture --minutes 0.15 --only 'queue damaged'
}

@test "torture: after a power cut the queue is sound, and has what was flushed" {
  torture --minutes 0.15 --only 'power cuts'
}

@test "torture: forming groups, with disks full, broken, and slow to write" {
  torture --minutes 0.15 --only form
}

@test "torture: the fault layer misses no call that changes the disk" {
  command -v strace >/dev/null || skip "no strace here: apt-get install strace"
  small_group in
  scan=(scan-incoming --quiet --settle-time-s 0 --input-dir in --queue-db)
  check 0 env LD_PRELOAD="${CONTIMG_BUILD%/tools}/tests/libfault_layer.so" FAULT_LIST="$PWD/listed" \
    "${scan[@]}" one.sqlite3
  check 0 strace -f -qq -y -o traced -e \
    'trace=pwrite64,pwritev,fsync,fdatasync,ftruncate,unlink,rename,fallocate,copy_file_range' \
    "${scan[@]}" two.sqlite3
  same "$(cut -f 2 listed | grep -vE '^(write|openat)$' | sort | uniq -c)" \
    "$(grep -oE '(pwrite64|pwritev|fsync|fdatasync|ftruncate|unlink|rename|fallocate|copy_file_range)\(' traced |
      tr -d '(' | sort | uniq -c)"
}

@test "torture: a log that cannot be opened on a full disk is to be tried again, no wrong usage" {
  mkdir in
  check 75 env LD_PRELOAD="${CONTIMG_BUILD%/tools}/tests/libfault_layer.so" FAULT_AT=1 FAULT_ON=1 \
    FAULT_KIND=enospc scan-incoming --quiet --queue-db q.sqlite3 --input-dir in --log-file log
  holds "$stderr" "log: cannot append to the log"
}
