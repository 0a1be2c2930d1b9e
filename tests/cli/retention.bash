# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For tests of what is removed: a calibrator and a tile taken through every stage, once a file, and a
# fresh copy of all that in the same place for each test. Loaded after helpers.

home=$BATS_FILE_TMPDIR/home
calibrator=2026-01-26T13:00:56
tile=2026-01-26T13:30:56
week_s=604800


# make_home : raw files are 40 days old by then, all else is new.
make_home() {
  local build=${CONTIMG_BUILD:?} name
  repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  for name in "${!CONTIMG_@}"; do [[ $name == CONTIMG_BUILD ]] || unset "$name"; done
  PATH="$build:$repository/scripts:$PATH"
  export TZ=UTC LC_ALL=C
  mkdir -p "$home/root"/{incoming,state/{db,logs}} "$home/archive" && cd "$home" || return
  cat >contimg.toml <<'TOML'
[paths]
root = "root"
catalogue = "sky.sqlite3"
tmpfs_dir = ""
[group]
settle_time_s = 0
[image]
size = 640
scale = "15arcsec"
[disk]
floor_gb = 0.05
[retention]
keep_raw_days = 30
keep_ms_days = 30
keep_image_days = 30
archive_dir = "archive"
TOML
  observe one --calibrator 3C286 --start $calibrator
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' one/*.truth.json)
  /usr/bin/python3 "$repository/tests/witness/sky_around.py" $tile "$dec" 0.1,0.2,3 -0.4,0.3,2 \
    0.5,-0.3,1 >sky.csv
  import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output sky.sqlite3 || return
  observe two --start $tile --dec "$dec" --sky sky.csv
  touch -d '40 days ago' one/*.hdf5 two/*.hdf5
  mv one/*.hdf5 two/*.hdf5 root/incoming
  export CONTIMG_CONFIG=$home/contimg.toml
  scan-incoming --quiet >/dev/null && form-groups --quiet >/dev/null || return
  process-group --quiet $calibrator >/dev/null && process-group --quiet $tile >/dev/null || return
  sqlite3 -batch root/state/db/pipeline.sqlite3 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
  cd .. && cp -a "$home" "$home.saved"
}

# at_home : everything as make_home left it.
at_home() {
  cd "$BATS_FILE_TMPDIR" && rm -rf "$home"
  cp -a "$home.saved" "$home"
  cd "$home" || return
  export CONTIMG_CONFIG=$home/contimg.toml
  export queue=$home/root/state/db/pipeline.sqlite3
  raw=$home/root/incoming
  export set_path cal_path
  set_path=$(sql "SELECT product_path FROM ingest_queue WHERE group_id = '$tile'")
  cal_path=$(sql "SELECT product_path FROM ingest_queue WHERE group_id = '$calibrator'")
}

# weeks_pass N : for everything that is recorded.
weeks_pass() {
  local s=$(($1 * week_s))
  sql "UPDATE product SET created_at = created_at - $s;
       UPDATE ms_index SET stage_updated_at = stage_updated_at - $s;
       UPDATE ingest_queue SET last_update = last_update - $s, change_id = change_id + 1"
}

archive() { cp -p "$raw"/*.hdf5 archive/; }
# fate PATH : goes or stays, and why.
fate() { jq -r "select(.path == \"$1\") | if .goes then \"goes\" else \"stays\" end + \": \" + .why" <<<"$output"; }
# tree : every file here with its content's sum, but for databases and what clean-up moved aside.
tree() { (cd "$home" && find root archive -type f ! -name '*.sqlite3*' -exec sha256sum {} + | sort -k2); }
