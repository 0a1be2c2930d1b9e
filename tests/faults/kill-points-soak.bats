#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# As kill-points.bats, with more kills. All of them, and other faults: make torture, tests/soak/torture.

load ../cli/helpers
load kill_points

@test "60 kill points: convert-group with a checkpoint of each integration" {
  kill_points convert 60 11
}

@test "60 kill points: convert-group without a checkpoint" {
  kill_points convert-without-checkpoint 60 12
}

@test "60 kill points: convert-group through scratch, inputs staged" {
  kill_points convert-through-scratch 60 13
}

@test "60 kill points: clean-up" {
  kill_points clean-up 60 14
}

@test "30 kill points each: flag-ms, convert-group --flag" {
  kill_points flag 30 20
  kill_points convert-and-flag 30 21
}

@test "40 kill points: calibrate-ms --apply" {
  kill_points apply 40 22
}

@test "30 kill points each: scan-incoming, form-groups, simulate-observation" {
  kill_points scan 30 14
  kill_points form 30 15
  kill_points simulate 30 16
}

@test "60 kill points each: import-earth-orientation, backup, restore" {
  kill_points backup 60 17
  kill_points restore 60 18
  needs_data earth/finals2000A.all
  CONTIMG_TEST_DATA=$test_data kill_points import-earth-orientation 60 19
}
