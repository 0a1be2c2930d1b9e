#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A real Slurm cluster (slurmctld, three nodes, munge) eats a backlog, while processes, a node and the
# controller are killed, tasks run twice and are cancelled: each group is recorded exactly once.

load ../cli/helpers
load slurm-cluster

setup_file() { cluster=$(mktemp -d /tmp/slurm.XXXXXX) && export cluster; }
teardown_file() { rm -rf "$cluster"; }

@test "slurm: 40 groups, and everything fails once" {
  needs_slurm
  backlog 40
  check 0 within timeout 900 "$BATS_TEST_DIRNAME/slurm-backlog.bash" "$cluster/a" 40 2 faults
  echo "$output" >&2
  holds "$output" 'killed run-task'
  holds "$output" 'killed convert-group'
  holds "$output" 'slurmctld is killed'
  recorded_once 40
  # What was cancelled before it began was given back, and not counted.
  (($(sql "SELECT count(*) FROM job_attempt WHERE reason = 'its Slurm task was cancelled'") > 9))
}

@test "slurm: 20 groups in two arrays, and everything fails once" {
  needs_slurm
  backlog 20
  export CONTIMG_STAGES=convert,image CONTIMG_NO_CALIBRATION=uncalibrated CONTIMG_SIZE=128
  export CONTIMG_SCALE=60arcsec CONTIMG_NITER=10
  check 0 within timeout 900 "$BATS_TEST_DIRNAME/slurm-backlog.bash" "$cluster/e" 20 2 faults --split
  echo "$output" >&2
  holds "$output" 'killed run-task'
  holds "$output" 'slurmctld is killed'
  recorded_once 20
  same "$(sql "SELECT count(*) FROM images WHERE type = 'image'")" 20
}

@test "slurm: 300 groups" {
  needs_slurm
  backlog 300
  check 0 within timeout 1800 "$BATS_TEST_DIRNAME/slurm-backlog.bash" "$cluster/b" 300 4
  echo "$output" >&2
  recorded_once 300
}

@test "slurm: a calibrator is solved in a task, science groups are imaged in a second array" {
  needs_slurm
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_IN_PROGRESS_TIMEOUT=20
  export CONTIMG_STAGES=convert,flag,calibrate,image CONTIMG_SIZE=640 CONTIMG_SCALE=15arcsec
  export CONTIMG_CATALOGUE=sky.sqlite3 queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  PATH="$repository/slurm:$PATH"
  mkdir -p root/{incoming,state/db}
  observe calibrator --calibrator 3C286 --start 2026-01-26T13:00:56
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' calibrator/*.truth.json)
  for start in 13:30:56 14:00:56; do
    python "$repository/tests/witness/sky_around.py" 2026-01-26T$start "$dec" 0.1,0.2,3 -0.4,0.3,2 \
      0.5,-0.3,1 | sed "s/^s\([0-9]\)/s${start%%:*}\1/" >$start.csv
    observe $start --start 2026-01-26T$start --dec "$dec" --sky $start.csv
  done
  { cat 13:30:56.csv && tail -n +2 14:00:56.csv; } >sky.csv
  check 0 import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output sky.sqlite3
  mv ./{calibrator,13:30:56,14:00:56}/*.hdf5 root/incoming
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  check 0 within timeout 300 "$BATS_TEST_DIRNAME/slurm-chain.bash" "$cluster/c" 3
  echo "$output" >&2
  holds "$output" 'killed run-task --onward'
  same "$(sql "SELECT stage, state, count(*) FROM job GROUP BY 1, 2 ORDER BY 1")" \
    "calibrate|done|3
convert|done|3
flag|done|3
image|done|3"
  same "$(sql "SELECT group_id, stage FROM job_attempt WHERE outcome = 'done'
    GROUP BY 1, 2 HAVING count(*) <> 1")" ''
  same "$(sql "SELECT count(*) FROM job_attempt WHERE outcome = 'running'")" 0
  # The killed image was counted; the science groups have the set that the calibrator's task solved.
  same "$(sql "SELECT count(*) FROM job_attempt WHERE stage = 'image' AND outcome IN ('expired', 'retry')")" 1
  calibrator=$(sql "SELECT group_id FROM ingest_queue WHERE observation_class = 'calibrator'")
  same "$(sql "SELECT DISTINCT name FROM calibration_use JOIN calibration_set ON set_id = id")" \
    "$calibrator"
  # It is what the manifests said that they would get.
  same "$(jq -r 'select(.first == "convert") | .calibration_set.name' root/slurm/*/manifest | sort | uniq -c |
    tr -s ' \n' ' ')" " 2 $calibrator 1 null "
  same "$(sql "SELECT count(*) FROM images WHERE type = 'image' AND verdict <> 'FAIL'")" 3
  check 0 manage-queue --quiet check
  check 0 manage-queue --quiet verify
}

@test "slurm: a task that comes to its time limit gives its group back" {
  needs_slurm
  backlog 1
  export CONTIMG_IN_PROGRESS_TIMEOUT=900
  check 0 within timeout 200 "$BATS_TEST_DIRNAME/slurm-limit.bash" "$cluster/d"
  echo "$output" >&2
  holds "$output" '"status":"merged"'
  same "$(sql "SELECT state || retry_count FROM job")" ready0
  same "$(sql "SELECT outcome FROM job_attempt")" released
  check 0 process-group --quiet "$(sql "SELECT group_id FROM job")"
  same "$(sql "SELECT group_concat(stage || state) FROM job")" convertdone,flagdone
}
