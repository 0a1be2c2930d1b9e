#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# submit-backlog, its tasks, collect-backlog and slurm-status, with stand-ins for Slurm's commands.
load helpers

first=2026-01-25T22:26:05

# Slurm's commands as far as the scripts call them: sbatch notes its call, squeue prints a file.
a_scheduler() {
  mkdir -p bin
  cat >bin/sbatch <<'TEXT'
#!/bin/bash
printf '%s\n' "$@" >"$FAKE/call"
[[ ! -e $FAKE/refuse ]] || exit 1
[[ ! -e $FAKE/call.1 || ${!#} != *--onward* ]] || { echo 4712 && exit; }
cp "$FAKE/call" "$FAKE/call.1"
echo 4711
TEXT
  cat >bin/squeue <<'TEXT'
#!/bin/bash
[[ ! -e $FAKE/queued ]] || cat "$FAKE/queued"
TEXT
  chmod +x bin/*
  export FAKE=$PWD
  PATH="$PWD/bin:$repository/slurm:$PATH"
}
root_with() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,flag
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db}
  small_group root/incoming "$@"
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  a_scheduler
}
submit() {
  check 0 submit-backlog --quiet "$@"
  batch=${output#* }
}
# say STATE INDEX... : what squeue says from now on.
say() {
  local state=$1
  shift
  : >queued
  for index; do echo "contimg.${batch##*/} $index $state" >>queued; done
}
# task INDEX : what sbatch would have run.
task() {
  mkdir -p scratch
  check 0 env TMPDIR="$PWD/scratch" SLURM_ARRAY_JOB_ID=4711 SLURM_ARRAY_TASK_ID="$1" SLURM_JOB_ID=4720 \
    bash -c "$(tail -1 call) >task.out 2>task.err"
}
# task_of CALL INDEX : what the task of that array runs, for batches with two of them.
task_of() {
  mkdir -p scratch
  check 0 env TMPDIR="$PWD/scratch" SLURM_ARRAY_JOB_ID="$3" SLURM_ARRAY_TASK_ID="$2" SLURM_JOB_ID=4730 \
    bash -c "$(tail -1 "$1") >task.out"
}
# a_cluster PARTITION_WORDS MEMORY CPUS : what scontrol and sinfo say of it.
a_cluster() {
  printf '%s\n' '#!/bin/bash' "case \$* in
    *partition*) echo 'PartitionName=short Default=YES MaxTime=00:30:00 Nodes=n1'
      echo 'PartitionName=fast Default=NO $1 Nodes=n0' ;;
    *config*) echo 'MaxArraySize            = ${4:-1001}' ;;
  esac" >bin/scontrol
  printf '%s\n' '#!/bin/bash' "echo '$2 $3'" >bin/sinfo
  chmod +x bin/*
}
# a_history STAGE WALL_S RSS_KB : of ten tries.
a_history() {
  local i
  for i in {1..10}; do
    sql "INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at, ended_at, outcome)
         VALUES (1000 + $i + 100 * length('$1'), 'old$i', '$1', 1, 1, 2, 'done');
         INSERT INTO stage_metrics (group_id, stage, attempt, ended_at, wall_s, max_rss_kb, source)
         VALUES ('old$i', '$1', 1, $i, $2, $3, 'measured')"
  done
}
# a_set NAME MJD : a calibration set that is in use.
a_set() {
  python "$repository/tests/witness/make_caltable.py" "$1" "$2"
  check 0 manage-caltables --quiet register "$1.K" "$1.B" "$1.G" --name "$1" \
    --dec "$(sql "SELECT degrees(pointing_dec_rad) FROM ingest_queue LIMIT 1")"
  check 0 manage-caltables --quiet activate "$1" --override 'a test'
}
# images : groups that can be imaged without a calibration, small and soon done.
images() {
  export CONTIMG_STAGES=convert,image CONTIMG_NO_CALIBRATION=uncalibrated CONTIMG_SIZE=128
  export CONTIMG_SCALE=60arcsec CONTIMG_NITER=10
}
jobs_of() { sql "SELECT group_concat(stage || ':' || state, ' ') FROM
  (SELECT * FROM job ORDER BY group_id, id)"; }

@test "submit-backlog: a dry run prints groups and sbatch's call, and changes nothing" {
  root_with --groups 2
  before=$(sqlite3 "$queue" .dump)
  check 0 submit-backlog --quiet --dry-run --max-tasks 3 -- --partition=fast
  same "${lines[0]}" "$first"
  holds "${lines[2]}" '--array=1-2%3'
  holds "${lines[2]}" '--partition=fast'
  same "$(sqlite3 "$queue" .dump)" "$before"
  [[ ! -e root/slurm && ! -e call ]]
}

@test "submit-backlog: nothing ready is no call; wrong options are 2; a refusal gives all back" {
  root_with --groups 2
  check 2 submit-backlog --limit none
  check 2 submit-backlog --stages measure
  touch refuse
  check 75 submit-backlog --quiet
  same "$(sql "SELECT group_concat(state || retry_count) FROM job")" ready0,ready0
  same "$(manage-queue ready | wc -l)" 2
  rm refuse call
  check 0 submit-backlog --quiet
  check 0 submit-backlog --quiet
  same "$output" ''
}

@test "a backlog: submitted, worked on in tasks, collected" {
  root_with --groups 2
  submit --max-tasks 5
  same "$(grep -- --array call)" '--array=1-2%5'
  same "$(wc -l <"$batch/manifest")" 2
  same "$(sql "SELECT group_concat(slurm_job_id || '_' || slurm_array_task_id) FROM job")" \
    4711_1,4711_2
  same "$(manage-queue ready)" ''
  say RUNNING 1 2
  task 1
  check 0 collect-backlog --quiet
  same "$output" ''
  say PENDING 2
  check 0 collect-backlog --quiet
  same "$(jq -r '.group_id + " " + .status' <<<"$output")" "$first merged"
  task 2
  : >queued
  check 0 collect-backlog --quiet
  same "$(jobs_of)" "convert:done flag:done convert:done flag:done"
  same "$(find "$batch"/taken -name 'receipt-*.sqlite3' | wc -l)" 2
  check 0 collect-backlog --quiet
  same "$output" ''
  same "$(ls scratch)" ''
}

@test "a backlog: the stages after those of a task are done on the queue's host" {
  root_with
  export CONTIMG_STAGES=convert,flag,measure
  submit
  task 1
  check 0 collect-backlog --quiet
  same "$(jobs_of)" "convert:done flag:done measure:ready"
}

@test "a backlog: a task that runs twice is recorded once; one that comes late changes nothing" {
  root_with
  submit
  cp -r "$batch" copy
  task 1
  task 1
  same "$(find "$batch/1" -name 'receipt-*.sqlite3' | wc -l)" 1
  check 0 collect-backlog --quiet
  same "$(jq -r .status <<<"$output")" merged
  task 1 # its parcel has been taken away
  check 0 run-task --quiet copy 1
  before=$(sqlite3 "$queue" .dump)
  check 0 manage-parcels --quiet --json merge copy/1
  same "$(jq -r .status <<<"$output")" doubled
  same "$(sqlite3 "$queue" .dump)" "$before"
}

@test "a backlog: cancelled tasks give their groups back; lost ones are a failed try in the end" {
  root_with --groups 2
  submit
  say CANCELLED 1
  check 0 collect-backlog --quiet
  same "$(sql "SELECT group_concat(state || retry_count) FROM (SELECT * FROM job
    ORDER BY group_id)")" ready0,claimed0
  sql "UPDATE job SET lease_expires = 1 WHERE state = 'claimed'"
  same "$(manage-queue ready | wc -l)" 2
  same "$(sql "SELECT group_concat(state || retry_count) FROM (SELECT * FROM job
    ORDER BY group_id)")" ready0,ready1
  submit
  for index in 1 2; do task $index; done
  check 0 collect-backlog --quiet
  same "$(jobs_of)" "convert:done flag:done convert:done flag:done"
  same "$(sql "SELECT count(*) FROM ms_index")" 2
}

@test "a backlog: tasks cancelled before they were jobs of their own give their groups back" {
  root_with --groups 3
  submit
  touch "$batch/2/begun-4711_2.0.n1.5"
  # As squeue shows an array of which one task runs and the rest was cancelled.
  printf '%s\n' "contimg.${batch##*/} N/A CANCELLED 4711 JobArrayTaskLimit" \
    "contimg.${batch##*/} 1 RUNNING 4711 None" >queued
  check 0 collect-backlog --quiet
  same "$(sql "SELECT group_concat(state || retry_count) FROM (SELECT * FROM job
    ORDER BY group_id)")" claimed0,claimed0,ready0
}

@test "a backlog: a task that Slurm holds after a failed launch is cancelled, and its group sent again" {
  root_with
  submit
  # shellcheck disable=SC2016  # expanded when it is called
  printf '#!/bin/bash\necho "$@" >>"$FAKE/cancelled"\n' >bin/scancel
  chmod +x bin/scancel
  echo "contimg.${batch##*/} 1 PENDING 4711 JobHeldUser" >queued
  check 0 collect-backlog --quiet
  [[ ! -e cancelled ]]
  echo "contimg.${batch##*/} 1 PENDING 4711 launch failed requeued held" >queued
  check 0 collect-backlog --quiet
  holds "$stderr" 'is held by Slurm'
  same "$(<cancelled)" 4711_1
  say CANCELLED 1
  check 0 collect-backlog --quiet
  same "$(manage-queue ready)" $first
}

@test "a backlog: while the scheduler has a task its lease is renewed; without squeue nothing is lost" {
  root_with
  submit
  sql "UPDATE job SET lease_expires = lease_expires - 800"
  say PENDING 1
  check 0 collect-backlog --quiet
  [[ $(sql "SELECT lease_expires > strftime('%s') + 850 FROM job") == 1 ]]
  printf '#!/bin/sh\nexit 1\n' >bin/squeue
  sql "UPDATE job SET lease_expires = lease_expires - 800"
  check 0 collect-backlog --quiet
  [[ $(sql "SELECT lease_expires > strftime('%s') + 850 FROM job") == 1 ]]
  same "$(sql "SELECT state FROM job")" claimed
  task 1
  check 0 collect-backlog --quiet
  same "$(jq -r .status <<<"$output")" merged
}

@test "a backlog: TERM before the time limit gives the group back, and no try is counted" {
  root_with
  rm root/incoming/* "$queue"*
  simulate-observation --quiet --output-dir root/incoming --antennas 50 --channels 32 >/dev/null
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  submit
  mkdir scratch
  stands_still convert-group "$CONTIMG_ROOT/ms/*/*/*.partial-*"
  TMPDIR=$PWD/scratch told_to_end run-task --quiet "$batch" 1 >/dev/null 2>log || true
  [[ -e slow/stood ]] || { cat log >&2; return 1; }
  same "$(find "$batch/1" -name 'receipt-*.sqlite3' | wc -l)" 1
  check 0 collect-backlog --quiet
  same "$(jq -r .status <<<"$output")" merged
  same "$(sql "SELECT state || retry_count FROM job")" ready0
  same "$(sql "SELECT outcome FROM job_attempt")" released
  same "$(manage-queue ready)" $first
}

@test "run-tick: takes in what came back, also when the leases ran out while the host was down" {
  root_with
  submit
  task 1
  sql "UPDATE job SET lease_expires = 1"
  check 0 run-tick --quiet
  same "$(jobs_of)" "convert:done flag:done"
  same "$(sql "SELECT group_concat(outcome) FROM job_attempt")" done,done
  same "$(sql "SELECT retry_count FROM job WHERE stage = 'convert'")" 0
}

@test "submit-backlog: asks for what was measured, with the margin, within what the cluster gives" {
  root_with
  a_cluster 'MaxTime=UNLIMITED DefMemPerCPU=1000' 128000 16
  # Nothing was measured yet: a default time, and the partition's own memory.
  check 0 submit-backlog --quiet --dry-run --slurm-partition fast
  holds "${lines[1]}" '--time=62 --cpus-per-task=2'
  holds "${lines[1]}" '--partition=fast'
  lacks "${lines[1]}" '--mem='
  a_history convert 240 1048576
  a_history flag 60 524288
  check 0 submit-backlog --quiet --dry-run --slurm-partition fast
  holds "${lines[1]}" '--time=12 --cpus-per-task=2 --mem=2048M'
  check 0 submit-backlog --quiet --dry-run --slurm-margin 3 --slurm-account radio \
    --slurm-options "--qos=low --comment='a word'" -- --time=5
  holds "${lines[1]}" '--time=17 --cpus-per-task=2 --mem=3072M'
  holds "${lines[1]}" '--account=radio'
  holds "${lines[1]}" '--qos=low --comment=a\ word --time=5 --wrap'
  check 0 submit-backlog --quiet --dry-run --slurm-time-min 7.5 --slurm-memory-gb 1.5 --slurm-cpus 4
  holds "${lines[1]}" '--time=8 --cpus-per-task=4 --mem=1536M'
}

@test "submit-backlog: a request that the partition would refuse is cut down, and says so" {
  root_with --groups 3
  a_cluster 'MaxTime=1-01:00:00 DefMemPerNode=UNLIMITED' 4000 2 3
  check 0 submit-backlog --dry-run --slurm-time-min 9999 --slurm-memory-gb 8 --slurm-cpus 6 -- -p fast
  same "${#lines[@]}" 3
  holds "${lines[2]}" '--array=1-2%20'
  holds "${lines[2]}" '--time=1500 --cpus-per-task=2 --mem=4000M'
  for text in 'the number of groups is 100 tasks' 'the time of a task is 9999 min' \
    'the memory of a task is 8192 MB' 'slurm.cpus is 6 processors'; do
    holds "$stderr" "$text"
  done
  check 0 submit-backlog --dry-run --slurm-time-min 9999 # another partition: the default one
  holds "${lines[2]}" '--time=30 '
  a_cluster MaxTime=UNLIMITED 1 2 # a cluster that was not told of its memory
  check 0 submit-backlog --quiet --dry-run --slurm-memory-gb 8
  lacks "${lines[3]}" '--mem='
}

@test "a backlog: images in an array of their own go on from the receipts of the first" {
  root_with --groups 2
  images
  a_history convert 60 1048576
  a_history image 600 2097152
  submit --split
  holds "$(<call.1)" '--time=4'
  holds "$(<call.1)" '--mem=2048M'
  lacks "$(<call.1)" dependency
  holds "$(<call)" '--time=22'
  holds "$(<call)" '--mem=4096M'
  holds "$(<call)" '--dependency=aftercorr:4711'
  holds "$(<call)" '--kill-on-invalid-dep=yes'
  task_of call 1 4712 # before its turn: there is nothing to go on from
  same "$(compgen -G "$batch/1/receipt*" | wc -l)" 0
  task_of call.1 1 4711
  task_of call.1 2 4711
  for index in 1 2; do
    echo "contimg.${batch##*/} $index COMPLETED"
    echo "contimg.${batch##*/}.2 $index PENDING"
  done >queued
  check 0 collect-backlog --quiet # the images may still come
  same "$output" ''
  check 0 slurm-status --quiet
  holds "$output" '4711,4712'
  task_of call 1 4712
  task_of call 1 4712 # twice
  echo "contimg.${batch##*/} 2 COMPLETED" >queued # the other was cancelled before it began
  echo "contimg.${batch##*/}.2 2 CANCELLED" >>queued
  check 0 collect-backlog --quiet
  same "$(jobs_of)" "convert:done image:done convert:done image:ready"
  same "$(sql "SELECT group_concat(stage || slurm_job_id || '_' || slurm_array_task_id)
    FROM (SELECT * FROM job_attempt WHERE group_id = '$first' AND outcome = 'done' ORDER BY 1)")" \
    convert4711_1,image4712_1
  same "$(sql "SELECT count(*) FROM job_attempt WHERE claim_token < 1000")" 3
  [[ -e $batch/finished ]]
}

@test "a backlog: a first task that fails ends the chain; an image that is lost is a failed try" {
  root_with --groups 2
  images
  submit --split
  truncate -s 3000 root/incoming/2026-01-25T22:26:0[456]*
  check 1 env TMPDIR="$PWD" SLURM_ARRAY_JOB_ID=4711 SLURM_ARRAY_TASK_ID=1 bash -c "$(tail -1 call.1)"
  task_of call.1 2 4711
  task_of call 1 4712 # must not begin, though it was let
  touch "$batch/2/begun-onward-4712_2.0.n7.1" # its task was killed, and so was all of its node
  : >queued
  check 0 collect-backlog --quiet
  same "$(jobs_of)" "convert:failed convert:done image:waiting"
  same "$(sql "SELECT retry_count || outcome || a.slurm_job_id || a.slurm_array_task_id
    FROM job JOIN job_attempt AS a USING (group_id, stage) WHERE stage = 'image'")" 1expired47122
  check 0 slurm-status --quiet --json --all
  same "$(jq -r '.batches[0] | "\(.groups) \(.failed)"' <<<"$output")" '2 2'
}

@test "a backlog: files that settings name are kept as sent, once for all batches, and checked" {
  root_with --groups 2
  printf 'name,ra_deg,dec_deg,flux_jy\na,10,20,1\n' >sky.csv
  check 0 import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output sky.sqlite3
  export CONTIMG_CATALOGUE=sky.sqlite3
  submit --limit 1
  kept=$batch/inputs/catalogue/sky.sqlite3
  same "$(stat -c %a "$kept")" 444
  same "$(jq -r '.catalogue.path + .catalogue.sha256' "$batch/manifest")" \
    "$kept$(sha256sum <sky.sqlite3 | cut -d' ' -f1)"
  same "$(jq -r '.group_id, (.files | length), .stages, .step' "$batch/manifest" | paste -sd ' ')" \
    "$first 16 convert,flag full"
  echo more >>sky.sqlite3 # the operator's, by now another one
  task 1
  same "$(sqlite3 "$batch"/1/receipt*.sqlite3 "SELECT group_concat(state) FROM job")" done,done
  old=$batch
  head -c -5 sky.sqlite3 >back && mv back sky.sqlite3
  submit --limit 1
  [[ $batch != "$old" && $batch/inputs/catalogue/sky.sqlite3 -ef $kept ]]
  chmod 644 "$kept" && echo damage >>"$kept"
  task 1
  grep -q 'ERROR: .*FAILED' task.err
  : >queued
  check 0 collect-backlog --quiet
  same "$(jobs_of)" "convert:done flag:done convert:ready"
  holds "$(sql "SELECT reason FROM job_attempt WHERE outcome = 'released'")" \
    'the task refused: on '
  check 0 slurm-status --quiet --verbose "$batch"
  holds "$output" 'inputs/catalogue/sky.sqlite3: FAILED'
  holds "$output" 'given back'
}

@test "submit-backlog: science groups without a calibration stay; so do those of a nearer calibrator" {
  root_with --groups 3
  export CONTIMG_STAGES=convert,flag,calibrate
  check 0 submit-backlog --dry-run
  same "$output" ''
  holds "$stderr" "$first: waits for a calibration set, is not sent"
  mapfile -t ids < <(sql "SELECT group_id FROM ingest_queue ORDER BY 1")
  sql "UPDATE ingest_queue SET observation_class = 'calibrator' WHERE group_id = '${ids[2]}'"
  check 0 submit-backlog --quiet --dry-run
  same "${lines[0]}" "${ids[2]}"
  same "${#lines[@]}" 2
  a_set before "$(sql "SELECT 40587 + (julianday('2026-01-25T22:25:00') - 2440587.5)")"
  check 0 submit-backlog --dry-run
  same "${lines[0]} ${lines[1]}" "${ids[2]} $first" # the second is nearer to the calibrator of the array
  holds "$stderr" "${ids[1]}: waits for the solutions of a nearer calibrator"
  submit
  same "$(jq -r '.calibration_set.name' "$batch/manifest" | paste -sd ' ')" 'null before'
  same "$(manage-queue --quiet ready)" "${ids[1]}"
  # Without the stage there is nothing to wait for.
  check 0 submit-backlog --quiet --dry-run --stages convert,flag
  same "${lines[0]}" "${ids[1]}"
}

@test "a backlog: tasks obey the step under pressure that was in force when they were sent" {
  root_with
  images
  step() { sql "INSERT INTO degradation (step, reason, since) VALUES ('$1', 'test', $2)"; }
  step 'quicklook first, deep later' 1
  check 0 submit-backlog
  batch=${output#* }
  holds "$stderr" "the step in force is 'quicklook first, deep later'"
  same "$(jq -r .step "$batch/manifest")" 'quicklook first, deep later'
  step full 2 # long before the task begins
  task 1
  : >queued
  check 0 collect-backlog --quiet
  same "$(sql "SELECT DISTINCT tier FROM images")" quicklook
  # By now there is no pressure, and the deep image is asked for.
  same "$(manage-queue --quiet ready)" $first
  step 'convert and calibrate only' 3
  sql "UPDATE job SET reason = NULL, redo = 0, state = 'done' WHERE stage = 'image'"
  sql "UPDATE job SET state = 'ready' WHERE stage = 'convert'"
  check 0 submit-backlog
  same "$(jq -r .stages "${output#* }/manifest")" convert
}

@test "slurm-status: what is queued, running, returned and lost; without squeue it says so" {
  root_with --groups 4
  check 0 slurm-status
  holds "$stderr" 'no batch was submitted'
  submit
  task 3
  printf '%s\n' "contimg.${batch##*/} 1 RUNNING" "contimg.${batch##*/} 2 PENDING" >queued
  # As slurm-status asks for it.
  # shellcheck disable=SC2016  # expanded when it is called
  printf '#!/bin/bash\n[[ $* == *"%%j|%%K"* ]] && sed "s/ /|/g; s/\$/|n1|None/" "$FAKE/queued" || cat "$FAKE/queued"\n' >bin/squeue
  check 0 slurm-status --quiet --json
  same "$(jq -r '.tasks[].state' <<<"$output" | paste -sd ' ')" 'running queued returned lost'
  same "$(jq -r '.tasks[0].node' <<<"$output")" n1
  same "$(jq -c '.batches[0] | [.queued, .running, .returned, .done, .lost]' <<<"$output")" '[1,1,1,0,1]'
  check 0 slurm-status --quiet
  holds "$output" "${batch##*/}"
  lacks "$output" "$first"
  check 0 slurm-status --verbose
  holds "$output" "manage-parcels recall $batch/4"
  # What accounting knows of a task that squeue has forgotten.
  printf '#!/bin/bash\necho "contimg.%s|4711_4|NODE_FAIL|n2|None"\n' "${batch##*/}" >bin/sacct
  chmod +x bin/sacct
  check 0 slurm-status --quiet --json
  holds "$(jq -r '.tasks[3].reason' <<<"$output")" 'Slurm: NODE_FAIL'
  printf '#!/bin/sh\nexit 1\n' >bin/squeue
  check 0 slurm-status
  holds "$stderr" 'squeue does not answer'
  holds "$output" 'scheduler: squeue does not answer'
  check 0 slurm-status --quiet --json
  same "$(jq -r '.tasks[].state' <<<"$output" | paste -sd ' ')" 'unknown unknown returned unknown'
}

@test "a batch: what is dealt with is in taken/, lost and damaged ones too, and then it is finished" {
  root_with --groups 2
  submit
  task 1
  : >queued
  check 0 collect-backlog --quiet
  same "$(ls "$batch/taken")" 1
  echo damage >"$batch/2/receipt-x.sqlite3"
  check 1 collect-backlog --quiet # for as long as the task may leave another one
  [[ -d $batch/2 && ! -e $batch/finished ]]
  sql "UPDATE job SET lease_expires = 1 WHERE state = 'claimed'"
  manage-queue --quiet ready >/dev/null
  check 1 collect-backlog --quiet
  [[ -d $batch/taken/1 && -d $batch/taken/2 ]]
  [[ -e $batch/finished ]]
  check 0 collect-backlog --quiet
  check 0 slurm-status --quiet --json
  same "$(jq -r '.tasks[].state' <<<"$output" | paste -sd ' ')" 'done lost'
}
