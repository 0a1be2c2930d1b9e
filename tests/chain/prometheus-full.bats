#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Debian's Prometheus scrapes a real serve-status and fires each alert of cron/prometheus/contimg.rules.yml
# when its queue, disk or server is brought into the state that the alert is for, one after the other. The
# rules are the real ones, with seconds for the times that a state has to last. The dashboard's queries are
# asked too.
# shellcheck disable=SC2154  # repository, server, queue: set where they are loaded
load ../cli/helpers
load ../cli/serve-status
load ../cli/prometheus

# firing : names of the alerts that fire now, or are about to.
firing() {
  curl -fsS http://127.0.0.1:9090/api/v1/alerts | jq -r '.data.alerts[].labels.alertname' | sort -u
}
fires() {
  curl -fsS http://127.0.0.1:9090/api/v1/alerts |
    jq -e --arg name "$1" '.data.alerts[] | select(.state == "firing" and .labels.alertname == $name)' >fired.json
}
silent() { [[ -z $(firing) ]]; }

scrape() {
  sed -E 's/^( *for: ).*/\11s/; s/\[(1h|10m)\]/[20s]/' "$repository/cron/prometheus/contimg.rules.yml" >contimg.rules.yml
  sed -E 's/_interval: .*/_interval: 1s/' "$repository/cron/prometheus/prometheus.yml" >prometheus.yml
  # A textfile, as a node exporter would hand it on.
  mkdir textfile
  record-metrics --textfile textfile/metrics
  python3 -m http.server --bind 127.0.0.1 --directory textfile 9200 >>textfile.log 2>&1 3>&- &
  exporter=$!
  printf '  - job_name: node\n    static_configs:\n      - targets: ["localhost:9200"]\n' >>prometheus.yml
  prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address=127.0.0.1:9090 \
    --log.level=warn >>prometheus.log 2>&1 3>&- &
  prometheus=$!
  until_true 30 curl -fsS -o ready http://127.0.0.1:9090/-/ready 2>/dev/null
}

# drawn : each query of the dashboard is right in Prometheus' eyes, and each panel has something to draw.
drawn() {
  local title query n
  # shellcheck disable=SC2016  # these are the dashboard's
  jq -r '.panels[] | select(.type != "row") | .title as $title | .targets[] | [$title, .expr] | @tsv' \
    "$repository/cron/grafana/dsa110-pipeline-dashboard.json" |
    sed -E 's/\$(job|instance)/.+/g; s/\[[0-9]+[mh]\]/[20s]/g; s/\\"/"/g' >queries
  while IFS=$'\t' read -r -u 9 title query; do
    curl -sS --get --data-urlencode "query=$query" http://127.0.0.1:9090/api/v1/query >answer.json
    n=$(jq -e 'select(.status == "success").data.result | length' answer.json) ||
      { echo "$title: $query: $(cat answer.json)" >&2; return 1; }
    printf '%s\t%s\n' "$title" "$n"
  done 9<queries >lines
  awk -F '\t' '{ n[$1] += $2 } END { for (title in n) if (!n[title]) { print title " is empty"; bad = 1 } exit bad }' \
    lines >&2
}

provoke() {
  local lock asks=()
  case $1 in
    ContimgDown) ended ;;
    ContimgFiguresOld) sed -i -E 's/^(dsa110_streaming_metrics_timestamp_seconds) .*/\1 1.7e9/' textfile/metrics ;;
    ContimgApiSlow | ContimgApiErrors)
      sqlite3 "$queue" 'BEGIN IMMEDIATE' '.shell sleep 11' &
      lock=$!
      sleep 0.3
      for _ in 1 2; do
        curl -sS -m 30 -o refused -X POST http://127.0.0.1:8010/api/streaming/start &
        asks+=($!)
      done
      wait "$lock" "${asks[@]}"
      ;;
    *) spoil "$1" ;;
  esac
}
undo() {
  case $1 in
    ContimgDown) served ;;
    ContimgFiguresOld) record-metrics --textfile textfile/metrics ;;
    ContimgApiSlow | ContimgApiErrors) ;; # it passes
    *) mend "$1" ;;
  esac
}

all_alerts() {
  ip link set lo up
  mkdir root
  mount -t tmpfs -o size=100g none root
  well
  a_light_curve
  mount -t tmpfs -o size=100g none "$CONTIMG_ROOT/ms"
  head -c 10M /dev/zero >"$CONTIMG_ROOT/ms/data"
  served
  scrape
  trap 'kill "$server" "$exporter" "$prometheus" 2>/dev/null || true' EXIT
  until_true 20 curl -fsS -o up 'http://127.0.0.1:9090/api/v1/query?query=up'
  # Long enough for every rule to have been judged with figures, and for its time to have passed.
  for _ in {1..12}; do
    sleep 1
    same "$(firing)" ""
  done
  same "$(curl -fsS 'http://127.0.0.1:9090/api/v1/query?query=up' | jq -c '[.data.result[].value[1]]')" '["1","1"]'
  same "$(curl -fsS 'http://127.0.0.1:9090/api/v1/rules' |
    jq -r '.data.groups[].rules[] | select(.health != "ok").name')" ""
  arrive waiting 1 1
  sleep 8 # until it is seen
  drawn
  same "$(firing)" ""
  gone waiting
  sed -n 's/^ *- alert: //p' contimg.rules.yml >names
  while read -r -u 9 name; do
    provoke "$name"
    until_true 25 fires "$name" || { echo "$name does not fire; but: $(firing)" >&2; return 1; }
    holds "$(jq -r .annotations.manual fired.json)" "#${name,,}"
    echo "$name" >>fired
    undo "$name"
  done 9<names
  until_true 60 silent || { echo "still: $(firing)" >&2; return 1; }
  kill -TERM "$prometheus" "$exporter"
  wait "$prometheus"
  ended
}
export -f firing until_true fires silent scrape drawn provoke undo all_alerts

@test "prometheus: the real one fires each alert in its state, and none while all is well" {
  unshare -rnm true 2>/dev/null || skip "no namespaces here"
  export token repository
  export -f well a_light_curve served ended code bearer same holds lacks sql python new_queue
  check 0 timeout 900 unshare -rnm --pid --fork --kill-child --mount-proc bash -euo pipefail -c \
    'mount -t tmpfs -o mode=1777 none /dev/shm; all_alerts' # others that stage there would seem to be dead
  [[ $(wc -l <lines) -ge 40 ]]
  same "$(wc -l <fired)" "$(grep -c 'alert:' "$repository/cron/prometheus/contimg.rules.yml")"
}
