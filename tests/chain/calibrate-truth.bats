#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Small calibrator groups: gains, delays and bandpasses that the simulator put in, found again.

load ../cli/helpers
load calibrate

small=(--antennas 14 --channels 8 --integrations 10)

@test "calibrate: gains, delays and a bandpass ripple of 10 % are found to the noise" {
  group_of "${small[@]}" --calibrator 3C147 --bandpass-error 0.1 --seed 21
  solve --calibrator 3C147
  recovered
  same "$(jq -c .missing <<<"$output")" "[]"
  jq -e '.solved > 0.999' <<<"$output"
  at_the_noise
}

@test "calibrate: the calibrator is found without being named" {
  group_of "${small[@]}" --calibrator 3C286 --seed 22
  solve
  same "$(jq -r .calibrator <<<"$solved")" 3C286
  recovered
  at_the_noise
}

@test "calibrate: without delays no delay table is written, and gains are as good" {
  group_of "${small[@]}" --calibrator 3C147 --delay-error-ns 0 --bandpass-error 0.02 --seed 23
  solve --calibrator 3C147
  [[ ! $(ls tables) == *.K* ]]
  recovered
  at_the_noise
}

@test "calibrate: delays of 30 ns are found" {
  group_of "${small[@]}" --calibrator 3C147 --delay-error-ns 30 --seed 24
  solve --calibrator 3C147
  compgen -G 'tables/*.K'
  recovered
  at_the_noise
}

@test "calibrate: flux densities in correlator units become janskys" {
  group_of "${small[@]}" --calibrator 3C147 --correlator-scale 0.0041 --seed 25
  solve --calibrator 3C147
  recovered
  at_the_noise
}
