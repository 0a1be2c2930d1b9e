#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What convert-group.bats leaves out: calibrators, autocorrelations, and a queue that is no queue.
load helpers

group() {
  mkdir -p incoming
  simulate-observation --quiet --output-dir incoming --antennas 4 --channels 4 --integrations 3 \
    --subbands 3 "$@" >/dev/null
  id=$(basename incoming/*_sb00.hdf5 _sb00.hdf5)
}
by_hand() { convert-group --disk-floor-gb 0 --output-dir ms --files incoming/*.hdf5 "$@"; }
from_queue() { convert-group --disk-floor-gb 0 --output-dir ms --queue-db "$queue" "$@"; }
n_row() { python -c "import sys; from casacore.tables import table
print(table(sys.argv[1], ack=False).nrows())" "$1"; }

@test "convert-group: --calibrator puts the set under calibrators/" {
  group
  check 0 by_hand --quiet --calibrator 3C286
  same "$output" "$PWD/ms/calibrators/${id%T*}/$id.ms"
  same "$stderr" ""
  [[ -f $output/table.dat && ! -e ms/science/${id%T*}/$id.ms ]]
}

@test "convert-group: a group that form-groups takes for a calibrator goes to calibrators/" {
  group --calibrator 3C286
  scan-incoming --quiet --settle-time-s 0 --input-dir incoming --queue-db "$queue" >/dev/null
  form-groups --quiet --queue-db "$queue" --expected-subbands 3 >/dev/null
  check 0 from_queue
  holds "$output" "ms/calibrators/${id%T*}/$id.ms"
  [[ -f $output/table.dat ]]
  same "$(state_of "$id")" completed
  [[ $stderr =~ "Group $id completed in "[0-9.]+" s" ]]
}

@test "convert-group: --keep-autocorrelations adds one row an antenna and integration" {
  group
  check 0 by_hand --quiet
  same "$(n_row "$output")" $((3 * 6))
  check 0 by_hand --quiet --overwrite --keep-autocorrelations
  same "$(n_row "$output")" $((3 * 10))
}

@test "convert-group: a file that is no queue is named, and left as it is" {
  printf 'this is no database, but a line of text that is long enough to be read\n' >"$queue"
  cp "$queue" before
  run --separate-stderr from_queue
  same "$status" 1
  holds "$stderr" queue.sqlite3
  holds "$stderr" "manage-queue restore"
  cmp "$queue" before
}
