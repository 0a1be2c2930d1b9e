#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Data: the IERS's own file when the test data are there.

load helpers

finals() {
  # shellcheck disable=SC2154  # setup() of helpers.bash sets it
  finals="$test_data/earth/finals2000A.all"
  [[ -r $finals ]] || skip "no $finals"
}

@test "import-earth-orientation: writes a table, prints its path and says its range and age" {
  finals
  check 0 import-earth-orientation "$finals" --output state/table.txt
  same "$output" state/table.txt
  holds "$stderr" "measured to 20"
  holds "$stderr" "days ago"
  # A published row in our format: MJD x y UT1-UTC flag.
  row=$(grep '^57754.00 ' state/table.txt)
  same "$row" "$(awk 'substr($0,8,8)=="57754.00" {
      printf "57754.00 %.6f %.6f %.7f I", substr($0,19,9), substr($0,38,9), substr($0,59,10)}' "$finals")"
}

@test "import-earth-orientation: run again it changes nothing" {
  finals
  check 0 import-earth-orientation "$finals" --output table.txt
  before=$(stat -c '%i %y' table.txt)
  check 0 import-earth-orientation "$finals" --output table.txt
  same "$(stat -c '%i %y' table.txt)" "$before"
  holds "$stderr" "already there"
  same "$(compgen -G 'table.txt*')" table.txt
}

@test "import-earth-orientation: replaces another table only with --overwrite" {
  finals
  head -n 15000 "$finals" >old.all
  check 0 import-earth-orientation old.all --output table.txt
  cp table.txt kept.txt
  check 1 import-earth-orientation "$finals" --output table.txt
  holds "$stderr" "--overwrite"
  cmp table.txt kept.txt
  check 0 import-earth-orientation "$finals" --output table.txt --overwrite
  check 1 cmp -s table.txt kept.txt
  [[ -z $(compgen -G 'table.txt.partial*') ]]
}

@test "import-earth-orientation: warns when the predictions have ended" {
  finals
  head -n 15000 "$finals" >old.all
  check 0 import-earth-orientation old.all --output table.txt
  holds "$stderr" "predictions ended on 2014-01-26"
}

@test "import-earth-orientation: takes the place from the settings" {
  finals
  check 0 import-earth-orientation "$finals" --root "$PWD/root"
  same "$output" "$PWD/root/state/earth-orientation.txt"
  CONTIMG_EARTH_ORIENTATION="$PWD/set.txt" check 0 import-earth-orientation "$finals"
  same "$output" "$PWD/set.txt"
}

@test "import-earth-orientation: names file and line of bad input and keeps the old table" {
  finals
  head -n 15000 "$finals" >good.all
  check 0 import-earth-orientation good.all --output table.txt
  sed '100s/.*/not the IERS/' good.all >bad.all
  check 1 import-earth-orientation bad.all --output table.txt --overwrite
  holds "$stderr" "bad.all: line 100: "
  sed '200d;100{h;d};101G' good.all >swapped.all
  check 1 import-earth-orientation swapped.all --output table.txt --overwrite
  holds "$stderr" "swapped.all: line 101: "
  head -n 20 good.all >short.all
  check 1 import-earth-orientation short.all --output table.txt --overwrite
  holds "$stderr" "short.all: 20 rows"
  head -c 100000 /dev/urandom >noise.all
  check 1 import-earth-orientation noise.all --output table.txt --overwrite
  : >empty.all
  check 1 import-earth-orientation empty.all --output table.txt --overwrite
  holds "$stderr" "empty.all: 0 rows"
  check 0 import-earth-orientation good.all --output table.txt
  holds "$stderr" "already there"
}

@test "import-earth-orientation: without a file or a place for the table it is a usage error" {
  check 2 import-earth-orientation
  : >finals
  check 2 import-earth-orientation finals
  holds "$stderr" "--output"
  check 1 import-earth-orientation no/such/file --output table.txt
  holds "$stderr" "no/such/file: "
}

@test "import-earth-orientation: says nothing on stderr when quiet" {
  finals
  check 0 import-earth-orientation --quiet "$finals" --output table.txt
  # A warning that the table has run out is the one thing that may be said.
  [[ -z $stderr || $stderr == *"predictions end"* ]]
}
