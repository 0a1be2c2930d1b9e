#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What the server gives to a browser, looked at without one. dashboard-full.bats clicks.
# shellcheck disable=SC2154  # repository, token: set where they are loaded
load helpers
load serve-status

page_structure() {
  served
  base=http://localhost:8000
  curl -fsS "$base/" >index.html
  curl -fsS http://localhost:5173/streaming | cmp - index.html
  curl -fsS http://localhost:8010/ | cmp - index.html
  # XML knows no void elements, and an HTML parser forgives: closed here, so that nothing is forgiven.
  sed -E 's/<!doctype html>//; s/<(meta|link)([^>]*)>/<\1\2\/>/' index.html >index.xml
  xmllint --noout index.xml
  xpath() { xmllint --xpath "$1" index.xml; }
  same "$(xpath 'string(/html/@lang)')" en
  same "$(xpath 'count(//main)') $(xpath 'count(//header)') $(xpath 'count(//nav)') $(xpath 'count(//dialog)')" "1 1 1 1"
  same "$(xpath 'string(//main/@id)')" content
  same "$(xpath 'string(//a[@class="skip"]/@href)')" '#content'
  same "$(xpath 'string((//body/*)[1]/@class)')" skip
  same "$(xpath 'string(//*[@id="banner"]/@role) ') $(xpath 'string(//*[@id="announcer"]/@role)')" "alert status"
  same "$(xpath 'count(//nav[not(@aria-label)] | //section[not(@aria-label)] | //*[@role="group"][not(@aria-label)])')" 0
  same "$(xpath 'count(//button[not(@type="button")] | //button[normalize-space()=""])')" 0
  for name in Start Stop Restart; do same "$(xpath "count(//button[.='$name'])")" 1; done
  same "$(xpath 'string(//meta[@name="viewport"]/@content)')" 'width=device-width, initial-scale=1'
  # Nothing inline, which the policy forbids, and nothing from elsewhere.
  same "$(xpath 'count(//@style | //@*[starts-with(name(), "on")] | //style | //script[not(@src)] | //script[text()])')" 0
  for path in $(xpath '//@src | //link/@href' | grep -oE '"[^"]+"' | tr -d '"'); do
    [[ $path == /* ]]
    [[ $path != //* ]]
    same "$path $(code "$base$path")" "$path 200"
  done
  holds "$(xpath 'string(//noscript)')" /api/status
}
@test "dashboard: its page is well formed, has landmarks and names, and nothing inline" {
  a_root
  in_own_network page_structure
}

page_files() {
  served
  base=http://localhost:8000
  mkdir files
  for file in "$repository"/lib/status/pages/*; do
    name=${file##*/}
    [[ $name != index.html ]] || continue
    curl -fsS -D "files/$name.head" -o "files/$name" "$base/$name"
    cmp "files/$name" "$file"
    grep -qi '^x-content-type-options: nosniff' "files/$name.head"
    case $name in
      *.js) grep -qi '^content-type: text/javascript' "files/$name.head" ;;
      *.css) grep -qi '^content-type: text/css' "files/$name.head" ;;
      *.svg) grep -qi '^content-type: image/svg+xml' "files/$name.head" ;;
    esac
  done
  # Each module that is imported is there, and what it names is exported by it.
  imports=0
  for file in files/*.js; do
    while read -r name from; do
      grep -qE "^export (async )?(function|const|class) $name\b" "files/$from" || { echo "$file: $from exports no $name" && exit 1; }
      imports=$((imports + 1))
    done < <(sed -nE "s#^import \{([^}]*)\} from '/([^']+)';#\1\t\2#p" "$file" | awk -F'\t' '{gsub(/,/, " ", $1); n = split($1, all, " "); for (i = 1; i <= n; i++) print all[i], $2}')
  done
  ((imports > 100))
  # The policy lets nothing else in, and no page tries.
  policy=$(curl -fsSI "$base/" | tr -d '\r' | sed -n 's/^content-security-policy: //Ip')
  holds "$policy" "default-src 'none'"
  holds "$policy" "script-src 'self'"
  holds "$policy" "style-src 'self'"
  holds "$policy" "connect-src 'self'"
  lacks "$policy" unsafe
  same "$(grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://' files/*.js files/*.css | grep -v 'http://www.w3.org/2000/svg' || true)" ""
  same "$(grep -lE 'localStorage' files/*.js | tr '\n' ' ')" "files/main.js files/theme.js "
}
@test "dashboard: every file is served as it is in the tree, with its type, and lets nothing else in" {
  a_root
  in_own_network page_files
}

# Each address that the pages ask for is one that the server describes.
page_paths() {
  served
  curl -fsS http://localhost:8000/openapi.json | jq -r '.paths | keys[]' | sed -E 's/\{[^}]*\}/ID/g' | sort -u >described
  cat "$repository"/lib/status/pages/*.js |
    grep -oE "[\`']/(api|health|ready|openapi)[^\`'?]*" | cut -c2- |
    sed -E 's/\$\{what\}/stop/; s/\$\{[^}]*\}/ID/g; s#/$#/ID#' | sort -u >asked
  [[ $(wc -l <asked) -gt 20 ]]
  same "$(comm -23 asked described)" ""
}
@test "dashboard: asks for nothing that the server does not describe" {
  a_root
  in_own_network page_paths
}
