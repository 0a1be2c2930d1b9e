#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Holds the tree to its map: what a part may include, where foreign libraries may appear, how long
# files may be, the licence line, what a file without a header is for, and no path of anybody's machine.
# Says file and line; exit 1.
set -euo pipefail
cd "$(dirname "$0")/.."

# Files that may be longer than the rule, and why.
long_files=(
  lib/base/sqlite.h
  lib/base/settings.h                    # every setting in one struct, and its table's row
  lib/queue/version_1.cc                 # one schema, in SQL
)

bad=0
complain() {
  echo "$1" >&2
  bad=1
}

# "contimg_part(queue USES base LINKS ...)" reads as "queue base".
check_parts() {
  local part uses file line included
  while read -r part uses; do
    [[ -d lib/$part ]] || continue
    while IFS=: read -r file line included; do
      [[ " $part $uses " == *" $included "* ]] && continue
      complain "$file:$line: $part may not use $included"
    done < <(grep -rnoP '^#include "\K[a-z]+(?=/)' "lib/$part")
  done < <(tr '\n' ' ' <lib/CMakeLists.txt | grep -oP 'contimg_part\(\K[^)]*' |
    sed -E 's/ LINKS .*//; s/ USES / /; s/  +/ /g' | grep -v '^name')
  for file in lib/*/; do
    part=$(basename "$file")
    grep -q "contimg_part(${part}[ )]" lib/CMakeLists.txt ||
      complain "lib/$part: not listed in lib/CMakeLists.txt"
  done
}

# wrapped HEADER_PATTERN ALLOWED_PATTERN : an include that may appear only in these files.
wrapped() {
  local hit
  while read -r hit; do
    complain "$hit: this library is wrapped elsewhere (docs/map.md)"
  done < <(grep -rnE "^#include [<\"]($1)" lib tools | grep -vE "^($2)" | cut -d: -f1,2)
}

check_wrappers() {
  wrapped 'hdf5\.h|H5[A-Za-z]+\.h' 'lib/base/'
  wrapped 'sqlite3\.h' 'lib/base/sqlite'
  wrapped 'toml\+\+|toml\.h' 'lib/base/config\.cc'
  wrapped 'boost/process' 'lib/base/subprocess\.cc'
  wrapped 'casacore/|casa/' 'lib/(ms|caltable)/'
  # The simulator computes its geometry apart from astro, so that the two check each other.
  wrapped 'erfa' 'lib/(astro|simulate)/'
  wrapped 'fitsio' 'lib/(skymodel/fits_table\.cc|fits/)'
  wrapped 'wcslib' 'lib/fits/'
  wrapped 'expat' 'lib/skymodel/votable\.cc'
  wrapped 'aoflagger' 'lib/rfi/interference\.cc'
  wrapped 'CLI/' '(lib/cli|tools)/'
}

# limit LINES FILE...
limit() {
  local most=$1 file lines
  shift
  for file; do
    lines=$(wc -l <"$file")
    ((lines <= most)) && continue
    [[ " ${long_files[*]} " == *" $file "* ]] && continue
    complain "$file: $lines lines, expected at most $most; split it"
  done
}

sources() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do
  [[ -f $f ]] && echo "$f"
done; }

check_sizes() {
  mapfile -t headers < <(sources 'lib/*.h')
  mapfile -t bodies < <(sources 'lib/*.cc')
  mapfile -t tools < <(sources 'tools/*.cc')
  limit 150 "${headers[@]}"
  limit 400 "${bodies[@]}"
  limit 120 "${tools[@]}"
}

check_text() {
  local file hit
  while read -r file; do
    head -3 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' ||
      complain "$file:1: no SPDX line, expected SPDX-License-Identifier: GPL-3.0-or-later"
  done < <(sources '*.cc' '*.h' '*.cmake' '*CMakeLists.txt' '*.sh' '*.py' '*.bats' '*.bash' Makefile)
  while read -r hit; do
    complain "$hit: a path of somebody's machine"
  done < <(sources . |
    xargs -d '\n' grep -nIE '/[w]ork/(main|shared)|/[t]mp/build-|/[h]ome/[a-z]+/' | cut -d: -f1,2)
  while read -r hit; do
    complain "$hit: name the thing (docs/map.md), not common, utils, helpers or misc"
  done < <(find lib -type d -regextype posix-extended -regex '.*/(common|utils?|helpers?|misc)')
}

# A header says what its source is for; other sources, and tests, right after the licence line.
check_purpose() {
  local file hit
  while read -r hit; do
    complain "$hit: says not what it is for; expected a comment line"
  done < <(sources 'lib/*.cc' 'tests/*.bats' | while read -r file; do
    [[ $file == *.cc && -f ${file%.cc}.h ]] || echo "$file"
  done | xargs -d '\n' awk 'FNR == 1 { at = 0 }
    FNR <= 3 && /SPDX-License-Identifier/ { at = FNR + 1 }
    FNR == at && (!/^(\/\/|#) / || /^# shellcheck /) { print FILENAME ":" FNR }')
}

check_parts
check_wrappers
check_sizes
check_text
check_purpose
exit "$bad"
