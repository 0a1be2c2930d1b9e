#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What serve-status refuses: no token, foreign pages, malformed, huge, slow or too many requests.
# shellcheck disable=SC2154  # repository, token: set where they are loaded
load helpers
load serve-status

raw() { python "$repository/tests/witness/raw_http.py" "$@"; }
export -f raw

unauthorised() {
  served
  convert=http://localhost:8000/api/v1/conversion/convert
  body='{"group_ids": ["2026-01-25T22:26:05"]}'
  json=(-X POST -H 'Content-Type: application/json' -d "$body")
  same "$(code "${json[@]}" "$convert")" 401
  same "$(code "${json[@]}" -H 'Authorization: Bearer guessed-token-0123456789' "$convert")" 401
  same "$(code "${json[@]}" -H 'Authorization: Bearer ' "$convert")" 401
  same "$(code "${json[@]}" -H "Authorization: Basic $(printf 'bob:%s' "$token" | base64 -w0)" "$convert")" 401
  same "$(code "${json[@]}" -H "Authorization: Bearer $reading_token" "$convert")" 403
  same "$(code -X DELETE http://localhost:8000/api/mosaic/a)" 401
  same "$(sql "SELECT count(*) FROM command")" 0
  # Another machine's page, by a name that leads here, or from elsewhere.
  same "$(code -H 'Host: evil.example' http://localhost:8000/api/status)" 401
  same "$(code -X POST -H 'Host: evil.example:8010' http://localhost:8010/api/streaming/stop)" 401
  same "$(code -X POST -H 'Origin: http://evil.example' http://localhost:8010/api/streaming/stop)" 403
  same "$(code -X POST -H 'Origin: null' http://localhost:8010/api/streaming/stop)" 403
  same "$(code -X POST -H 'Sec-Fetch-Site: cross-site' http://localhost:8010/api/streaming/stop)" 403
  same "$(code -X POST -d 'max_workers=1' http://localhost:8010/api/streaming/config)" 415
  same "$(code -X POST -H 'Content-Type: text/plain' -d '{"max_workers": 1}' http://localhost:8010/api/streaming/config)" 415
  same "$(code -X POST -H 'X-Forwarded-For: 192.0.2.1' http://localhost:8010/api/streaming/stop)" 401
  same "$(sql "SELECT count(*) FROM control WHERE key = 'paused' AND value = '1'")" 0
  [[ ! -e $queue.overrides.toml ]]
  lacks "$(curl -sSi -H 'Origin: http://evil.example' http://localhost:8000/api/status)" Access-Control
  ended
  lacks "$(cat log)" token-0123456789
}
@test "serve-status: nobody changes anything without the right token, nor a foreign page with the browser's help" {
  a_root
  in_own_network unauthorised
}

elsewhere() {
  ip address add 192.0.2.1/32 dev lo
  served --serve-address 0.0.0.0
  there=http://192.0.2.1:8000
  for path in / /api/status /health /metrics /ready /openapi.json /app.js; do
    same "$path $(code "$there$path")" "$path 401"
  done
  same "$(code http://192.0.2.1:9100/health)" 401
  same "$(code -H 'Host: localhost' "$there/api/status")" 401
  same "$(code -X POST "$there/api/streaming/stop")" 401
  same "$(code -H "Authorization: Bearer $reading_token" "$there/api/status")" 200
  same "$(code -u "ann:$reading_token" "$there/")" 200
  same "$(code -X POST -H "Authorization: Bearer $reading_token" "$there/api/streaming/stop")" 403
  same "$(code -X POST -H "Authorization: Bearer $token" "$there/api/streaming/stop")" 200
  same "$(sql "SELECT value FROM control WHERE key = 'paused_reason'")" "stopped from the API by bob"
  ended
}
@test "serve-status: beyond this machine nothing is open without a token" {
  a_root
  in_own_network elsewhere
  check 2 env -u CONTIMG_TOKEN_FILE serve-status --serve-address 0.0.0.0
  holds "$stderr" "serve.token_file"
  chmod 644 tokens
  check 2 serve-status
  holds "$stderr" "chmod 600"
  lacks "$stderr" "$token"
}

hardened() {
  served --no-legacy-loopback-writes
  same "$(code -X POST http://localhost:8010/api/streaming/stop)" 401
  same "$(code -X POST -H "Authorization: Bearer $token" http://localhost:8010/api/streaming/stop)" 200
  same "$(code http://localhost:8010/api/streaming/status)" 200
  ended
}
@test "serve-status: without legacy_loopback_writes documents' POSTs need a token too" {
  a_root
  in_own_network hardened
}

malformed() {
  served
  head -c 70000 /dev/zero | tr '\0' ' ' >large
  same "$(code -X POST -H 'Content-Type: application/json' --data-binary @large http://localhost:8010/api/streaming/config)" 413
  same "$(code -X POST -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' -d '{}' http://localhost:8010/api/streaming/config)" 411
  for body in '[' '[]' '{"max_workers": }' '{"max_workers": 1e999}' '{"a": 1}' '"x"' \
    "$(printf '{"a":%.0s' {1..5000})" $'{"input_dir": "/a\xff"}'; do
    same "${body:0:20} $(code -X POST -H 'Content-Type: application/json' -d "$body" http://localhost:8010/api/streaming/config)" \
      "${body:0:20} 400"
  done
  for path in /../../etc/passwd /..%2f..%2fetc%2fpasswd /%2e%2e/%2e%2e/etc/passwd /api/v1/logs/..%2fdb%2fpipeline.sqlite3 \
    /api/v1/images/..%2f..%2fetc%2fpasswd/picture /api/v1/cal//etc/passwd; do
    answer=$(curl -sS --path-as-is "http://localhost:8000$path")
    lacks "$answer" root:
    holds "$answer" detail
  done
  same "$(code "http://localhost:8000/$(printf 'a%.0s' {1..5000})")" 414
  same "$(code -H "X: $(printf 'a%.0s' {1..20000})" http://localhost:8000/)" 431
  lacks "$(curl -sSi 'http://localhost:8000/api/v1/groups/a%0d%0aSet-Cookie:%20a=b' | sed '/^\r$/q')" Set-Cookie
  raw smuggle 8000
  raw garbage 8000
  same "$(curl -sS http://localhost:8000/ready)" ready
  ended
}
@test "serve-status: huge and malformed requests, paths that climb, injected headers: nothing gets in" {
  a_root
  in_own_network malformed
}

markup() {
  sql "UPDATE ingest_queue SET state = 'failed', error = '<script>alert(1)</script>'"
  served
  curl -sSi http://localhost:8000/api/v1/groups >answer
  holds "$(cat answer)" "Content-Type: application/json"
  holds "$(cat answer)" "X-Content-Type-Options: nosniff"
  holds "$(cat answer)" '<script>alert(1)</script>'
  holds "$(curl -sSi http://localhost:8000/)" "script-src 'self'"
  lacks "$(curl -sS http://localhost:8000/ http://localhost:8000/app.js)" innerHTML
  ended
}
@test "serve-status: markup in stored texts comes as JSON, under a policy that runs no inline script" {
  a_root
  in_own_network markup
}

too_many() {
  served --rate-limit 5
  sleep 3
  began=$SECONDS
  curl -sS -o /dev/null -w '%{http_code}\n' -m 60 'http://localhost:8000/ready#[1-60]' >codes
  granted=$(grep -c 200 codes)
  # Ten at once, and five for each second that this takes.
  ((granted >= 10 && granted <= 10 + 5 * (SECONDS - began + 1) && granted < 60))
  same "$(grep -c 429 codes)" $((60 - granted))
  sleep 1.2
  same "$(code http://localhost:8000/ready)" 200
  ended
}
@test "serve-status: who asks too often is told 429, and is answered again later" {
  a_root
  in_own_network too_many
}

slow() {
  served
  raw flood 8000 300 &
  flood=$!
  raw slow 8000 >slow.out &
  slow=$!
  wait "$slow"
  wait "$flood"
  same "$(curl -sS http://localhost:8000/ready)" ready
  ended
}
@test "serve-status: slow senders are given up, and too many connections turned away" {
  a_root
  in_own_network slow
}

gently() {
  served
  raw finish 8000 "$server"
  wait "$server"
}
in_use() {
  served
  local result=0
  serve-status --quiet 2>second.log || result=$?
  same "$result" 75
  holds "$(cat second.log)" "127.0.0.1:8000"
  ended
}
@test "serve-status: TERM lets a request that has begun be answered, and a port in use is 75" {
  a_root
  in_own_network gently
  in_own_network in_use
}
