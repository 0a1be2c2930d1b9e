# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A Debian 12 in a folder, made by debootstrap from this machine's own mirror, and commands inside it. For tests of
# packages and of a bare machine, as root. Mounts live in a namespace of each command and end with it, so that
# nothing is mounted for anybody else, and nothing of the machine can be removed through the folder.

# debian_mirror : the mirror of this machine's apt.
debian_mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
    sed -nE 's/^URIs: *([^ ]*debian[^ ]*).*/\1/p; s/^deb (\[[^]]*\] )?([^ ]*debian[^ ]*) bookworm .*/\2/p' | head -n 1
}

# make_debian FOLDER [PACKAGE,...] : a minimal Debian 12, whole under its name or not there.
make_debian() {
  local folder=$1 partial=$1.partial file
  [[ ! -d $folder ]] || return 0
  remove_debian "$partial" || return
  debootstrap --variant=minbase ${2:+"--include=$2"} bookworm "$partial" "$(debian_mirror)" || return
  rm -f "$partial/etc/apt/sources.list"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/apt.conf.d/*proxy* /etc/resolv.conf \
    /etc/hosts; do
    [[ ! -f $file ]] || grep -q nodesource "$file" || cp -L "$file" "$partial$file"
  done
  # It is thrown away: dpkg need not wait for the disk.
  echo force-unsafe-io >"$partial/etc/dpkg/dpkg.cfg.d/unsafe-io"
  # What is installed is not begun.
  printf '#!/bin/sh\nexit 101\n' >"$partial/usr/sbin/policy-rc.d" && chmod 755 "$partial/usr/sbin/policy-rc.d"
  sync -f "$partial" && mv "$partial" "$folder"
}

# remove_debian FOLDER : never where something is mounted below it.
remove_debian() {
  [[ -e $1 ]] || return 0
  local place
  place=$(realpath "$1") || return
  if grep -qF " $place/" /proc/self/mountinfo; then
    echo "$place: something is mounted below it, expected nothing; unmount that first" >&2
    return 1
  fi
  rm -rf --one-file-system -- "$place"
}

# inside FOLDER [FROM:TO...] -- COMMAND... : runs it there as root, with folders of the machine to be read only.
# Its environment is empty but for NAME=VALUE words before the command.
inside() {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child --ipc --propagation private bash -c '
    set -e
    root=$1 && shift
    mount --bind "$root" "$root"  # as on a machine, / is a mount there, and unshare can make it private
    while [[ $1 != -- ]]; do
      mkdir -p "$root${1#*:}"
      mount --bind "${1%%:*}" "$root${1#*:}"
      mount -o remount,bind,ro "$root${1#*:}"
      shift
    done
    shift
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys" 2>/dev/null || mount --rbind -o ro /sys "$root/sys"
    # slurmd asks for it, as it is on this machine.
    mountpoint -q "$root/sys/fs/cgroup" || mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup" || true
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mkdir -m 1777 "$root/run/lock"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
      IFS=: read -r name major minor <<<"$node"
      mknod -m 666 "$root/dev/$name" c "$major" "$minor"
    done
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    for n in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${n%:*}" "$root/dev/${n#*:}"; done
    set +e
    # Not exec: this shell is the first process there, and takes in those whose parents have ended.
    chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
      LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@" </dev/null
    exit $?' inside "$@"
}
