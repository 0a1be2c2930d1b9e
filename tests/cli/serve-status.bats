#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The curl lines of documents 000, 001 and 002 stand here as they stand there; docs/formats/api.md lists
# which test has which.
# shellcheck disable=SC2154  # repository, token: set where they are loaded
load helpers
load serve-status

status_and_metrics() {
  served
  same "$(curl http://localhost:8010/api/streaming/status | jq -r .running)" false
  run-tick --quiet >/dev/null
  sleep 1.1
  same "$(curl http://localhost:8010/api/streaming/status | jq -r '.running, .paused')" "true
false"
  same "$(curl http://localhost:8010/api/streaming/status | jq .cpu_percent)" 0
  same "$(curl http://localhost:8010/api/streaming/status | jq .memory_mb)" 0
  same "$(curl http://localhost:8010/api/streaming/metrics | jq -c .queue_stats)" \
    '{"collecting":0,"pending":0,"in_progress":0,"completed":2,"failed":0,"total":2}'
  same "$(curl http://localhost:8010/api/streaming/metrics | jq .processing_rate_per_hour)" 2
  curl http://localhost:8010/api/streaming/config > config.json
  same "$(jq -r .input_dir config.json)" "$CONTIMG_ROOT/incoming"
  same "$(curl http://localhost:8010/api/streaming/config | jq .input_dir)" "\"$CONTIMG_ROOT/incoming\""
  same "$(curl http://localhost:8010/api/streaming/config | jq .max_workers)" \
    "$(check-config --json | jq '.settings[] | select(.key == "pipeline.max_parallel").value | tonumber')"
  same "$(curl http://localhost:8010/api/streaming/health | jq -c '[.healthy, .error]')" '[true,null]'
  ended
}
@test "serve-status: document 000: status, metrics and configuration tell what is so" {
  a_root --groups 2
  in_own_network status_and_metrics
}

configuration() {
  served
  in_force() { check-config --json | jq -r --arg key "$1" '.settings[] | select(.key == $key).value'; }
  curl -X POST http://localhost:8010/api/streaming/config \
    -H "Content-Type: application/json" \
    -d '{
    "input_dir": "/data/incoming",
    "output_dir": "/stage/dsa110-contimg/ms",
    "expected_subbands": 16,
    "chunk_duration": 5.0
  }'
  same "$(in_force paths.input_dir)" /data/incoming
  same "$(in_force paths.output_dir)" /stage/dsa110-contimg/ms
  curl -X POST http://localhost:8010/api/streaming/config \
    -H "Content-Type: application/json" \
    -d '{"max_workers": 2}'
  same "$(in_force pipeline.max_parallel)" 2
  same "$(in_force paths.input_dir)" /data/incoming
  curl -X POST http://localhost:8010/api/streaming/config \
    -H "Content-Type: application/json" \
    -d '{"expected_subbands": 8}'
  same "$(in_force group.expected_subbands)" 8
  same "$(in_force pipeline.max_parallel)" 2
  curl -X POST http://localhost:8010/api/streaming/config \
    -H "Content-Type: application/json" \
    -d '{"stage_to_tmpfs": true, "tmpfs_path": "/dev/shm"}'
  same "$(in_force convert.stage_to_tmpfs)" true
  same "$(in_force paths.tmpfs_dir)" /dev/shm
  curl -X POST http://localhost:8010/api/streaming/config \
    -H "Content-Type: application/json" \
    -d '{
    "input_dir": "/data/incoming",
    "output_dir": "/stage/dsa110-contimg/ms",
    "expected_subbands": 16,
    "chunk_duration": 5.0,
    "max_workers": 4
  }'
  same "$(in_force group.expected_subbands)" 16
  same "$(in_force pipeline.max_parallel)" 4
  holds "$(check-config --json | jq -r '.settings[] | select(.key == "pipeline.max_parallel").source')" \
    "$queue.overrides.toml:"
  same "$(curl http://localhost:8010/api/streaming/config | jq -c '[.max_workers, .expected_subbands]')" '[4,16]'
  same "$(CONTIMG_MAX_PARALLEL=3 in_force pipeline.max_parallel)" 3
  ended
}
@test "serve-status: document 000: a change of configuration names what it changes, and every tool obeys it" {
  a_root
  in_own_network configuration
}

fewer_subbands() {
  served
  simulate-observation --quiet --output-dir root/incoming --antennas 6 --channels 4 --integrations 3 \
    --subbands 8 --start 2026-01-26T10:00:00 >/dev/null
  scan-incoming --quiet >/dev/null
  form-groups --quiet >/dev/null
  same "$(state_of 2026-01-26T10:00:00)" collecting
  curl -X POST http://localhost:8010/api/streaming/config \
    -H "Content-Type: application/json" \
    -d '{"expected_subbands": 8}'
  touch root/incoming/*
  scan-incoming --quiet >/dev/null
  form-groups --quiet >/dev/null
  same "$(state_of 2026-01-26T10:00:00)" pending
  ended
}
@test "serve-status: document 000: with fewer expected subbands a group that waited for more is pending" {
  a_root
  in_own_network fewer_subbands
}

stop_and_start() {
  served
  curl -X POST http://localhost:8010/api/streaming/stop | jq -e .success
  same "$(sql "SELECT value FROM control WHERE key = 'paused_reason'")" "stopped from the API by loopback"
  run-tick --quiet >/dev/null
  same "$(state_of 2026-01-25T22:26:05)" pending
  same "$(curl http://localhost:8010/api/streaming/status | jq -r .error)" \
    "paused: stopped from the API by loopback"
  curl -X POST http://localhost:8010/api/streaming/start | jq -e .success
  run-tick --quiet >/dev/null
  same "$(state_of 2026-01-25T22:26:05)" completed
  curl -X POST http://localhost:8010/api/streaming/stop
  curl -X POST http://localhost:8010/api/streaming/restart | jq -e .success
  same "$(sql "SELECT value FROM control WHERE key = 'paused'")" 0
  ended
}
@test "serve-status: document 000: stop, start and restart are obeyed by ticks" {
  a_root
  in_own_network stop_and_start
}

restart_during_a_tick() {
  served
  run-tick --quiet --max-parallel 1 >/dev/null 2>tick.log 3>&- &
  tick=$!
  until [[ $(sql "SELECT count(*) FROM job_attempt") -gt 0 ]]; do sleep 0.02; done
  sleep 1.1
  [[ $(curl http://localhost:8010/api/streaming/status | jq .pid) == "$tick" ]]
  curl -X POST http://localhost:8010/api/streaming/restart | jq -e .success
  wait "$tick"
  same "$(sql "SELECT name, state FROM command")" "restart|done"
  [[ ! -e $queue.locks/commands ]]
  [[ $(sql "SELECT count(*) FROM ingest_queue WHERE state = 'pending'") -gt 0 ]]
  run-tick --quiet >/dev/null
  same "$(sql "SELECT count(*) FROM ingest_queue WHERE state = 'pending'")" 0
  ended
}
@test "serve-status: a restart lets the tick finish what is in work and begin no more" {
  a_root --groups 6
  in_own_network restart_during_a_tick
}

probes() {
  served
  curl http://localhost:9100/health | jq -e '.status == "healthy" and .checks.queue.pending == 2'
  curl http://localhost:9100/metrics > metrics
  same "$(curl http://localhost:9100/ready)" ready
  holds "$(cat metrics)" 'dsa110_streaming_queue{state="collecting"} 0'
  holds "$(cat metrics)" 'dsa110_streaming_queue{state="pending"} 2'
  holds "$(cat metrics)" 'dsa110_streaming_queue{state="in_progress"} 0'
  holds "$(cat metrics)" 'dsa110_streaming_queue{state="completed"} 0'
  holds "$(cat metrics)" 'dsa110_streaming_queue{state="failed"} 0'
  holds "$(cat metrics)" 'dsa110_streaming_disk_free_gb{path="output"} '
  same "$(tail -c 1 metrics | od -An -tx1)" " 0a"
  python "$repository/tests/witness/exposition.py" metrics >/dev/null
  same "$(code http://localhost:9100/api/status)" 404
  ended
}
@test "serve-status: document 001: health, metrics and readiness on 9100" {
  a_root --groups 2
  in_own_network probes
}

conversion() {
  TOKEN=$token
  served
  same "$(curl http://localhost:8000/api/v1/conversion/pending?complete_only=true | jq -r '.groups[].group_id')" \
    "2025-10-02T00:05:18
2025-10-02T00:10:27"
  sql "UPDATE ingest_queue SET state = 'failed' WHERE group_id = '2025-10-02T00:05:18'"
  same "$(curl http://localhost:8000/api/v1/conversion/status/2025-10-02T00:05:18 | jq -r .status)" failed
  # The second id of the document is not one of these groups: it is told so, and the first is taken.
  curl -X POST http://localhost:8000/api/v1/conversion/convert \
  -H "Content-Type: application/json" \
  -H "Authorization: Bearer $TOKEN" \
  -d '{"group_ids": ["2025-10-02T00:05:18", "2025-10-02T00:10:22"]}' >answer
  same "$(jq -c '[.status, .group_ids, .rejected[0].group_id]' answer)" \
    '["queued",["2025-10-02T00:05:18"],"2025-10-02T00:10:22"]'
  same "$(curl http://localhost:8000/api/v1/conversion/status/2025-10-02T00:05:18 | jq -r .status)" pending
  day=$(date -u +%F)
  run-tick --quiet >/dev/null
  curl http://localhost:8000/api/v1/conversion/status/2025-10-02T00:05:18 >answer
  same "$(jq -r .status answer)" completed
  [[ -d $(jq -r .ms_path answer) ]]
  jq -e '.started_at < .completed_at or .started_at == .completed_at' answer
  counts=$(curl http://localhost:8000/api/v1/conversion/stats | jq -c '[.total_pending, .total_converted_today]')
  # At midnight some were converted yesterday.
  [[ $day != "$(date -u +%F)" && $counts == "[0,"[01]"]" ]] || same "$counts" '[0,2]'
  curl http://localhost:8000/api/v1/conversion/stats | jq -e '.avg_conversion_time_s > 0'
  same "$(curl http://localhost:8000/api/v1/conversion/hdf5-index | jq -c '[.total, (.groups[0].subbands | length)]')" '[2,16]'
  ended
}
@test "serve-status: document 001: pending groups are listed, converted on demand, and their status told" {
  a_root --start 2025-10-02T00:05:18 --groups 2
  in_own_network conversion
}

guide() {
  served
  same "$(curl http://localhost:8000/api/status | jq -c .queue)" \
    '{"total":1,"pending":1,"in_progress":0,"failed":0,"completed":0,"collecting":0}'
  holds "$(curl http://localhost:5173)" "<!doctype html>"
  holds "$(curl http://localhost:5173/streaming)" "<!doctype html>"
  for port in 8000 8010 5173; do curl -fsS http://localhost:$port/api/v1/groups | jq -c 'map(.group_id)'; done >same
  same "$(sort -u same)" '["2026-01-25T22:26:05"]'
  ended
}
@test "serve-status: document 002: status on 8000, the dashboard on 5173 and at /streaming" {
  a_root
  in_own_network guide
}

again() {
  served
  run-tick --quiet >/dev/null
  group=http://localhost:8000/api/v1/groups/2026-01-25T22:26:05
  bearer -X POST "$group/reprocess" -H 'Content-Type: application/json' -d '{"stage": "flag"}' |
    jq -e '.stages == ["flag"]'
  run-tick --quiet >/dev/null
  same "$(sql "SELECT stage, count(*) FROM job_attempt WHERE outcome = 'done' GROUP BY stage")" "convert|1
flag|2"
  sql "UPDATE job SET state = 'failed' WHERE stage = 'flag'"
  bearer -X POST "$group/retry" | jq -e '.success'
  same "$(sql "SELECT state FROM job WHERE stage = 'flag'")" ready
  same "$(code -X POST "$group/retry")" 401
  same "$(code -X POST "$group/retry" -H "Authorization: Bearer $reading_token")" 403
  ended
}
@test "serve-status: a stage is reprocessed and a failed one retried, with a token" {
  a_root
  in_own_network again
}

mosaic() {
  mkdir fake
  printf '#!/bin/sh\necho "$@" >%s/asked\n' "$PWD" >fake/make-mosaic
  chmod +x fake/make-mosaic
  PATH=$PWD/fake:$PATH
  served
  bearer -X POST http://localhost:8000/api/mosaic/create -H 'Content-Type: application/json' \
    -d '{"name": "night", "start_time": 1769378765, "end_time": 1769382365}' | jq -e '.status == "queued"'
  same "$(curl -sS http://localhost:8000/api/mosaic/status/night | jq -r .status)" pending
  [[ -e $queue.locks/commands ]]
  run-tick --quiet --max-minutes 0 >/dev/null
  same "$(cat asked)" \
    "--quiet --json --name night --from 2026-01-25T22:06:05 --until 2026-01-25T23:06:05 --tier science"
  same "$(curl -sS http://localhost:8000/api/mosaic/status/night | jq -r .status)" completed
  [[ ! -e $queue.locks/commands ]]
  rm asked
  run-tick --quiet --max-minutes 0 >/dev/null
  [[ ! -e asked ]]
  same "$(code -X DELETE http://localhost:8000/api/mosaic/none -H "Authorization: Bearer $token")" 404
  ended
}
@test "serve-status: a mosaic that is asked for is made by the next tick" {
  a_root
  in_own_network mosaic
}

light_curves() {
  served --lightcurve-db "$PWD/curves.sqlite3"
  ask=http://localhost:8000/api/v1/sources
  # Flux densities, errors and limits of query-lightcurve are held to numpy by its own tests.
  for name in FLARE S0004 S0033; do
    curl -fsS "$ask/$name/lightcurve" >answer
    query-lightcurve --lightcurve-db curves.sqlite3 --csv "$name" >table
    python - <<'COMPARE'
import csv, json, math
answer = json.load(open("answer"))["data_points"]
table = list(csv.DictReader(open("table")))
assert len(answer) == len(table) > 50, (len(answer), len(table))
for point, row in zip(answer, table):
    assert abs(point["mjd"] - float(row["mjd"])) < 1e-6
    for name in ("flux_jy", "error_jy", "limit_jy"):
        told, known = point[name], row[name]
        assert (told is None) == (known == ""), (name, told, known)
        assert told is None or math.isclose(told, float(known), rel_tol=1e-5, abs_tol=1e-8), (name, told, known)
COMPARE
  done
  same "$(curl -fsS "$ask/J2255%2B1530" | jq .id)" "$(curl -fsS "$ask/B2253%2B152" | jq .id)"
  same "$(curl -fsS "$ask/1" | jq -r .name)" J2255+1530
  query-lightcurve --lightcurve-db curves.sqlite3 --json FLARE | head -1 >known
  curl -fsS "$ask/FLARE/variability" >answer
  same "$(jq .is_variable answer)" true
  same "$(jq .n_epochs answer)" "$(jq '[.. | .n? // empty | numbers] | first' known)"
  same "$(curl -fsS "$ask/variables" | jq -r '[.[] | .name] | unique | join(" ")')" \
    "$(sqlite3 curves.sqlite3 "SELECT group_concat(name, ' ') FROM (SELECT DISTINCT name FROM candidate JOIN source ON id = source_id ORDER BY name)")"
  same "$(curl -fsS "$ask?limit=3" | jq -c 'map(.id)')" '[1,2,3]'
  same "$(curl -fsS "$ask?limit=3&after=3" | jq -c 'map(.id)')" '[4,5,6]'
  same "$(curl -fsS "$ask?ra_deg=343.76333&dec_deg=15.50333" | jq -r '.[0].name')" J2255+1530
  same "$(code "$ask?ra_deg=343")" 400
  curl -fsS "$ask/export" >table
  same "$(head -1 table)" "id,name,ra_deg,dec_deg,origin,num_images,flux_jy,is_variable"
  same "$(($(wc -l <table) - 1))" "$(sqlite3 curves.sqlite3 'SELECT count(*) FROM source')"
  from=$(jq -r '.data_points[10].time' <(curl -fsS "$ask/S0004/lightcurve"))
  same "$(curl -fsS "$ask/S0004/lightcurve?start_date=$from" | jq -r '.data_points[0].time')" "$from"
  same "$(curl -fsS "$ask/S0004/lightcurve.csv" | wc -l)" \
    "$(($(curl -fsS "$ask/S0004/lightcurve" | jq '.data_points | length') + 1))"
  same "$(code "$ask/nobody/lightcurve")" 404
  ended
}
@test "serve-status: light curves are those of query-lightcurve, by any name, whole or in part" {
  a_root
  python "$repository/tests/witness/lightcurves.py" make curves.sqlite3 "$repository/lib/lightcurve/schema.cc"
  in_own_network light_curves
}
