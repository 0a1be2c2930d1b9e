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

@test "torture: what a disk does not give is no damaged file: tried again, whatever it is" {
  command -v setarch >/dev/null || skip "no setarch here: apt-get install util-linux"
  small_group root/incoming
  mkdir -p root/{ms,state/db}
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01
  queue=$PWD/root/state/db/pipeline.sqlite3
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  # failing PATH COMMAND... : the disk fails from the first read of what lies below that path.
  failing() {
    check 75 setarch -R env LD_PRELOAD="${CONTIMG_BUILD%/tools}/tests/libfault_layer.so" FAULT_READS="$1" FAULT_AT=1 \
      FAULT_ON=1 FAULT_KIND=eio "${@:2}"
    holds "$stderr" "$1"
  }
  failing "$PWD/root/incoming" convert-group --quiet
  same "$(sql "SELECT state FROM job WHERE stage = 'convert'")" waiting
  printf '[disk]\nfloor_gb = 0.01\n' >contimg.toml
  failing "$PWD/contimg.toml" convert-group --quiet --config "$PWD/contimg.toml"
  sql "UPDATE job SET not_before = NULL"
  echo antennas,low_mhz,high_mhz,from,until,why >bad.csv
  failing "$PWD/bad.csv" convert-group --quiet --flag --flag-list "$PWD/bad.csv" --group 2026-01-25T22:26:05
  failing "$queue" manage-queue --quiet check
  lacks "$stderr" restore
  failing "$queue" convert-group --quiet
  sql "UPDATE job SET not_before = NULL"
  check 0 convert-group --quiet
}
