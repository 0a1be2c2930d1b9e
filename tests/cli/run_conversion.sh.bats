#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# run_conversion.sh: the groups of a stretch of time are converted, with no other queue touched.
load helpers

first=2026-01-25T22:26:05 second=2026-01-25T22:31:14 third=2026-01-25T22:36:23

three_groups() {
  export CONTIMG_DISK_FLOOR_GB=0.01 TMPDIR=$PWD/temporary
  mkdir temporary
  small_group in --groups 3
}
sets() { (cd out/science/2026-01-25 2>/dev/null && ls -d -- *.ms); }

@test "run_conversion.sh: groups of the stretch are converted, ends included, and no others" {
  three_groups
  check 0 run_conversion.sh in out $second $third --quiet
  same "$(sets)" "$second.ms
$third.ms"
  same "$(jq -r '.stage + " " + .state' <<<"$output")" "convert completed
convert completed"
  same "$stderr" ""
  [[ -z $(ls -A temporary) ]] # the queue is gone
  check 0 run_conversion.sh in out 2026-01-25 "2026-01-25 22:31:13" --quiet
  same "$(sets | head -n 1)" "$first.ms"
  same "$(jq -r .group_id <<<"$output")" $first
}

@test "run_conversion.sh: run again, it changes nothing; where nothing was, nothing is done" {
  three_groups
  check 0 run_conversion.sh in out $first $first --quiet
  before=$(find out -type f -printf '%p %T@\n' | sort)
  check 0 run_conversion.sh in out $first $first --quiet
  same "$(jq -r .state <<<"$output")" existed
  same "$(find out -type f -printf '%p %T@\n' | sort)" "$before"
  check 0 run_conversion.sh in out 2020-01-01 2020-01-02 --quiet
  same "$output$stderr" ""
}

@test "run_conversion.sh: a named queue stays, goes on, and takes other stages" {
  three_groups
  check 0 run_conversion.sh in out $first $first --quiet --queue-db batch.sqlite3
  queue=$PWD/batch.sqlite3
  same "$(state_of $first)" completed
  check 0 run_conversion.sh in out $first $first --quiet --queue-db batch.sqlite3
  same "$output" "" # the queue knows
  check 0 run_conversion.sh in out $second $second --quiet --queue-db=batch.sqlite3 --stages convert,flag
  same "$(sql "SELECT group_concat(stage || ':' || state, ' ') FROM job WHERE group_id = '$second'")" \
    "convert:done flag:done"
}

@test "run_conversion.sh: the queue of the pipeline is neither read nor written" {
  three_groups
  mkdir root
  export CONTIMG_ROOT=$PWD/root
  check 0 run_conversion.sh in out $first $first --quiet
  same "$(find root)" root
}

@test "run_conversion.sh: a group without all subbands is left out, or converted on request" {
  three_groups
  rm in/2026-01-25T22:31:1?_sb07.hdf5
  check 1 run_conversion.sh in out $first $third --quiet
  holds "$stderr" "$second: subbands are missing; left out"
  same "$(sets)" "$first.ms
$third.ms"
  check 0 run_conversion.sh in out $second $second --quiet --partial convert --min-subbands 12
  same "$(sets | wc -l)" 3
}

@test "run_conversion.sh: damaged files are exit code 1, where they are of the stretch" {
  three_groups
  for file in in/2026-01-25T22:31*.hdf5; do truncate -s 3000 "$file"; done
  check 1 run_conversion.sh in out $first $third --quiet
  holds "$stderr" "16 files are damaged"
  same "$(sets)" "$first.ms
$third.ms"
  check 0 run_conversion.sh in out $third $third --quiet
}

@test "run_conversion.sh: a group that fails is exit code 1, and the queue is kept to say why" {
  three_groups
  touch out # no folder can be made there
  check 1 run_conversion.sh in out $second $second --quiet
  queue=$(sed -n 's/.*--queue-db \([^ ]*\) list.*/\1/p' <<<"$stderr")
  [[ -e $queue ]]
  holds "$(sql "SELECT group_concat(state) FROM job")" ready
}

@test "run_conversion.sh: TERM gives back what is in work, exit code 75, and the next goes on" {
  export CONTIMG_DISK_FLOOR_GB=0.01
  mkdir in
  simulate-observation --quiet --output-dir in --antennas 50 --channels 32 >/dev/null
  stands_still convert-group 'out/*/*/*.partial-*'
  code=0
  told_to_end run_conversion.sh in out $first $first --queue-db "$queue" >one.out 2>one.log || code=$?
  same "$code" 75
  same "$(sql "SELECT state, retry_count FROM job")" "ready|0"
  check 0 run_conversion.sh in out $first $first --queue-db "$queue" --quiet
  same "$(state_of $first)" completed
}

@test "run_conversion.sh: wrong usage is exit code 2" {
  mkdir in
  check 2 run_conversion.sh
  check 2 run_conversion.sh in out $first
  holds "$stderr" "expected DIR OUT START END"
  check 2 run_conversion.sh nowhere out $first $third
  holds "$stderr" "nowhere: no such folder"
  check 2 run_conversion.sh in out yesterday $third
  holds "$stderr" "'yesterday' is no time"
  check 2 run_conversion.sh in out 2026-13-01 $third
  check 2 run_conversion.sh in out $third $first
  holds "$stderr" "expected START before END"
  check 2 run_conversion.sh in out $first $third --no-such-option
}

@test "run_conversion.sh: --help and --version" {
  check 0 run_conversion.sh --help
  holds "$output" "Usage: run_conversion.sh"
  same "$stderr" ""
  check 0 run_conversion.sh --version
  says_version run_conversion.sh
}
