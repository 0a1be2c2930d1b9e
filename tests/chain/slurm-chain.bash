#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A calibrator and the science groups that wait for it go through a real Slurm cluster to images, in two
# arrays, the second with other memory and time; one task of it is killed. Run within its namespace by
# slurm-full.bats. Usage: slurm-chain.bash CLUSTER_FOLDER GROUPS
set -uo pipefail
# shellcheck source=tests/chain/slurm-cluster.bash
. "${BASH_SOURCE[0]%/*}/slurm-cluster.bash"
cluster=$1 groups=$2
queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
ask() { sqlite3 -batch -cmd '.timeout 10000' "$queue" "$1"; }
imaged() { ask "SELECT count(*) FROM job WHERE stage = 'image' AND state = 'done'"; }
say() { printf '%3d s, %s of %s imaged: %s\n' "$SECONDS" "$(imaged)" "$groups" "$*"; }

# The batch shell of a task of the second array is killed with all that it started.
kill_an_image() {
  local pid folder index
  while :; do
    for folder in /proc/[0-9]*; do
      [[ $(tr '\0' ' ' 2>/dev/null <"$folder/cmdline") == */run-task\ --onward* ]] || continue
      pid=${folder#/proc/}
      index=$(tr '\0' '\n' <"$folder/environ" | sed -n 's/^SLURM_ARRAY_TASK_ID=//p')
      until compgen -G "$batch/$index/begun-onward*" >/dev/null; do sleep 0.05; done
      kill -9 "$pid" && say "killed run-task --onward, $pid" && return
    done
    sleep 0.05
  done
}

export TMPDIR=$cluster/tmp
mkdir -p "$TMPDIR"
cluster_on "$cluster" 2 || exit
rounds=0 killer=''
while (($(imaged) < groups)); do
  if [[ -n $(manage-queue --quiet ready --limit 1) ]] && submitted=$(submit-backlog --quiet --split) &&
    [[ -n $submitted ]]; then
    batch=${submitted#* } rounds=$((rounds + 1))
    say "submitted: $(<"$batch/job") $(jq -r .group_id "$batch/manifest" | paste -sd ' ')"
    squeue -h -o '%j %i %T %E %m %l' | sed 's/^/  /'
    if ((rounds == 2)); then kill_an_image & killer=$!; fi
  fi
  ((SECONDS < 240)) || { say "too long" && squeue -r -t all && tail "$batch"/*.log && exit 1; }
  sleep 1
  collect-backlog --quiet >>collected || echo "collect-backlog: exit code $?"
done
[[ -z $killer ]] || wait "$killer"
collect-backlog --quiet >>collected
say "all, in $rounds batches; receipts: $(jq -r .status collected | sort | uniq -c | tr -s ' \n' ' ')"
slurm-status --quiet --all
