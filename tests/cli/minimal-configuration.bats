#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The least configuration that the documents give, but for the place of the data, starts a machine: the
# tick makes what is lacking, and takes a calibrator's group through every stage.

load helpers

@test "minimal configuration: run-tick starts with nothing but it, and a group goes through" {
  sed "s|^root = .*|root = \"$PWD/data\"|" "$repository/docs/operations/minimal.toml" >contimg.toml
  same "$(grep -cE '^[a-z_]+ *=' contimg.toml)" 1
  mkdir -p data/incoming
  (($(df --output=avail -B1 . | tail -1) > 15000000000)) || skip "less than disk.floor_gb is free here"
  check 0 run-tick --quiet --config contimg.toml
  same "$stderr" ""
  simulate-observation --quiet --no-outriggers --antennas 30 --channels 4 --integrations 8 --seed 9 \
    --output-dir data/incoming --calibrator 3C286 --start 2026-01-26T13:00:56 >/dev/null
  touch -d '1 minute ago' data/incoming/*.hdf5
  check 0 run-tick --quiet --config contimg.toml
  # shellcheck disable=SC2034  # sql() asks it
  queue=$PWD/data/state/db/pipeline.sqlite3
  if [[ $(sql "SELECT DISTINCT state FROM job") != "done" ]]; then
    sql "SELECT stage, state, reason FROM job" >&2
    false
  fi
  same "$(sql "SELECT count(*) FROM job")" 6
  [[ -s data/images/2026-01-26/2026-01-26T13:00:56-image.fits ]]
  [[ -s data/sources/2026-01-26T13:00:56.csv ]]
  check 0 manage-queue --quiet --config contimg.toml check
  check 0 clean-up --quiet --config contimg.toml --apply
}
