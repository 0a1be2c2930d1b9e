#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Under pressure a group gets a quicklook image and no flux densities; when the pressure is gone the
# deep image is made and measured, by the real tools and with no help.

load ../cli/helpers

in_force() { sql "INSERT INTO degradation (step, reason, since) VALUES ('$1', 'test', unixepoch())"; }
states() { sql "SELECT group_concat(word, ' ') FROM (SELECT stage || ':' || state AS word FROM job
  WHERE group_id = '$group' ORDER BY id)"; }
images() { sql "SELECT DISTINCT tier || ' ' || science FROM images WHERE group_id = '$group'"; }
imaged() { sql "SELECT count(*) FROM job_attempt WHERE stage = 'image' AND outcome = 'done' AND group_id = '$group'"; }

@test "pressure: a quicklook image comes first, the deep one later, and only that is measured" {
  mkdir -p root/{incoming,state/db}
  # shellcheck disable=SC2034  # sql() asks it
  queue=$PWD/root/state/db/pipeline.sqlite3
  observe root/incoming --calibrator 3C286 --start 2026-01-26T13:00:56
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' root/incoming/*.truth.json)
  python "$repository/tests/witness/sky_around.py" 2026-01-26T13:30:56 "$dec" 0.1,0.2,3 -0.4,0.3,2 0.5,-0.3,1 >sky.csv
  check 0 import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output sky.sqlite3
  observe root/incoming --start 2026-01-26T13:30:56 --dec "$dec" --sky sky.csv
  cat >contimg.toml <<'TOML'
[paths]
root = "root"
catalogue = "sky.sqlite3"
[group]
settle_time_s = 0
[pipeline]
stages = ["convert", "flag", "calibrate", "image", "measure"]
[disk]
floor_gb = 0.05
[image]
size = 640
scale = "15arcsec"
TOML
  export CONTIMG_CONFIG=$PWD/contimg.toml
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  group=2026-01-26T13:30:56
  in_force 'quicklook first, deep later'
  check 0 run-tick --quiet
  same "$(images)" "quicklook 0"
  same "$(manage-queue --quiet ready)" ""
  same "$(sql "SELECT count(*) FROM job WHERE stage = 'measure' AND state = 'done'")" 0

  # A second tick under pressure makes nothing again.
  check 0 run-tick --quiet
  same "$(imaged)" 1

  in_force full
  check 0 run-tick --quiet
  same "$(states)" "convert:done flag:done calibrate:done image:done measure:done"
  same "$(images)" "science 1"
  same "$(imaged)" 2
  check 0 python -W ignore "$repository/tests/witness/measured_tile.py" "root/sources/$group.csv" sky.csv \
    bias=0.05 complete=1
  check 0 run-tick --quiet
  same "$(imaged)" 2
  check 0 manage-queue --quiet check
  check 0 manage-queue --quiet verify
}
