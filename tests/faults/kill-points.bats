#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Tools killed with -9 at calls spread over all by which they change the disk (kill_points.py says
# how). kill-points-soak.bats takes more of them.

load ../cli/helpers
load kill_points

@test "kill points: convert-group goes on from its checkpoint, and makes the same set" {
  kill_points convert 25 1
}

@test "kill points: convert-group without a checkpoint begins anew, through scratch goes on" {
  kill_points convert-without-checkpoint 6 2
  kill_points convert-through-scratch 12 2
}

@test "kill points: flag-ms leaves the old flags, the new ones, or a mark; convert-group --flag too" {
  kill_points flag 10 7
  kill_points convert-and-flag 12 8
}

@test "kill points: calibrate-ms --apply leaves the old columns, the new ones, or a mark" {
  kill_points apply 12 9
}

@test "kill points: scan-incoming and form-groups lose no file and double no group" {
  kill_points scan 10 3
  kill_points form 10 3
}

@test "kill points: simulate-observation makes the same files when asked again" {
  kill_points simulate 10 4
}

@test "kill points: a table of Earth orientation is the old one or the new one" {
  needs_data earth/finals2000A.all
  CONTIMG_TEST_DATA=$test_data kill_points import-earth-orientation 10 5
}

@test "kill points: clean-up loses nothing, and the next run ends what was begun" {
  kill_points clean-up 40 11
}

@test "kill points: a backup that bears its name is whole; a restoration can be repeated" {
  kill_points backup 10 6
  kill_points restore 10 6
}
