#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/how-to/add-a-stage.md: its quotations are the files', and what it says, done in a copy of this tree,
# gives a stage that builds, runs in the queue and is right.

load ../cli/helpers

page=docs/how-to/add-a-stage.md
example=docs/how-to/add-a-stage

# a_copy : tree/, this tree without what git does not keep; as well where it came without git.
a_copy() {
  mkdir tree
  if git -c safe.directory='*' -C "$repository" rev-parse HEAD >/dev/null 2>&1; then
    (cd "$repository" && git -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
      tar --null --verbatim-files-from --ignore-failed-read -T - -cf - 2>/dev/null) | tar -xf - -C tree
  else
    tar -C "$repository" --exclude=./build -cf - . | tar -xf - -C tree
  fi
  git -C tree init -q  # scripts/check-layers.sh asks git for the files
}

# steps : one file a block of commands, in order.
steps() {
  awk '/^```sh test/ { inside = 1; printf "" > sprintf("step-%02d.sh", ++n); next }
       /^```/ { inside = 0 }
       inside { print > sprintf("step-%02d.sh", n) }' "$repository/$page"
}

@test "add a stage: what the page quotes stands in the files" {
  /usr/bin/python3 - "$repository/$page" "$repository/$example" <<'EOF_PYTHON'
import re
import sys
page, example = sys.argv[1:]
quotes = re.findall(r"<!-- from (\S+) -->\n```\w+\n(.*?)```\n", open(page).read(), re.S)
assert len(quotes) >= 6 and len(quotes) == open(page).read().count("<!-- from"), len(quotes)
for path, quote in quotes:
    assert quote in open(f"{example}/{path}").read(), f"{path} does not hold:\n{quote}"
EOF_PYTHON
}

@test "add a stage: the page names every place that lists the stages" {
  a_copy
  steps
  cd tree
  bash -euo pipefail ../step-01.sh
  bash -euo pipefail ../step-02.sh
  # What still has image right after calibrate: the defaults, and their description in contimg(7).
  run grep -rlPzo --exclude="*.orig" "(?i)flag\W[^;{}]{0,60}?calibrate(?!-)\W[^;{}n]{0,45}?image\W[^;{}]{0,60}?measure" lib scripts
  same "$(sort <<<"$output")" "lib/base/settings.h
lib/queue/queue.h
scripts/build-manuals.sh"
  while read -r file; do
    grep -qF "$file" "$repository/$page" || { echo "$page does not name $file" >&2 && return 1; }
  done < <(sed -n 's|^+++ b/||p' "$example"/*.patch)
}

@test "add a stage: done as the page says, the stage builds, runs and is right" {
  a_copy
  steps
  [[ $(printf '%s\n' step-*.sh | wc -l) -eq 3 ]]
  # Paths below the tree count as the same, so that a second run finds what the first compiled.
  export CCACHE_BASEDIR=$PWD/tree CCACHE_NOHASHDIR=1
  sed -i 's|-G Ninja|& -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O0|' step-03.sh
  cd tree
  for step in ../step-*.sh; do
    check 0 bash -euo pipefail "$step"
  done
  # The last step's bats file ran, and skipped nothing.
  holds "$output" "ok 4 measure-noise: a group's job"
  lacks "$output" "# skip"
}
