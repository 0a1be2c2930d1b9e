#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The units of cron/systemd: sound to systemd, calling programs that there are; and the rotation of logs.
load helpers

units() { (cd "$repository/cron/systemd" && ls -- *.service *.timer); }
unit() { cat "$repository/cron/systemd/$1"; }
# installed : the units, with the programs of this build.
installed() {
  local file program
  mkdir -p bin units
  for file in $(units); do
    while read -r program; do ln -sf "$(command -v "$program")" bin/; done \
      < <(unit "$file" | grep -oE '/usr/local/bin/[a-z0-9-]+' | sed 's|.*/||')
    unit "$file" | sed "s|/usr/local/bin/|$PWD/bin/|g" >"units/$file"
  done
}

@test "systemd: the documents' unit names are there, and every timer has its service" {
  for name in dsa110-stream.service contimg-stream.service contimg-stream.timer contimg-api.service; do
    [[ -s $repository/cron/systemd/$name ]]
  done
  holds "$(unit dsa110-stream.service)" "Alias=dsa110-streaming-converter.service"
  for file in $(units); do
    [[ $file != *.timer ]] || [[ -s $repository/cron/systemd/${file%.timer}.service ]]
    holds "$(cat "$repository/docs/operations/systemd.md")" "${file%.*}"
  done
}

@test "systemd: systemd finds no fault in the units" {
  command -v systemd-analyze >/dev/null || skip "systemd-analyze is absent"
  installed
  check 0 systemd-analyze verify --man=no units/*
  same "$output$stderr" ""
}

@test "systemd: each program that a unit calls is there, and takes the options that it is given" {
  installed
  same "$(find bin -xtype l)" ""
  local line
  while read -r line; do
    read -ra words <<<"$line"
    program=$(basename "${words[0]}")
    help=$("$program" --help)
    # A subcommand has options of its own.
    for word in "${words[@]:1}"; do
      [[ $word == -* || ! $help =~ $'\n  '"$word "  ]] || help+=$("$program" "$word" --help)
    done
    for word in "${words[@]:1}"; do
      [[ $word != --* ]] || holds "$help" "$word"
    done
  done < <(cat "$repository"/cron/systemd/*.service | sed -nE "s#^ExecStart(Post)?=-?(/usr/local/.*)#\2#p
    s#^ExecStart=-?/bin/bash .*exec (/usr/local/.*)'#\1#p")
}

@test "systemd: units have limits and are hardened; the stream may finish its groups" {
  for file in $(units); do
    [[ $file == *.service ]] || continue
    for line in User=contimg MemoryMax= TasksMax= NoNewPrivileges=yes ProtectSystem=full; do
      holds "$(unit "$file")" "$line"
    done
  done
  holds "$(unit dsa110-stream.service)" "KillMode=mixed
TimeoutStopSec=45min"
}

@test "systemd: the documents' lines enable the ticks, the API, and the stream under both names" {
  command -v systemctl >/dev/null || skip "systemctl is absent"
  mkdir -p host/etc/systemd/system
  cp "$repository"/cron/systemd/*.service "$repository"/cron/systemd/*.timer host/etc/systemd/system/
  check 0 systemctl --root="$PWD/host" enable contimg-stream.service contimg-api.service
  wanted=host/etc/systemd/system
  [[ -L $wanted/timers.target.wants/contimg-stream.timer ]]
  [[ -L $wanted/multi-user.target.wants/contimg-api.service ]]
  holds "$(unit contimg-stream.service)" Wants=contimg-stream.timer
  check 0 systemctl --root="$PWD/host" enable dsa110-stream
  same "$(readlink "$wanted/dsa110-streaming-converter.service")" /etc/systemd/system/dsa110-stream.service
  holds "$(unit dsa110-stream.service)" SyslogIdentifier=dsa110-streaming-converter
  # No unit is wanted that its documents do not name.
  for link in "$wanted"/*.wants/*; do
    holds "$(cat "$repository/docs/operations/systemd.md")" "$(basename "${link%.*}")"
  done
}

@test "systemd: the nightly unit names the last whole night" {
  command -v systemd-analyze >/dev/null || skip "systemd-analyze is absent"
  # What systemd makes of the line: doubled signs become single ones.
  line=$(unit contimg-nightly.service | sed -n "s|^ExecStart=-/bin/bash -c '\(.*\)'$|\1|p")
  line=${line//'$$'/'$'} line=${line//%%/%} line=${line//'\"'/'"'}
  mkdir fake
  printf '#!/bin/sh\necho "$@"\n' >fake/make-mosaic
  chmod +x fake/make-mosaic
  before=$(date -u -d '36 hours ago' +%F)
  check 0 bash -c "${line//\/usr\/local\/bin/$PWD/fake}"
  one_of "$output" "--quiet --night $before" "--quiet --night $(date -u -d '36 hours ago' +%F)"
}

@test "systemd: logs of the configuration and of the documents are rotated" {
  rotated=$(cat "$repository/cron/systemd/contimg.logrotate")
  holds "$rotated" /var/log/contimg.log
  holds "$rotated" '/data/dsa110-contimg/state/logs/*.log'
  ! command -v logrotate >/dev/null || check 0 logrotate --debug "$repository/cron/systemd/contimg.logrotate"
}
