#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What is installed: versions stamped from git, make install and uninstall, man pages, completions. The packages
# themselves are tested in packages-full.bats.
load helpers

build() { dirname "$CONTIMG_BUILD"; }
# Every tool that is built, and every script that is installed, as paths.
programs() {
  local name
  sed -nE 's/^contimg_tool\(([a-z-]+).*/\1/p' "$repository/tools/CMakeLists.txt" | while read -r name; do
    [[ ! -x $CONTIMG_BUILD/$name ]] || echo "$CONTIMG_BUILD/$name"
  done
  for name in process-group run-tick dsa110-stream roll-back run_conversion.sh; do echo "$repository/scripts/$name"; done
  for name in "$repository"/slurm/*; do echo "$name"; done
}
whole_build() {
  local name
  [[ -f $(build)/cmake_install.cmake ]] || skip "$CONTIMG_BUILD is not in a folder of cmake"
  while read -r name; do
    [[ -x $CONTIMG_BUILD/$name ]] || skip "$name is not built"
  done < <(sed -nE 's/^contimg_tool\(([a-z-]+).*/\1/p' "$repository/tools/CMakeLists.txt")
}

@test "version: git's tags and commits make it, as Debian orders them; without git it is that of CMake" {
  mkdir tree && cd tree
  stamp() {
    check 0 cmake -DSOURCE="$PWD/../v.cc" -DPLAIN="$PWD/../VERSION" -DTREE="$PWD" -DRELEASE=0.3.0 \
      -P "$repository/cmake/version.cmake"
    holds "$(<../v.cc)" "kVersion = \"$(<../VERSION)\";"
  }
  commit() { git -c user.name=n -c user.email=e -c commit.gpgsign=false commit -q --allow-empty -m "$1"; }
  stamp
  same "$(<../VERSION)" 0.3.0
  git init -q . && echo one >file && git add file && commit first
  stamp
  same "$(<../VERSION)" "0.3.0~1.g$(git rev-parse --short=8 HEAD)"
  commit second && stamp && cp ../VERSION ../second
  same "$(<../VERSION)" "0.3.0~2.g$(git rev-parse --short=8 HEAD)"
  # Nothing new: nothing is written, so nothing is compiled.
  touch -d 2001-01-01 ../v.cc ../VERSION && stamp
  same "$(stat -c %Y ../v.cc ../VERSION | sort -u)" "$(date -d 2001-01-01 +%s)"
  echo two >file && stamp
  same "$(<../VERSION)" "$(<../second).modified"
  git checkout -q file && git tag v0.3.0 && stamp
  same "$(<../VERSION)" 0.3.0
  commit third && stamp
  same "$(<../VERSION)" "0.3.0+1.g$(git rev-parse --short=8 HEAD)"
  for pair in "0.3.0~9.gfff 0.3.0~10.gaaa" "$(<../second) 0.3.0" "0.3.0 $(<../VERSION)" "$(<../VERSION) 0.3.1~1.gaaa"; do
    dpkg --compare-versions "${pair% *}" lt "${pair#* }" || { echo "$pair" >&2 && return 1; }
  done
  # A folder within another repository is not that repository.
  mkdir inner && cd inner && stamp
  same "$(<../VERSION)" 0.3.0
}

@test "version: all tools and scripts say the one that the build found" {
  whole_build
  for program in $(programs); do
    check 0 "$program" --version
    same "$output" "$(basename "$program") $(check-config --version | sed 's/.* //')"
  done
}

@test "install: honours PREFIX and DESTDIR; scripts find their own; uninstall leaves nothing" {
  whole_build
  local manifest
  manifest=$(build)/install_manifest.txt
  [[ ! -f $manifest ]] || cp -p "$manifest" manifest.before
  DESTDIR="$PWD/dest" check 0 cmake --install "$(build)" --prefix /opt/contimg
  mv "$manifest" manifest
  [[ ! -f manifest.before ]] || cp -p manifest.before "$manifest"
  same "$(ls dest)" opt
  for program in $(programs); do
    [[ -x dest/opt/contimg/bin/$(basename "$program") ]] || { echo "$program is not installed" >&2 && return 1; }
  done
  # Units name the programs where they are.
  same "$(grep -ho '[^ =-]*/bin/[a-z0-9-]*' dest/opt/contimg/share/contimg/cron/systemd/*.service |
    grep -v '^/bin/bash$' | sed 's|/[^/]*$||' | sort -u)" /opt/contimg/bin
  # No file speaks of DESTDIR.
  check 1 grep -rlF "$PWD/dest" dest
  # With nothing else in PATH, and called by a link.
  mkdir links root && ln -s "$PWD/dest/opt/contimg/bin/run-tick" links/
  small_group root/incoming
  cat >contimg.toml <<TOML
[paths]
root = "$PWD/root"
[group]
settle_time_s = 0
[pipeline]
stages = ["convert"]
[disk]
floor_gb = 0.05
TOML
  mkdir -p root/state/db
  check 0 env PATH="/usr/bin:/bin" CONTIMG_CONFIG="$PWD/contimg.toml" links/run-tick --quiet
  same "$(sqlite3 root/state/db/pipeline.sqlite3 "SELECT state FROM ingest_queue")" completed
  for script in submit-backlog run-task collect-backlog slurm-status dsa110-stream process-group roll-back; do
    check 0 env PATH="/usr/bin:/bin" "dest/opt/contimg/bin/$script" --version
  done
  echo mine >dest/opt/contimg/share/contimg/mine
  check 0 "$repository/scripts/uninstall.sh" manifest "$PWD/dest"
  same "$(find dest -type f)" dest/opt/contimg/share/contimg/mine
  rm dest/opt/contimg/share/contimg/mine
  check 0 "$repository/scripts/uninstall.sh" manifest "$PWD/dest"
  same "$(find dest -path '*/contimg/*' -name contimg)" ""
}

@test "manuals: every program has one; none makes man complain" {
  command -v pandoc >/dev/null || skip "pandoc is absent"
  check 0 "$repository/scripts/build-manuals.sh" man 1.2.3
  for program in $(programs); do
    [[ -s man/man1/$(basename "$program").1.gz ]] || { echo "no manual of $program" >&2 && return 1; }
    holds "$(zcat man/man7/contimg.7.gz)" "[B]$(basename "$program")\\f"
  done
  for page in man/man?/*.gz; do
    check 0 env MANWIDTH=80 man -l --warnings=w "$page"
    same "$stderr" ""
  done
  holds "$(man -l man/man1/why.1.gz)" "1.2.3"
  holds "$(man -l man/man5/contimg.toml.5.gz)" "max_retries"
  # Another version changes the footer only; nothing is read anew.
  PATH="$PWD/none:$PATH"
  mkdir none && printf '#!/bin/sh\necho "$*" >>%s/pandoc-calls\nexec %s "$@"\n' "$PWD" "$(command -v pandoc)" >none/pandoc
  chmod +x none/pandoc
  check 0 "$repository/scripts/build-manuals.sh" man 4.5.6
  same "$(grep -c . pandoc-calls)" 1
  holds "$(man -l man/man1/why.1.gz)" "4.5.6"
}

# offered WORD... : what bash offers after these words, one a line, as `complete` has been told.
offered() {
  bash -c '
    . "$1" && shift
    words=("$@")
    function_of=$(complete -p "${words[0]}" | sed -E "s/.*-F ([^ ]+) .*/\1/")
    COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
    "$function_of" "${words[0]}" "${words[COMP_CWORD]}" "${words[COMP_CWORD - 1]}"
    printf "%s\n" "${COMPREPLY[@]}"' offered "completions/$1" "$@" | sort
}
# options_in COMMAND... : what its --help says.
options_in() {
  "$@" --help | sed -nE 's/^  (-[^ ].*)/\1/p' | sed -E 's/  .*//; s/ \[.*//' | grep -oE '(^|[ ,])--?[A-Za-z][A-Za-z0-9-]*' |
    tr -d ' ,' | sort -u
}

@test "completion: it offers the options of --help, all of them and no others, and each subcommand's" {
  check 0 "$repository/scripts/build-completions.py" completions
  same "$(ls completions)" "$(programs | xargs -n 1 basename | sort)"
  for file in completions/*; do bash -n "$file"; done
  shared=$(options_in check-config | grep -vxE -- '-h|--help|--version|--json|--shell')
  for program in $(programs); do
    name=$(basename "$program")
    expected=$(options_in "$program")
    if "$program" --help | grep -q "Every setting is an option too"; then
      expected=$(sort -u <<<"$expected"$'\n'"$shared")
    fi
    same "$(offered "$name" -)" "$expected"
    subcommands=$("$program" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' | sort)
    [[ -n $subcommands ]] || continue
    same "$(offered "$name" '')" "$subcommands"
    for subcommand in $subcommands; do
      same "$(offered "$name" "$subcommand" -)" "$(options_in "$program" "$subcommand")"
    done
  done
}

@test "completion: values where they are known, files and folders where they are asked for" {
  check 0 "$repository/scripts/build-completions.py" completions
  mkdir folder && touch file
  same "$(offered manage-queue --order '')" $'newest\noldest'
  same "$(offered manage-queue --order = o)" oldest
  same "$(offered manage-queue --order =)" $'newest\noldest'
  same "$(offered why --log-level D)" DEBUG
  same "$(offered process-group --until '' | head -n 2)" $'calibrate\nconvert'
  same "$(offered manage-queue --output-dir fo)" folder
  same "$(offered manage-queue --queue-db f)" $'file\nfolder'
  same "$(offered manage-queue --max-retries '')" ""
  same "$(offered manage-queue list --lim)" --limit
}

@test "completion: a bash with a terminal completes a command line" {
  check 0 "$repository/scripts/build-completions.py" completions
  cat >terminal.py <<'PY'
import os, pty, select, sys, time
child, terminal = pty.fork()
if child == 0:
    os.environ.update(PS1="$ ", TERM="dumb", HOME=os.getcwd())
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
os.write(terminal, b". completions/manage-queue\n")
os.write(terminal, b"manage-queue() { echo \"called $*\"; }\n")
time.sleep(0.5)
os.write(terminal, b"manage-queue --qui\tmigr\t\n")
said, end = b"", time.time() + 60
while b"called --quiet migrate" not in said and time.time() < end:
    if select.select([terminal], [], [], 1)[0]:
        said += os.read(terminal, 4096)
os.write(terminal, b"exit\n")
sys.exit(0 if b"called --quiet migrate" in said else said.decode())
PY
  check 0 python terminal.py
}
