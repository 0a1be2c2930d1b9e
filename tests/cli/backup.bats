#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Backup, damage and restoration of all three databases, with a real group in them; the emergency reset.

# shellcheck disable=SC2012,SC2086  # names here have neither spaces nor newlines
load helpers
load retention

setup_file() { make_home; }

damage() { printf 'rubbish rubbish rubbish rubbish' | dd of="$1" conv=notrunc status=none; }
backups() { ls root/state/backups/"$1"-*.sqlite3; }

@test "backup: --all copies every database that there is, whole and with its checksum" {
  at_home
  check 0 manage-queue --quiet backup --all --json
  same "$stderr" ""
  same "$(ls root/state/backups | sed -E 's/[0-9]{8}T[0-9]{6}Z/UTC/' | sort)" "lightcurves-UTC.sqlite3
lightcurves-UTC.sqlite3.sha256
measurements-UTC.sqlite3
measurements-UTC.sqlite3.sha256
queue-UTC.sqlite3
queue-UTC.sqlite3.sha256"
  (cd root/state/backups && sha256sum --quiet -c ./*.sha256)
  for copy in root/state/backups/*.sqlite3; do
    same "$(sqlite3 "$copy" 'PRAGMA integrity_check')" ok
    same "$(sqlite3 "$copy" 'PRAGMA journal_mode')" delete
  done
  same "$(sqlite3 "$(backups measurements)" 'SELECT count(*) FROM epoch')" \
    "$(sqlite3 root/state/db/measurements.sqlite3 'SELECT count(*) FROM epoch')"
  check 0 manage-queue --quiet backup
  same "$(backups queue | wc -l)" 2
}

@test "backup: the queue, damaged and restored; groups that are done again are counted" {
  at_home
  check 0 manage-queue --quiet backup
  # As it was before the tile: an older backup.
  copy=$(backups queue)
  sqlite3 "$copy" "DELETE FROM ingest_queue WHERE group_id = '$tile'"
  sqlite3 "$copy" "PRAGMA journal_mode = DELETE" >/dev/null
  (cd root/state/backups && sha256sum queue-*.sqlite3 >"$(basename "$copy").sha256")
  damage "$queue"
  check 1 manage-queue --quiet check
  check 0 manage-queue --quiet restore "$copy" --json
  same "$(jq -r '.done_again, .groups[0]' <<<"$output")" "1
$tile"
  [[ -s $(jq -r .moved_aside <<<"$output") ]]
  check 0 manage-queue --quiet check
  # It is, from its files, and what is there is taken over.
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  check 0 process-group --quiet $tile
  same "$(sql "SELECT DISTINCT state FROM job")" "done"
  check 0 manage-queue --quiet verify
}

@test "backup: measurements and light curves, damaged and restored; groups are measured again" {
  at_home
  check 0 manage-queue --quiet backup --all
  for name in measurements lightcurves; do
    db=root/state/db/$name.sqlite3 copy=$(backups $name)
    points=$(sqlite3 "$db" "SELECT count(*) FROM epoch")
    damage "$db"
    check 0 manage-queue --quiet restore "$copy" --json
    same "$(jq -r .done_again <<<"$output")" 0
    [[ -s $(jq -r .moved_aside <<<"$output") ]]
    same "$(sqlite3 "$db" 'PRAGMA integrity_check')" ok
    same "$(sqlite3 "$db" "SELECT count(*) FROM epoch")" "$points"
  done
  # A copy of before the tile was measured.
  copy=$(backups measurements)
  before=$(sqlite3 root/state/db/measurements.sqlite3 \
    "SELECT count(*), round(total(flux_jy), 6) FROM measurement JOIN epoch e ON e.id = epoch_id WHERE group_id = '$tile'")
  sqlite3 "$copy" "DELETE FROM measurement WHERE epoch_id = (SELECT id FROM epoch WHERE group_id = '$tile');
                   DELETE FROM epoch WHERE group_id = '$tile'"
  sqlite3 "$copy" "PRAGMA journal_mode = DELETE" >/dev/null
  (cd root/state/backups && sha256sum "$(basename "$copy")" >"$(basename "$copy").sha256")
  rm -f root/state/db/measurements.sqlite3*
  check 0 manage-queue --quiet restore "$copy" --json
  same "$(jq -r '.done_again, .groups[0]' <<<"$output")" "1
$tile"
  same "$(sql "SELECT group_concat(stage || ':' || state) FROM job WHERE group_id = '$tile'
    AND stage IN ('measure', 'lightcurve')")" "lightcurve:waiting,measure:ready"
  check 0 process-group --quiet $tile
  same "$(sqlite3 root/state/db/measurements.sqlite3 \
    "SELECT count(*), round(total(flux_jy), 6) FROM measurement JOIN epoch e ON e.id = epoch_id WHERE group_id = '$tile'")" \
    "$before"
}

@test "backup: restore refuses what is damaged, changed or foreign, and while tools work" {
  at_home
  check 0 manage-queue --quiet backup --all
  cp "$(backups measurements)" changed.sqlite3
  cp "$(backups measurements).sha256" changed.sqlite3.sha256
  printf x | dd of=changed.sqlite3 bs=1 seek=5000 conv=notrunc status=none
  check 1 manage-queue --quiet restore changed.sqlite3
  holds "$stderr" sha256
  sqlite3 foreign.sqlite3 'CREATE TABLE a (b)'
  check 2 manage-queue --quiet restore foreign.sqlite3
  check 2 manage-queue --quiet restore none.sqlite3
  check 2 manage-queue --quiet restore sky.sqlite3
  # Somebody has the database open.
  before=$(sha256sum root/state/db/measurements.sqlite3)
  sqlite3 root/state/db/measurements.sqlite3 "BEGIN; SELECT count(*) FROM epoch;" \
    '.system touch reading; while [ -e reading ]; do sleep 0.1; done' 3>&- &
  reader=$!
  until_true 120 test -e reading
  check 75 manage-queue --quiet restore "$(backups measurements)"
  rm reading
  wait $reader
  # A worker measures.
  sql "UPDATE job SET state = 'claimed', claim_token = 99, lease_expires = 9e9
       WHERE group_id = '$tile' AND stage = 'measure'"
  check 75 manage-queue --quiet restore "$(backups measurements)"
  check 75 manage-queue --quiet restore "$(backups queue)"
  same "$(sha256sum root/state/db/measurements.sqlite3)" "$before"
  [[ -z $(ls root/state/db/*before-restore* 2>/dev/null) ]]
}

@test "reset --emergency: says first what it would do, backs up, gives back, clears, and can be undone" {
  at_home
  sql "UPDATE job SET state = 'claimed', claim_token = 99, lease_expires = 9e9, host = 'h', pid = 1
       WHERE group_id = '$tile' AND stage = 'image';
       INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at)
       VALUES (99, '$tile', 'image', 1, 1); UPDATE counter SET value = 99;
       UPDATE job SET state = 'failed', retry_count = 3 WHERE group_id = '$calibrator' AND stage = 'measure';
       UPDATE job SET state = 'waiting', not_before = 9e9, retry_count = 2
       WHERE group_id = '$calibrator' AND stage = 'lightcurve'"
  before=$(sql "SELECT group_id, stage, state, retry_count FROM job ORDER BY id")
  check 2 manage-queue --quiet reset
  check 0 manage-queue --quiet reset --emergency --json
  same "$(jq -c '[.applied, .claims, .failed_jobs, .spent_retries]' <<<"$output")" "[false,1,1,2]"
  same "$(sql "SELECT group_id, stage, state, retry_count FROM job ORDER BY id")" "$before"
  [[ ! -e root/state/backups ]]
  check 0 manage-queue --quiet reset --emergency --yes --json
  same "$(jq -c '[.applied, .claims, .groups_retried]' <<<"$output")" "[true,1,1]"
  undo=$(jq -r .backup <<<"$output")
  same "$(sql "SELECT count(*) FROM job WHERE state IN ('claimed', 'failed') OR retry_count > 0")" 0
  same "$(sql "SELECT state FROM job WHERE group_id = '$tile' AND stage = 'image'")" ready
  same "$(sql "SELECT state FROM job WHERE group_id = '$calibrator' AND stage = 'lightcurve'")" ready
  same "$(sql "SELECT outcome FROM job_attempt WHERE claim_token = 99")" released
  check 0 manage-queue --quiet status
  holds "$output" "paused_reason: emergency reset"
  check 0 manage-queue --quiet check
  # Undone: as it was, but that claims do not survive a restoration.
  check 0 manage-queue --quiet restore "$undo"
  same "$(sql "SELECT state, retry_count FROM job WHERE group_id = '$calibrator' AND stage = 'measure'")" "failed|3"
  check 0 manage-queue --quiet resume
  check 0 manage-queue --quiet check
}

@test "retry --all clears every counter of failures; of one group or of all that failed" {
  at_home
  sql "UPDATE job SET state = 'failed', retry_count = 3 WHERE stage = 'measure'"
  check 0 manage-queue --quiet retry $tile
  same "$(sql "SELECT group_id, state, retry_count FROM job WHERE stage = 'measure' ORDER BY 1")" \
    "$calibrator|failed|3
$tile|ready|0"
  sql "UPDATE job SET state = 'ready', retry_count = 2 WHERE stage = 'lightcurve'"
  check 0 manage-queue --quiet retry --all
  same "$(sql "SELECT count(*) FROM job WHERE state = 'failed' OR retry_count > 0")" 0
  check 2 manage-queue --quiet retry --all --failed
}
