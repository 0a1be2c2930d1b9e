#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# dsa110-stream: groups as they arrive, signals and kills, its documented options, serve-status beside it.
load helpers

first=2026-01-25T22:26:05

teardown() {
  [[ -n ${stream:-} ]] || return 0
  # What it began goes too, such as serve-status.
  local children
  read -ra children < <(cat "/proc/$stream/task/"*/children 2>/dev/null) || true
  kill -9 "$stream" "${children[@]}" 2>/dev/null || true
  [[ ! -s $queue.locks/tick ]] || kill -9 -- "-$(cat "$queue.locks/tick")" 2>/dev/null || true
}

# places : the two folders that are required; the others lie beside ms.
places() {
  export CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_SETTLE_TIME_S=0
  mkdir -p in
  queue=$PWD/state/db/pipeline.sqlite3
}
large_group() {
  places
  simulate-observation --quiet --output-dir in --antennas 50 --channels 32 "$@" >/dev/null
}
# start OPTION... : in the background, its number in `stream`, its log in log, its lines in lines.
start() {
  dsa110-stream --input-dir in --output-dir ms --poll-interval 0.2 "$@" >lines 2>log 3>&- &
  stream=$!
}
# ended CODE : waits for it, and compares its exit code.
ended() {
  local code=0
  wait "$stream" || code=$?
  stream=''
  same "$code" "$1"
}
# stands : from now on the first conversion stands still. converting : waits until it does.
stands() { stands_still convert-group 'ms/*/*/*.partial-*'; }
converting() {
  stood
  same "$(sql "SELECT count(*) FROM job WHERE state = 'claimed'")" 1
}
done_jobs() { until_true 120 answers "SELECT count(*) FROM job WHERE state = 'done'" "$1"; }
logged() { until_true 120 grep -qF -- "$1" log; }

# stand_in TOOL... : in their place programs that write down how they were called, and with which
# settings; those that a tick needs do their work then.
stand_in() {
  local tool
  mkdir -p fake
  for tool in "$@"; do
    # shellcheck disable=SC2016  # expanded by the program
    printf '#!/bin/bash\necho "%s $*" >>"%s/calls"\nenv | grep ^CONTIMG_ | sort >"%s/env.%s"\n' \
      "$tool" "$PWD" "$PWD" "$tool" >"fake/$tool"
    [[ $tool != scan-incoming ]] || echo "exec '$CONTIMG_BUILD/$tool' \"\$@\"" >>"fake/$tool"
    chmod +x "fake/$tool"
  done
  PATH=$PWD/fake:$PATH
}
# settings_with OPTION... : what the tools of a tick are told, when it is started so.
settings_with() {
  rm -f env.scan-incoming
  start --no-monitoring "$@"
  until_true 120 test -s env.scan-incoming
  kill "$stream"
  ended 0
}
told() { grep -qxF "$1" env.scan-incoming || { echo "no $1 in:" >&2 && cat env.scan-incoming >&2 && return 1; }; }

@test "dsa110-stream: groups that arrive are processed; TERM while idle ends it with 0" {
  places
  small_group in
  start
  done_jobs 2
  small_group in --start 2026-01-25T23:00:00
  done_jobs 4
  kill $stream
  ended 0
  same "$(jq -r .stage lines | sort | uniq -c | tr -s ' ')" " 2 convert
 2 flag"
  same "$(sql "SELECT count(*) FROM job_attempt")" 4
  [[ -d ms/science/2026-01-25/$first.ms ]]
  holds "$(cat state/logs/streaming-pipeline.log)" "completed in"
}

@test "dsa110-stream: TERM during a group finishes it, and begins no other" {
  large_group --groups 2
  stands
  start --max-parallel 1
  converting
  kill $stream
  goes_on
  ended 0
  holds "$(cat log)" "groups in work are finished"
  same "$(sql "SELECT state, count(*) FROM job GROUP BY state ORDER BY state")" "done|2
ready|1"
  same "$(sql "SELECT group_concat(outcome) FROM job_attempt")" done,done
}

@test "dsa110-stream: a second signal gives the group back, exit code 75, and a restart carries on" {
  large_group
  stands
  start
  converting
  kill $stream
  logged "asked to end"
  kill $stream
  ended 75
  same "$(sql "SELECT state, retry_count FROM job")" "ready|0"
  same "$(sql "SELECT outcome FROM job_attempt")" released
  start
  done_jobs 2
  kill $stream
  ended 0
}

@test "dsa110-stream: killed with all it began, a restart carries on" {
  large_group
  stands
  start
  converting
  tick=$(cat "$queue.locks/tick")
  kill -9 $stream
  wait $stream || true
  kill -9 -- "-$tick"
  sql "UPDATE job SET lease_expires = 1"
  start
  done_jobs 2
  kill $stream
  ended 0
  same "$(sql "SELECT group_concat(outcome) FROM (SELECT outcome FROM job_attempt ORDER BY claim_token)")" \
    expired,done,done
}

@test "dsa110-stream: Ctrl-C in a terminal, a signal to the whole process group, finishes the group" {
  large_group
  stands
  # As a terminal's shell starts it: in a process group of its own, and with INT not ignored.
  /usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.setsid()
os.execvp(sys.argv[1], sys.argv[1:])' dsa110-stream --input-dir in --output-dir ms >lines 2>log 3>&- &
  stream=$!
  converting
  kill -INT -- "-$stream"
  goes_on
  ended 0
  same "$(sql "SELECT group_concat(state) FROM job")" done,done
}

@test "dsa110-stream: a second one on the same queue ends with 75 and names the first" {
  places
  start
  until_true 120 test -s "$queue.locks/stream"
  until_true 120 grep -qx "$stream" "$queue.locks/stream"
  check 75 dsa110-stream --input-dir in --output-dir ms
  holds "$stderr" "process $stream"
  kill $stream
  ended 0
}

@test "dsa110-stream: the documented command is taken; settings reach every tool" {
  places
  mkdir scratch checkpoints
  stand_in scan-incoming form-groups
  settings_with --queue-db "$PWD/q.sqlite3" --scratch-dir "$PWD/scratch" --checkpoint-dir \
    "$PWD/checkpoints" --chunk-duration 4.0 --omp-threads 3 --stage-inputs --stage-workers 2 --profile \
    --log-level DEBUG --expected-subbands 8 --max-retries 5 --in-progress-timeout 700 \
    --collecting-timeout 500 --no-cleanup-temp --max-workers 2 --no-stage-to-tmpfs --tmpfs-path /var/tmp \
    --memory-limit-mb 2500
  for setting in INPUT_DIR=in OUTPUT_DIR=ms QUEUE_DB="$PWD/q.sqlite3" SCRATCH_DIR="$PWD/scratch" \
    CHECKPOINT_DIR="$PWD/checkpoints" CHUNK_DURATION=4 OMP_THREADS=3 STAGE_INPUTS=true STAGE_WORKERS=2 \
    PROFILE=true LOG_LEVEL=DEBUG EXPECTED_SUBBANDS=8 MAX_RETRIES=5 IN_PROGRESS_TIMEOUT=700 \
    COLLECTING_TIMEOUT=500 CLEANUP_TEMP=false MAX_PARALLEL=2 STAGE_TO_TMPFS=false TMPFS_DIR=/var/tmp \
    MEMORY_GB=2.5 STAGES=convert,flag; do
    told "CONTIMG_$setting"
  done
}

@test "dsa110-stream: calibration, images and photometry are off unless they are asked for" {
  places
  stand_in scan-incoming form-groups
  settings_with
  told CONTIMG_STAGES=convert,flag
  settings_with --enable-calibration-solving
  told CONTIMG_STAGES=convert,flag,calibrate
  lacks "$(cat log)" WARNING
  settings_with --enable-calibration-solving --enable-group-imaging
  told CONTIMG_STAGES=convert,flag,calibrate,image
  settings_with --enable-photometry
  told CONTIMG_STAGES=convert,flag,calibrate,image,measure,lightcurve
  holds "$(cat log)" "--enable-photometry needs calibrated data: calibration is on, too"
  settings_with --stages convert,image --enable-photometry
  told CONTIMG_STAGES=convert,image
}

# The closed list of options that do nothing, as the manual has it, with a word for those that take one.
nothing_options() {
  sed -n '/^# OPTIONS/,/^# FILES/p' "$repository/docs/tools/dsa110-stream.md" |
    awk '/^\*\*--/ { names = $0 } /^:   Does nothing here: ./ { print names }' | sed 's/\*\*//g' |
    awk -F '\\*' '{ n = split($1, name, ", "); for (i = 1; i <= n; i++) { sub(" $", "", name[i]); print name[i], (NF > 1 ? "word" : "") } }'
}

@test "dsa110-stream: what has no meaning here is accepted, and said once; the list is the manual's" {
  places
  stand_in scan-incoming form-groups
  local words=() option word
  while read -r option word; do words+=("$option" ${word:+"$word"}); done < <(nothing_options)
  settings_with --quiet "${words[@]}" "${words[@]}"
  while read -r option word; do
    same "$(grep -cE -- " WARNING: $option: accepted, does nothing here: [a-z].{10}" log)" 1
  done < <(nothing_options)
  same "$(wc -l <log)" "$(nothing_options | wc -l)"
  # None is left out: each that the script knows is in the manual.
  same "$(nothing_options | cut -d ' ' -f 1 | sort)" \
    "$(sed -n '/^declare -A no_meaning/,/^)/p' "$repository/scripts/dsa110-stream" | sed -nE 's/^  \[(--[a-z0-9-]+)\]=.*/\1/p' | sort)"
}

@test "dsa110-stream: none of them changes what the tools are told; every other option does" {
  places
  touch list.cat
  stand_in scan-incoming form-groups
  settings_with --quiet
  cp env.scan-incoming plain
  local words=() option word
  while read -r option word; do words+=("$option" ${word:+3}); done < <(nothing_options)
  settings_with --quiet "${words[@]}"
  same "$(cat env.scan-incoming)" "$(cat plain)"
  for option in --photometry-catalog=list.cat --memory-limit-mb=2500 --tmpfs-path=/var/tmp \
    --enable-calibration-solving --enable-group-imaging --enable-photometry --health-port=9200; do
    settings_with --quiet "$option"
    ! cmp -s env.scan-incoming plain || { echo "$option changes nothing" >&2 && return 1; }
  done
}

@test "dsa110-stream: --photometry-catalog is --catalogue for a file; a survey's name is answered" {
  places
  touch list.cat
  stand_in scan-incoming form-groups
  settings_with --photometry-catalog "$PWD/list.cat"
  told "CONTIMG_CATALOGUE=$PWD/list.cat"
  lacks "$(cat log)" "no such file"
  settings_with --photometry-catalog nvss
  holds "$(cat log)" "--photometry-catalog nvss: no such file; sources are those of --catalogue"
  run ! grep -q CONTIMG_CATALOGUE env.scan-incoming
}

# a_server : a stand-in for serve-status that tells its port and waits.
a_server() {
  mkdir -p fake
  # shellcheck disable=SC2016  # expanded by the program
  printf '#!/bin/bash\necho "$CONTIMG_HEALTH_PORT $CONTIMG_ROOT $* $$" >>"%s/served"\ntrap "exit 0" TERM\n%s\n' \
    "$PWD" "${1:-while :; do sleep 0.1; done}" >fake/serve-status
  chmod +x fake/serve-status
  PATH=$PWD/fake:$PATH
}

@test "dsa110-stream: --monitoring keeps serve-status at --health-port, and ends it" {
  places
  a_server
  start --monitoring --health-port 9155
  until_true 120 test -s served
  read -r port root _ <served
  same "$port $root" "9155 $PWD/"
  holds "$(cat served)" "--health-port 9155"
  server=$(awk '{print $NF}' served)
  kill -0 "$server"
  kill $stream
  ended 0
  run kill -0 "$server"
  same "$status" 1
  rm served
  start
  until_true 120 test -s "$queue.locks/tick"
  sleep 1
  kill $stream
  ended 0
  [[ ! -e served ]]
}

@test "dsa110-stream: --monitoring answers /health, /ready and /metrics with what the queue holds" {
  [[ -e $CONTIMG_BUILD/serve-status ]] || skip "serve-status is not built"
  places
  small_group in
  read -r health port also < <(free_ports 3)
  start --monitoring --health-port "$health" --serve-port "$port" --serve-also "$also"
  done_jobs 2
  until_true 120 curl -fsS "http://localhost:$health/health" -o health
  jq . health >/dev/null
  curl -sS "http://localhost:$health/ready" -o ready
  [[ -s ready ]]
  curl -fsS "http://localhost:$health/metrics" -o metrics
  holds "$(cat metrics)" 'dsa110_streaming_queue{state="completed"} 1'
  holds "$(cat metrics)" 'dsa110_streaming_disk_free_gb{path="output"}'
  kill $stream
  ended 0
  run curl -fsS "http://localhost:$health/health"
  [[ $status -ne 0 ]]
}

@test "dsa110-stream: a serve-status that ends, or is not there, is warned about, and work goes on" {
  places
  a_server "exit 75"
  start --monitoring
  logged "serve-status ended with exit code 75"
  small_group in
  done_jobs 2
  same "$(grep -c "serve-status ended" log)" 1
  kill $stream
  ended 0
  mkdir without
  find "$CONTIMG_BUILD" -maxdepth 1 -type f -perm -100 ! -name serve-status -exec ln -s -t without {} +
  PATH=$PWD/without:$repository/scripts:/usr/bin:/bin
  hash -r
  start --monitoring
  logged "--monitoring: serve-status is not installed"
  kill $stream
  ended 0
}

@test "dsa110-stream: the documents' names of the queue and of the log lead to both" {
  places
  small_group in
  start
  done_jobs 2
  until_true 120 test -L streaming_queue.sqlite3
  same "$(sqlite3 state/ingest.sqlite3 "SELECT state, COUNT(*) FROM ingest_queue GROUP BY state;")" "completed|1"
  same "$(sqlite3 streaming_queue.sqlite3 "SELECT state, COUNT(*) FROM ingest_queue GROUP BY state;")" "completed|1"
  kill $stream
  ended 0
  holds "$(cat state/logs/streaming.log)" "completed in"
  # What bears such a name already is left alone, and the advice to remove the file removes a link.
  rm state/ingest.sqlite3 streaming_queue.sqlite3
  echo mine >streaming_queue.sqlite3
  same "$(state_of $first)" completed
  start
  until_true 120 test -L state/ingest.sqlite3
  kill $stream
  ended 0
  same "$(cat streaming_queue.sqlite3)" mine
}

@test "dsa110-stream: record-metrics runs unless --no-monitoring, at its interval" {
  places
  stand_in record-metrics
  a_server
  start --monitor-interval 0.1 --monitoring
  until_true 120 test -s calls
  kill $stream
  ended 0
  same "$(head -n 1 calls)" "record-metrics --quiet"
  rm calls
  start --monitor-interval 0 --no-monitoring
  until_true 120 test -s "$queue.locks/tick"
  sleep 1
  kill $stream
  ended 0
  [[ ! -e calls ]]
}

@test "dsa110-stream: mosaics of the last night are made once, on request" {
  places
  stand_in make-mosaic
  start
  until_true 120 test -s "$queue.locks/tick"
  sleep 1
  kill $stream
  ended 0
  [[ ! -e calls ]]
  before=$(date -u -d '37 hours ago' +%F)
  start --enable-mosaic-creation
  until_true 120 test -s calls
  sleep 1
  kill $stream
  ended 0
  before="make-mosaic --quiet --night $before"
  after="make-mosaic --quiet --night $(date -u -d '37 hours ago' +%F)"
  one_of "$(<calls)" "$before" "$after" "$before"$'\n'"$after"
}

@test "dsa110-stream: --poll-interval and --worker-poll-interval: the smaller counts" {
  places
  stand_in scan-incoming form-groups
  for intervals in "0.1 900" "900 0.1"; do
    rm -f calls
    start --no-monitoring --poll-interval "${intervals% *}" --worker-poll-interval "${intervals#* }"
    # shellcheck disable=SC2016  # expanded by the shell that waits
    until_true 120 bash -c '(($(grep -c scan-incoming calls) > 2))'
    kill $stream
    ended 0
  done
  rm calls
  start --no-monitoring --poll-interval 900 --worker-poll-interval 900
  until_true 120 grep -q form-groups calls
  rm -f calls
  sleep 1
  [[ ! -e calls ]]
  kill $stream
  ended 0
}

@test "dsa110-stream: folders are required, wherever they are named; a bad one ends the first tick" {
  check 2 dsa110-stream
  holds "$stderr" "no --input-dir given"
  check 2 dsa110-stream --input-dir in
  holds "$stderr" "no --output-dir given"
  check 2 dsa110-stream --input-dir nowhere --output-dir ms
  holds "$stderr" "nowhere"
  check 2 dsa110-stream --input-dir in --output-dir ms --no-such-option
  holds "$stderr" "Try 'dsa110-stream --help'."
  check 2 dsa110-stream --input-dir in --output-dir ms --poll-interval often
  check 2 dsa110-stream --input-dir in --output-dir ms --memory-limit-mb much
  check 2 dsa110-stream --input-dir in --output-dir ms --poll-interval
  holds "$stderr" "--poll-interval has no value"
}

@test "dsa110-stream: a folder that goes away later is warned about, and it goes on" {
  places
  start
  until_sql 120 "SELECT count(ended_at) > 0 FROM tick" 1
  rmdir in
  logged "the next is in a minute"
  kill $stream
  ended 0
}

@test "dsa110-stream: --help and --version" {
  check 0 dsa110-stream --help
  holds "$output" "Usage: dsa110-stream"
  same "$stderr" ""
  check 0 dsa110-stream --version
  says_version dsa110-stream
}
