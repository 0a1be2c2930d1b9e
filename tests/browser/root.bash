# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A data root for the dashboard, by the real chain: a calibrator, six tiles of one field a few minutes
# apart in which one source flares, their mosaic, a group that fails, notices, and one that is not whole. Sourced by bats tests.

tile_stamps=(2026-01-26T13:15:56 2026-01-26T13:17:46 2026-01-26T13:19:36 2026-01-26T13:21:26
  2026-01-26T13:23:16 2026-01-26T13:25:06)
failed_stamp=2026-01-26T15:00:56 partial_stamp=2026-01-26T15:30:56

# observe STAMP OPTION... : a group's subbands in root/incoming.
observe() {
  simulate-observation --quiet --no-outriggers --antennas 30 --channels 4 --integrations 8 --seed 9 \
    --output-dir root/incoming --start "$@" >/dev/null
}

# populated_root WITNESS : makes ./root and ./contimg.toml and runs ticks until nothing is left to do.
populated_root() {
  local witness=$1 dec stamp sky
  mkdir -p root/{incoming,state/db,state/logs}
  cat >contimg.toml <<'TOML'
[paths]
root = "root"
catalogue = "sky.sqlite3"
log_dir = "root/state/logs"
[group]
settle_time_s = 0
collecting_timeout = 3600
partial = "fail"
[disk]
floor_gb = 0.05
[image]
size = 512
scale = "15arcsec"
TOML
  export CONTIMG_CONFIG=$PWD/contimg.toml
  observe 2026-01-26T13:00:56 --calibrator 3C286
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' root/incoming/*.truth.json)
  local places=("0.1,0.2,3" "-0.4,0.3,2" "0.3,-0.35,0.8" "-0.2,-0.3,0.6" "0.5,0.1,1.2" "-0.1,0.5,0.4" "0.25,0.45,0.01")
  /usr/bin/python3 "$witness/sky_around.py" "${tile_stamps[2]}" "$dec" "${places[@]}" >sky.csv
  sed 's/^\(s3,.*\),0.6$/\1,2.4/' sky.csv >flare.csv
  import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output sky.sqlite3
  for stamp in "${tile_stamps[@]}"; do
    sky=sky.csv
    [[ $stamp < ${tile_stamps[4]} ]] || sky=flare.csv
    observe "$stamp" --dec "$dec" --sky $sky
  done
  observe "$failed_stamp" --dec "$dec"
  scan-incoming --quiet
  form-groups --quiet
  # Damaged after they were looked at: the conversion finds it.
  for file in root/incoming/"${failed_stamp:0:18}"*.hdf5; do truncate -s 3000 "$file"; done
  observe "$partial_stamp" --dec "$dec" --subbands 5
  for _ in 1 2 3 4; do run-tick >/dev/null 2>>root/state/logs/run-tick.log || true; done
  make-mosaic --quiet --from 2026-01-26T13:10:00 --until 2026-01-26T13:30:00 >/dev/null
  notify 2>>root/state/logs/notify.log
}
