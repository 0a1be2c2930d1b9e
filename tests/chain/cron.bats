#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Real cron, Debian's, takes groups that arrive at pace through to flux densities, with no help: the
# installed crontab, its files put in place of the machine's in a namespace, and a clock 30 times as
# fast for cron alone, so that its minutes are 2 s. Then power fails in the middle, and cron starts again.

load ../cli/helpers

libfaketime=/usr/lib/$(uname -m)-linux-gnu/faketime/libfaketime.so.1

# machine_on : a machine of which only cron runs; its processes have numbers of their own. A kill of
# $machine takes every process of it along.
machine_on() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  unshare --mount --pid --fork --mount-proc --kill-child --propagation private bash -c '
    set -e
    mount -t tmpfs none /run
    mount -t tmpfs -o mode=1777 none /dev/shm # from here, others that stage there would seem to be dead
    mount -t tmpfs -o mode=755 none /var/spool/cron
    install -d -m 1730 -g crontab /var/spool/cron/crontabs
    install -m 600 crontab.txt /var/spool/cron/crontabs/root
    mount --bind empty/cron.d /etc/cron.d
    mount --bind empty/crontab /etc/crontab
    unset "${!CONTIMG_@}"
    LD_PRELOAD=$1 FAKETIME="+0 x30" cron -f -L 15 &
    wait $!' - "$libfaketime" >>cron.log 2>&1 3>&- &
  machine=$!
}
machine_off() {
  kill -9 "$machine"
  wait "$machine" 2>/dev/null || true
}
teardown() { [[ -z ${machine:-} ]] || kill -9 "$machine" 2>/dev/null || true; }

sky_around() { python "$repository/tests/witness/sky_around.py" "$@"; }

# a_root : the crontab and configuration as installed, but for paths. A wrapper of run-tick tells when
# each tick began and ended, and with which code.
a_root() {
  # shellcheck disable=SC2034  # sql asks it
  queue=$PWD/root/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,state/db} empty/cron.d bin
  : >empty/crontab
  chmod 755 empty/cron.d
  cat >bin/run-tick <<SCRIPT
#!/bin/bash
cd $PWD
began=\$EPOCHREALTIME
$repository/scripts/run-tick "\$@"
echo "\$began \$EPOCHREALTIME \$?" >>ticks
SCRIPT
  chmod +x bin/run-tick
  sed -e "s|^PATH=.*|PATH=$PWD/bin:$CONTIMG_BUILD:$repository/scripts:/usr/bin:/bin|" \
    -e "s|^CONTIMG_CONFIG=.*|CONTIMG_CONFIG=$PWD/contimg.toml|" \
    "$repository/cron/contimg.crontab" >crontab.txt
  # A dead worker is known for dead after 10 s, and files are whole when they are there.
  cat >contimg.toml <<'TOML'
[paths]
root = "root"
catalogue = "sky.sqlite3"
[group]
settle_time_s = 0
[queue]
in_progress_timeout = 10
[pipeline]
stages = ["convert", "flag", "calibrate", "image", "measure"]
max_parallel = 2
[disk]
floor_gb = 0.05
[image]
size = 640
scale = "15arcsec"
[log]
file = "log"
TOML
}

@test "cron takes groups through to flux densities, through a power cut, each once" {
  command -v cron >/dev/null || skip "no cron here: apt-get install cron"
  [[ -e $libfaketime ]] || skip "no libfaketime here: apt-get install faketime"
  unshare --mount --pid --fork --mount-proc true 2>/dev/null || skip "no namespaces here"
  a_root
  observe calibrator --calibrator 3C286 --start 2026-01-26T13:00:56
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' calibrator/*.truth.json)
  sky_around 2026-01-26T13:30:56 "$dec" 0.1,0.2,3 -0.4,0.3,2 0.5,-0.3,1 >one.csv
  sky_around 2026-01-26T14:00:56 "$dec" 0.2,0.2,3 -0.3,0.3,2 0.4,-0.3,1 | sed 's/^s\([0-9]\)/t\1/' \
    >two.csv
  { cat one.csv && tail -n +2 two.csv; } >sky.csv
  check 0 import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output sky.sqlite3
  observe one --start 2026-01-26T13:30:56 --dec "$dec" --sky one.csv
  observe two --start 2026-01-26T14:00:56 --dec "$dec" --sky two.csv

  began=$SECONDS
  machine_on
  for group in one calibrator two; do
    for file in "$group"/*.hdf5; do mv "$file" root/incoming && sleep 0.05; done
  done
  # The power fails while one is being imaged.
  until_sql 90 "SELECT count(*) > 0 FROM job WHERE stage = 'image' AND state = 'claimed'" 1
  machine_off
  before=$(sql "SELECT count(*) FROM job WHERE state = 'done'")
  machine_on
  until_sql 150 "SELECT count(*) FROM job WHERE stage = 'measure' AND state = 'done'" 3
  until_sql 10 "SELECT count(*) FROM job WHERE state = 'claimed'" 0
  sleep 3 # and a minute of cron's in which there is nothing to do
  machine_off
  printf '# %s\n' "$((SECONDS - began)) s, $(wc -l <ticks) ticks, $before jobs done before the cut" >&3

  # Each stage of each group was done once, what was cut off was counted, and nothing is lost.
  same "$(sql "SELECT state, count(*) FROM ingest_queue GROUP BY state")" "completed|3"
  same "$(sql "SELECT state, count(*) FROM job GROUP BY state")" "done|15"
  same "$(sql "SELECT count(*) FROM job_attempt WHERE outcome = 'done'")" 15
  sql "SELECT outcome FROM job_attempt" | grep -qx expired
  same "$(sql "SELECT count(*) FROM job_attempt WHERE outcome IN ('failed', 'retry', 'running')")" 0
  same "$(sql "SELECT count(*) FROM late_files")" 0
  CONTIMG_CONFIG=contimg.toml check 0 manage-queue --quiet check
  CONTIMG_CONFIG=contimg.toml check 0 manage-queue --quiet verify
  for group in one two; do
    id=$(basename "$group"/*.truth.json .truth.json)
    check 0 python -W ignore "$repository/tests/witness/measured_tile.py" "root/sources/$id.csv" "$group.csv" \
      bias=0.05 complete=1
  done

  # Ticks that began within a longer one ended within it, all with code 0.
  same "$(cut -d ' ' -f 3 ticks | sort -u)" 0
  awk '{ began[NR] = $1; ended[NR] = $2 } END { for (i = 1; i <= NR; i++) for (j = 1; j <= NR; j++)
    if (began[i] < began[j] && ended[j] < ended[i]) within++; exit !within }' ticks
}
