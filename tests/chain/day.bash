# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A day of simulated groups with every fault mixed in. Loaded by day.bats and day-full.bats.

load ../cli/helpers

# observe GROUPS LATE : writes the groups, with (only) or without (hold) the late files.
observe() {
  mkdir -p incoming
  simulate-observation --quiet --output-dir incoming --groups "$1" --late "$2" --fault-mix 7 \
    --antennas 4 --channels 4 --integrations 3 >/dev/null
}

scan() { check 0 scan-incoming --quiet --settle-time-s 0 --input-dir incoming --queue-db "$queue"; }
form() { check 0 form-groups --quiet --queue-db "$queue" "$@"; }

# expect_day POLICY MOMENT
expect_day() {
  check 0 python "$BATS_TEST_DIRNAME/day_expected.py" "$PWD/incoming" "$queue" "$@"
  printf '# %s\n' "$output" >&3
  check 0 manage-queue --quiet --queue-db "$queue" check
}

# One worker: a conversion after another while any is ready.
work() {
  local ready="SELECT count(*) FROM job WHERE stage = 'convert' AND state = 'ready'"
  while [[ $(sqlite3 -batch -cmd '.timeout 10000' "$queue" "$ready") -gt 0 ]]; do
    convert-group --quiet --disk-floor-gb 0 --queue-db "$queue" --output-dir ms \
      --omp-threads 1 >>"$1.sets" 2>>"$1.log" || return 1
  done
}

convert_all() {
  work one &
  local first=$!
  work two &
  if ! wait $! || ! wait $first; then
    cat one.log two.log >&2
    return 1
  fi
}

fingerprints() { (cd incoming && find . -type f -printf '%p %s %T@ %i\n' | sort); }

# day GROUPS POLICY [OPTION OF form-groups...] : once without the late files, once with them.
day() {
  local groups=$1 policy=$2
  shift 2
  observe "$groups" hold
  fingerprints >before
  scan
  form "$@"
  expect_day "$policy" formed
  convert_all
  expect_day "$policy" converted
  fingerprints | diff before -
  observe "$groups" only
  fingerprints >before
  scan
  form "$@"
  convert_all
  CONTIMG_COLLECTING_TIMEOUT=0 CONTIMG_PARTIAL_TIMEOUT=0 form "$@"
  expect_day "$policy" ended
  fingerprints | diff before -
  same "$(sort one.sets two.sets | uniq -d)" ""
  same "$(find ms -name '*partial-*' -o -name '*.reason.json')" ""
}
