# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Running documents as they stand there, for docs.bats, symptoms.bats, examples.bats and slurm.bats. A block that begins
# with ```sh test must succeed, one with ```sh test=N must end with N; ```sh no-test cannot run here, and
# scripts/check-commands.py holds its commands and options to what the programs take.

# run_blocks DOCUMENT N : one shell a block, in order; fails at the first that ends otherwise than said, or when there
# are fewer than N. DOCUMENT is a path below docs/.
run_blocks() {
  rm -rf blocks && mkdir blocks
  awk '/^ *```sh test/ { code = $2; sub("test=?", "", code); n++; inside = 1
                       name = sprintf("blocks/%03d-%d.sh", n, code); printf "" > name; next }
       /^ *```/ { inside = 0 }
       inside { print > name }' "$repository/docs/$1"
  run_extracted "$1" "$2"
}

# examples PROGRAM N : the same for the indented blocks of its manual page's examples, each of which must succeed.
# Absolute paths lead into this folder.
examples() {
  rm -rf blocks && mkdir blocks
  awk '/^# / { inside = $2 == "EXAMPLES"; next }
       inside && /^    / { if (!name) name = sprintf("blocks/%03d-0.sh", ++n); print > name; next }
       { name = "" }' "$repository/docs/tools/$1.md"
  sed -i -E "s#(^|[ \"'=])/(backups|data|etc|shared|tmp|var)\b#\1$PWD/\2#g" blocks/*
  run_extracted "tools/$1.md" "$2"
}

# run_extracted DOCUMENT N : those in blocks/, by their names: number and exit code.
run_extracted() {
  local block code status output n=0
  for block in blocks/*.sh; do
    code=${block##*-}
    status=0
    output=$(timeout 500 bash -euo pipefail "$block" 2>&1 3>&-) || status=$?
    [[ $status -eq ${code%.sh} ]] || {
      printf '%s: exit code %d\n%s\n%s\n' "$1" "$status" "$(cat "$block")" "$output" >&2
      return 1
    }
    n=$((n + 1))
  done
  echo "# $1: $n blocks" >&3
  [[ $n -ge $2 ]]
}

# data_root : a data root that is empty, and what the documents call $queue.
data_root() {
  export CONTIMG_ROOT=$PWD/data CONTIMG_DISK_FLOOR_GB=0.01
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  export queue
}
# folders : those of the data root.
folders() { mkdir -p "$CONTIMG_ROOT"/{incoming,ms,state/db,state/checkpoints,state/logs}; }
# taken_in [OPTION...] : a data root with simulated groups that are in the queue.
taken_in() {
  data_root
  folders
  small_group "$CONTIMG_ROOT/incoming" "$@"
  check 0 scan-incoming --quiet --settle-time-s 0
  check 0 form-groups --quiet
}
