#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A backlog in the queue goes through a real Slurm cluster on which everything fails once: run within
# its namespace by slurm-full.bats. Usage: slurm-backlog.bash CLUSTER_FOLDER GROUPS AT_ONCE
# [faults | cancel] [--split]. The last stage of CONTIMG_STAGES is what counts.
set -uo pipefail
# shellcheck source=tests/chain/slurm-cluster.bash
. "${BASH_SOURCE[0]%/*}/slurm-cluster.bash"
cluster=$1 groups=$2 at_once=$3 faults=${4:-} split=(${5:+"$5"})
last=${CONTIMG_STAGES##*,}
queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
ask() { sqlite3 -batch -cmd '.timeout 10000' "$queue" "$1"; }
finished() { ask "SELECT count(*) FROM job WHERE stage = '$last' AND state = 'done'"; }
say() { printf '%3d s, %s of %s done: %s\n' "$SECONDS" "$(finished)" "$groups" "$*"; }

# one_of NAME : the number of a process of that name.
one_of() {
  local folder
  for folder in /proc/[0-9]*; do
    [[ $(tr '\0' ' ' 2>/dev/null <"$folder/cmdline") == *"$1"* ]] || continue
    [[ $(cut -d' ' -f3 2>/dev/null <"$folder/stat") != Z ]] && echo "${folder#/proc/}" && return
  done
  return 1
}
# kill_one NAME : one that lives is killed; waits for one for a while.
kill_one() {
  local pid i
  for ((i = 0; i < 100; i++)); do
    pid=$(one_of "$1") && kill -9 "$pid" && say "killed $1" && return
    sleep 0.1
  done
  say "no $1 to kill"
}

break_things() {
  local batch job n
  read -r job batch <submitted
  sleep 8 # sbatch's answer is not on disk before
  for n in $(squeue -h -r -t R,PD -j "$job" -o %K | sort -n | head -n 5); do
    SLURM_JOB_ID=$job SLURM_ARRAY_JOB_ID=$job run-task "$batch" "$n" >/dev/null 2>&1 &
  done
  say "tasks up to $n of $job run twice"
  kill_one 'run-task'
  kill_one 'convert-group'
  scontrol update nodename=n1 state=down reason=test && say "node n1 is down"
  sleep 4
  kill -9 "$(<"$cluster/slurmctld.pid")" && say "slurmctld is killed"
  sleep 2
  slurmctld
  sleep 3
  timeout 10 scontrol update nodename=n1 state=resume && say "node n1 is back"
  # Of two arrays what waits in the first, and with it in the second.
  timeout 10 scancel --state=PENDING "$job" && say "what is pending of $job is cancelled"
  kill_one "$last-ms"
}

cancel_one() {
  local job task=''
  read -r job _ <submitted
  until [[ -n $task ]]; do task=$(squeue -h -r -t R -j "$job" -o %K | head -n 1); done
  scancel "${job}_$task" && say "task $task is cancelled"
}

# A task that is killed leaves its scratch folder.
export TMPDIR=$cluster/tmp
mkdir -p "$TMPDIR"
cluster_on "$cluster" 2 || exit
submit-backlog --quiet "${split[@]}" --limit "$groups" --max-tasks "$at_once" >submitted || exit
say "submitted: $(<submitted)"
case $faults in
  faults) break_things & ;;
  cancel) cancel_one ;;
esac
while (($(finished) < groups)); do
  collect-backlog --quiet >>collected || echo "collect-backlog: exit code $?"
  ((SECONDS < 60 * groups / 4)) || { say "too long" && squeue -r -t all | tail -n 20; exit 1; }
  sleep 1
  [[ -z $(manage-queue --quiet ready --limit 1) ]] ||
    submit-backlog --quiet "${split[@]}" --limit "$groups" --max-tasks "$at_once"
done
wait
sleep 2
collect-backlog --quiet >>collected
slurm-status --quiet --all
say "all; receipts: $(jq -r .status collected | sort | uniq -c | tr -s ' \n' ' ')"
