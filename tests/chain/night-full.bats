#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A short simulated night (docs/operations/night.md) that is interrupted, and the same with workers killed at
# random: the same products.

load ../cli/helpers

options=(--groups 12 --pace 3 --patience 20 --clock 2 --seed 2 --keep)
make_night() { "$repository/scripts/make-night" "${options[@]}" "$@"; }
show() { printf '%s\n' "$output" | sed 's/^/# /' >&3; }

@test "a night goes on after an interruption, and killed workers change nothing" {
  "$repository/scripts/make-night" "${options[@]}" one >/dev/null 2>said 3>&- &
  night=$!
  for ((i = 0; i < 100; i++)); do [[ ! -e one/truth/3.json ]] || break && sleep 0.3; done
  kill -TERM "$night"
  code=0
  wait "$night" || code=$?
  same "$code" 75
  holds "$(cat said)" "the same command goes on with it"
  [[ ! -e one/fed ]]

  check 0 make_night one
  show
  same "$(jq .work.sessions one/scorecard.json)" 2
  check 0 make_night --kills --kill-every 3 --against one two
  show
  (($(wc -l <two/kills.txt) > 2))

  # Another flux density is seen.
  sqlite3 two/root/state/db/measurements.sqlite3 "UPDATE measurement SET flux_jy = flux_jy + 0.1 * flux_error_jy
    WHERE kind = 'forced' AND epoch_id = 3"
  check 1 make_night --against one two
  holds "$output" "a number differs by 0.1 of its error"
}
