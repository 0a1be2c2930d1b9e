#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# build-packages.sh BUILD: makes the Debian packages BUILD/deb/contimg-{tools,server,doc}_*.deb of what is built
# there, and ends with 1 where lintian finds errors (BUILD/lintian.log has all). Their times are those of the commit, unless SOURCE_DATE_EPOCH says others:
# the same sources and compilers make the same bytes.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
cd "${1:?usage: build-packages.sh BUILD}"
version=$(<VERSION)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$source" log -1 --format=%ct 2>/dev/null ||
  stat -c %Y "$source/CHANGELOG.md")}
export TZ=UTC LC_ALL=C
umask 022

mkdir -p debian
gzip -9nc "$source/CHANGELOG.md" >debian/changelog.gz
for package in tools server doc; do
  mkdir -p "debian/contimg-$package"
  printf 'contimg (%s) unstable; urgency=medium\n\n  * %s\n\n -- %s  %s\n' "$version" \
    "See changelog.gz." "contimg <contimg@localhost>" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" |
    gzip -9n >"debian/contimg-$package/changelog.Debian.gz"
done
rm -rf deb
cpack --config CPackConfig.cmake >cpack.log 2>&1 || { cat cpack.log >&2 && exit 1; }
rm -rf deb/_CPack_Packages
if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error --suppress-tags-from-file "$source/cmake/debian/lintian-suppressed" deb/*.deb \
    >lintian.log 2>&1 || { cat lintian.log >&2 && exit 1; }
fi
printf '%s\n' deb/*.deb | sed "s|^|$PWD/|"
