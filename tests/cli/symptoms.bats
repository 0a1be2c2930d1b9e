#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The pages of docs/operations/symptoms: each is run, as it stands there, on a queue that has the symptom; after it the
# symptom is gone. Slow work, busy processors, little memory and an old table are not made: those pages are run on a queue
# at work. And every symptom that the reference documents name leads to a page.

load helpers
load docs

first=2026-01-25T22:26:05

teardown() {
  [[ -z ${helper:-} ]] || kill -9 "$helper" 2>/dev/null || true
  [[ -z ${mounted:-} ]] || umount -l "$mounted" 2>/dev/null || true
}
pages() { cd "$repository/docs/operations/symptoms" && ls ./*.md; }
page_of() { run_blocks "operations/symptoms/$1.md" "$2"; }
# killed_conversion : a group whose conversion was cut off, with nobody left to renew the claim.
killed_conversion() {
  data_root
  folders
  simulate-observation --quiet --output-dir "$CONTIMG_ROOT/incoming" --antennas 50 --channels 32 >/dev/null
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  stands_still convert-group "$CONTIMG_ROOT/state/checkpoints/*.checkpoint.uvh5"
  convert-group --quiet --checkpoint-interval-s 0 2>log 3>&- &
  helper=$!
  stood
  kill -9 $helper
  wait $helper || true
  same "$(state_of $first)" in_progress
  export group=$first
}

@test "symptoms: the index, as written" {
  taken_in
  page_of README 2
}

@test "symptoms: the index leads to every page, and every page has the four parts" {
  index=$(<"$repository/docs/operations/symptoms/README.md")
  for page in $(pages); do
    [[ $page != ./README.md ]] || continue
    holds "$index" "](${page#./})"
    same "$(grep '^## ' "$repository/docs/operations/symptoms/$page" | head -n 4)" "## What you see
## What to do
## It is over when
## What it means"
  done
}

@test "symptoms: every page is run by a test here" {
  for page in $(pages); do
    page=${page#./}
    grep -qE "(page_of ${page%.md}|symptoms/$page) [0-9]+" "$BATS_TEST_FILENAME" || { echo "$page is not run" >&2 && return 1; }
  done
}

@test "symptoms: each that the reference documents name is in the index" {
  folder=$repository/../shared/reference
  compgen -G "$folder/000_*" >/dev/null || skip "the reference documents are absent"
  {
    # 000: the table, the headings, what is seen, and the causes in bold; 001 and 003: headings; 002: a list.
    sed -nE '/^### Common Symptoms/,/^---/s/^\| ([A-Z][^|]*[^| ]) +\|.*/\1/p' "$folder"/000_* | grep -v '^Symptom$'
    sed -nE 's/^## Issue [0-9]+: (.*)/\1/p' "$folder"/000_*
    sed -nE '/^\*\*Symptoms:\*\*/,/^\*\*Diag|^\*\*Sol/s/^- (.*)/\1/p' "$folder"/000_*
    sed -nE '/^## Issue [1-3]/,/^## Issue 4/s/^\*+([A-Z][^*:]*):\*+$/\1/p' "$folder"/000_* |
      grep -vE '^(Symptoms|Diagnosis|Solutions)$'
    sed -nE '/^## Recovery Procedures/,/^## Getting/s/^### (.*)/\1/p' "$folder"/000_*
    sed -nE 's/^## (Log Analysis|Getting Help)$/\1/p' "$folder"/000_*
    sed -nE '/^## Troubleshooting/,/^## Fallback/s/^### (.*)/\1/p' "$folder"/001_*
    sed -nE '/^## Troubleshooting/,/^See/s/^- ([^:]*):.*/\1/p' "$folder"/002_*
    sed -nE 's/^#### [0-9]+\. (High Queue.*|Performance W.*|Stale.*|Missing.*)/\1/p; s/^### (Checkpoint Recovery)$/\1/p' "$folder"/003_*
  } | sed "s/’/'/g" >named
  (($(wc -l <named) >= 40))
  index=$(tr '[:upper:]' '[:lower:]' <"$repository/docs/operations/symptoms/README.md")
  while read -r symptom; do
    holds "$index" "${symptom,,}"
  done <named
  # And the warnings of 003, in the words of the log.
  for words in 'high queue depth: 15 groups queued' 'took 285.2 s (exceeds 4.5 min threshold)' \
    'found 2 stale in-progress groups (>15 min)' 'has been waiting for missing subbands longer than 600 s'; do
    grep -qiF "$words" "$folder"/003_*
    holds "$index" "$words"
  done
}

@test "symptoms: each notice, and each word of it, is in the index" {
  index=$(<"$repository/docs/operations/symptoms/README.md")
  sed -n '/^## What it tells/,/^## The command/p' "$repository/docs/operations/notify.md" | cut -d '|' -f 2 |
    grep -oE "[$(printf '\140')][a-z]+[a-z-]*" | tr -d '\140/' | sort -u >keys
  (($(wc -l <keys) >= 20))
  while read -r key; do
    holds "$index" "\`$key\`"
  done <keys
}

@test "symptoms: it does not start, for want of folders" {
  data_root
  check 2 check-config --quiet
  page_of does-not-start 4
  # A misspelt key is named with its line, as the page says.
  printf '[paths]\nroot = "data"\n[disk]\nflor_gb = 1\n' >contimg.toml
  check 2 check-config --config contimg.toml
  holds "$stderr" "contimg.toml:4"
}

@test "symptoms: it stops at once, for want of a program" {
  data_root
  folders
  echo "2026-01-25T22:26:05Z run-tick ERROR: no such program" >"$CONTIMG_ROOT/state/logs/contimg.log"
  mkdir without
  ln -s /usr/bin/* without/
  rm without/wsclean
  # The first block sees the fault; then WSClean is installed.
  PATH=$CONTIMG_BUILD:$PWD/without check 2 check-config
  holds "$output" "wrong    wsclean"
  cat >without/installs <<'SCRIPT'
#!/bin/bash
ln -sf /usr/bin/wsclean "$(dirname "$0")/wsclean"
SCRIPT
  chmod +x without/installs
  mkdir shim
  # shellcheck disable=SC2016  # expanded by the shim
  printf '#!/bin/bash\n%q "$@"; code=$?; %q; exit $code\n' "$CONTIMG_BUILD/check-config" "$PWD/without/installs" \
    >shim/check-config
  chmod +x shim/check-config
  PATH=$PWD/shim:$CONTIMG_BUILD:$repository/scripts:$PWD/without page_of stops-at-once 3
}

@test "symptoms: permission denied" {
  data_root
  folders
  small_group "$CONTIMG_ROOT/incoming"
  check 0 form-groups --quiet # makes the queue
  chmod -R a+rwX .
  chmod 0200 "$CONTIMG_ROOT"/incoming/*_sb01.hdf5
  chmod 0555 "$CONTIMG_ROOT/ms"
  as=()
  if [[ $EUID -eq 0 ]]; then
    chown -R nobody:nogroup .
    for folder in "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test; do chmod go+x "$folder"; done
    as=(setpriv --reuid nobody --regid nogroup --clear-groups)
    "${as[@]}" test -x "$CONTIMG_BUILD/convert-group" -a -w "$queue" || skip "nobody cannot get here"
  fi
  check 0 "${as[@]}" scan-incoming --quiet --settle-time-s 0
  same "$(sql "SELECT count(*) FROM hdf5_file_index WHERE state = 'unreadable'")" 1
  export -f run_blocks run_extracted
  cat >as-nobody <<SCRIPT
repository=$repository
run_blocks operations/symptoms/permission-denied.md 4 3>&2
SCRIPT
  # page_of permission-denied, as the user whose files they are:
  check 0 "${as[@]}" bash -e as-nobody
  holds "$stderr" "blocks"
  same "$(state_of $first)" pending
}

@test "symptoms: files are not taken up, of a telescope with eight subbands" {
  data_root
  folders
  small_group "$CONTIMG_ROOT/incoming"
  rm "$CONTIMG_ROOT"/incoming/*_sb{08,09,10,11,12,13,14,15}.hdf5
  check 0 form-groups --quiet # makes the queue
  page_of files-not-taken-up 4
  same "$(sql "SELECT state, n_subbands FROM ingest_queue")" "pending|8"
}

@test "symptoms: files are corrupt" {
  taken_in --fault truncated
  bad_file=$(sql "SELECT path FROM hdf5_file_index WHERE state = 'invalid'")
  group=$(sql "SELECT group_id FROM ingest_queue")
  export bad_file group
  same "$(state_of "$group")" collecting
  # The file is copied again where the page says so, in the block that cannot run here: before the last but one.
  small_group whole
  mkdir bin
  # shellcheck disable=SC2016  # expanded by the shim
  printf '#!/bin/bash\n[[ "$*" != *settle-time* ]] || cp -r whole/. "$CONTIMG_ROOT/incoming/"\nexec %q "$@"\n' \
    "$CONTIMG_BUILD/scan-incoming" >bin/scan-incoming
  chmod +x bin/scan-incoming
  PATH=$PWD/bin:$PATH page_of corrupt-files 5
  same "$(state_of "$group")" pending
  same "$(sql "SELECT count(*) FROM hdf5_file_index WHERE state = 'invalid'")" 0
}

@test "symptoms: subbands are missing" {
  taken_in --fault missing
  group=$(sql "SELECT group_id FROM ingest_queue WHERE state = 'collecting'")
  export group
  page_of missing-subbands 5
  same "$(sql "SELECT state, n_subbands FROM ingest_queue")" "completed|15"
}

@test "symptoms: nothing is being done, for the queue is paused" {
  export CONTIMG_STAGES=convert CONTIMG_SETTLE_TIME_S=0
  taken_in
  check 0 manage-queue --quiet pause --reason 'forgotten'
  check 0 run-tick --quiet
  same "$(state_of $first)" pending
  page_of nothing-is-done 5
  same "$(state_of $first)" completed
}

@test "symptoms: high queue depth" {
  export CONTIMG_STAGES=convert CONTIMG_SETTLE_TIME_S=0
  taken_in --groups 11
  check 0 manage-queue --quiet status
  holds "$output" "High queue depth: 11 groups queued"
  page_of high-queue-depth 3
  check 0 manage-queue --quiet status
  lacks "$output" "High queue depth"
}

@test "symptoms: groups are stuck, for their worker was killed" {
  killed_conversion
  page_of stuck-groups 4
  same "$(state_of $first)" pending
}

@test "symptoms: a conversion was killed" {
  export CONTIMG_STAGES=convert
  killed_conversion
  page_of killed 4
  same "$(state_of $first)" completed
}

@test "symptoms: a group failed for good, another is done" {
  export CONTIMG_STAGES=convert
  taken_in --groups 2
  file=$(sql "SELECT path FROM subband_files ORDER BY group_id, subband_idx LIMIT 1")
  cp -p "$file" whole
  truncate -s 40000 "$file"
  check 1 convert-group --quiet --group $first
  same "$(state_of $first)" failed
  check 0 convert-group --quiet
  # The cause is removed: the same file again.
  cp -p whole "$file"
  good_group=$(sql "SELECT group_id FROM ingest_queue WHERE state = 'completed'")
  group=$first
  export group good_group
  page_of failed-groups 8
  same "$(sql "SELECT count(*) FROM ingest_queue WHERE state = 'failed'")" 0
  same "$(sql "SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL")" 0
  same "$(state_of "$good_group")" completed
}

@test "symptoms: the disk is full" {
  [[ $EUID -eq 0 ]] || skip "mounting needs root"
  export CONTIMG_STAGES=convert CONTIMG_SETTLE_TIME_S=0
  data_root
  mkdir -p data
  mount -t tmpfs -o size=40m tmpfs data 2>/dev/null || skip "mounting is not permitted here"
  mounted=$PWD/data
  taken_in
  # Free: 12 MB or less, the floor: 15 MB.
  export CONTIMG_DISK_FLOOR_GB=0.015
  head -c 24M /dev/zero >data/state/logs/old.log
  touch -d '100 days ago' data/state/logs/old.log
  check 0 run-tick --quiet
  same "$(state_of $first)" pending
  check 0 manage-queue --quiet status
  holds "$output" held_reason
  page_of disk-full 5
  same "$(state_of $first)" completed
  check 0 manage-queue --quiet status
  lacks "$output" "held_reason: "
}

@test "symptoms: the database is locked" {
  export CONTIMG_STAGES=convert CONTIMG_SETTLE_TIME_S=0
  taken_in
  python -c "import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('BEGIN IMMEDIATE')
open('held', 'w')
time.sleep(6)" "$queue" 3>&- &
  helper=$!
  until_true 120 test -e held
  run sql "PRAGMA busy_timeout = 0; UPDATE job SET attempt = attempt"
  holds "$output" "locked"
  page_of database-locked 3
  same "$(state_of $first)" completed
}

@test "symptoms: the queue is damaged" {
  export CONTIMG_STAGES=convert CONTIMG_SETTLE_TIME_S=0
  taken_in
  check 0 convert-group --quiet
  check 0 manage-queue --quiet backup
  # What the disk gave back wrong: pages in the middle of the file.
  sql "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
  dd if=/dev/urandom of="$queue" bs=4096 seek=3 count=12 conv=notrunc status=none
  page_of damaged-queue 5
  check 0 manage-queue --quiet check
  same "$(sql "SELECT count(*) FROM ingest_queue")" 1
  compgen -G "$queue.before-restore-*" >/dev/null
}

@test "symptoms: all is in disorder" {
  export CONTIMG_STAGES=convert CONTIMG_SETTLE_TIME_S=0
  taken_in --groups 2
  sql "UPDATE ingest_queue SET state = 'failed', error = 'an experiment', retry_count = 9 WHERE group_id = '$first'"
  page_of start-over 4
  same "$(sql "SELECT DISTINCT state FROM ingest_queue")" completed
  same "$(sql "SELECT max(retry_count) FROM ingest_queue")" 0
}

@test "symptoms: conversions are slow" {
  export CONTIMG_STAGES=convert
  taken_in
  check 0 convert-group --quiet
  export group=$first
  page_of slow-conversions 4
}

@test "symptoms: high CPU and memory usage" {
  taken_in
  check 0 convert-group --quiet
  page_of high-cpu 3
  page_of high-memory 3
}

@test "symptoms: the dashboard shows old data" {
  command -v curl >/dev/null || skip "no curl here"
  taken_in
  port=$(free_ports 1)
  export port
  serve-status --quiet --serve-port "$port" --serve-also '' --health-port 0 2>log 3>&- &
  helper=$!
  until_true 120 curl --silent --fail "http://localhost:$port/health"
  page_of stale-dashboard 2
}

@test "symptoms: there is no calibration, then its calibrator is solved; it was bad" {
  export CONTIMG_STAGES=convert,flag,calibrate CONTIMG_SETTLE_TIME_S=0
  data_root
  folders
  observe calibrator --calibrator 3C286 --start 2026-01-26T13:00:56
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' calibrator/*.truth.json)
  mv calibrator/*.hdf5 "$CONTIMG_ROOT/incoming/"
  observe "$CONTIMG_ROOT/incoming" --start 2026-01-26T13:30:56 --dec "$dec"
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  group=$(sql "SELECT group_id FROM ingest_queue WHERE observation_class = 'science'")
  calibrator_group=$(sql "SELECT group_id FROM ingest_queue WHERE observation_class = 'calibrator'")
  three_days_ago=2026-01-27T00:00:00
  set=$calibrator_group
  export group calibrator_group three_days_ago set
  check 75 process-group --quiet "$group"
  same "$(sql "SELECT reason FROM job WHERE state = 'waiting' AND stage = 'calibrate'")" no_calibration
  page_of no-calibration 6
  same "$(sql "SELECT state FROM job WHERE group_id = '$group' AND stage = 'calibrate'")" "done"
  page_of bad-calibration 5
  same "$(sql "SELECT count(*) FROM calibration_set WHERE state = 'active'")" 1
}

@test "symptoms: an image is bad, for its pixels were set too large" {
  export CONTIMG_STAGES=convert,flag,calibrate,image CONTIMG_SETTLE_TIME_S=0 CONTIMG_NITER=100
  data_root
  folders
  observe "$CONTIMG_ROOT/incoming" --calibrator 3C286 --start 2026-01-26T13:00:56
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  group=$(sql "SELECT group_id FROM ingest_queue")
  export group
  CONTIMG_SIZE=200 CONTIMG_SCALE=30arcsec check 0 process-group --quiet "$group"
  same "$(sql "SELECT verdict FROM image_qa")" FAIL
  CONTIMG_SIZE=400 CONTIMG_SCALE=15arcsec page_of bad-images 3
  same "$(sql "SELECT verdict FROM image_qa")" PASS
}

@test "symptoms: too much is flagged, and the set is refused" {
  export CONTIMG_STAGES=convert,flag
  taken_in
  check 0 convert-group --quiet
  export group=$first
  check 1 flag-ms --quiet --group $first --max-lost-share 0.0001
  same "$(sql "SELECT state FROM job WHERE stage = 'flag'")" failed
  page_of flagged 3
  same "$(sql "SELECT state FROM job WHERE stage = 'flag'")" "done"
}

@test "symptoms: the Earth-orientation table is old" {
  needs_data earth/finals2000A.all
  data_root
  folders
  cp "$test_data/earth/finals2000A.all" .
  page_of old-earth-orientation 1
}

@test "symptoms: logs and help" {
  export CONTIMG_STAGES=convert CONTIMG_LOG_FILE=$PWD/data/state/logs/contimg.log
  taken_in
  check 0 convert-group --quiet
  export group=$first
  page_of logs-and-help 3
}
