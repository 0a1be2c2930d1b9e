#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A few groups through a real Slurm cluster, of which one task is cancelled while it runs; and the commands of the guide
# for a site, as they stand there. What else can go wrong is in slurm-full.bats.

load ../cli/helpers
load slurm-cluster

setup_file() { cluster=$(mktemp -d /tmp/slurm.XXXXXX) && export cluster; }
teardown_file() { rm -rf "$cluster"; }

@test "slurm: five groups through a real cluster, one task cancelled, each recorded once" {
  needs_slurm
  backlog 5
  check 0 within timeout 120 "$BATS_TEST_DIRNAME/slurm-backlog.bash" "$cluster/a" 5 4 cancel
  echo "$output" >&2
  holds "$output" 'is cancelled'
  recorded_once 5
}

@test "slurm: the guide for a site, as written, with a backlog of four" {
  needs_slurm
  backlog 4
  mkdir -p root/{ms,state/checkpoints,state/logs}
  printf '[paths]\nroot = "%s"\n' "$CONTIMG_ROOT" >contimg.toml
  export CONTIMG_CONFIG=$PWD/contimg.toml
  check 0 within timeout 300 "$BATS_TEST_DIRNAME/slurm-guide.bash" "$cluster/g" "$repository"
  echo "$output" >&2
  holds "$output" 'blocks'
  recorded_once 4
  # The trial had two, and what it took is known to the second batch.
  same "$(sql "SELECT count(DISTINCT group_id) FROM job_attempt GROUP BY slurm_job_id ORDER BY slurm_job_id" | paste -sd ' ')" '2 2'
}
