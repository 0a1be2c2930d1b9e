# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A tool that stands still in the middle of its work, so that a test can act upon it however fast the machine is.

# stands_still TOOL GLOB : the next TOOL stops where it is once there is a file GLOB, until TERM or CONT; then
# slow/stood has its number. It stops in no transaction, so that others can use the queue. Later ones run on.
stands_still() {
  local tool
  PATH=${PATH#"$PWD/slow:"}
  tool=$(command -v "$1")
  rm -rf slow
  mkdir slow
  cat >"slow/$1" <<TEXT
#!/bin/bash
mkdir "$PWD/slow/begun" 2>/dev/null || exec "$tool" "\$@"
cd "$PWD" && "$PWD/slow/watcher" \$\$ 3>&- </dev/null >/dev/null 2>&1
cd "\$OLDPWD" && exec "$tool" "\$@"
TEXT
  cat >slow/watcher <<TEXT
#!/bin/bash
# A test that is over has no folder: then the tool is not left standing. 12[0-2]: SQLite's locks of writers.
watch() {
  trap '' TERM INT HUP USR1
  until compgen -G "$2"; do
    [[ -e /proc/\$1 && -d slow ]] || return
    sleep 0.005
  done
  until [[ \$(</proc/\$1/stat) == *') T '* ]]; do
    kill -STOP \$1 && sleep 0.01 || return
    ! grep -E "WRITE +\$1 +[^ ]+ 12[0-2] " /proc/locks || { kill -CONT \$1 && sleep 0.005; }
  done
  echo \$1 >slow/number && mv slow/number slow/stood
  while [[ \$(</proc/\$1/stat) == *') T '* ]]; do
    [[ -d slow ]] || kill -KILL \$1
    ((0x\$(sed -n 's/^ShdPnd:[[:space:]]*//p' /proc/\$1/status) & 1 << 14)) && kill -CONT \$1
    sleep 0.01
  done
}
watch \$1 &
TEXT
  chmod +x slow/*
  PATH=$PWD/slow:$PATH
}
# stood : waits until that tool stands still. goes_on : lets it go on.
stood() { until_true 120 test -s slow/stood; }
goes_on() { kill -CONT "$(<slow/stood)"; }
# told_to_end COMMAND... : gets TERM when its tool stands still.
told_to_end() {
  "$@" 3>&- &
  local pid=$!
  stood
  kill -TERM "$pid"
  wait "$pid"
}
