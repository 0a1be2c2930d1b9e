#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The crontab that is installed: its syntax, and that its commands are ours and take their options.
# That real cron runs it is held by tests/chain/cron.bats.

load helpers

crontab_file() { echo "$repository/cron/contimg.crontab"; }
# jobs : the commands, as cron hands them to the shell.
jobs() { grep -E '^[0-9*]' "$(crontab_file)" | sed -E 's/^([^ ]+ +){5}//; s/\\%/%/g'; }

@test "crontab: cron's own check finds no fault, and finds one that is there" {
  command -v crontab >/dev/null || skip "no cron here"
  check 0 crontab -n "$(crontab_file)"
  sed 's/^7 /77 /' "$(crontab_file)" >wrong
  check 1 crontab -n wrong
}

@test "crontab: a tick each minute, a backup each hour, nothing is mailed" {
  holds "$(cat "$(crontab_file)")" 'MAILTO=""'
  holds "$(cat "$(crontab_file)")" '* * * * *  run-tick'
  [[ $(grep -cE '^[0-9]+ \* \* \* \*  .*manage-queue .*backup' "$(crontab_file)") -eq 1 ]]
}

@test "crontab: every command runs as cron runs it, and does its work" {
  mkdir -p root/{incoming,state/db}
  small_group root/incoming
  printf '%s\n' '[paths]' 'root = "root"' '[group]' 'settle_time_s = 0' '[pipeline]' \
    'stages = ["convert"]' '[disk]' 'floor_gb = 0.01' >contimg.toml
  while read -r job; do
    check 0 env -i HOME=/ SHELL=/bin/bash PATH="$CONTIMG_BUILD:$repository/scripts:/usr/bin:/bin" \
      CONTIMG_CONFIG="$PWD/contimg.toml" /bin/bash -c "$job"
    same "$output$stderr" ""
  done < <(jobs)
  export queue=root/state/db/pipeline.sqlite3
  same "$(state_of 2026-01-25T22:26:05)" completed
  same "$(find root/state/backups -name '*.sqlite3' | wc -l)" 2
  holds "$(cat "$(crontab_file)")" 'clean-up --quiet --apply'
}
