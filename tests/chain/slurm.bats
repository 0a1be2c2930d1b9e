#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A few groups through a real Slurm cluster, of which one task is cancelled while it runs. What else can
# go wrong is in slurm-full.bats.

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
