# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Loaded by every .bats file here. Each test gets an empty directory of its own, a clean
# environment, and the freshly built tools and scripts first on PATH; bats removes the directory afterwards.

bats_require_minimum_version 1.5.0

setup() {
  local build=${CONTIMG_BUILD:?set CONTIMG_BUILD to the folder with the executables}
  local data=${CONTIMG_TEST_DATA:-}
  unset "${!CONTIMG_@}" 2>/dev/null || true
  export CONTIMG_BUILD=$build
  repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  test_data=${data:-$repository/../shared/data}
  PATH="$build:$repository/scripts:$PATH"
  export TZ=UTC LC_ALL=C
  cd "$BATS_TEST_TMPDIR" || exit 1
  queue="$PWD/queue.sqlite3"
}

# check EXIT_CODE COMMAND... : runs it with stdout in $output and stderr in $stderr, and fails,
# showing both, on any other exit code.
check() {
  local expected=$1
  shift
  run --separate-stderr "$@"
  if [[ $status -ne $expected ]]; then
    printf '%s\nexit code %d, expected %d\nstdout: %s\nstderr: %s\n' \
      "$*" "$status" "$expected" "$output" "$stderr" >&2
    return 1
  fi
}

# same ACTUAL EXPECTED, holds TEXT PART and lacks TEXT PART: say what differs, as [ a = b ] does not.
same() {
  [[ $1 == "$2" ]] || { diff <(printf '%s\n' "$2") <(printf '%s\n' "$1") >&2; return 1; }
}
holds() {
  [[ $1 == *"$2"* ]] || { printf 'no "%s" in: %s\n' "$2" "$1" >&2; return 1; }
}
lacks() {
  [[ $1 != *"$2"* ]] || { printf 'unexpected "%s" in: %s\n' "$2" "$1" >&2; return 1; }
}

# one_of ACTUAL EXPECTED... : for what depends on the day, which may become another one meanwhile.
one_of() {
  local expected
  for expected in "${@:2}"; do [[ $1 != "$expected" ]] || return 0; done
  printf '"%s" is none of:%s\n' "$1" "$(printf ' "%s"' "${@:2}")" >&2
  return 1
}

# sql STATEMENT : runs it on $queue as an operator would, with patience while tools are at work.
sql() { sqlite3 -batch -cmd '.timeout 10000' "$queue" "$1"; }

# state_of GROUP : how that group stands in $queue.
state_of() { sql "SELECT state FROM ingest_queue WHERE group_id = '$1'"; }

# small_group DIR [OPTION...] : a simulated group of 16 subbands, small enough for a test.
small_group() {
  local folder=$1
  shift
  mkdir -p "$folder"
  simulate-observation --quiet --output-dir "$folder" --antennas 6 --channels 4 \
    --integrations 3 "$@" >/dev/null
}

# observe DIR [OPTION...] : one that is large enough to be calibrated and imaged, and through every
# stage in seconds.
observe() {
  mkdir -p "$1"
  simulate-observation --quiet --no-outriggers --antennas 30 --channels 4 --integrations 8 --seed 9 \
    --output-dir "$1" "${@:2}" >/dev/null
}

# until_true SECONDS COMMAND... : waits until it succeeds; in vain, says so with the end of ./log.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" 2>/dev/null; do
    if ((SECONDS >= end)); then
      echo "waited in vain: $*" >&2
      [[ ! -e log ]] || tail -n 30 log >&2
      return 1
    fi
    sleep 0.05
  done
}
# until_sql SECONDS QUERY ANSWER : waits until the queue, once there is one, answers so.
until_sql() { until_true "$1" answers "$2" "$3"; }
answers() { [[ -e $queue && $(sql "$1") == "$2" ]]; }

# free_ports N : so many ports that nobody listens on, from below those that the system gives to others.
free_ports() {
  python -c 'import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    try:
        one = socket.socket()
        one.bind(("127.0.0.1", random.randrange(10000, 32000)))
        held.append(one)
    except OSError:
        pass
print(*(one.getsockname()[1] for one in held))' "$1"
}

# new_queue : makes $queue, which nothing has been put into.
new_queue() {
  mkdir -p "${queue%/*}" empty-folder
  scan-incoming --quiet --queue-db "$queue" --input-dir empty-folder >/dev/null
  rmdir empty-folder
}

# says_version NAME : $output is that program's version, with commit where there is one.
says_version() {
  [[ $output =~ ^"$1 "[0-9]+\.[0-9]+\.[0-9]+([~+][0-9]+(\.g[0-9a-f]+)?)?(\.modified)?$ ]] ||
    { echo "no version of $1: $output" >&2 && return 1; }
}

# needs_data PATH : skips the test when this file of the test data is not there.
needs_data() {
  [[ -e $test_data/$1 ]] || skip "$test_data/$1 is absent: set CONTIMG_TEST_DATA"
}

# python SCRIPT... : the Debian interpreter, which has astropy, erfa, casacore and h5py.
python() { /usr/bin/python3 "$@"; }

# shellcheck source=tests/cli/standing.bash
. "${BASH_SOURCE[0]%/*}/standing.bash"
