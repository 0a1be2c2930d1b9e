#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# WSClean's image of a converted group shows every source in its place and with its flux density.
# Short baselines only; image-truth-full.bats has the whole array and sky.

load ../cli/helpers
load imaging

@test "across 0h, baselines below 1.2 km" {
  image_group 16.1 2026-01-25T23:30:20 72 "0.11,0.17,3 0.16,-0.28,2 -0.22,0.29,1.5 -0.1,-0.37,2" \
    -maxuv-l 6000 -size 1024 1024 -scale 4asec
}
