#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Clicks through the dashboard with chromium, over a root filled by the real chain. Screenshots and the
# browser's driver are kept beside the tools: CONTIMG_BUILD/../browser.
load helpers

setup_file() {
  repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  browser=$(cd "${CONTIMG_BUILD:?}/.." && pwd)/browser
  export browser
  mkdir -p "$browser/shots"
}

# driver : playwright-core, of the version in package.json, beside the scripts that use it.
driver() {
  [[ -x ${CHROMIUM:-/usr/bin/chromium} ]] || skip "no chromium: apt-get install chromium"
  command -v node npm >/dev/null || skip "no node or npm: apt-get install nodejs npm"
  cp "$repository"/tests/browser/*.mjs "$repository/tests/browser/package.json" "$browser/"
  local wanted
  wanted=$(jq -r '.dependencies["playwright-core"]' "$browser/package.json")
  if [[ $(jq -r .version "$browser/node_modules/playwright-core/package.json" 2>/dev/null) != "$wanted" ]]; then
    (cd "$browser" && timeout 300 npm install --no-package-lock --ignore-scripts --no-audit --no-fund --silent) ||
      skip "npm cannot fetch playwright-core $wanted"
  fi
}

@test "dashboard: whoever clicks gets what was promised, and sees what is true" {
  driver
  # shellcheck source=tests/browser/root.bash
  source "$repository/tests/browser/root.bash"
  populated_root "$repository/tests/witness"
  same "$(sqlite3 root/state/db/pipeline.sqlite3 "SELECT count(*) FROM job WHERE stage = 'lightcurve' AND state = 'done'")" 7
  printf 'tester write 0123456789abcdef0123456789\n' >tokens
  chmod 600 tokens
  check 0 timeout 900 node "$browser/dashboard.mjs" "$browser/shots"
  printf '%s\n' "$output"
  lacks "$output" "not ok"
  # What was typed as a token is in no log.
  lacks "$(cat serve-status.log)" 0123456789abcdef
}
