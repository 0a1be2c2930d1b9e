#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# All tools at once while files arrive, and one after another in a pipe, as cron has them.

load ../cli/helpers

simulate() {
  simulate-observation --quiet --output-dir incoming --antennas 4 --channels 4 --integrations 3 "$@"
}
scan() { scan-incoming --quiet --settle-time-s 0 --input-dir incoming --queue-db "$queue"; }
form() { form-groups --quiet --queue-db "$queue"; }
convert() {
  convert-group --quiet --disk-floor-gb 0 --queue-db "$queue" --output-dir ms --omp-threads 1
}

# repeat NAME COMMAND... : until the file "stop" is there; what it prints goes to NAME.out.
repeat() {
  local name=$1
  shift
  : >"$name.out"
  while [[ ! -e stop ]]; do
    "$@" >>"$name.out" 2>>"$name.log" || return 1
    sleep 0.1
  done
}



# holds_each_once N : N groups completed, each with one set, each set made once.
holds_each_once() {
  same "$(sql "SELECT state, count(*) FROM ingest_queue GROUP BY state")" "completed|$1"
  same "$(sql "SELECT count(*), count(DISTINCT group_id) FROM product WHERE kind = 'ms'")" "$1|$1"
  same "$(sql "SELECT count(*) FROM subband_files")" "$((16 * $1))"
  same "$(find ms -mindepth 3 -maxdepth 3 | wc -l)" "$1"
  same "$(sql "SELECT count(*) FROM job_attempt WHERE outcome = 'done'")" "$1"
  check 0 manage-queue --quiet --queue-db "$queue" check
  check 0 manage-queue --quiet --queue-db "$queue" --output-dir ms verify
}

@test "pipeline: scan, form and four converters at once, while groups arrive" {
  mkdir incoming
  scan
  repeat scan scan &
  local workers=($!)
  repeat form form &
  workers+=($!)
  for i in 1 2 3 4; do
    repeat "convert$i" convert &
    workers+=($!)
  done
  simulate --groups 12 --pace 600 >simulated.out
  local n_file
  n_file=$(wc -l <simulated.out)
  same "$n_file" 192
  until_sql 120 "SELECT count(*) FROM ingest_queue WHERE state = 'completed'" 12 || failed=yes
  touch stop
  for worker in "${workers[@]}"; do
    wait "$worker" || failed=yes
  done
  [[ -z ${failed:-} ]] || { tail -n 5 ./*.log >&2; return 1; }
  cat ./*.log >all.log
  same "$(cat all.log)" ""
  holds_each_once 12
  same "$(sort convert?.out | uniq | wc -l)" 12
  same "$(cat convert?.out | wc -l)" 12
  same "$(sql "SELECT count(*) FROM hdf5_file_index WHERE state = 'valid' AND role = 'member'")" 192
}

@test "pipeline: scan-incoming --watch, with form and convert, while groups arrive" {
  mkdir incoming
  scan
  # Not by scan(), for a function in the background is a shell, and the signal would end that.
  scan-incoming --quiet --settle-time-s 0 --input-dir incoming --queue-db "$queue" --watch \
    >watch.out 2>watch.log &
  local watcher=$!
  repeat form form &
  local former=$!
  repeat convert convert &
  local converter=$!
  simulate --groups 6 --pace 600 >/dev/null
  until_sql 120 "SELECT count(*) FROM ingest_queue WHERE state = 'completed'" 6 || failed=yes
  touch stop
  kill "$watcher"
  wait "$former" "$converter" || failed=yes
  wait "$watcher" || true
  [[ -z ${failed:-} ]] || { tail -n 5 ./*.log >&2; return 1; }
  holds_each_once 6
}

@test "pipeline: tools in a pipe, a group's id to each convert-group" {
  mkdir incoming
  simulate --groups 3 | grep -c hdf5 >count
  same "$(cat count)" 48
  scan >scanned && form | xargs -r -n 1 convert-group --quiet --disk-floor-gb 0 \
    --queue-db "$queue" --output-dir ms >sets
  same "$(wc -l <scanned)" 48
  same "$(wc -l <sets)" 3
  while read -r set; do [[ -f $set/table.dat ]]; done <sets
  holds_each_once 3
  same "$(scan && form && convert)" ""
}

@test "pipeline: convert-group --files takes what scan-incoming prints, without a queue" {
  mkdir incoming
  simulate >/dev/null
  scan | xargs convert-group --quiet --disk-floor-gb 0 --output-dir ms --files >sets
  same "$(wc -l <sets)" 1
  [[ -f $(cat sets)/table.dat ]]
}
