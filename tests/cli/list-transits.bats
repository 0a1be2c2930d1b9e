#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# list-transits against astropy, and against groups that are simulated afterwards.

load helpers

# fields LIST : the columns of the JSON lines in $output.
fields() { jq -r "[$1] | join(\" \")" <<<"$output"; }

# groups START DEC [OPTION...] : simulates, finds and forms groups in $queue.
groups() {
  mkdir -p in
  simulate-observation --quiet --ideal --output-dir in --antennas 2 --channels 1 --subbands 2 \
    --start "$1" --dec "$2" "${@:3}" >/dev/null
  scan-incoming --quiet --queue-db "$queue" --input-dir in --settle-time-s 0 >/dev/null
  form-groups --quiet --queue-db "$queue" --expected-subbands 2 >/dev/null
}

@test "list-transits: transits, beams and edges are astropy's, at four declinations" {
  local earth=()
  [[ ! -e $test_data/earth/finals2000A.all ]] || earth=("$test_data/earth/finals2000A.all")
  while read -r dec start days; do
    list-transits --dec "$dec" --from "$start" --days "$days" --json >listed
    check 0 python "$repository/tests/witness/transits.py" "$dec" "$start" "$days" 0.5 \
      "${earth[@]}" <listed
    echo "# dec $dec: $output" >&3
  done <<<'31.2 2026-01-25T00:00:00 2
16.5 2025-06-01T11:11:11 2
50 2026-09-01T00:00:00 1
33 2024-12-31T12:00:00 2'
}

@test "list-transits: every source of the VLA list in the strip, at the equator and near a pole" {
  needs_data catalogues/vlacalibrators.txt
  check 0 import-catalogue --quiet "$test_data/catalogues/vlacalibrators.txt" --output vla.sqlite3
  for dec in 16.3 -0.4 71 86.7; do
    list-transits --dec "$dec" --from 2026-03-01T00:00:00 --days 1 --catalogue vla.sqlite3 \
      --min-flux-jy 0.01 --json >listed
    check 0 python "$repository/tests/witness/strip_sources.py" vla.sqlite3 "$dec" \
      2026-03-01T00:00:00 0.5 <listed
    echo "# dec $dec: $output" >&3
  done
}

@test "list-transits: right ascensions on both sides of 0 h, each once a sidereal day" {
  printf 'name,ra,dec,flux\nbefore,359.98,20,5\nafter,0.02,20,5\nfaint,180,20,0.5\n' >list.csv
  check 0 import-catalogue --quiet list.csv --output list.sqlite3 --column name=name \
    --column ra=ra --column dec=dec --column flux=flux --unit flux=Jy --unit ra=deg \
    --unit dec=deg --frequency-hz 1.405e9
  check 0 list-transits --dec 20 --from 2026-03-01T00:00:00 --days 3 --catalogue list.sqlite3 \
    --json --quiet
  same "$(fields .calibrator)" $'before\nafter\nbefore\nafter\nbefore\nafter'
  # 0.04 degrees are 9.6 s of sidereal time; a sidereal day is 86164.09 s.
  same "$(jq -s '(.[1].transit_unix_s - .[0].transit_unix_s) * 100 | round
                 | . > 955 and . < 960' <<<"$output")" true
  same "$(jq -s '(.[2].transit_unix_s - .[0].transit_unix_s) - 86164.09
                 | . > -0.1 and . < 0.1' <<<"$output")" true
  check 0 list-transits --dec 20 --from 2026-03-01T00:00:00 --catalogue list.sqlite3 \
    --calibrator faint --min-flux-jy 0.1 --json
  same "$(fields .calibrator)" faint
}

@test "list-transits: the window that it foretells is the group that then holds the transit" {
  groups 2026-01-25T12:00:00 30.4
  check 0 list-transits --queue-db "$queue" --from 2026-01-25T12:00:00 --json
  same "$(fields .alias)" 3C286
  local foretold transit integration
  read -r foretold transit integration \
    <<<"$(fields '.window_start_unix_s, .transit_unix_s, .integration')"
  # Groups follow each other every 309.24 s: the last of these holds the transit.
  groups 2026-01-25T12:00:00 30.4 --overwrite \
    --groups "$(awk -v w="$foretold" 'BEGIN { print int((w - 1769342400) / 309.24) + 2 }')" \
    --integrations 24
  check 0 list-transits --queue-db "$queue" --past --from 2026-01-26T00:00:00 --json
  same "$(fields .alias)" 3C286
  same "$(fields .integration)" "$integration"
  local group
  group=$(fields .group_id)
  same "$(sql "SELECT abs(first_time_unix_s - integration_time_s / 2 - $foretold) < 3,
    first_time_unix_s - 6.45 < $transit, last_time_unix_s + 6.45 > $transit
    FROM ingest_queue WHERE group_id = '$group'")" "1|1|1"
  same "$(fields '.files | length')" 2
  same "$(fields .files[0])" "$PWD/in/${group}_sb00.hdf5"
}

@test "list-transits: a transit in the first or last half integration is a group's, one beyond is not" {
  local transit
  check 0 list-transits --dec 30.4 --from 2026-01-25T12:00:00 --json
  transit=$(fields .transit_unix_s)
  moment() { python -c "import time; print(time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime($1)))"; }
  # One group of three integrations (38.65 s); where its first is, the queue says.
  groups "$(moment "$transit - 60")" 30.4 --integrations 3
  local start end
  IFS='|' read -r start end <<<"$(sql "SELECT first_time_unix_s - integration_time_s / 2 - $transit,
    last_time_unix_s + integration_time_s / 2 - $transit FROM ingest_queue")"
  for shift in "-($start) - 3 count 1" "-($start) + 3 count 0" "-($end) + 3 count 1" \
    "-($end) - 3 count 0"; do
    sql "UPDATE ingest_queue SET first_time_unix_s = first_time_unix_s + ${shift% count*},
      last_time_unix_s = last_time_unix_s + ${shift% count*}"
    check 0 list-transits --queue-db "$queue" --past --from 2026-01-26T12:00:00 --json
    same "$(jq -s length <<<"$output")" "${shift#*count }"
    sql "UPDATE ingest_queue SET first_time_unix_s = first_time_unix_s - (${shift% count*}),
      last_time_unix_s = last_time_unix_s - (${shift% count*})"
  done
}

@test "list-transits: text for people, nothing where nothing passes, and clear errors" {
  check 0 list-transits --dec 31 --from 2026-01-25T00:00:00
  holds "$output" "3C286"
  lacks "$output" unix_s
  check 0 list-transits --dec -60 --from 2026-01-25T00:00:00 --quiet
  same "$output" ""
  same "$stderr" ""
  check 2 list-transits
  check 2 list-transits --dec 31 --from yesterday
  holds "$stderr" "YYYY-MM-DDTHH:MM:SS"
  check 2 list-transits --past --dec 31 --queue-db absent.sqlite3
  check 1 list-transits --dec 31 --calibrator 3C999
  holds "$stderr" "3C999: not a built-in primary calibrator"
  check 1 list-transits --dec 31 --catalogue absent.sqlite3
  sqlite3 plain.sqlite3 "CREATE TABLE t (x)"
  check 2 list-transits --queue-db plain.sqlite3
  scan-incoming --quiet --queue-db "$queue" --input-dir "$PWD" >/dev/null
  check 2 list-transits --queue-db "$queue"
  holds "$stderr" "expected one, or --dec"
}
