#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# collect-diagnostics: the archive is whole, small and without secrets, also where things are broken.
load helpers

first=2026-01-25T22:26:05

# a_root : a data root with a configuration full of secrets, and a group that failed.
a_root() {
  mkdir -p root/{incoming,state/db,state/logs}
  queue=$PWD/root/state/db/pipeline.sqlite3
  cat >contimg.toml <<'TOML'
# smtp_password = 'it is hunter2'
[paths]
root = "root"
[group]
settle_time_s = 0
[pipeline]
stages = ["convert", "flag"]
[disk]
floor_gb = 0.01
[notify]
command = """curl -H "Authorization: Bearer hunter2" \
  https://operator:hunter2@hooks.example/x?token=hunter2"""
TOML
  export CONTIMG_CONFIG=$PWD/contimg.toml
  small_group root/incoming
  check 0 run-tick --quiet --max-minutes 0
  for file in root/incoming/*.hdf5; do truncate -s 3000 "$file"; done
  check 1 run-tick --quiet
  sql "UPDATE job SET log_tail = 'first line
password = my hunter2 words
Authorization: Basic hunter2
last line'"
}
# unpacked ARCHIVE : its folder.
unpacked() {
  rm -rf unpacked
  mkdir unpacked
  tar -xzf "$1" -C unpacked
  echo unpacked/*
}

@test "collect-diagnostics: one archive with everything, and a README" {
  a_root
  printf 'a line of the log\n' >root/state/logs/contimg.log
  check 0 collect-diagnostics --quiet
  same "$stderr" ""
  [[ $output == contimg-diagnostics-$(hostname)-*Z.tar.gz ]]
  folder=$(unpacked "$output")
  same "$(basename "$folder")" "${output%.tar.gz}"
  holds "$(cat "$folder/README.txt")" "queue/failures.jsonl: the last failures"
  holds "$(cat "$folder/versions.txt")" "convert-group 0."
  holds "$(cat "$folder/versions.txt")" "Linux"
  holds "$(cat "$folder/versions.txt")" "Debian"
  holds "$(cat "$folder/memory.txt")" MemTotal
  holds "$(cat "$folder/disks.txt")" "paths.queue_db $queue: there"
  holds "$(cat "$folder/processes.txt")" COMMAND
  holds "$(cat "$folder/queue/status.txt")" "failed: 1"
  same "$(jq -r .group_id "$folder/queue/failures.jsonl")" $first
  holds "$(jq -r .log_tail "$folder/queue/failures.jsonl")" "last line"
  holds "$(cat "$folder/queue/tables.txt")" "ingest_queue: 1"
  holds "$(cat "$folder/queue/tables.txt")" "schema version"
  holds "$(cat "$folder/queue/schema.jsonl")" "CREATE TABLE job"
  same "$(cat "$folder/queue/integrity.txt")" '{"integrity_check":"ok"}'
  same "$(jq -r .exit_code "$folder/queue/ticks.jsonl" | head -n 1)" 1
  jq -e .keep_up "$folder/queue/metrics.json" >/dev/null
  holds "$(cat "$folder/configuration/in-force.txt")" "disk.floor_gb = 0.01  # $PWD/contimg.toml"
  holds "$(cat "$folder/configuration/contimg.toml")" "floor_gb = 0.01"
  holds "$(cat "$folder/configuration/environment.txt")" "CONTIMG_CONFIG=$PWD/contimg.toml"
  same "$(cat "$folder"/logs/*contimg.log)" "a line of the log"
}

@test "collect-diagnostics: no secret is in it, wherever it was" {
  a_root
  {
    echo "-----BEGIN RSA PRIVATE KEY-----"
    for i in {1..1200}; do echo "hunter2KeyLine$i"; done
    echo "-----END RSA PRIVATE KEY-----"
    echo "GET /api?access_token=hunter2&night=2026-01-25"
    echo "2026-01-25T22:26:05Z tool INFO: connected to rtsp://username:hunter2@camera:554/stream"
  } >root/state/logs/tool.log
  CONTIMG_SMTP_PASSWORD="a hunter2 word" check 0 collect-diagnostics --quiet --output d.tar.gz
  folder=$(unpacked d.tar.gz)
  run grep -ril hunter2 "$folder"
  same "$output" ""
  holds "$(cat "$folder"/logs/*tool.log)" "&night=2026-01-25"
  holds "$(cat "$folder"/logs/*tool.log)" "REDACTED@camera:554/stream"
  holds "$(cat "$folder/configuration/contimg.toml")" REDACTED
  holds "$(cat "$folder/configuration/environment.txt")" "CONTIMG_SMTP_PASSWORD=REDACTED"
  holds "$(cat "$folder/queue/failures.jsonl")" "first line"
}

@test "collect-diagnostics: logs are their last thousand lines, and the archive stays small" {
  a_root
  seq 1 200000 | sed 's/$/ of a long log/' >root/state/logs/long.log
  head -c 30000000 /dev/zero | tr '\0' x >root/state/logs/one-line.log
  check 0 collect-diagnostics --quiet --output d.tar.gz
  folder=$(unpacked d.tar.gz)
  same "$(wc -l <"$(echo "$folder"/logs/*long.log)")" 1000
  same "$(tail -n 1 "$folder"/logs/*long.log)" "200000 of a long log"
  [[ $(stat -c %s d.tar.gz) -lt 3000000 ]]
}

@test "collect-diagnostics: a queue that is damaged, absent or locked is said to be, and the rest is there" {
  a_root
  cp "$queue" away
  sqlite3 "$queue" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
  head -c 40000 /dev/urandom | dd of="$queue" conv=notrunc status=none
  check 0 collect-diagnostics --quiet --output damaged.tar.gz
  folder=$(unpacked damaged.tar.gz)
  holds "$(cat "$folder/README.txt")" "queue/failures.jsonl: $queue"
  holds "$(cat "$folder/queue/integrity.txt")" missing
  holds "$(cat "$folder/versions.txt")" convert-group
  rm -f "$queue" "$queue"-*
  check 0 collect-diagnostics --quiet --output absent.tar.gz
  folder=$(unpacked absent.tar.gz)
  holds "$(cat "$folder/queue/tables.txt")" "no such file"
  [[ ! -e $queue ]]
  cp away "$queue"
  sqlite3 "$queue" "PRAGMA journal_mode = DELETE" >/dev/null
  python -c 'import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1]); db.execute("BEGIN EXCLUSIVE"); open("locked", "w"); time.sleep(300)' \
    "$queue" 3>&- &
  until [[ -e locked ]]; do sleep 0.05; done
  check 0 collect-diagnostics --quiet --output locked.tar.gz
  kill $!
  holds "$(cat "$(unpacked locked.tar.gz)/queue/tables.txt")" locked
}

@test "collect-diagnostics: a configuration that cannot be understood is exit code 2, with an archive" {
  printf '[queue]\nmax_retries = "hunter2"\npassword = "hunter2"\n' >contimg.toml
  CONTIMG_CONFIG=contimg.toml check 2 collect-diagnostics --output d.tar.gz
  same "$output" ""
  holds "$stderr" "contimg.toml:2: queue.max_retries"
  holds "$stderr" "wrote d.tar.gz without the settings"
  folder=$(unpacked d.tar.gz)
  holds "$(cat "$folder/README.txt")" "The configuration is wrong"
  holds "$(cat "$folder/configuration/check.txt")" "contimg.toml:2: queue.max_retries"
  holds "$(cat "$folder/configuration/contimg.toml")" 'password = "REDACTED"'
  check 2 collect-diagnostics --no-such-option
  same "$(find . -name '*.tar.gz' | wc -l)" 1
}

@test "collect-diagnostics: an archive is replaced only when that is asked for" {
  a_root
  check 0 collect-diagnostics --quiet --output d.tar.gz
  check 1 collect-diagnostics --quiet --output d.tar.gz
  holds "$stderr" "d.tar.gz"
  check 0 collect-diagnostics --quiet --output d.tar.gz --overwrite
  same "$(ls -- *.partial* 2>/dev/null)" ""
  mkdir nowhere
  chmod 000 nowhere
  [[ $(id -u) -eq 0 ]] || check 75 collect-diagnostics --output nowhere/d.tar.gz
}
