#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Each fuzz target for 20 seconds, with clang; and that the driver tells a finding.

bats_require_minimum_version 1.5.0

setup_file() {
  here=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  export here CONTIMG_FUZZ_BUILD=${CONTIMG_FUZZ_BUILD:-$CONTIMG_BUILD/../fuzz}
  command -v clang++-14 >/dev/null || { echo "no clang++-14: scripts/install-debian.sh installs it" >&2 && return 1; }
  "$here/fuzz/run" --build-only
}

@test "fuzz: 20 seconds of each target find nothing" {
  run "$here/fuzz/run" --no-build --seconds 20
  echo "$output"
  [ "$status" -eq 0 ]
  # Each target ran inputs, more than its seeds.
  targets=$(grep -c '^contimg_fuzz(' "$here/fuzz/CMakeLists.txt")
  [ "$(grep -cE '^[a-z_]+ +[0-9]+ ' <<<"$output")" -eq "$targets" ]
  while read -r target executions _; do
    seeds=$(find "$here/fuzz/seeds/$target" -type f | wc -l)
    [ "$executions" -gt "$seeds" ] || { echo "$target ran $executions inputs, $seeds seeds among them"; false; }
  done < <(grep -E '^[a-z_]+ +[0-9]+ ' <<<"$output")
}

@test "fuzz: a finding is kept, told, and ends the driver with 1" {
  build=$BATS_TEST_TMPDIR/build
  mkdir -p "$build/tests/fuzz"
  cat >"$build/tests/fuzz/fuzz_flag_list" <<'FAKE'
#!/bin/bash
for word in "$@"; do case $word in -artifact_prefix=*) echo bad >"${word#*=}crash-1" ;; esac; done
echo "stat::number_of_executed_units: 7" >&2
exit 77
FAKE
  chmod +x "$build/tests/fuzz/fuzz_flag_list"
  run --separate-stderr "$here/fuzz/run" --build "$build" --no-build --seconds 1 flag_list
  [ "$status" -eq 1 ]
  [[ ${lines[1]} =~ ^flag_list\ +7\ .*\ 1$ ]]
  [ "$(cat "$build/findings/flag_list/crash-1")" = bad ]
  run "$here/fuzz/run" --build "$build" --no-build nothing
  [ "$status" -eq 2 ]
}
