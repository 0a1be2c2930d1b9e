#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# roll-back: from one installation to another and back, with configuration, databases and a changed schema.
# shellcheck disable=SC2012,SC2016  # names here have neither spaces nor newlines; others expand
load helpers

# an_installation : as make install would leave it, in prefix/, with a group in its queue.
an_installation() {
  mkdir -p prefix/{bin,libexec/contimg,share/contimg/strategies} root/{incoming,state/db}
  local program
  for program in simulate-observation scan-incoming form-groups convert-group manage-queue check-config; do
    cp -p "$(command -v $program)" prefix/bin/
  done
  cp -p "$repository"/scripts/{roll-back,process-group,run-tick} prefix/bin/
  cp -p "$repository/scripts/run-tools.bash" prefix/libexec/contimg/
  echo one >prefix/share/contimg/strategies/a.lua
  printf '[paths]\nroot = "root"\n[pipeline]\nstages = ["convert"]\n[disk]\nfloor_gb = 0\n' >contimg.toml
  export CONTIMG_CONFIG=$PWD/contimg.toml
  queue=$PWD/root/state/db/pipeline.sqlite3
  small_group root/incoming
  take_in
}
take_in() {
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
  check 0 convert-group --quiet
}
roll_back() { prefix/bin/roll-back --quiet "$@"; }
programs() { (cd prefix && find bin libexec share -type f -exec sha256sum {} + | sort -k2); }

# the_next_version : another installation over the first: one program changed, one new, one gone. With
# a number its manage-queue works with a queue of that schema, which ours refuses.
the_next_version() {
  printf '#!/bin/sh\necho next\n' >prefix/bin/clean-up
  chmod +x prefix/bin/clean-up
  rm prefix/bin/run-tick
  echo two >prefix/share/contimg/strategies/a.lua
  echo '# next' >>contimg.toml
  [[ -n ${1:-} ]] || return 0
  cat >prefix/bin/manage-queue <<SCRIPT
#!/bin/bash
# Works with schema $1 by putting the number back for the while.
now=$queue
for word; do [[ \$last == --queue-db ]] && now=\$word; last=\$word; done
sqlite3 "\$now" 'PRAGMA user_version = 7'
"$CONTIMG_BUILD/manage-queue" "\$@"
code=\$?
sqlite3 "\$now" 'PRAGMA user_version = $1'
for copy in \$(find "\${!#}" -name 'queue-*.sqlite3' 2>/dev/null); do sqlite3 "\$copy" 'PRAGMA user_version = $1'; done
exit \$code
SCRIPT
  sqlite3 "$queue" "PRAGMA user_version = $1"
}

@test "roll-back: knows every program that make install puts into bin" {
  known=$(sed -n '/^programs="/,/"$/p' "$repository/scripts/roll-back" | tr -s ' "=\n' '\n' | sort)
  while read -r program; do
    grep -qx -- "$program" <<<"$known" || { echo "$program is not known" >&2; false; }
  done < <(sed -nE 's/^contimg_tool\(([a-z-]+).*/\1/p' "$repository/tools/CMakeLists.txt"
    grep -oE '/(scripts|slurm)/[A-Za-z_.0-9-]+' "$repository/cmake/install.cmake" | sed 's|.*/||' |
      grep -v run-tools.bash)
}

@test "roll-back: saves programs, configuration and databases, whole, and lists them" {
  an_installation
  check 0 roll_back save one
  same "$output" "$PWD/root/releases/one"
  same "$(cd root/releases/one && find bin libexec share -type f -exec sha256sum {} + | sort -k2)" "$(programs)"
  cmp contimg.toml root/releases/one/contimg.toml
  (cd root/releases/one/databases && sha256sum --quiet -c ./*.sha256)
  check 0 roll_back list
  same "$output" "one	version $(check-config --version | sed 's/.* //')	queue schema 7"
  check 2 roll_back save one
  check 0 roll_back save
  same "$(roll_back list | wc -l)" 2
  check 2 roll_back
  check 2 roll_back to
  check 2 roll_back save ../x
  check 2 roll_back to none
}

@test "roll-back: back and forth between two installations; the queue stays when its schema is the same" {
  an_installation
  check 0 roll_back save one
  one=$(programs) config=$(<contimg.toml)
  the_next_version
  two=$(programs)
  small_group root/incoming --start 2026-01-27T10:00:00
  take_in
  check 0 roll_back --dry-run to one
  holds "$output" "nothing was changed"
  same "$(programs)" "$two"
  check 0 roll_back to one
  undo=$(sed -n 's/.*undo: roll-back to //p' <<<"$output")
  same "$(programs)" "$one"
  same "$(<contimg.toml)" "$config"
  same "$(sql "SELECT count(*) FROM ingest_queue WHERE state = 'completed'")" 2
  check 0 prefix/bin/manage-queue --quiet check
  # And undone.
  check 0 roll_back to "$undo"
  same "$(programs)" "$two"
  same "$(tail -1 contimg.toml)" "# next"
}

@test "roll-back: a queue of a newer schema is replaced by the release's, and it says what is lost" {
  an_installation
  check 0 roll_back save one
  one=$(programs)
  small_group root/incoming --start 2026-01-27T10:00:00
  take_in
  the_next_version 8
  check 0 roll_back --dry-run to one
  holds "$output" "queue: schema 8 is newer than 7"
  holds "$output" "lost from the queue: 1 completed groups"
  holds "$output" "  2026-01-27T10:00:00"
  same "$(sqlite3 "$queue" 'PRAGMA user_version')" 8
  check 0 roll_back to one
  holds "$output" "lost from the queue: 1 completed groups"
  same "$(programs)" "$one"
  same "$(sqlite3 "$queue" 'PRAGMA user_version')" 7
  check 0 prefix/bin/manage-queue --quiet check
  same "$(sql "SELECT count(*) FROM ingest_queue")" 1
  # What it does not know is done again, and its set is taken over.
  take_in
  same "$(sql "SELECT count(*) FROM ingest_queue WHERE state = 'completed'")" 2
}

@test "roll-back: refuses while a tick or a job is at work, and changes nothing" {
  an_installation
  check 0 roll_back save one
  the_next_version
  two=$(programs)
  mkdir -p "$queue.locks"
  exec {lock}<>"$queue.locks/tick"
  flock "$lock"
  check 75 roll_back to one
  holds "$stderr" "a tick is at work"
  exec {lock}>&-
  sql "INSERT INTO ingest_queue (group_id, state) VALUES ('2026-02-01T00:00:00', 'pending')"
  sql "UPDATE job SET state = 'claimed', claim_token = 9, lease_expires = 9e9
       WHERE group_id = '2026-02-01T00:00:00'"
  check 75 roll_back to one
  holds "$stderr" "a job is claimed"
  same "$(programs)" "$two"
  same "$(ls root/releases)" one
}

@test "roll-back: killed half-way it goes on, and what was saved before stays the way back" {
  an_installation
  check 0 roll_back save one
  one=$(programs)
  the_next_version
  two=$(programs)
  # A mv that kills its script at the third program.
  mkdir bin
  cat >bin/mv <<'SCRIPT'
#!/bin/bash
[[ $1 == -f && $(echo >>"$MOVED"; wc -l <"$MOVED") -eq 3 ]] && kill -9 $PPID
exec /bin/mv "$@"
SCRIPT
  chmod +x bin/mv
  MOVED=$PWD/moved run prefix/bin/roll-back --version
  mkdir shadow && cp -p prefix/bin/roll-back shadow/
  run env MOVED="$PWD/moved" PATH="$PWD/bin:$PATH" bash -c '
    cd "$1" && sed "s|^PATH=.*|PATH=$1/bin:\$PATH|" prefix/bin/roll-back >prefix/bin/roll-back.test
    exec bash prefix/bin/roll-back.test --quiet --prefix "$1/prefix" to one' - "$PWD"
  same "$status" 137
  rm prefix/bin/roll-back.test
  [[ $(programs) != "$one" ]]
  check 0 roll_back to one
  undo=$(sed -n 's/.*undo: roll-back to //p' <<<"$output")
  same "$(programs | grep -v '\.new$')" "$one"
  check 0 roll_back to "$undo"
  same "$(programs | grep -v '\.new$')" "$two"
}
