#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# serve-status on what the whole chain made of simulated skies; what is asked for goes through the chain.
# shellcheck disable=SC2154  # repository, token: set where they are loaded
load ../cli/helpers
load ../cli/serve-status

products() {
  served --token-file "$PWD/tokens"
  api=http://localhost:8000/api/v1
  same "$(curl -fsS "$api/images?type=image" | jq length)" "$(sql "SELECT count(*) FROM images WHERE type = 'image'")"
  id=$(curl -fsS "$api/images?type=image&limit=1" | jq .[0].id)
  stem=$(sql "SELECT substr(path, 1, length(path) - 11) FROM images WHERE id = $id")
  curl -fsS "$api/images/$id/picture" | cmp - "$stem-image.png"
  curl -fsS "$api/images/$id/thumbnail" | cmp - "$stem-thumbnail.png"
  same "$(curl -fsS "$api/images/$id" | jq -r .qa.verdict)" "$(sql "SELECT verdict FROM image_qa WHERE image_path = '$stem-image.fits'")"
  set=$(curl -fsS "$api/cal/sets?state=active" | jq .[0].id)
  curl -fsS "$api/cal/sets/$set/picture" | cmp - root/caltables/"$(sql "SELECT name FROM calibration_set WHERE id = $set")".png
  table=$(sql "SELECT path FROM calibration_table WHERE set_id = $set LIMIT 1")
  same "$(curl -fsS "$api/cal/$table" | jq -r .status)" active
  same "$(curl -fsS "$api/cal/applied/2026-01-26T13:19:36" | jq .set_id)" "$set"
  same "$(curl -fsS "$api/sources" | jq length)" "$(sqlite3 root/state/db/lightcurves.sqlite3 'SELECT count(*) FROM source')"
  same "$(curl -fsS "$api/sources/1" | jq '.contributing_images | length')" "$(sqlite3 root/state/db/lightcurves.sqlite3 'SELECT count(*) FROM point WHERE source_id = 1')"
  [[ $(curl -fsS "$api/sources/1" | jq .latest_image_id) -gt 0 ]]
  same "$(curl -fsS "$api/failures" | jq -r '.[].stage')" convert
  curl -fsS http://localhost:9100/metrics >metrics
  python "$repository/tests/witness/exposition.py" metrics >/dev/null
  holds "$(cat metrics)" "dsa110_images_count{type=\"image\"} $(sql "SELECT count(*) FROM images WHERE type = 'image'")"
  holds "$(cat metrics)" "dsa110_validity_active_sets"
  holds "$(cat metrics)" "dsa110_image_noise_jy_bucket"
  ended
}

asked_for() {
  served --token-file "$PWD/tokens"
  group=2026-01-26T13:19:36
  before=$(sql "SELECT count(*) FROM job_attempt WHERE group_id = '$group' AND stage IN ('image', 'measure', 'lightcurve') AND outcome = 'done'")
  bearer -X POST http://localhost:8000/api/v1/imaging/image -H 'Content-Type: application/json' \
    -d "{\"group_ids\": [\"$group\"]}" | jq -e '.status == "queued"'
  same "$(curl -fsS http://localhost:8000/api/v1/imaging/status/$group | jq -r .status)" ready
  bearer -X POST http://localhost:8000/api/mosaic/create -H 'Content-Type: application/json' \
    -d '{"name": "strip", "start_time": "2026-01-26T13:10:00", "end_time": "2026-01-26T13:30:00"}'
  run-tick --quiet >/dev/null
  same "$(curl -fsS http://localhost:8000/api/v1/imaging/status/$group | jq -r .status)" "done"
  same "$(sql "SELECT count(*) FROM job_attempt WHERE group_id = '$group' AND stage IN ('image', 'measure', 'lightcurve') AND outcome = 'done'")" $((before + 3))
  curl -fsS http://localhost:8000/api/mosaic/status/strip >answer
  same "$(jq -r .status answer)" completed
  [[ -e $(jq -r .mosaic_path answer) ]]
  curl -fsS http://localhost:8000/api/mosaic/strip/picture | cmp - "$(jq -r .mosaic_path answer | sed 's/fits$/png/')"
  same "$(curl -fsS http://localhost:8000/api/mosaic/list | jq -r '.[0].name')" strip
  bearer -X DELETE http://localhost:8000/api/mosaic/strip | jq -e '.status == "queued"'
  run-tick --quiet >/dev/null
  same "$(code http://localhost:8000/api/mosaic/strip/picture)" 404
  same "$(find root/mosaics -name 'strip*' | wc -l)" 0
  same "$(sql "SELECT name, state FROM command ORDER BY id")" "mosaic|done
drop-mosaic|done"
  ended
}

@test "serve-status: tells what the whole chain made, and what is asked for goes through it" {
  # shellcheck source=tests/browser/root.bash
  . "$repository/tests/browser/root.bash"
  populated_root "$repository/tests/witness" >/dev/null
  # shellcheck disable=SC2034  # sql() asks it
  queue=$PWD/root/state/db/pipeline.sqlite3
  printf 'ann read %s\nbob write %s\n' "$reading_token" "$token" >tokens
  chmod 600 tokens
  [[ $(sql "SELECT count(*) FROM images") -ge 12 ]] || { tail -30 root/state/logs/run-tick.log >&2; false; }
  in_own_network products
  in_own_network asked_for
}
