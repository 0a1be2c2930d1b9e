#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# uninstall.sh MANIFEST [DESTDIR]: removes the files that an installation wrote, which MANIFEST lists, and the
# folders of contimg that are empty then.
set -euo pipefail
manifest=${1:?usage: uninstall.sh MANIFEST [DESTDIR]} destination=${2:-}
mapfile -t files <"$manifest"
((${#files[@]} == 0)) || rm -fv -- "${files[@]/#/$destination}"
printf '%s\n' "${files[@]%/*}" | sed -nE 's|^(.*/contimg)(/.*)?$|\1|p' | sort -u | while read -r folder; do
  [[ ! -d $destination$folder ]] || find "$destination$folder" -depth -type d -empty -delete
done
