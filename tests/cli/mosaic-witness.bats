#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The numbers of mosaics against an independent computation (tests/witness/mosaic_witness.py).
load helpers

witness() { python "$repository/tests/witness/mosaic_witness.py" "$@"; }

# agrees N RA DEC APART PROJECTION : the mosaic of N such tiles is what numpy makes of them.
agrees() {
  witness make tiles "${@:1:4}"
  check 0 "$CONTIMG_BUILD/coadd_tiles" mosaic tiles/*-image.fits
  same "$output$stderr" ""
  check 0 witness check mosaic tiles/*-image.fits
  holds "$output" "pixels of $1 tiles ($5)"
}

@test "co-adding: pixels, weights and noise of a field are numpy's" {
  agrees 5 150 16.3 0.5 SIN
}

@test "co-adding: pixels of a field across 0h are numpy's" {
  agrees 4 0 -30 0.6 SIN
}

@test "co-adding: two tiles at 359 and 1 degrees lie 2 degrees apart" {
  agrees 2 0 16.3 2 SIN
}

@test "co-adding: pixels of a strip across 0h are numpy's" {
  agrees 14 359.8 33 1 COO
}

@test "co-adding: pixels of a strip at declination 75 across 0h are numpy's" {
  agrees 12 0.1 75 3 COO
}

@test "co-adding: pixels of a strip all the way round are numpy's" {
  agrees 30 77 60 12 COO
}

@test "co-adding: the witness sees a beam that is off by a hundredth" {
  witness make tiles 3 10 16.3 0.5
  check 0 "$CONTIMG_BUILD/coadd_tiles" mosaic tiles/*-image.fits
  check 0 witness check mosaic tiles/*-image.fits
  python -c "from astropy.io import fits
with fits.open('tiles/t101-pb.fits', mode='update') as f: f[0].data *= 1.01"
  check 1 witness check mosaic tiles/*-image.fits
}
