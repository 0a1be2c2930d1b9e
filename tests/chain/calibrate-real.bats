#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The VLA's J1008+0730 through calibrate-ms: a point source of unknown flux density at the phase
# centre, taken as 1 Jy; circular feeds; a dead antenna among 18.

load ../cli/helpers

setup_file() {
  local data=${CONTIMG_TEST_DATA:-$BATS_TEST_DIRNAME/../../../shared/data}
  [[ -e $data/vla/2010-04-26T03:22:01_sb00.hdf5 ]] || return 0
  cd "$BATS_FILE_TMPDIR" || return 1
  "$CONTIMG_BUILD/convert-group" --quiet --disk-floor-gb 0 --expected-subbands 4 --output-dir ms \
    --files "$data"/vla/*.hdf5 >path 2>log || { cat log; return 1; }
  mv "$(<path)" vla.ms
}

witness() { python "$repository/tests/witness/point_source.py" "$@"; }
say() { printf '%s\n' "$@" | sed 's/^/#   /' >&3; }

# a_set : x.ms, a copy for this test.
a_set() {
  [[ -d $BATS_FILE_TMPDIR/vla.ms ]] || skip "the VLA's files are absent: set CONTIMG_TEST_DATA"
  cp -r "$BATS_FILE_TMPDIR/vla.ms" x.ms
}
# solve SET [OPTION...] : what calibrate-ms says of the solve in $output, tables in `tables`.
solve() {
  mkdir -p tables
  check 0 calibrate-ms --solve --model point --flux 1 --caltable-dir tables --json "$@"
  solved=$output
  mapfile -t tables < <(jq -r '.tables[]' <<<"$solved")
}
apply() {
  check 0 calibrate-ms --apply --quiet --no-tile-solve --gaintable "$(IFS=,; echo "${tables[*]}")" "$1"
}
# image NAME SET COLUMN : the witness's view of WSClean's image in $output.
image() {
  check 0 wsclean -quiet -j 2 -no-update-model-required -size 256 256 -scale 0.3asec -pol I \
    -niter 500 -mgain 0.8 -auto-threshold 3 -data-column "$3" -name "$1" "$2"
  check 0 witness image "$1-image.fits"
  say "$1: $output"
}
# one_point : one point of 1 Jy at the phase centre, and little else.
one_point() {
  jq -e '.peak > 0.95 and .peak < 1.05 and .distance_pixel < 1 and .dynamic_range > 50' <<<"$output"
}

@test "VLA: the dead antenna is found and named, the others are solved" {
  a_set
  solve x.ms
  say "$(jq -c . <<<"$solved")"
  same "$(jq '.dead_antennas | length' <<<"$solved")" 1
  # Which one is dead is seen without a solution: its baselines hold no signal but noise.
  dead=$(python - x.ms <<'PYTHON'
import sys
import numpy as np
from casacore.tables import table
t = table(sys.argv[1], ack=False)
names = table(sys.argv[1] + "/ANTENNA", ack=False).getcol("NAME")
data = np.where(t.getcol("FLAG"), 0, t.getcol("DATA"))[:, :, [0, 3]]
time = np.unique(t.getcol("TIME"), return_inverse=True)[1]
a1, a2 = t.getcol("ANTENNA1"), t.getcol("ANTENNA2")
# Coherent amplitude over the band of each baseline and integration, both hands.
level = np.abs(data.mean(axis=1)).mean(axis=1)
share = {a: np.median(level[(a1 == a) | (a2 == a)]) for a in np.unique(np.r_[a1, a2])}
print(names[min(share, key=share.get)])
PYTHON
  )
  same "$(jq -r '.dead_antennas[0]' <<<"$solved")" "$dead"
}

@test "VLA: corrected phases scatter about zero as the noise makes them" {
  a_set
  solve x.ms
  apply x.ms
  check 0 witness phases x.ms
  say "$output"
  jq -e 'to_entries | map(.key) == ["RR", "LL"]' <<<"$output"
  jq -e 'all(.[]; (.mean_deg | fabs) < 1 and .flux_jy > 0.95 and .flux_jy < 1.05
    and .scatter_deg < 1.3 * .expected_deg and .chi2 < 1.5
    and .sample_deg < 1.1 * .sample_expected_deg)' <<<"$output"
}

@test "VLA: an image of CORRECTED_DATA is one point of 1 Jy; one of DATA is none" {
  a_set
  image before x.ms DATA
  jq -e '.dynamic_range < 10 and .distance_pixel > 3' <<<"$output"
  solve x.ms
  apply x.ms
  image after x.ms CORRECTED_DATA
  one_point
}

@test "VLA: half of the integrations solved, the other half imaged" {
  a_set
  witness half x.ms even.ms even
  witness half x.ms odd.ms odd
  solve even.ms
  apply odd.ms
  image odd odd.ms CORRECTED_DATA
  one_point
  check 0 witness phases odd.ms
  say "$output"
  jq -e 'all(.[]; (.mean_deg | fabs) < 2 and .chi2 < 2)' <<<"$output"
}

@test "VLA: without a flux density there is no solve, whatever the name" {
  a_set
  mkdir tables
  check 1 calibrate-ms --solve --model point --caltable-dir tables x.ms
  holds "$stderr" "flux"
  same "$(ls tables)" ""
}
