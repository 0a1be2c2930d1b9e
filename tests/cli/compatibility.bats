#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What the reference documents promise (000 troubleshooting, 001 operations, 002 guide, 003 converter) and no other
# test holds; and that docs/operations/compatibility.md leaves nothing out and names tests that are there.
load helpers

first=2026-01-25T22:26:05

page() { cat "$repository/docs/operations/compatibility.md"; }
# documents : the folder of the reference documents, or the test is skipped.
documents() {
  folder=$repository/../shared/reference
  compgen -G "$folder/000_*" >/dev/null || skip "the reference documents are absent"
}
document() { cat "$folder/$1"_*; }

teardown() {
  [[ -z ${stream:-} ]] || kill -9 "$stream" 2>/dev/null || true
  [[ -z ${holder:-} ]] || kill "$holder" 2>/dev/null || true
}
# places : as in the documents, below this test's folder.
places() {
  export CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_SETTLE_TIME_S=0
  mkdir -p data/incoming data/ms
  queue=$PWD/data/state/db/pipeline.sqlite3
}
start() {
  dsa110-stream --input-dir data/incoming --output-dir data/ms --poll-interval 0.2 "$@" >lines 2>log 3>&- &
  stream=$!
}
finished() {
  kill "$stream"
  wait "$stream"
  stream=''
}
# taken_in OPTION... : a simulated group that is pending in $queue.
taken_in() {
  places
  export CONTIMG_ROOT=$PWD/data
  mkdir -p data/state/db
  small_group data/incoming "$@"
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
}

@test "compatibility: the page names only tests that are there" {
  n=0
  while IFS='|' read -r file name; do
    [[ -f $repository/$file ]] || { echo "$file is not there" >&2 && return 1; }
    grep -qF -- "@test \"$name\"" "$repository/$file" ||
      grep -qF -- "TEST($name)" "$repository/$file" || { echo "$file has no test \"$name\"" >&2 && return 1; }
    n=$((n + 1))
  done < <(page | grep -oE '.tests/[A-Za-z0-9_./-]+.: "[^"]+"' | sed -E 's/.(tests[^ ]+).: "(.*)"/\1|\2/')
  ((n > 60))
}

@test "compatibility: each row has a test, or says why it needs none" {
  n=0
  while read -r row; do
    n=$((n + 1))
    [[ $row =~ \`tests/[^\`]+\`:\ \" || $row =~ \|\ (the\ system\'s|prose:\ .+|planned:\ \`tests/cli/[a-z-]+\.bats\`)\ \|$ ]] ||
      { echo "no test: $row" >&2 && return 1; }
    # What was planned and is there now has to be named.
    if [[ $row =~ planned:\ \`(tests/cli/[a-z-]+\.bats)\` ]]; then
      [[ ! -e $repository/${BASH_REMATCH[1]} ]] || echo "# ${BASH_REMATCH[1]} is there: name the test of: ${row:0:80}" >&3
    fi
  done < <(page | grep -E '^\| [0-9]{3}:[0-9 :-]+ \|')
  ((n > 80))
}

@test "compatibility: no command, option, path or table row of the documents is left out" {
  documents
  for number in 000 001 002 003; do
    # Lines that a row answers for: 000:13, 000:66-73, and several of them separated by a space.
    page | grep -E '^\| [0-9]{3}:[0-9 :-]+ \|' | cut -d '|' -f 2 | tr ' ' '\n' | sed -n "s/^$number://p" |
      awk -F - '{ for (i = $1; i <= (NF > 1 ? $2 : $1); i++) print i }' | sort -u >answered
    document $number | awk '{ text = $0 } /^ *```/ { inside = !inside; next }
      inside && text !~ /^ *(#.*)?$/ { print NR }
      !inside && (text ~ /`/ || text ~ /^\|/) && text !~ /^\|( -+ *\||[- |]+$)/ { print NR }' | sort -u >promised
    comm -13 answered promised | sort -n >missing
    [[ ! -s missing ]] || {
      echo "$number: lines that no row answers for:" >&2
      document $number | sed -n "$(sed 's/$/p/' missing)" >&2
      return 1
    }
  done
}

@test "compatibility: every option of the documents' tables is taken by dsa110-stream" {
  documents
  places
  # Tables of 001 have the option first; lists of 003 begin with it, its value's name after it.
  { document 001 | sed -nE 's/^\| .(--[a-z][a-z-]+). .*/\1/p'
    document 003 | grep -E '^- .--' | grep -oE '.--[a-z-]+( [A-Z]+)?`' | tr -d "\140"; } | sort -u >options
  (($(wc -l <options) >= 28))
  help="$(dsa110-stream --help) $(check-config --help)"
  while read -r option value; do
    [[ " $help" =~ [[:space:],]${option}[[:space:],] ]] || { echo "$option is not taken" >&2 && return 1; }
  done <options
  # As options are given: all that 003 lists in one command, with its defaults; it starts and works.
  mkdir scratch checkpoints
  small_group data/incoming
  start --scratch-dir scratch --checkpoint-dir checkpoints --chunk-duration 5.0 --omp-threads 4 --use-subprocess \
    --stage-inputs --stage-workers 4 --no-monitoring --monitor-interval 60 --profile --log-level INFO \
    --queue-db "$queue" --expected-subbands 16 --max-retries 3 --in-progress-timeout 900 --collecting-timeout 600 \
    --worker-poll-interval 5 --cleanup-temp
  until_true 120 answers "SELECT state FROM ingest_queue" completed
  finished
  while read -r option value; do
    [[ $value != PATH && $value != LEVEL && -n $value || $option == --input-dir || $option == --output-dir ]] || continue
    run dsa110-stream "$option"
    same "$status" 2
  done <options
}

@test "compatibility: defaults of the options are the documents'" {
  documents
  check 0 check-config --shell --root "$PWD/r" --input-dir in --output-dir out
  eval "${output//export /}"
  same "$CONTIMG_EXPECTED_SUBBANDS $CONTIMG_CHUNK_DURATION $CONTIMG_MAX_RETRIES $CONTIMG_IN_PROGRESS_TIMEOUT $CONTIMG_COLLECTING_TIMEOUT $CONTIMG_HEALTH_PORT" \
    "16 5 3 900 600 9100"
  same "$CONTIMG_QUEUE_DB" "$PWD/r/state/db/pipeline.sqlite3"
  ((CONTIMG_OMP_THREADS <= 4))
  help=$(dsa110-stream --help)
  for option in '--poll-interval S [5]' '--worker-poll-interval S [5]' '--monitor-interval S [60]' '--health-port PORT [9100]'; do
    holds "$help" "$option"
  done
}

@test "compatibility: 001:9-15 and 003:90-98 are taken verbatim, but for the folders and the program's name" {
  documents
  places
  mkdir -p data/{scratch,checkpoints,output,incoming_data,dsa110-contimg}
  small_group data/incoming
  cp data/incoming/*.hdf5 data/incoming_data/
  document 001 | sed -n 9,15p | sed "s|/data/|$PWD/data/|" >first.sh
  document 003 | sed -n 90,98p | sed "s|/data/|$PWD/data/|; s|^ExecStart=.*streaming_converter|dsa110-stream|" >second.sh
  queue=$PWD/data/dsa110-contimg/state/db/pipeline.sqlite3
  for script in first.sh second.sh; do
    echo ' </dev/null' >>"$script"
    { printf 'exec ' && cat "$script"; } | sed -z 's/\n <\/dev/ <\/dev/' >run.sh
    CONTIMG_HEALTH_PORT=0 CONTIMG_STAGES=convert bash run.sh >lines 2>log 3>&- &
    stream=$!
    until_true 120 answers "SELECT state FROM ingest_queue" completed
    finished
    queue=$PWD/data/output/state/db/pipeline.sqlite3
  done
  [[ -d data/output/ms/science/2026-01-25/$first.ms ]]
}

@test "compatibility: the environment names folders, as CONTIMG_INPUT_DIR and CONTIMG_OUTPUT_DIR" {
  mkdir -p here there state
  small_group here
  export CONTIMG_INPUT_DIR=$PWD/here CONTIMG_OUTPUT_DIR=$PWD/there CONTIMG_QUEUE_DB=$queue CONTIMG_DISK_FLOOR_GB=0.01
  check 0 scan-incoming --quiet --settle-time-s 0
  same "$(wc -l <<<"$output")" 16
  check 0 form-groups --quiet
  check 0 convert-group --quiet
  holds "$output" "$PWD/there/science/2026-01-25/$first.ms"
}

@test "compatibility: OMP_NUM_THREADS and MKL_NUM_THREADS are obeyed" {
  threads() { check-config --json --root "$PWD" | jq -r '.settings[] | select(.key == "convert.omp_threads") | .value'; }
  same "$(OMP_NUM_THREADS=7 threads)" 7
  same "$(MKL_NUM_THREADS=6 threads)" 6
  same "$(OMP_NUM_THREADS=7 CONTIMG_OMP_THREADS=2 threads)" 2
}

@test "compatibility: sets lie in science/, calibrators/ and failed/ below the night's date" {
  taken_in
  check 0 convert-group --quiet
  same "$output" "$PWD/data/ms/science/2026-01-25/$first.ms"
  check 0 convert-group --quiet --files data/incoming/*.hdf5 --calibrator 3C286 --output-dir data/ms
  same "$output" "$PWD/data/ms/calibrators/2026-01-25/$first.ms"
  same "$(sql "SELECT path FROM ms_index")" "$PWD/data/ms/science/2026-01-25/$first.ms"
}

@test "compatibility: 001:119 find lists the sets that are old, and no others" {
  taken_in --groups 2
  check 0 convert-group --quiet
  touch -d '40 days ago' "$output"
  old=$output
  check 0 convert-group --quiet
  same "$(find "$PWD/data/ms" -name "*.ms" -mtime +30 -type d)" "$old"
}

@test "compatibility: 000:128 the advice to delete old files breaks sets, and --force makes them anew" {
  taken_in
  check 0 convert-group --quiet
  set=$output
  check 0 manage-queue verify
  # A set's tables are files of their own ages; one that nothing wrote to for a month would go alone.
  touch -d '40 days ago' "$set/table.f0" "$set/ANTENNA/table.dat"
  find data/ms -type f -mtime +30 -delete
  [[ -d $set && ! -e $set/ANTENNA/table.dat ]]
  check 0 manage-queue verify
  run python -c 'import sys, casacore.tables as t; t.table(sys.argv[1] + "/ANTENNA", ack=False)' "$set"
  [[ $status -ne 0 ]]
  check 0 convert-group --quiet --group $first --force --overwrite
  python -c 'import sys, casacore.tables as t; t.table(sys.argv[1] + "/ANTENNA", ack=False)' "$set"
}

@test "compatibility: 001:132 pgrep shows the stream that runs, and its lock keeps it the only one" {
  places
  start
  until_true 120 test -s "$queue.locks/stream"
  pgrep -af dsa110-stream | grep -E "^$stream .*dsa110-stream --input-dir data/incoming"
  check 75 dsa110-stream --input-dir data/incoming --output-dir data/ms
  holds "$stderr" "process $stream"
  finished
}

@test "compatibility: the documents' greps find in the log what they look for" {
  documents
  places
  small_group data/incoming --groups 2 --fault missing:group=1
  start --collecting-timeout 1 --partial-timeout 4 --monitor-interval 1
  until_true 120 answers "SELECT count(*) FROM job WHERE state = 'done'" 2
  until_true 120 grep -q "missing subbands longer" log
  until_true 120 answers "SELECT count(*) FROM ingest_queue WHERE state = 'failed'" 1
  finished
  # 000:302, 305, 308, 311, 169 and 003:305-311, as they stand there after the pipe.
  while read -r pattern; do
    grep -i "$pattern" log >found || { echo "nothing for $pattern" >&2 && cat log >&2 && return 1; }
  done < <(document 000 | sed -nE '/docker-compose logs stream \| grep -i/s/.*grep -i "([^"]*)".*/\1/p' | sort -u)
  grep "completed in" log
  grep -E "WARNING: Group [0-9T:-]+ has been waiting for missing subbands longer than 1 s" log
  # Each is in the file of the same name as in the documents.
  same "$(grep -c "completed in" data/state/logs/streaming.log)" "$(grep -c "completed in" data/state/logs/streaming-pipeline.log)"
  grep -q "completed in" data/state/logs/streaming.log
}

@test "compatibility: 003:262-265 checkpoints are listed, a group resumes from its own by SQL, and its stage says so" {
  places
  export CONTIMG_ROOT=$PWD/data
  mkdir -p data/state/db checkpoints
  simulate-observation --quiet --output-dir data/incoming --antennas 50 --channels 32 >/dev/null
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  # casacore rewrites headers when a checkpoint is made: a set that is killed in the middle of that is
  # begun anew. Between two of them, where most kills fall, it is gone on with.
  resumed=''
  for _ in {1..20}; do
    stands_still convert-group 'checkpoints/*.checkpoint.uvh5'
    convert-group --checkpoint-dir checkpoints --checkpoint-interval-s 0 --overwrite 2>log 3>&- &
    worker=$!
    stood
    goes_on
    sleep 0.0$((RANDOM % 10))
    kill -9 $worker 2>/dev/null || true
    if wait $worker; then # it was through before
      sqlite3 "$queue" "UPDATE ingest_queue SET state='pending', processing_stage='collecting' WHERE group_id='$first';"
      continue
    fi
    same "$(cd checkpoints && ls ./*.checkpoint.uvh5)" "./$first.checkpoint.uvh5"
    same "$(sql "SELECT state, processing_stage FROM ingest_queue")" "in_progress|processing_fresh"
    sqlite3 "$queue" "UPDATE ingest_queue SET state='pending', processing_stage='collecting' WHERE group_id='$first';"
    same "$(sql "SELECT state, processing_stage FROM ingest_queue")" "pending|collecting"
    check 0 convert-group --checkpoint-dir checkpoints --checkpoint-interval-s 0 --json --overwrite
    same "$(sql "SELECT state FROM ingest_queue")" completed
    [[ ! -e checkpoints/$first.checkpoint.uvh5 ]]
    resumed=$(jq .resumed <<<"$output")
    [[ $resumed != true ]] || break
    grep "cannot be gone on with, and is begun anew" <<<"$stderr"
    sqlite3 "$queue" "UPDATE ingest_queue SET state='pending', processing_stage='collecting' WHERE group_id='$first';"
  done
  same "$resumed" true
}

@test "compatibility: processing_stage is processing_fresh at the first try and stays resuming after a kill" {
  places
  export CONTIMG_ROOT=$PWD/data
  mkdir -p data/state/db
  simulate-observation --quiet --output-dir data/incoming --antennas 50 --channels 32 >/dev/null
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  same "$(sql "SELECT state, processing_stage FROM ingest_queue")" "pending|collecting"
  stands_still convert-group 'data/ms/*/*/*.partial-*'
  convert-group 2>log 3>&- &
  worker=$!
  stood
  same "$(sql "SELECT state, processing_stage FROM ingest_queue")" "in_progress|processing_fresh"
  kill -9 $worker
  wait $worker || true
  check 0 manage-queue reset-stuck --yes --quiet
  sql "UPDATE job SET not_before = 0"
  check 0 convert-group --quiet
  same "$(sql "SELECT state, processing_stage, retry_count FROM ingest_queue")" "completed|resuming|1"
}

@test "compatibility: --max-retries says after how many failures a group has failed" {
  places
  export CONTIMG_ROOT=$PWD/data
  mkdir -p data/state/db
  simulate-observation --quiet --output-dir data/incoming --antennas 50 --channels 32 >/dev/null
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  for try in 1 2; do
    sql "UPDATE job SET not_before = 0"
    rm -rf data/ms/*/*/*.partial-* # of the try before
    stands_still convert-group 'data/ms/*/*/*.partial-*'
    convert-group --max-retries 2 2>log 3>&- &
    worker=$!
    stood
    same "$(sql "SELECT state FROM job WHERE stage = 'convert'")" claimed
    kill -9 $worker
    wait $worker || true
    check 0 manage-queue reset-stuck --yes --quiet --max-retries 2
    same "$(sql "SELECT state, retry_count FROM ingest_queue")" "$([[ $try == 1 ]] && echo 'pending|1' || echo 'failed|2')"
  done
}

@test "compatibility: performance_metrics has what was measured for each conversion, and no guess" {
  taken_in
  check 0 convert-group --quiet
  same "$(sql "SELECT count(*), source, total_time >= load_time + phase_time + write_time - 0.01, load_time > 0 FROM performance_metrics")" \
    "1|measured|1|1"
}

@test "compatibility: a file that another program has locked is read all the same" {
  taken_in
  file=$(find data/incoming -name '*_sb05.hdf5')
  python -c 'import fcntl, sys, time
f = open(sys.argv[1], "r+b")
fcntl.flock(f, fcntl.LOCK_EX)
open("held", "w")
time.sleep(60)' "$file" 3>&- &
  holder=$!
  until_true 120 test -e held
  check 1 flock -n "$file" true
  check 0 convert-group --quiet
  same "$(sql "SELECT state FROM ingest_queue")" completed
}

@test "compatibility: watched and polled alike, files that arrive are taken up; their names are the documents'" {
  places
  small_group elsewhere
  cp elsewhere/*_sb00.hdf5 data/incoming/notes.hdf5
  start
  until_true 120 test -s "$queue.locks/tick"
  mv elsewhere/*_sb*.hdf5 data/incoming/
  until_true 120 answers "SELECT state FROM ingest_queue" completed
  finished
  same "$(cd data/incoming && printf '%s\n' ./*_sb*.hdf5 | wc -l)" 16
  same "$(sql "SELECT count(*) FROM hdf5_file_index")" 16
}

@test "compatibility: --expected-subbands 8 takes groups of eight" {
  places
  small_group data/incoming
  rm data/incoming/*_sb{08,09,10,11,12,13,14,15}.hdf5
  start --expected-subbands 8
  until_true 120 answers "SELECT state, n_subbands FROM ingest_queue" "completed|8"
  finished
}

@test "compatibility: --chunk-duration is how long the data of a group last, and sets its deadline" {
  places
  small_group data/incoming
  start --chunk-duration 4.0 --stages convert,flag
  until_true 120 answers "SELECT chunk_minutes, state FROM ingest_queue" "4.0|completed"
  finished
  # A group that no file tells of lasts as long as this setting says.
  sql "INSERT INTO ingest_queue (group_id, state, received_at) VALUES ('2026-01-25T23:00:00', 'pending', unixepoch())"
  export CONTIMG_ROOT=$PWD/data CONTIMG_STAGES=convert
  for minutes in 4 5; do
    check 0 record-metrics --json --dry-run --chunk-duration $minutes
    same "$(jq '[.waiting[] | .duration_s, (.deadline_unix_s - .arrived_unix_s)] | map(round)' -c <<<"$output")" \
      "[$((60 * minutes)),$((240 * minutes))]"
  done
}

@test "compatibility: the database waits 30 s for a lock, in write-ahead mode" {
  taken_in
  same "$(sql "PRAGMA journal_mode")" wal
  python -c "import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('BEGIN IMMEDIATE')
open('held', 'w')
time.sleep(3)
db.execute('COMMIT')
time.sleep(60)" "$queue" 3>&- &
  holder=$!
  until_true 120 test -e held
  check 0 convert-group --quiet
}

@test "compatibility: the row of a group has what the documents read" {
  taken_in
  check 0 convert-group --quiet
  while read -r column; do
    sql "SELECT $column FROM ingest_queue" >/dev/null
    sql "SELECT $column FROM processing_queue" >/dev/null
  done < <(printf '%s\n' group_id state processing_stage retry_count error received_at checkpoint_path)
  same "$(sql "SELECT group_id, state, retry_count, error IS NULL, received_at > 0 FROM processing_queue")" "$first|completed|0|1|1"
}
