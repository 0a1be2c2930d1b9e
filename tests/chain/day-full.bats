#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A day of observation: see day.bats.

load day

@test "279 groups with every fault; incomplete groups wait, then fail" {
  day 279 wait
}

@test "279 groups with every fault; incomplete groups are converted" {
  day 279 convert --collecting-timeout 0 --partial convert --min-subbands 12
}
