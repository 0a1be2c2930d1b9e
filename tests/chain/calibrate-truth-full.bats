#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# As calibrate-truth.bats, with 96 antennas x 24 integrations x 768 channels.

load ../cli/helpers
load calibrate

@test "calibrate, full size: gains, delays and a bandpass ripple of 10 % are found to the noise" {
  group_of --calibrator 3C147 --bandpass-error 0.1 --seed 31
  solve --calibrator 3C147
  recovered
  same "$(jq -c .missing <<<"$output")" "[]"
  at_the_noise
}

@test "calibrate, full size: the same under interference, flagged" {
  group_of --calibrator 3C147 --bandpass-error 0.1 --rfi structured --seed 32
  check 0 flag-ms --quiet --no-plot "$set"
  solve --calibrator 3C147
  recovered
  same "$(jq -c .missing <<<"$output")" "[]"
  jq -e '.ratio <= 1.2 and .solved > 0.95' <<<"$output"
}
