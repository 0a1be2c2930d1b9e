#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# manage-caltables killed at random moments while another process looks sets up.

load ../cli/helpers

@test "registry: 100 kills leave no half table and no candidate for a lookup to find" {
  check 0 python "$BATS_TEST_DIRNAME/kill_registry.py" "$CONTIMG_BUILD" 100 2
  echo "# $output" >&3
}

@test "registry: killed at each change of the disk, register and activate do all or nothing" {
  for scenario in register activate; do
    check 0 python "$BATS_TEST_DIRNAME/kill_points.py" "$CONTIMG_BUILD" \
      "$CONTIMG_BUILD/../tests/libfault_layer.so" $scenario 500 7
    printf '%s\n' "$output" | sed 's/^/#   /' >&3
  done
}
