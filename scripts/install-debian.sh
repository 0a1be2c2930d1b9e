#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs everything that contimg needs on Debian 12. Does nothing, and needs no network, when it
# is all there. `--build` takes only what compiling needs, `--runtime` what the programs need;
# `--list` prints the packages, one a line, and `--programs` those that programs call or read, not link to.
set -euo pipefail

build=(
  g++ cmake ninja-build pkg-config ccache git make
  # Foreign libraries, each wrapped by one part of lib/
  libhdf5-dev liblzf-dev casacore-dev libsqlite3-dev libboost-dev libboost-filesystem-dev
  libboost-system-dev liberfa-dev libtomlplusplus-dev libcfitsio-dev wcslib-dev libexpat1-dev aoflagger-dev
  # Command line, log, JSON
  libcli11-dev libspdlog-dev nlohmann-json3-dev libcpp-httplib-dev
)
runtime=(
  # The same libraries, for programs that are built
  libhdf5-103-1 liblzf1 libcasa-casa7 libcasa-measures7 libcasa-ms7 libcasa-tables7 libsqlite3-0
  libboost-filesystem1.74.0 liberfa1 libtomlplusplus3 libcfitsio10 libwcs7 libexpat1 libaoflagger0
  libspdlog1.10 libfmt9 libcpp-httplib0.11 libstdc++6
)
programs=(
  # Plots
  gnuplot-nox fonts-dejavu-core
  # casacore's tables of the sky, HDF5's bitshuffle plugin, imaging, the operator's SQL
  casacore-data bitshuffle wsclean sqlite3 jq
)
others=(
  cron
  # A Slurm cluster in a namespace
  slurmctld slurmd slurm-client munge iproute2
  # Tests: frameworks, and independent packages to be compared with
  libgtest-dev bats python3-casacore python3-erfa python3-astropy python3-h5py python3-numpy
  casacore-tools strace valgrind aoflagger faketime libxml2-utils curl procps psmisc
  # A browser that clicks
  chromium nodejs npm
  prometheus python3-yaml
  # Checks and manuals
  clang-format clang-tidy shellcheck pandoc man-db
  # Fuzzing
  clang-14 libclang-rt-14-dev llvm-14
  # Packages
  dpkg-dev lintian bash-completion debootstrap
)

runtime+=("${programs[@]}")
packages=("${build[@]}" "${runtime[@]}" "${others[@]}") list=''
for word in "$@"; do
  case $word in
    --list) list=yes ;;
    --programs) packages=("${programs[@]}") list=yes ;;
    --build) packages=("${build[@]}") ;;
    --runtime) packages=("${runtime[@]}") ;;
    *) echo "install-debian.sh: $word: expected --list, --build, --runtime or --programs" >&2 && exit 2 ;;
  esac
done
if [[ -n $list ]]; then
  printf '%s\n' "${packages[@]}"
  exit 0
fi

# Commands whose packages may have come from elsewhere, in a way that Debian's own would conflict with.
declare -A command_of=([nodejs]=node [npm]=npm)

missing=()
for package in "${packages[@]}"; do
  command=${command_of[$package]:-}
  [[ -z $command ]] || ! command -v "$command" >/dev/null || continue
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  exit 0
fi

echo "install-debian.sh: installing ${missing[*]}" >&2
as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "install-debian.sh: not root and no sudo; as root, run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
"${apt_get[@]}" update -q
"${apt_get[@]}" install -q -y --no-install-recommends "${missing[@]}" </dev/null
