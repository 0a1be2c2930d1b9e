#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The scrape example, the alert rules and the dashboard of cron/, held to what serve-status really tells.
# Real Prometheus fires each alert in tests/chain/prometheus-full.bats.
# shellcheck disable=SC2154  # repository: set where it is loaded
load helpers
load serve-status
load prometheus

installed() { echo "$repository/cron/$1"; }
rules() { installed prometheus/contimg.rules.yml; }
alerts() { sed -n 's/^ *- alert: //p' "$(rules)"; }

@test "prometheus: the scrape example is document 001's, and right in the eyes of promtool" {
  check 0 promtool check config "$(installed prometheus/prometheus.yml)"
  holds "$output" 'SUCCESS: 1 rule files found'
  example=$(cat "$(installed prometheus/prometheus.yml)")
  holds "$example" 'scrape_configs:
  - job_name: "dsa110-streaming"
    static_configs:
      - targets: ["localhost:9100"]
    metrics_path: /metrics'
}

@test "prometheus: each alert fires in promtool's tests, and is silent just within its limit" {
  cp "$(rules)" "$repository/tests/cli/contimg.rules.test.yml" .
  check 0 promtool test rules contimg.rules.test.yml
  same "$(sed -n 's/^  - name: //p' contimg.rules.test.yml | sort)" "$(alerts | sort)"
  # A test of rules that cannot fail would pass with other limits too.
  sed -i 's/ > 86400$/ > 90001/' contimg.rules.yml
  check 1 promtool test rules contimg.rules.test.yml
  holds "$output$stderr" ContimgCalibrationOld
}

@test "prometheus: each alert says what to do, with a command that there is and a place in the manual" {
  page=$repository/docs/operations/monitoring.md
  alerts >names
  [[ $(wc -l <names) -ge 25 ]]
  same "$(sort names | uniq -d)" ""
  same "$(sed -n 's/^### //p' "$page")" "$(cat names)"
  while read -r name; do
    anchor=${name,,}
    grep -qx " *manual: docs/operations/monitoring.md#$anchor" "$(rules)" || { echo "$name: manual" >&2; return 1; }
  done <names
  same "$(grep -c '^ *summary: ".*"$' "$(rules)")" "$(wc -l <names)"
  sed -nE 's/^ *remedy: "(.*)"$/\1/p' "$(rules)" >remedies
  same "$(wc -l <remedies)" "$(wc -l <names)"
  while read -r tool rest; do
    first=${rest%% *}
    case $tool in
      systemctl) [[ -f $repository/cron/systemd/${rest##* }.service ]] ;;
      run-tick | why) command -v "$tool" >/dev/null ;;
      *) case $first in
        -* | '') "$tool" --help | grep -q -- "${first:-Usage}" ;;
        *) "$tool" "$first" --help >help && [[ $rest != *--state* ]] || grep -q -- --state help ;;
      esac ;;
    esac || { echo "remedy: $tool $rest" >&2; return 1; }
  done <remedies
}

scraped() {
  served
  curl -fsS http://localhost:9100/metrics >served.prom
  spoil ContimgFallingBehind
  sleep 5.1 # figures are as old as that
  curl -fsS http://localhost:9100/metrics >behind.prom
  ended
}
@test "prometheus: what rules and dashboard ask for is told by a real serve-status" {
  well
  a_light_curve
  in_own_network scraped
  for text in served behind; do python "$repository/tests/witness/exposition.py" "$text.prom" >/dev/null; done
  names() { python "$repository/tests/witness/promql_names.py" "$@"; }
  dashboard=$(installed grafana/dsa110-pipeline-dashboard.json)
  check 0 names "$(rules)" "$dashboard" served.prom behind.prom
  same "$output" ""
  # It would see a name, a label and a unit that are not so.
  sed 's/dsa110_streaming_dead_letter >/dsa110_streaming_dead_letters >/; s/kind="stale_groups"/kind="stale"/' \
    "$(rules)" >wrong.yml
  jq '(.panels[] | select(.title == "Pressure").targets[0].expr) = "dsa110_ingest_queue_pending"
      | (.panels[] | select(.title == "Free").fieldConfig.defaults.unit) = "s"' "$dashboard" >wrong.json
  check 1 names wrong.yml wrong.json served.prom behind.prom
  holds "$output" 'dsa110_streaming_dead_letters is not emitted'
  holds "$output" "no sample of dsa110_streaming_warnings has [('kind', '=', 'stale')]"
  holds "$output" 'panel Pressure: dsa110_ingest_queue_pending is not emitted'
  holds "$output" 'panel Free: unit s, expected decgbytes'
  same "$(wc -l <<<"$output")" 4
}

@test "prometheus: in the good state the textfile has what the rules need, but for the server's own" {
  well
  check 0 record-metrics --textfile m.prom
  while read -r name; do
    case $name in
      *_fall_behind_seconds) continue ;; # it does not
    esac
    grep -q "^$name" m.prom || { echo "$name is absent" >&2; return 1; }
  done < <(grep -o 'dsa110_streaming_[a-z_]*' "$(rules)" | sort -u)
}
