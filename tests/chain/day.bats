#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Five hours of observation, a group in three of which has a fault of one of all kinds.

load day

@test "60 groups with every fault; incomplete groups wait, then fail" {
  day 60 wait
}

@test "60 groups with every fault; incomplete groups are converted" {
  day 60 convert --collecting-timeout 0 --partial convert --min-subbands 12
}
