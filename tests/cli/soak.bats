#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The frame of the tests that take hours, run with scripts of this test's own.
load helpers

# a_soak : three scripts. Each step of `steps` is done once; it waits in the third until there is a file let-on.
a_soak() {
  mkdir -p scripts build/tools
  export CONTIMG_BUILD=$PWD/build/tools CONTIMG_SOAK_SCRIPTS=$PWD/scripts
  here=$PWD
  export here
  cat >scripts/first <<'SCRIPT'
#!/bin/bash
echo first >>"$here/order"
SCRIPT
  cat >scripts/steps <<'SCRIPT'
#!/bin/bash
set -eu
for step in 1 2 3 4; do
  ! grep -qx "$step" "$SOAK_FOLDER/steps" 2>/dev/null || continue
  if [[ $step == 3 && ! -e $here/let-on ]]; then
    touch "$here/in-third"
    sleep 600 &
    echo $! >"$here/sleeper"
    wait $!
  fi
  echo "$step" >>"$SOAK_FOLDER/steps"
done
echo steps >>"$here/order"
SCRIPT
  cat >scripts/third <<'SCRIPT'
#!/bin/bash
echo "what it says"
echo third >>"$here/order"
[[ -e $here/mended ]]
SCRIPT
  chmod +x scripts/*
  echo "not a script" >scripts/README.md
}
run_soak() { "$repository/tests/run-soak" "$@"; }
until_there() {
  local end=$((SECONDS + 60))
  until [[ -s $1 ]]; do
    ((SECONDS < end)) || { echo "waited in vain for $1" >&2 && return 1; }
    sleep 0.05
  done
}
until_gone() {
  local end=$((SECONDS + 60))
  while [[ -e /proc/$1/stat && $(<"/proc/$1/stat") != *") Z "* ]]; do
    ((SECONDS < end)) || { echo "still there: $1" >&2 && return 1; }
    sleep 0.05
  done
}

@test "soak: what was interrupted goes on where it was, and what is done is not done again" {
  a_soak
  touch mended
  "$repository/tests/run-soak" >out 2>err 3>&- &
  soak=$!
  until_there sleeper
  check 75 run_soak # one at a time
  kill -TERM "$soak"
  code=0
  wait "$soak" || code=$?
  same "$code" 75
  until_gone "$(<sleeper)" # what the script had begun is ended with it
  same "$(<build/soak/steps/steps)" "1
2"
  same "$(<order)" first
  holds "$(<out)" "soak: first: done"
  holds "$(<out)" "soak: steps: left, begun"
  holds "$(<out)" "soak: 3 scripts, 2 left"
  touch let-on
  check 0 run_soak
  same "$(<build/soak/steps/steps)" "1
2
3
4"
  same "$(<order)" "first
steps
third"
  check 0 run_soak
  holds "$output" "soak: 3 scripts, 0 left"
  same "$(wc -l <order)" 3
}

@test "soak: a script that fails does not hold back the others, is told, and is run again" {
  a_soak
  touch let-on
  mv scripts/third scripts/a-third
  check 1 run_soak
  holds "$output" "soak: a-third: FAILED with exit code 1"
  holds "$output" "soak: 3 scripts, 1 left"
  same "$(<order)" "third
first
steps"
  holds "$(<build/soak/a-third/log)" "what it says"
  touch mended
  check 0 run_soak
  same "$(tail -n 1 order)" third
  same "$(wc -l <order)" 4
}

@test "soak: ends when its hours are over, with 0, and says what is left; --again begins anew" {
  a_soak
  check 0 run_soak --hours 0.001 steps
  holds "$output" "soak: steps: left, begun"
  touch let-on
  check 0 run_soak steps
  rm let-on
  check 0 run_soak --again --hours 0.001 steps
  holds "$output" "soak: 1 scripts, 1 left"
  [[ $(wc -l <build/soak/steps/steps) -le 2 ]]
  check 0 run_soak --list
  holds "$output" "soak: first: left"
  [[ ! -e build/soak/first ]]
  check 2 run_soak nothing
  holds "$stderr" "expected one of: first steps third"
  check 2 run_soak --hours soon
}
