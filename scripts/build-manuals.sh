#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# build-manuals.sh DIR [VERSION]: makes man pages DIR/<tool>.1 from docs/tools/*.md with pandoc.
# Pages that are newer than their text are left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:?usage: build-manuals.sh DIR [VERSION]}
version=${2:-}
mkdir -p "$target"
for text in docs/tools/*.md; do
  tool=$(basename "$text" .md)
  page=$target/$tool.1
  [[ $page -nt $text ]] && continue
  pandoc --standalone --from markdown-smart --to man --metadata "title=$tool" \
    --metadata section=1 --metadata "footer=contimg $version" --metadata header="contimg" \
    --output "$page.partial" "$text"
  mv "$page.partial" "$page"
done
