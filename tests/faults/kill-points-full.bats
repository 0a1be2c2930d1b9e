#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# As kill-points.bats, with at least 200 kills in each way of converting.

load ../cli/helpers

kill_points() {
  check 0 python "$BATS_TEST_DIRNAME/kill_points.py" "$CONTIMG_BUILD" \
    "$CONTIMG_BUILD/../tests/libkill_point.so" "$@"
  printf '%s\n' "$output" | sed 's/^/#   /' >&3
}

@test "200 kill points: convert-group with a checkpoint of each integration" {
  kill_points convert 200 11
}

@test "200 kill points: convert-group without a checkpoint" {
  kill_points convert-without-checkpoint 200 12
}

@test "200 kill points: convert-group through scratch, inputs staged" {
  kill_points convert-through-scratch 200 13
}

@test "200 kill points: clean-up" {
  kill_points clean-up 200 14
}

@test "100 kill points each: flag-ms, convert-group --flag" {
  kill_points flag 100 20
  kill_points convert-and-flag 100 21
}

@test "150 kill points: calibrate-ms --apply" {
  kill_points apply 150 22
}

@test "100 kill points each: scan-incoming, form-groups, simulate-observation" {
  kill_points scan 100 14
  kill_points form 100 15
  kill_points simulate 100 16
}

@test "every kill point: import-earth-orientation, backup, restore" {
  kill_points backup 200 17
  kill_points restore 200 18
  needs_data earth/finals2000A.all
  CONTIMG_TEST_DATA=$test_data kill_points import-earth-orientation 200 19
}
