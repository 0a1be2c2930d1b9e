#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The commands in the operators' documents, run as they stand there. A block that begins with
# ```sh test must succeed, one with ```sh test=N must end with N.

load helpers

# run_blocks DOCUMENT : one shell a block, in order; fails at the first that ends otherwise than said.
run_blocks() {
  mkdir blocks
  awk '/^```sh test/ { code = $2; sub("test=?", "", code); n++; inside = 1
                       name = sprintf("blocks/%03d-%d.sh", n, code); printf "" > name; next }
       /^```/ { inside = 0 }
       inside { print > name }' "$repository/docs/operations/$1"
  local block code n=0
  for block in blocks/*.sh; do
    code=${block##*-}
    run bash -euo pipefail "$block"
    [[ $status -eq ${code%.sh} ]] || {
      printf '%s: exit code %d\n%s\n%s\n' "$1" "$status" "$(cat "$block")" "$output" >&2
      return 1
    }
    n=$((n + 1))
  done
  echo "# $1: $n blocks" >&3
  [[ $n -ge $2 ]]
}

data_root() {
  export CONTIMG_ROOT=$PWD/data CONTIMG_DISK_FLOOR_GB=0
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  export queue
}

@test "first steps, as written" {
  data_root
  run_blocks first-steps.md 5
  [[ -f $CONTIMG_ROOT/ms/science/2026-01-25/2026-01-25T22:26:05.ms/table.dat ]]
  same "$(state_of 2026-01-25T22:26:05)" completed
}

@test "troubleshooting, as written, on a queue with a good group, a damaged and a missing file" {
  data_root
  mkdir -p "$CONTIMG_ROOT"/{incoming,ms,state/db,state/checkpoints,state/logs}
  small_group "$CONTIMG_ROOT/incoming" --groups 3 --fault truncated:group=1 --fault missing:group=2
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  check 0 convert-group --quiet
  export good_group=2026-01-25T22:26:05
  group=$(sql "SELECT group_id FROM ingest_queue WHERE state = 'collecting' ORDER BY 1 LIMIT 1")
  bad_file=$(sql "SELECT path FROM hdf5_file_index WHERE state = 'invalid'")
  export group bad_file
  run_blocks troubleshooting.md 18
  check 0 manage-queue check
}

@test "calibration, as written, on a queue with one group and no set" {
  data_root
  mkdir -p "$CONTIMG_ROOT"/{incoming,state/db}
  small_group "$CONTIMG_ROOT/incoming"
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  group=$(sql "SELECT group_id FROM ingest_queue")
  export group
  run_blocks calibration.md 4
}

@test "retention, as written, on a queue with a group" {
  data_root
  mkdir -p "$CONTIMG_ROOT"/{incoming,ms,state/db,state/logs}
  small_group "$CONTIMG_ROOT/incoming"
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  check 0 convert-group --quiet
  before=$(find "$CONTIMG_ROOT"/{incoming,ms} -type f -exec sha256sum {} + | sort)
  run_blocks retention.md 4
  same "$(find "$CONTIMG_ROOT"/{incoming,ms} -type f -exec sha256sum {} + | sort)" "$before"
}

@test "a document's commands that fail, fail the test" {
  mkdir -p tree/docs/operations
  local fence='```'
  printf '%s\n' "${fence}sh test" true "$fence" "${fence}sh test" 'false | true' "$fence" \
    >tree/docs/operations/broken.md
  repository=$PWD/tree
  run run_blocks broken.md 2
  [[ $status -ne 0 ]]
}
