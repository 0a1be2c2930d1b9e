#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# WSClean's images of converted groups show every source in its place and with its flux density.

load ../cli/helpers
load imaging

# look DEC START : six sources up to 0.53 degrees from the centre, 64 antennas.
look() {
  image_group "$1" "$2" 64 \
    "0.11,0.17,3 0.36,-0.27,1.5 -0.32,0.29,1 -0.2,-0.37,2 0.35,0.4,2.5 -0.48,-0.05,1.2" \
    -size 2048 2048 -scale 2asec
}

@test "declination -20" { look -20 2026-01-25T22:26:05; }
@test "declination 16.1" { look 16.1 2026-01-25T22:26:05; }
@test "declination 54.573" { look 54.573 2026-02-11T06:00:00; }
@test "declination 75" { look 75 2026-08-01T00:00:00; }
@test "right ascension across 0h" { look 16.1 2026-01-25T23:30:20; }
