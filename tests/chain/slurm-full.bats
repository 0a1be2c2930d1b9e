#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A real Slurm cluster (slurmctld, three nodes, munge) eats a backlog, while processes, a node and the
# controller are killed, tasks run twice and are cancelled: each group is recorded exactly once.

load ../cli/helpers
load slurm-cluster

# backlog GROUPS : in the queue.
backlog() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,flag
  export CONTIMG_IN_PROGRESS_TIMEOUT=20 CONTIMG_SLURM_CPUS=1
  export queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  PATH="$repository/slurm:$PATH"
  mkdir -p root/{incoming,state/db}
  small_group root/incoming --groups "$1"
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
}
# recorded_once GROUPS : nothing lost, nothing twice.
recorded_once() {
  same "$(sql "SELECT stage, state, count(*) FROM job GROUP BY 1, 2")" "convert|done|$1
flag|done|$1"
  same "$(sql "SELECT group_id, stage FROM job_attempt WHERE outcome = 'done'
    GROUP BY 1, 2 HAVING count(*) <> 1")" ''
  same "$(sql "SELECT count(*) FROM job_attempt WHERE outcome = 'running'")" 0
  same "$(sql "SELECT count(*) FROM ms_index WHERE stage = 'flagged'")" "$1"
  same "$(sql "SELECT count(DISTINCT group_id) FROM stage_metrics WHERE slurm_job_id <> ''")" "$1"
  same "$(find root/ms -name '*.ms' | wc -l)" "$1"
  check 0 manage-queue --quiet check
  check 0 manage-queue --quiet verify
}
needs_slurm() {
  local program
  for program in slurmctld slurmd munged ip; do
    command -v $program >/dev/null || skip "$program is absent: apt-get install slurmctld slurmd slurm-client munge iproute2"
  done
  unshare --net --pid --fork true 2>/dev/null || skip "no namespaces here: run as root"
}
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
}

@test "slurm: 300 groups" {
  needs_slurm
  backlog 300
  check 0 within timeout 1800 "$BATS_TEST_DIRNAME/slurm-backlog.bash" "$cluster/b" 300 4
  echo "$output" >&2
  recorded_once 300
}
