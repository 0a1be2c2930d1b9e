# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the tests of serve-status: a root with groups, a server, and a network of one's own, so that the
# ports that documents name are free.

token=writing-token-0123456789 reading_token=reading-token-0123456789

# a_root [OPTION...] : simulated groups in the queue, two stages only, so that a group is done at once.
a_root() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.01 CONTIMG_STAGES=convert,flag
  export CONTIMG_SETTLE_TIME_S=0
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  mkdir -p root/{incoming,ms,state/db,state/logs}
  small_group root/incoming "$@"
  scan-incoming --quiet >/dev/null
  form-groups --quiet >/dev/null
  printf 'ann read %s\nbob write %s\n' "$reading_token" "$token" >tokens
  chmod 600 tokens
  export CONTIMG_TOKEN_FILE=$PWD/tokens
}

# served : begins serve-status with its default ports, in the background; waits until it listens.
served() {
  serve-status --quiet "$@" >/dev/null 2>>log 3>&- &
  server=$!
  trap 'kill "$server" 2>/dev/null || true' EXIT
  local i
  for ((i = 0; i < 200; i++)); do
    ! curl -fsS -o /dev/null http://127.0.0.1:8000/openapi.json 2>/dev/null || return 0
    kill -0 $server 2>/dev/null || break
    sleep 0.05
  done
  cat log >&2
  return 1
}
ended() {
  kill -TERM "$server"
  wait "$server"
}
# code CURL_ARGUMENT... : the HTTP status.
code() { curl -sS -o /dev/null -w '%{http_code}' -m 30 "$@"; }
bearer() { curl -fsS -H "Authorization: Bearer $token" "$@"; }

# in_own_network FUNCTION : runs it where there is only a loopback, and no other process listens. Fails
# with what it says when any command of it fails.
in_own_network() {
  unshare -rn true 2>/dev/null || skip "no network namespaces here"
  export queue token reading_token repository
  # shellcheck disable=SC2163
  export -f served ended code bearer same holds lacks sql state_of small_group python "$1"
  check 0 timeout 300 unshare -rn bash -euo pipefail -c "ip link set lo up; $1"
}
