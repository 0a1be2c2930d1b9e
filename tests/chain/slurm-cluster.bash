# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154
# A Slurm cluster of three nodes on this machine: slurmctld, three slurmd, munge, all in one folder.
# For a network and process namespace of its own (within), which leaves nothing behind when it ends.

# within COMMAND... : runs it alone with itself: loopback only, and whatever it started ends with it.
within() {
  # An address that is not 127.x makes names resolve. PID 1 has to be a shell that waits, to reap. Others that
  # stage in /dev/shm would seem to be dead from here.
  # shellcheck disable=SC2016  # expanded by the inner shell
  unshare --net --pid --fork --mount-proc --kill-child bash -c '
    mount -t tmpfs -o mode=1777 none /dev/shm
    ip link set lo up && ip addr add 192.0.2.77/32 dev lo
    "$@" & wait $!' - "$@" 3>&-
}

# cluster_on FOLDER CPUS : its path is short, for sockets' names; SLURM_CONF is set for all that follows.
cluster_on() {
  local folder=$1 cpus=$2 host node end=$((SECONDS + 30))
  host=$(hostname -s)
  mkdir -p "$folder"/{munge,state}
  chmod 755 "$folder" "$folder/munge"
  (umask 077 && head -c 128 /dev/urandom >"$folder/munge/key")
  export SLURM_CONF=$folder/slurm.conf
  cat >"$SLURM_CONF" <<TEXT
ClusterName=contimg
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthInfo=socket=$folder/munge/sock,cred_expire=10
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
MailProg=/bin/true
KillWait=5
SlurmdTimeout=10
SlurmctldTimeout=10
BatchStartTimeout=2
MessageTimeout=5
ReturnToService=1
JobRequeue=1
MinJobAge=300
MaxArraySize=1001
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/jobcomp.txt
TEXT
  for node in 0 1 2; do
    echo "NodeName=n$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((17801 + node)) CPUs=$cpus RealMemory=16000"
  done >>"$SLURM_CONF"
  echo "PartitionName=main Nodes=ALL Default=YES MaxTime=12:00:00" >>"$SLURM_CONF"
  munged --force --key-file="$folder/munge/key" --socket="$folder/munge/sock" \
    --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" \
    --origin=127.0.0.1
  slurmctld
  for node in 0 1 2; do slurmd -N "n$node"; done
  until [[ $(timeout 3 sinfo -h -N -t idle -o %N | wc -l) == 3 ]]; do
    ((SECONDS < end)) || { echo "the cluster did not come up" >&2 && return 1; }
    sleep 0.2
  done
}

# What follows is for bats files, which load helpers.bash too.

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
${CONTIMG_STAGES##*,}|done|$1"
  same "$(sql "SELECT group_id, stage FROM job_attempt WHERE outcome = 'done'
    GROUP BY 1, 2 HAVING count(*) <> 1")" ''
  same "$(sql "SELECT count(*) FROM job_attempt WHERE outcome = 'running'")" 0
  same "$(sql "SELECT count(*) FROM ms_index")" "$1"
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
