#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# clean-up: what goes and what stays, on a calibrator and a tile whose raw files are 40 days old.
# shellcheck disable=SC2012,SC2086  # names here have neither spaces nor newlines
load helpers
load retention

setup_file() { make_home; }

layers() { find root/images -name "$tile-residual.fits" -o -name "$tile-model.fits" -o -name "$tile-psf.fits" | wc -l; }

@test "clean-up: what is young stays, and is not spoken of" {
  at_home
  before=$(tree)
  check 0 clean-up --quiet --apply --json
  same "$output$stderr" ""
  same "$(tree)" "$before"
}

@test "clean-up: says what would go and why, and changes nothing until told --apply" {
  at_home && archive && weeks_pass 6
  before=$(tree)
  queue_before=$(sql .dump | sha256sum)
  check 0 clean-up --quiet --json
  same "$stderr" ""
  same "$(fate "$set_path")" "goes: its raw files are there"
  holds "$(fate "$cal_path")" "stays: calibration set"
  holds "$(fate "$(ls "$raw"/*_sb03.hdf5 | tail -1)")" "goes: an identical copy is in the archive"
  same "$(tree)" "$before"
  same "$(sql .dump | sha256sum)" "$queue_before"
  check 0 clean-up --quiet
  holds "$output" "nothing was removed; --apply does it"
}

@test "clean-up: --apply removes whole sets, intermediate images and archived files, and records it" {
  at_home && archive && weeks_pass 6
  same "$(layers)" 3
  tables=$(find root/caltables -type f | sort | xargs sha256sum)
  kept=$(tree | grep -E 'images/.*(image|image-pbcor|pb|rms|smearing)\.(fits|png)|sources/')
  check 0 clean-up --quiet --apply
  same "$stderr" ""
  [[ ! -e $set_path && -e $cal_path/table.dat ]]
  same "$(layers)" 0
  same "$(ls "$raw"/*.hdf5 2>/dev/null | wc -l)" 0
  same "$(ls archive/*.hdf5 | wc -l)" 32
  same "$(find root/caltables -type f | sort | xargs sha256sum)" "$tables"
  same "$(tree | grep -E 'images/.*(image|image-pbcor|pb|rms|smearing)\.(fits|png)|sources/')" "$kept"
  same "$(find root -name '*.removed*')" ""
  same "$(sql "SELECT count(*) FROM product WHERE group_id = '$tile' AND removed_at IS NOT NULL")" 4
  same "$(sql "SELECT status FROM ms_index WHERE group_id = '$tile'")" removed
  same "$(sql "SELECT kind, count(*) FROM removal GROUP BY kind ORDER BY 1")" "image|6
ms|1
raw|32"
  # What is left is not missing, mosaics and light curves are made, and there is nothing more to do.
  check 0 manage-queue --quiet verify
  check 0 manage-queue --quiet check
  check 0 update-lightcurves --quiet --new
  check 0 clean-up --quiet --apply --json
  same "$(jq -r 'select(.goes)' <<<"$output")" ""
}

@test "clean-up: a raw file without an identical copy stays, whatever the reason" {
  at_home && archive && weeks_pass 6
  files=("$raw"/*_sb0[0-4].hdf5)
  rm "archive/$(basename "${files[0]}")"                           # no copy
  truncate -s -1 "archive/$(basename "${files[1]}")"               # another size
  printf x | dd of="archive/$(basename "${files[2]}")" bs=1 seek=5000 conv=notrunc status=none
  ln -f "${files[3]}" "archive/$(basename "${files[3]}")"          # the same file under two names
  ln -sf "${files[4]}" "archive/$(basename "${files[4]}")"         # a link to it
  check 0 clean-up --quiet --apply --json
  holds "$(fate "${files[0]}")" "stays: no copy in"
  holds "$(fate "${files[1]}")" "of another size"
  holds "$(fate "${files[2]}")" "of another SHA-256"
  holds "$(fate "${files[3]}")" "the same file, not a copy"
  holds "$(fate "${files[4]}")" "stays: no copy in"
  for file in "${files[@]:0:5}"; do [[ -s $file ]]; done
  same "$(ls "$raw"/*.hdf5 | wc -l)" 5
  # A file that changed since the queue saw it stays too.
  at_home && archive && weeks_pass 6
  touch -d '41 days ago' "${files[0]}"
  check 0 clean-up --quiet --apply --json
  holds "$(fate "${files[0]}")" "not as the queue knows it"
  # And without an archive all of them.
  at_home && weeks_pass 6
  check 0 clean-up --quiet --apply --archive-dir "" --json
  same "$(ls "$raw"/*.hdf5 | wc -l)" 32
}

@test "clean-up: a set stays when a raw file is gone, unless the archive has what was recorded" {
  at_home && archive && weeks_pass 6
  file=$(ls "$raw"/*_sb07.hdf5 | tail -1)
  rm "$file"
  check 0 clean-up --quiet --apply --keep-raw-days 0 --json
  holds "$(fate "$set_path")" "stays: its raw file $file is gone"
  [[ -e $set_path/table.dat ]]
  # Removed by clean-up with a record, it can be brought back: the set may go, and later.
  at_home && archive && weeks_pass 6
  check 0 clean-up --quiet --apply --keep-ms-days 0
  same "$(ls "$raw"/*.hdf5 2>/dev/null | wc -l)" 0
  mv "archive/$(basename "$file")" elsewhere
  check 0 clean-up --quiet --apply --json
  holds "$(fate "$set_path")" "is gone, and has no copy in the archive"
  mv elsewhere "archive/$(basename "$file")"
  check 0 clean-up --quiet --apply --json
  holds "$(fate "$set_path")" "goes"
  [[ ! -e $set_path ]]
}

@test "clean-up: an identical copy of a set lets it go without its raw files" {
  at_home && weeks_pass 6
  rm "$raw"/*.hdf5
  mkdir -p "archive/science/2026-01-26"
  cp -a "$set_path" archive/science/2026-01-26/
  copy=archive/science/2026-01-26/$(basename "$set_path")
  printf x >>"$copy/table.info"
  check 0 clean-up --quiet --json
  holds "$(fate "$set_path")" "stays"
  cp -p "$set_path/table.info" "$copy/"
  check 0 clean-up --quiet --apply --json
  same "$(fate "$set_path")" "goes: an identical copy is in the archive"
  [[ ! -e $set_path && -e $copy/table.dat ]]
}

@test "clean-up: what a job needs stays: claimed, ready, waiting, failed, quicklook, an open batch" {
  at_home && archive && weeks_pass 6
  kept() { # kept WHY SQL
    at_home && archive && sql "$2" && weeks_pass 6
    check 0 clean-up --quiet --apply --json
    holds "$(fate "$set_path")" "stays: $1"
    holds "$(fate "$(ls "$raw"/*_sb03.hdf5 | tail -1)")" "stays: $1"
    [[ -e $set_path/table.dat && $(layers) == 3 && $(ls "$raw"/*.hdf5 | wc -l) -ge 16 ]]
  }
  job="WHERE group_id = '$tile' AND stage"
  kept "a worker has its group (image)" "UPDATE job SET state = 'claimed', claim_token = 99,
    lease_expires = 1 $job = 'image'"
  kept "its group's measure is ready" "UPDATE job SET state = 'ready' $job = 'measure'"
  kept "its group's lightcurve is waiting" "UPDATE job SET state = 'waiting' $job = 'lightcurve'"
  kept "its group's image is failed" "UPDATE job SET state = 'failed' $job = 'image'"
  kept "its group has a quicklook image only" "UPDATE images SET tier = 'quicklook'"
  kept "its group has no image" "DELETE FROM images"
  kept "its group is pending" "UPDATE ingest_queue SET state = 'pending' WHERE group_id = '$tile'"
  # An open parcel of a batch, though the claim is lost.
  at_home && archive && weeks_pass 6
  sql "UPDATE job SET state = 'ready' $job = 'lightcurve'"
  check 0 manage-parcels --quiet --stages lightcurve pack $tile root/slurm/20260126T000000Z-1/1
  sql "UPDATE job SET state = 'done', claim_token = NULL, lease_expires = NULL $job = 'lightcurve'"
  check 0 clean-up --quiet --apply --json
  holds "$(fate "$set_path")" "stays: an open batch has its group"
}

@test "clean-up: what the queue does not know, what is outside, and links are never touched" {
  at_home && archive && weeks_pass 6
  mkdir -p elsewhere root/ms/science/2025-01-01
  cp -a "$set_path" root/ms/science/2025-01-01/2025-01-01T00:00:00.ms # no row
  mv "$set_path" elsewhere/ && ln -s "$PWD/elsewhere/$(basename "$set_path")" "$set_path"
  # Residuals moved to another disk behind a linked folder.
  mv root/images/2026-01-26 elsewhere/images && ln -s "$PWD/elsewhere/images" root/images/2026-01-26
  # A row that points outside.
  cp archive/*_sb00.hdf5 elsewhere/
  outside=$(ls "$PWD"/elsewhere/*_sb00.hdf5 | tail -1)
  sql "PRAGMA foreign_keys = OFF; UPDATE subband_files SET path = '$outside'
       WHERE path = '$raw/$(basename "$outside")'"
  sql "UPDATE hdf5_file_index SET path = '$outside' WHERE path = '$raw/$(basename "$outside")'"
  # A partial product inside a set, and behind a link.
  host=$(uname -n | tr - _)
  mkdir -p "$cal_path/x.partial-0-$host-999999" elsewhere/"y.partial-0-$host-999999"
  ln -s "$PWD/elsewhere" root/ms/linked
  touch -d '40 days ago' "$cal_path/x.partial-0-$host-999999" elsewhere/y.partial-*
  before=$(find elsewhere -type f -exec sha256sum {} + | sort)
  check 0 clean-up --quiet --apply --json
  holds "$(fate "$set_path")" "reached through a symbolic link"
  holds "$(fate "$outside")" "outside the configured folder"
  same "$(find elsewhere -type f -exec sha256sum {} + | sort)" "$before"
  [[ -e root/ms/science/2025-01-01/2025-01-01T00:00:00.ms/table.dat ]]
  [[ -d elsewhere/y.partial-0-$host-999999 && -d $cal_path/x.partial-0-$host-999999 ]]
}

@test "clean-up: a set that another process changes stays" {
  at_home && weeks_pass 6
  exec {lock}<"$set_path"
  flock "$lock"
  check 0 clean-up --quiet --apply --json
  exec {lock}<&-
  holds "$(fate "$set_path")" "stays: another process is changing it"
  [[ -e $set_path/table.dat ]]
  same "$(sql "SELECT count(*) FROM removal WHERE kind = 'ms'")" 0
}

@test "clean-up: scratch of dead owners goes after its days; of living and foreign ones it stays" {
  at_home
  host=$(uname -n | tr - _)
  mkdir -p "root/ms/science/2026-01-26/a.ms.partial-5-$host-999999/sub" root/slurm
  : >"root/images/2026-01-26/b.fits.partial-0-$host-999999"
  : >"root/images/2026-01-26/c.fits.partial-0-$host-$$"
  : >"root/images/2026-01-26/d.fits.partial-0-elsewhere-1"
  : >"root/images/2026-01-26/e.fits.partial-0-$host-999999" # young
  : >"root/images/2026-01-26/f.fits.replaced-0-$host-999999" # may be the only one
  mkdir "root/ms/science/2026-01-26/$tile.ms.partial-5-$host-999999"
  find root -path '*.partial-*' ! -name 'e.*' -exec touch -d '8 days ago' {} +
  touch -d '8 days ago' root/images/2026-01-26/f.*
  sql "UPDATE ingest_queue SET state = 'pending' WHERE group_id = '$tile'"
  check 0 clean-up --quiet --apply --json
  holds "$(fate "$PWD/root/images/2026-01-26/c.fits.partial-0-$host-$$")" "its owner may live"
  holds "$(fate "$PWD/root/ms/science/2026-01-26/$tile.ms.partial-5-$host-999999")" "may go on with it"
  same "$(find root \( -name '*.partial-*' -o -name '*.replaced-*' \) -printf '%f\n' | sort)" \
    "$tile.ms.partial-5-$host-999999
c.fits.partial-0-$host-$$
d.fits.partial-0-elsewhere-1
e.fits.partial-0-$host-999999
f.fits.replaced-0-$host-999999"
  check 0 clean-up --quiet --apply --keep-scratch-days 0 --json
  same "$output" ""
}

@test "clean-up: logs go after their days, but not the one that is written, nor what is no log" {
  at_home
  for name in contimg.log contimg.log.1 contimg.log-20260101.gz old.err notes.txt; do
    : >"root/state/logs/$name" && touch -d '91 days ago' "root/state/logs/$name"
  done
  : >root/state/logs/new.log
  mkdir root/state/reports
  for name in night-2026-01-26.html mine.html; do
    : >"root/state/reports/$name" && touch -d '91 days ago' "root/state/reports/$name"
  done
  check 0 clean-up --quiet --apply --log-file root/state/logs/contimg.log
  touch -d '91 days ago' root/state/logs/contimg.log
  same "$(ls root/state/logs | tr '\n' ' ')" "contimg.log new.log notes.txt "
  same "$(ls root/state/reports)" mine.html
}

@test "clean-up: a batch goes when every parcel of it was taken in, and this queue knows the claims" {
  at_home
  sql "UPDATE job SET state = 'ready' WHERE group_id = '$tile' AND stage = 'lightcurve'"
  batch=root/slurm/20260126T000000Z-1
  check 0 manage-parcels --quiet --stages lightcurve pack $tile $batch/1
  check 0 manage-parcels --quiet recall --reason test $batch/1
  old() { find $batch -exec touch -d '91 days ago' {} +; }
  old
  check 0 clean-up --quiet --apply --json
  holds "$(fate "$PWD/$batch")" "stays: a parcel of it is open: 1"
  mkdir -p $batch/taken $batch/inputs/catalogue && mv $batch/1 $batch/taken/ && old
  cp -a $batch saved
  sql "UPDATE job_attempt SET group_id = 'another' WHERE claim_token =
       (SELECT max(claim_token) FROM job_attempt)"
  check 0 clean-up --quiet --apply --json
  holds "$(fate "$PWD/$batch")" "does not know the claim"
  sql "UPDATE job_attempt SET group_id = '$tile' WHERE claim_token =
       (SELECT max(claim_token) FROM job_attempt)"
  check 0 clean-up --quiet --apply
  [[ ! -e $batch ]]
}

@test "clean-up: of backups all of two days stay, one a day of a month, and three that verify" {
  at_home
  mkdir -p root/state/backups && cd root/state/backups
  check 0 manage-queue --quiet backup
  mv queue-*.sqlite3 one && rm -- *.sha256
  now=$(date +%s)
  day() { date -u -d "@$((now - 86400 * $1))" +%Y%m%d; }
  put() { # put DAYS_AGO HOUR
    local name
    name=queue-$(day "$1")T$2.sqlite3
    cp one "$name" && sha256sum "$name" >"$name.sha256"
  }
  for day in 1 8 9 40 41; do for hour in 010000Z 020000Z; do put $day $hour; done; done
  rm one
  check 0 clean-up --quiet --apply
  same "$(ls -- *.sqlite3)" "queue-$(day 9)T020000Z.sqlite3
queue-$(day 8)T020000Z.sqlite3
queue-$(day 1)T010000Z.sqlite3
queue-$(day 1)T020000Z.sqlite3"
  same "$(ls -- *.sha256 | wc -l)" 4
  # Damaged ones do not count among the three.
  rm -- *
  check 0 manage-queue --quiet backup
  mv queue-*.sqlite3 one && rm -- *.sha256
  for day in 40 41 42 43 44; do put $day 010000Z; done
  rm one
  printf rubbish | dd of="queue-$(day 40)T010000Z.sqlite3" bs=1 seek=100 conv=notrunc status=none
  check 0 clean-up --quiet --apply
  same "$(ls -- *.sqlite3)" "queue-$(day 43)T010000Z.sqlite3
queue-$(day 42)T010000Z.sqlite3
queue-$(day 41)T010000Z.sqlite3"
}

@test "clean-up: a group whose set was removed is converted again when it is asked for" {
  at_home && weeks_pass 6
  check 0 clean-up --quiet --apply
  [[ ! -e $set_path ]]
  check 0 manage-queue --quiet show $tile
  holds "$output" "clean-up: its raw files are there"
  # Asked for by hand it says what to do, and no job fails.
  check 2 image-ms --quiet --group $tile --force
  holds "$stderr" "manage-queue rerun $tile"
  same "$(sql "SELECT DISTINCT state FROM job WHERE group_id = '$tile'")" "done"
  # Whatever stage is asked for that reads the set, it begins at the conversion.
  check 0 manage-queue --quiet rerun $tile image
  same "$(sql "SELECT group_concat(word) FROM (SELECT stage || ':' || state AS word
         FROM job WHERE group_id = '$tile' ORDER BY id)")" \
    "convert:ready,flag:waiting,calibrate:waiting,image:waiting,measure:waiting,lightcurve:waiting"
  same "$(state_of $tile)" pending
  check 0 process-group --quiet $tile
  [[ -e $set_path/table.dat ]]
  same "$(sql "SELECT DISTINCT state FROM job WHERE group_id = '$tile'")" "done"
  same "$(sql "SELECT count(*) FROM product WHERE group_id = '$tile' AND removed_at IS NOT NULL")" 0
  same "$(sql "SELECT status FROM ms_index WHERE group_id = '$tile'")" "done"
  check 0 manage-queue --quiet verify
  # The quicklook that was put off is such a case, and SQL another.
  weeks_pass 6
  check 0 clean-up --quiet --apply
  sql "UPDATE job SET state = 'ready', redo = 1 WHERE group_id = '$tile' AND stage = 'calibrate'"
  same "$(state_of $tile)" pending
  check 0 manage-queue --quiet check
}

@test "clean-up: raw files are brought back from the archive for a group that is asked for again" {
  at_home && archive && weeks_pass 6
  check 0 clean-up --quiet --apply
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  same "$(state_of $tile)" completed
  check 0 manage-queue --quiet rerun $tile
  check 1 process-group --quiet $tile
  holds "$stderr" "bring it back: cp -p"
  for file in archive/*; do
    [[ ! -e $raw/${file##*/} ]] && cp -p "$file" "$raw/"
  done
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  check 0 manage-queue --quiet retry $tile
  check 0 process-group --quiet $tile
  [[ -e $set_path/table.dat ]]
  same "$(sql "SELECT DISTINCT state FROM job WHERE group_id = '$tile'")" "done"
}

@test "clean-up: a record whose file is there after all and stays is taken back" {
  at_home && weeks_pass 6
  sql "UPDATE product SET removed_at = unixepoch() - 60, removed_reason = 'x' WHERE path = '$set_path';
       UPDATE ms_index SET status = 'removed' WHERE path = '$set_path'"
  check 0 clean-up --quiet --apply --keep-ms-days 0
  same "$(sql "SELECT removed_at IS NULL FROM product WHERE path = '$set_path'")" 1
  same "$(sql "SELECT status FROM ms_index WHERE path = '$set_path'")" "done"
}

@test "clean-up: two at once do what one does" {
  at_home && archive && weeks_pass 6
  clean-up --quiet --apply >one.out 2>&1 &
  clean-up --quiet --apply >two.out 2>&1 || true
  wait $! || true
  check 0 clean-up --quiet --apply
  [[ ! -e $set_path && -e $cal_path/table.dat ]]
  same "$(ls "$raw"/*.hdf5 2>/dev/null | wc -l)" 0
  same "$(ls archive/*.hdf5 | wc -l)" 32
  check 0 manage-queue --quiet verify
}

@test "clean-up: --forecast counts what came, and what would go" {
  at_home && archive && weeks_pass 6
  now=$(date +%s)
  # 8 products of 1 GB in the 4 days of the window: 2 GB a day.
  sql "UPDATE product SET created_at = 1, size_byte = 1;
       UPDATE ingest_queue SET last_subband_at = 1"
  for i in 1 2 3 4 5 6 7 8; do
    sql "INSERT INTO product (path, group_id, stage, kind, size_byte, created_at) VALUES
         ('$PWD/root/ms/science/x$i.ms', 'x', 'convert', 'ms', 1000000000, $now - 43200 * $i + 60)"
  done
  check 0 clean-up --forecast --window-days 4 --json --quiet
  same "$(jq '.rate_byte_per_day / 1e6 | round' <<<"$output")" 2000
  jq -e '(.floor_in_s - (.free_byte - .floor_byte) / .rate_byte_per_day * 86400) | fabs < 1' <<<"$output"
  jq -e '.floor_in_s_after > .floor_in_s and .would_free_byte > 0' <<<"$output"
  jq -e '(.floor_in_s_after - .floor_in_s - .would_free_byte / .rate_byte_per_day * 86400) | fabs < 1' <<<"$output"
  check 0 clean-up --forecast --window-days 4 --quiet
  holds "$output" "2 GB more a day"
  check 0 record-metrics --quiet --textfile metrics.prom
  grep -q '^dsa110_streaming_disk_floor_seconds{path="output"} [0-9]' metrics.prom
  check 2 clean-up --forecast --apply
}

@test "clean-up: an absent queue is a usage error, and is not made" {
  check 2 clean-up --queue-db "$PWD/none.sqlite3"
  holds "$stderr" "no such queue"
  [[ ! -e none.sqlite3 ]]
}
