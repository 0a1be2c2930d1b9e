#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# build-manuals.sh DIR [VERSION]: makes man pages below DIR, compressed, with pandoc:
#   man1/<tool>.1.gz      of docs/tools/*.md; of the scripts in slurm/ from their --help
#   man5/contimg.toml.5.gz  of docs/operations/configuration.md
#   man7/contimg.7.gz     an overview: what there is, from the manuals' NAME
# Pages that are newer than their text are only given the version.
set -euo pipefail
target=$(realpath -m "${1:?usage: build-manuals.sh DIR [VERSION]}")
cd "$(dirname "$0")/.."
version=${2:-}
mkdir -p "$target"/{pages,man1,man5,man7}

# page NAME SECTION : the page of the text on stdin.
page() {
  pandoc --standalone --from markdown-smart --to man --metadata "title=$1" --metadata "section=$2" \
    --metadata "footer=contimg CONTIMG_VERSION" --metadata header=contimg --output "$target/pages/$1.$2.partial"
  mv "$target/pages/$1.$2.partial" "$target/pages/$1.$2"
}
# older NAME SECTION TEXT : true when the page has to be made.
older() { [[ ! $target/pages/$1.$2 -nt $3 || ! $target/pages/$1.$2 -nt scripts/build-manuals.sh ]]; }
# Links in a manual lead nowhere: their words stay. Tables are wider than a terminal: each row becomes an item, its
# first cell the term.
for_terminals() {
  sed -E 's/\[([^]]*)\]\([^)]*\)/\1/g' | awk '
    /^\|/ {
      gsub(/\\\|/, "\001"); n = split($0, cell, / *\| */)
      for (i in cell) gsub("\001", "|", cell[i])
      if (!inside) { inside = 1; for (i = 2; i < n; i++) heading[i] = cell[i]; next }
      if ($0 ~ /^\|[-:| ]+\|?$/) next
      printf "%s\n:   ", cell[2]
      for (i = 3; i < n; i++) if (cell[i] != "")
        printf "%s%s", (n > 5 ? heading[i] ": " : ""), cell[i] (i < n - 1 ? "; " : "")
      print "\n"; next
    }
    { inside = 0; print }'
}
# summary TOOL : what comes after the dash in its manual's NAME, or the first line of its --help.
summary() {
  if [[ -f docs/tools/$1.md ]]; then
    sed -nE "s/^$1 (-|--|\\\\-) //p" "docs/tools/$1.md" | head -n 1
  else
    "slurm/$1" --help | head -n 1 | sed 's/\.$//'
  fi
}
of_help() {
  local text
  text=$("slurm/$1" --help)
  printf '# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n**%s**\n\n# DESCRIPTION\n\n' "$1" "$(summary "$1")" \
    "$(sed -n 's/^Usage: //p' <<<"$text" | sed 's/[][]/\\&/g')"
  printf 'Slurm for site operators: docs/operations/slurm.md.\n\n# OPTIONS\n\n'
  # shellcheck disable=SC2001
  sed -n '/^Usage:/,$p' <<<"$text" | sed '1d; s/^/    /'
  printf '\n# SEE ALSO\n\n**contimg**(7), **manage-parcels**(1)\n'
}
settings() {
  printf '# NAME\n\ncontimg.toml - settings of contimg\n\n'
  for_terminals <docs/operations/configuration.md | sed -E 's/^# Configuration/# DESCRIPTION/; s/^## /# /'
  printf '\n# SEE ALSO\n\n**check-config**(1), **contimg**(7)\n'
}
overview() {
  cat <<'TEXT'
# NAME

contimg - calibrated images and light curves from DSA-110 raw files

# DESCRIPTION

Subband files that the telescope writes become groups of one observation; a group goes through the stages convert,
flag, calibrate, image, measure and lightcurve, each of them a program that anybody can call by hand. A queue in one
SQLite file says what is done and what is to be done. **run-tick**(1) from cron, **dsa110-stream**(1) as a service or
Slurm tasks call the programs; **serve-status**(1) shows it all in a browser.

Every program has **\-\-help** and ends with 0 (done, or nothing to do), 1 (this job failed), 2 (wrong usage) or 75
(try again later). Settings are those of **contimg.toml**(5).

# PROGRAMS

TEXT
  local name
  for name in $(names); do
    printf '**%s**(1)\n:   %s\n\n' "$name" "$(summary "$name")"
  done
  printf '# FILES\n\n*/etc/contimg/contimg.toml*\n:   The configuration that services and the example of a crontab name.\n\n'
  printf '# SEE ALSO\n\n**contimg.toml**(5)\n'
}
names() {
  { find docs/tools -name '*.md' -printf '%f\n' | sed 's/\.md$//' && ls slurm; } | sort
}

for text in docs/tools/*.md; do
  tool=$(basename "$text" .md)
  ! older "$tool" 1 "$text" || for_terminals <"$text" | page "$tool" 1
done
for script in slurm/*; do
  tool=$(basename "$script")
  [[ -f docs/tools/$tool.md ]] || ! older "$tool" 1 "$script" || of_help "$tool" | page "$tool" 1
done
! older contimg.toml 5 docs/operations/configuration.md || settings | page contimg.toml 5
overview | page contimg 7
for text in "$target"/pages/*.[157]; do
  name=$(basename "$text")
  sed "s/CONTIMG_VERSION/$version/" "$text" | gzip -9n >"$target/man${name##*.}/$name.gz"
done
