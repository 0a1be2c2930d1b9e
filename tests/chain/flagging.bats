#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What flag-ms finds of simulated interference: lines, bursts and carriers of 0.5 to 30 sigma per
# visibility. flagging-full.bats does it at full size.

load ../cli/helpers
load flagging

shopt -s nullglob

@test "flagging: interference in a science group, by its strength" {
  flagged_of --antennas 14 --random-sources 5 --rfi structured --seed 1
  of_strength
}

@test "flagging: in a calibrator's group with a bandpass ripple of 10 %" {
  flagged_of --antennas 14 --calibrator 3C147 --bandpass-error 0.1 --rfi structured --seed 2
  of_strength
}

@test "flagging: with subbands missing, and gains that drift" {
  flagged_of --antennas 14 --calibrator 3C286 --drift 0.1 --delay-error-ns 30 --rfi structured \
    --seed 3
  of_strength
  flagged_of --antennas 14 --random-sources 5 --rfi structured --seed 4 \
    --fault missing:subband=3 --fault missing:subband=9
  jq -e '."3-10" >= 0.9 and ."10-30" >= 0.99 and .clean < 2 / 16 + 0.02' <<<"$output"
}

@test "flagging: without interference next to nothing is lost, whatever shines" {
  for sky in "--random-sources 30 --flux-max 8" "--calibrator 3C147 --bandpass-error 0.1" \
    "--random-sources 5 --channels 4 --integrations 3" \
    "--calibrator 3C147 --bandpass-error 0.1 --channels 4 --integrations 24"; do
    # shellcheck disable=SC2086
    flagged_of --antennas 10 $sky
    jq -e '.clean < 0.02' <<<"$output"
  done
}
