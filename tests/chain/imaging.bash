# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Loaded by the suites that make images of converted groups. Needs ../cli/helpers.

# image_group DEC START ANTENNAS SOURCES WSCLEAN_OPTION... : simulates, converts, cleans and finds
# every source again. SOURCES are words EAST,NORTH,FLUX in degrees and Jy.
image_group() {
  local dec=$1 start=$2 antennas=$3 sources=$4 set
  shift 4
  mkdir -p raw empty
  # Sources in the middle of pixels (offsets in units of 0.01 degrees, 18 pixels of 2", are): CLEAN
  # makes others of several components, which broadens them and lowers their peaks by a percent.
  local where=(--quiet --ideal --dec "$dec" --start "$start")
  simulate-observation "${where[@]}" --antennas 2 --channels 1 --subbands 1 --output-dir empty \
    >/dev/null
  # shellcheck disable=SC2086  # the sources are words
  python "$repository/tests/witness/sky_around.py" empty/*.truth.json $sources >sky.csv
  simulate-observation "${where[@]}" --antennas "$antennas" --channels 4 --sky sky.csv \
    --output-dir raw >/dev/null
  check 0 convert-group --quiet --disk-floor-gb 0 --files raw/*.hdf5 --output-dir ms
  set=$output
  # The weights given to the visibilities are stored only where they are not reordered.
  local options=(-quiet -no-update-model-required -pol I -weight briggs 0 -use-wgridder "$@")
  check 0 wsclean "${options[@]}" -no-reorder -store-imaging-weights -make-psf-only \
    -name weights "$set"
  check 0 wsclean "${options[@]}" -niter 5000 -mgain 0.8 -auto-threshold 1 -auto-mask 4 \
    -name image "$set"
  run python "$repository/tests/witness/image_sources.py" image-image.fits "$set" raw/*.truth.json
  printf '%s\n' "$BATS_TEST_DESCRIPTION:" "$output" | sed 's/^/# /' >&3
  [[ $status -eq 0 ]]
}
