#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs shellcheck over every shell script and bats file of the tree.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts=()
while read -r file; do
  [[ -f $file ]] || continue
  if [[ $file == *.bash ]] || head -c 64 "$file" | head -1 | grep -qE '^#!.*\b(ba)?sh\b'; then
    scripts+=("$file")
  fi
done < <(git ls-files --cached --others --exclude-standard -- \
  scripts tests cron slurm cmake .ci | grep -vE '\.(cc|h|md|txt|py|bats)$')
mapfile -t suites < <(git ls-files --cached --others --exclude-standard -- '*.bats')

((${#scripts[@]} == 0)) || shellcheck --external-sources --shell=bash --exclude=SC2154 "${scripts[@]}"
# SC2154: bats sets, for helpers.bash too, $output, $stderr and $status. SC2030, SC2031: each test is a subshell, on
# purpose. SC1091: "load helpers" is not followed.
((${#suites[@]} == 0)) ||
  shellcheck --shell=bats --exclude=SC2154,SC2030,SC2031,SC1091 "${suites[@]}"
