#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The Slurm guide's commands, as they stand there, on a real cluster with a backlog in the queue: run within its
# namespace by slurm.bats. Usage: slurm-guide.bash CLUSTER_FOLDER REPOSITORY
set -euo pipefail
here=${BASH_SOURCE[0]%/*}
# shellcheck source=tests/chain/slurm-cluster.bash
. "$here/slurm-cluster.bash"
# shellcheck source=tests/cli/docs.bash
. "$here/../cli/docs.bash"
cluster=$1 repository=$2
export TMPDIR=$cluster/tmp partition=main root=$CONTIMG_ROOT
mkdir -p "$TMPDIR"
cluster_on "$cluster" 2
run_blocks operations/slurm.md 6 3>&1
while squeue --noheader --me | grep .; do sleep 1; done
collect-backlog --quiet
slurm-status --quiet --all
