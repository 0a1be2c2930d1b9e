#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A task comes to its time limit in a real Slurm cluster, while its tool has a claim and hangs. Run within
# its namespace by slurm-full.bats. Usage: slurm-limit.bash CLUSTER_FOLDER
set -uo pipefail
# shellcheck source=tests/chain/slurm-cluster.bash
. "${BASH_SOURCE[0]%/*}/slurm-cluster.bash"
cluster=$1
export TMPDIR=$cluster/tmp
mkdir -p "$TMPDIR"
cluster_on "$cluster" 2 || exit

# shellcheck source=tests/cli/standing.bash
. "${BASH_SOURCE[0]%/*}/../cli/standing.bash"
stands_still convert-group "$CONTIMG_ROOT/ms/science/*/*.partial-*"
read -r job batch < <(submit-backlog --quiet -- --time=1)
until [[ -n $(compgen -G "$batch/1/receipt*.sqlite3") ]]; do
  ((SECONDS < 150)) || { squeue -r -t all && cat "$batch"/*.log && exit 1; }
  sleep 0.5
done
echo "a receipt after $SECONDS s"
until [[ -z $(squeue -h -j "$job") ]]; do sleep 0.5; done
squeue -h -r -t all -j "$job" -o '%T'
collect-backlog --quiet
