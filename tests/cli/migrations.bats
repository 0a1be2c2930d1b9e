#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Queues of every earlier version of the schema, tests/migrations/queue-*.sql, become ones of this version with all
# that they hold.
load helpers

dumps() { find "$repository/tests/migrations" -name 'queue-*.sql' | sort -V; }
of_version() { sqlite3 -batch "$2" <"$1"; }
fresh() { check 0 scan-incoming --quiet --queue-db fresh.sqlite3 --input-dir "$PWD/none"; }
compare() { python "$repository/tests/witness/migrated_queue.py" "$@"; }

@test "migrations: there is a dump of every version before this one" {
  mkdir none && fresh
  local version
  version=$(sqlite3 fresh.sqlite3 'PRAGMA user_version')
  same "$(dumps | sed 's/.*queue-//; s/.sql//' | xargs)" "$(seq -s ' ' 1 $((version - 1)))"
}

@test "migrations: each keeps every row with its meaning, in the schema of a new queue" {
  mkdir none && fresh
  for dump in $(dumps); do
    rm -f before* queue.sqlite3*
    of_version "$dump" before.sqlite3
    cp before.sqlite3 queue.sqlite3
    # Tools that work on it, and do not migrate, say what to do.
    check 2 manage-queue --quiet --queue-db queue.sqlite3 list
    holds "$stderr" "back it up and run 'manage-queue migrate'"
    check 0 manage-queue --quiet --json --queue-db queue.sqlite3 migrate
    same "$(jq -c '[.from, .to]' <<<"$output")" \
      "[$(sqlite3 before.sqlite3 'PRAGMA user_version'),$(sqlite3 fresh.sqlite3 'PRAGMA user_version')]"
    check 0 compare before.sqlite3 queue.sqlite3 fresh.sqlite3
    check 0 manage-queue --quiet --json --queue-db queue.sqlite3 migrate
    check 0 compare before.sqlite3 queue.sqlite3 fresh.sqlite3
  done
}

@test "migrations: what compares them finds a row that is gone, changed, or too many" {
  mkdir none && fresh
  of_version "$repository/tests/migrations/queue-3.sql" before.sqlite3
  for harm in "DELETE FROM late_files" "UPDATE job_attempt SET ended_at = 5 WHERE claim_token = 1001" \
    "INSERT INTO tick (started_at) VALUES (1)" \
    "DROP INDEX job_state" "UPDATE ingest_queue SET last_subband_at = 1 WHERE group_id LIKE '%22:26%'"; do
    cp before.sqlite3 queue.sqlite3
    check 0 manage-queue --quiet --queue-db queue.sqlite3 migrate
    sql "$harm"
    check 1 compare before.sqlite3 queue.sqlite3 fresh.sqlite3
  done
}

@test "migrations: all tools read what was migrated, and work goes on" {
  for dump in $(dumps); do
    rm -rf root && mkdir -p root/state/db root/incoming
    queue=$PWD/root/state/db/pipeline.sqlite3
    of_version "$dump" "$queue"
    export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.05
    check 0 manage-queue --quiet migrate
    group=2026-01-25T22:26:05
    for line in "manage-queue --json status" "manage-queue --json list" "manage-queue --json ready" \
      "manage-queue show $group" "manage-queue stages $group" "manage-queue check" "manage-queue backup copy.sqlite3" \
      "manage-caltables list" "manage-caltables which $group" "record-metrics --json" "report-night --night 2026-01-25" \
      "notify --dry-run" "clean-up --json" "manage-parcels --json estimate" "collect-diagnostics --output d.tar.gz" \
      "why $group" "query-lightcurve --candidates"; do
      read -ra command <<<"$line"
      [[ -x $CONTIMG_BUILD/${command[0]} ]] || continue
      run --separate-stderr "${command[@]}" --quiet
      # That no set fits, and that there are no light curves yet, is 1 and 2, and no fault of the queue's.
      [[ $status -eq 0 || $line == *which* && $status -eq 1 || $line == query* ]] || { echo "$dump: $line: $status $stderr" >&2 && return 1; }
      rm -f copy.sqlite3 d.tar.gz
    done
    # The claim that was under way when it was migrated has run out since, and its job can be taken again.
    check 0 manage-queue --quiet resume
    check 0 manage-queue --quiet reset-stuck --yes
    same "$(sql "SELECT state FROM job WHERE group_id LIKE '%22:41%' AND stage = 'convert'")" ready
    check 0 manage-queue --quiet retry 2026-01-25T22:46:41
    same "$(sql "SELECT state FROM ingest_queue WHERE group_id LIKE '%22:46%'")" pending
    # Files that the old version knew are not taken for new; new ones are.
    small_group root/incoming --start 2026-01-25T23:10:00
    check 0 scan-incoming --quiet --settle-time-s 0
    check 0 form-groups --quiet
    same "$output" 2026-01-25T23:10:00
  done
}

@test "migrations: a queue of newer tools is refused, and left alone" {
  of_version "$repository/tests/migrations/queue-6.sql" "$queue"
  sql "PRAGMA user_version = 99"
  sum=$(sha256sum "$queue")
  for command in "manage-queue migrate" "manage-queue status" "scan-incoming --input-dir ." "form-groups"; do
    read -ra words <<<"$command"
    check 2 "${words[@]}" --queue-db "$queue"
    holds "$stderr" "schema version 99"
    holds "$stderr" "newer tools"
  done
  same "$(sha256sum "$queue")" "$sum"
}

# Each write of the migration is a moment to be killed at.
@test "migrations: killed at any write, the queue is the old one or the new one" {
  command -v strace >/dev/null || skip "strace is absent"
  mkdir none && fresh
  local olds=0 news=0 n=0 version
  for dump in "$repository/tests/migrations/queue-1.sql" "$repository/tests/migrations/queue-6.sql"; do
    rm -f before* && of_version "$dump" before.sqlite3 && sqlite3 before.sqlite3 'PRAGMA journal_mode = wal' >/dev/null
    for ((n = 1; n < 400; n += (n < 12 ? 1 : n / 6))); do
      rm -f queue.sqlite3* && cp before.sqlite3 queue.sqlite3
      run strace -f -qq -o trace -e trace=pwrite64,write,ftruncate,fdatasync,fsync \
        -e inject=pwrite64,ftruncate,fdatasync,fsync:signal=KILL:when=$n manage-queue --quiet --queue-db queue.sqlite3 migrate
      version=$(sqlite3 queue.sqlite3 'PRAGMA user_version')
      same "$(sqlite3 queue.sqlite3 'PRAGMA integrity_check')" ok
      if [[ $version == "$(sqlite3 before.sqlite3 'PRAGMA user_version')" ]]; then
        olds=$((olds + 1))
        same "$(sqlite3 queue.sqlite3 .dump)" "$(sqlite3 before.sqlite3 .dump)"
      else
        news=$((news + 1))
        check 0 compare before.sqlite3 queue.sqlite3 fresh.sqlite3
      fi
      # Begun again it comes to its end.
      check 0 manage-queue --quiet --queue-db queue.sqlite3 migrate
      check 0 compare before.sqlite3 queue.sqlite3 fresh.sqlite3
      grep -q SIGKILL trace || break
    done
    ! grep -q SIGKILL trace
  done
  # Both were met, or nothing was shown.
  ((olds >= 3 && news >= 1)) || { echo "killed to the old $olds times, to the new $news times" >&2 && return 1; }
}

@test "migrations: measurements of earlier versions stay as they were, beside what is measured next" {
  python "$repository/tests/witness/make_tile.py" x 12
  check 0 import-catalogue --quiet --frequency-hz 1.4e9 x.known.csv --output known.sqlite3
  measure() { measure-sources --quiet --catalogue known.sqlite3 --source-dir out --measurement-db "$@" x-image.fits; }
  check 0 measure fresh.sqlite3
  local version now
  now=$(sqlite3 fresh.sqlite3 'PRAGMA user_version')
  for ((version = 1; version < now; version++)); do
    of_version "$repository/tests/migrations/measurements-$version.sql" before.sqlite3
    cp before.sqlite3 m.sqlite3
    check 0 measure m.sqlite3
    columns=$(sqlite3 before.sqlite3 "SELECT group_concat(name) FROM pragma_table_info('epoch')")
    for query in "SELECT $columns FROM epoch WHERE id IN (3, 7) ORDER BY id" \
      "SELECT * FROM measurement WHERE epoch_id IN (3, 7) ORDER BY epoch_id, kind, name"; do
      same "$(sqlite3 -quote m.sqlite3 "$query")" "$(sqlite3 -quote before.sqlite3 "$query")"
    done
    # What came after is counted after them; light curves find it by that.
    ((version > 1)) || same "$(sqlite3 m.sqlite3 "SELECT id, change_id FROM epoch")" $'3|3\n7|7\n8|8'
    ((version < 2)) || same "$(sqlite3 m.sqlite3 "SELECT id, change_id FROM epoch")" $'3|8\n7|9\n8|10'
    same "$(sqlite3 m.sqlite3 "SELECT last = (SELECT max(change_id) FROM epoch) FROM change_counter")" 1
    for pragma in user_version application_id integrity_check; do
      same "$(sqlite3 m.sqlite3 "PRAGMA $pragma")" "$(sqlite3 fresh.sqlite3 "PRAGMA $pragma")"
    done
    same "$(sqlite3 m.sqlite3 "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2" | tr -s ' \n' ' ')" \
      "$(sqlite3 fresh.sqlite3 "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2" | tr -s ' \n' ' ')"
    check 0 update-lightcurves --quiet --measurement-db m.sqlite3 --lightcurve-db "l$version.sqlite3" --new
    rm -f before.sqlite3 m.sqlite3
  done
  of_version "$repository/tests/migrations/measurements-1.sql" m.sqlite3
  sqlite3 m.sqlite3 'PRAGMA user_version = 99'
  check 2 measure m.sqlite3
  holds "$stderr" "newer tools"
  check 2 update-lightcurves --measurement-db m.sqlite3 --lightcurve-db l.sqlite3 --new
  holds "$stderr" "newer tools"
}
