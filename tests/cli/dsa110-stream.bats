#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
load helpers

first=2026-01-25T22:26:05

teardown() {
  [[ -n ${stream:-} ]] || return 0
  kill -9 "$stream" 2>/dev/null || true
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
until_true() {
  local end=$((SECONDS + 25))
  until "$@" 2>/dev/null; do
    ((SECONDS < end)) || { echo "waited in vain: $*" >&2 && cat log >&2 && return 1; }
    sleep 0.05
  done
}
ask() { sqlite3 -batch -cmd '.timeout 5000' "$queue" "$1"; }
answers() { [[ -e $queue && $(ask "$1") == "$2" ]]; }
claimed() { until_true answers "SELECT count(*) FROM job WHERE state = 'claimed'" 1; }
done_jobs() { until_true answers "SELECT count(*) FROM job WHERE state = 'done'" "$1"; }
logged() { until_true grep -qF -- "$1" log; }

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
  until_true test -s env.scan-incoming
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
  same "$(ask "SELECT count(*) FROM job_attempt")" 4
  [[ -d ms/science/2026-01-25/$first.ms ]]
  holds "$(cat state/logs/streaming-pipeline.log)" "completed in"
}

@test "dsa110-stream: TERM during a group finishes it, and begins no other" {
  large_group --groups 2
  start --max-parallel 1
  claimed
  kill $stream
  ended 0
  holds "$(cat log)" "groups in work are finished"
  same "$(ask "SELECT state, count(*) FROM job GROUP BY state ORDER BY state")" "done|2
ready|1"
  same "$(ask "SELECT group_concat(outcome) FROM job_attempt")" done,done
}

@test "dsa110-stream: a second signal gives the group back, exit code 75, and a restart carries on" {
  large_group
  start
  claimed
  kill $stream
  logged "asked to end"
  kill $stream
  ended 75
  same "$(ask "SELECT state, retry_count FROM job")" "ready|0"
  same "$(ask "SELECT outcome FROM job_attempt")" released
  start
  done_jobs 2
  kill $stream
  ended 0
}

@test "dsa110-stream: killed with all it began, a restart carries on" {
  large_group
  export CONTIMG_IN_PROGRESS_TIMEOUT=3
  start
  claimed
  tick=$(cat "$queue.locks/tick")
  kill -9 $stream
  wait $stream || true
  kill -9 -- "-$tick"
  start
  done_jobs 2
  kill $stream
  ended 0
  same "$(ask "SELECT group_concat(outcome) FROM (SELECT outcome FROM job_attempt ORDER BY claim_token)")" \
    expired,done,done
}

@test "dsa110-stream: Ctrl-C in a terminal, a signal to the whole process group, finishes the group" {
  large_group
  # As a terminal's shell starts it: in a process group of its own, and with INT not ignored.
  /usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.setsid()
os.execvp(sys.argv[1], sys.argv[1:])' dsa110-stream --input-dir in --output-dir ms >lines 2>log 3>&- &
  stream=$!
  claimed
  kill -INT -- "-$stream"
  ended 0
  same "$(ask "SELECT group_concat(state) FROM job")" done,done
}

@test "dsa110-stream: a second one on the same queue ends with 75 and names the first" {
  places
  start
  until_true test -s "$queue.locks/stream"
  until_true grep -qx "$stream" "$queue.locks/stream"
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

@test "dsa110-stream: what has no meaning here is accepted, and said once" {
  places
  stand_in scan-incoming form-groups
  settings_with --quiet --use-subprocess --execution-mode auto --registry-db x.sqlite3 --enable-auto-qa \
    --enable-auto-publish --photometry-catalog nvss --photometry-radius 0.5 --cal-fence-timeout 60 \
    --use-interpolated-cal --no-use-interpolated-cal --health-port 9100 --health-port=9101
  for option in --use-subprocess --execution-mode --registry-db --enable-auto-qa --enable-auto-publish \
    --photometry-catalog --photometry-radius --cal-fence-timeout --use-interpolated-cal \
    --no-use-interpolated-cal --health-port; do
    same "$(grep -cF -- " WARNING: $option: accepted, ignored: " log)" 1
  done
  same "$(wc -l <log)" 11
}

@test "dsa110-stream: record-metrics runs unless --no-monitoring, at its interval" {
  places
  stand_in record-metrics
  start --monitor-interval 0.1 --monitoring
  until_true test -s calls
  kill $stream
  ended 0
  holds "$(cat log)" "--monitoring: there is no HTTP endpoint"
  same "$(head -n 1 calls)" "record-metrics --quiet"
  rm calls
  start --monitor-interval 0 --no-monitoring
  until_true test -s "$queue.locks/tick"
  sleep 1
  kill $stream
  ended 0
  [[ ! -e calls ]]
}

@test "dsa110-stream: mosaics of the last night are made once, on request" {
  places
  stand_in make-mosaic
  start
  until_true test -s "$queue.locks/tick"
  sleep 1
  kill $stream
  ended 0
  [[ ! -e calls ]]
  start --enable-mosaic-creation
  until_true test -s calls
  sleep 1
  kill $stream
  ended 0
  same "$(cat calls)" "make-mosaic --quiet --night $(date -u -d '37 hours ago' +%F)"
}

@test "dsa110-stream: --poll-interval and --worker-poll-interval: the smaller counts" {
  places
  stand_in scan-incoming form-groups
  for intervals in "0.1 900" "900 0.1"; do
    rm -f calls
    start --no-monitoring --poll-interval "${intervals% *}" --worker-poll-interval "${intervals#* }"
    # shellcheck disable=SC2016  # expanded by the shell that waits
    until_true bash -c '(($(grep -c scan-incoming calls) > 2))'
    kill $stream
    ended 0
  done
  start --no-monitoring --poll-interval 900 --worker-poll-interval 900
  sleep 2
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
  check 2 dsa110-stream --input-dir in --output-dir ms --health-port
  holds "$stderr" "--health-port has no value"
}

@test "dsa110-stream: a folder that goes away later is warned about, and it goes on" {
  places
  start
  until_true test -s "$queue.locks/tick"
  sleep 0.5
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
  [[ $output =~ ^dsa110-stream\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}
