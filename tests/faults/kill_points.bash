# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# kill_points SCENARIO N SEED : kills at N calls, and shows what kill_points.py counted.
kill_points() {
  check 0 python "$BATS_TEST_DIRNAME/kill_points.py" "$CONTIMG_BUILD" \
    "$CONTIMG_BUILD/../tests/libfault_layer.so" "$@"
  printf '%s\n' "$output" | sed 's/^/#   /' >&3
}
