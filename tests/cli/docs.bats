#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The commands in the documents that a newcomer follows, and in the operators', run as they stand there (docs.bash says
# how). The pages of symptoms have symptoms.bats.

load helpers
load docs

@test "try it in five minutes, as written" {
  export CONTIMG_DISK_FLOOR_GB=0.01
  run_blocks operations/first-steps.md 5
  check 0 python -c 'import csv, sys
row = next(csv.DictReader(open(sys.argv[1])))
assert abs(float(row["flux_jy"]) - 15) < 0.3, row' sources/2026-01-26T13:00:56.csv
  export queue=$PWD/root/state/db/pipeline.sqlite3
  same "$(state_of 2026-01-26T13:00:56)" completed
  same "$(sql "SELECT group_concat(stage) FROM (SELECT stage FROM job WHERE state = 'done' ORDER BY id)")" \
    convert,flag,calibrate,image,measure,lightcurve
}

@test "install for real, as written: what needs no root" {
  needs_data earth/finals2000A.all
  needs_data catalogues/vlacalibrators.txt
  cp "$test_data/earth/finals2000A.all" "$test_data/catalogues/vlacalibrators.txt" .
  export root=$PWD/data CONTIMG_CONFIG=$PWD/contimg.toml CONTIMG_DISK_FLOOR_GB=0.01
  run_blocks operations/install.md 5
}

@test "the first night and every day, as written, with a calibrator and a science group" {
  data_root
  folders
  export CONTIMG_SETTLE_TIME_S=0 CONTIMG_CATALOGUE=$PWD/sky.sqlite3 CONTIMG_SIZE=400 CONTIMG_SCALE=15arcsec CONTIMG_NITER=100
  export CONTIMG_LOG_FILE=$CONTIMG_ROOT/state/logs/contimg.log
  observe calibrator --calibrator 3C286 --start 2026-01-26T13:00:56
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' calibrator/*.truth.json)
  python "$repository/tests/witness/sky_around.py" 2026-01-26T13:30:56 "$dec" 0.1,0.2,3 -0.4,0.3,2 0.5,-0.3,1 >sky.csv
  check 0 import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output sky.sqlite3
  mv calibrator/*.hdf5 "$CONTIMG_ROOT/incoming/"
  observe "$CONTIMG_ROOT/incoming" --start 2026-01-26T13:30:56 --dec "$dec" --sky sky.csv
  group=2026-01-26T13:30:56
  night=2026-01-26
  source=$(sed -n '2s/,.*//p' sky.csv)
  export group night source
  run_blocks operations/first-night.md 6
  same "$(sql "SELECT count(*) FROM job WHERE stage = 'lightcurve' AND state = 'done'")" 2
  run_blocks operations/daily.md 7
  run_blocks operations/queue.md 4
  check 0 manage-queue --quiet check
}

@test "calibration, as written, on a queue with one group and no set" {
  taken_in
  group=$(sql "SELECT group_id FROM ingest_queue")
  export group
  run_blocks operations/calibration.md 2
}

@test "architecture, as written, on a queue with a group" {
  taken_in
  check 0 convert-group --quiet
  run_blocks architecture.md 1
}

@test "a document's commands that fail, fail the test" {
  mkdir -p tree/docs/operations
  local fence='```'
  printf '%s\n' "${fence}sh test" true "$fence" "${fence}sh test" 'false | true' "$fence" \
    >tree/docs/operations/broken.md
  repository=$PWD/tree
  run run_blocks operations/broken.md 2
  [[ $status -ne 0 ]]
}

@test "a newcomer's pages lead to one another, and say of every command whether it was run" {
  order=(operations/first-steps operations/install operations/first-night operations/daily)
  for ((i = 0; i + 1 < ${#order[@]}; i++)); do
    holds "$(<"$repository/docs/${order[i]}.md")" "](${order[i + 1]##*/}.md)"
  done
  for page in "${order[@]}" architecture; do
    run grep -nE '^ *```(sh|bash|console)?$' <(awk '/^ *```/ { n++; if (n % 2) print }' "$repository/docs/$page.md")
    same "$output" ""
  done
}

@test "the map: its table of parts is that of lib/CMakeLists.txt, and it names every program" {
  cat >parts.py <<'PYTHON'
import re, sys
build, page = (open(path).read() for path in sys.argv[1:])
parts = {m[1]: set((m[2] or "").split()) for m in
         re.finditer(r"contimg_part\((\w+)(?:\s+USES\s+([a-z\s]+?))?(?=\s+LINKS|\s*\))", build)}
rows = {m[1]: set(m[2].split()) for m in re.finditer(r"^\| (\w+) \| .* \| ([a-z ]*)\|$", page, re.M) if m[1] in parts}
assert len(parts) > 30 and rows == parts, {p: (rows.get(p), parts[p]) for p in parts if rows.get(p) != parts[p]}
PYTHON
  check 0 python parts.py "$repository/lib/CMakeLists.txt" "$repository/docs/map.md"
  map=$(<"$repository/docs/map.md")
  index=$(<"$repository/docs/README.md")
  { sed -nE 's/^contimg_tool\(([a-z-]+).*/\1/p' "$repository/tools/CMakeLists.txt" &&
    ls "$repository/slurm" && printf '%s\n' process-group run-tick dsa110-stream run_conversion.sh roll-back; } >programs
  while read -r program; do
    [[ $program == run-task ]] || holds "$index" "$program"
    holds "$map" "\`$program\`"
  done <programs
}

@test "check-links: a dead link, a dead anchor, a picture that is not there and a page nobody leads to are found" {
  mkdir -p tree/docs tree/scripts
  cp "$repository/scripts/check-links.py" tree/scripts/
  printf '# Read me\n[docs](docs/README.md)\n' >tree/README.md
  printf '# Index\n[one](one.md)\n' >tree/docs/README.md
  printf '# One\n[two](two.md#here)\n' >tree/docs/one.md
  printf '# Two\n## Here\n' >tree/docs/two.md
  check 0 python tree/scripts/check-links.py
  printf '[a](nowhere.md) [b](one.md#there) ![c](no.svg)\n' >>tree/docs/two.md
  printf '# Alone\n' >tree/docs/alone.md
  check 1 python tree/scripts/check-links.py
  same "$output" "docs/two.md: nowhere.md: no such file
docs/two.md: one.md#there: no such heading
docs/two.md: no.svg: no such file
docs/alone.md: nothing leads there from docs/README.md"
}

@test "check-commands: an option, a subcommand and a program that are not there are found" {
  mkdir -p tree/docs tree/scripts tree/slurm
  cp "$repository/scripts/check-commands.py" tree/scripts/
  local fence='```'
  printf '%s\n' "${fence}sh no-test" 'manage-queue list --state pending | xargs -r -n 1 manage-queue drop' \
    'sudo -u contimg scan-incoming --quiet' "$fence" >tree/docs/a.md
  check 0 python tree/scripts/check-commands.py
  printf '%s\n' "${fence}sh no-test" 'manage-queue lst' 'scan-incoming --no-such-thing' 'no-such-program x' \
    "x=\$(manage-queue list --colour) && echo \"\$x\"" "$fence" '' '    form-groups --bad   # in an example' >>tree/docs/a.md
  check 1 python tree/scripts/check-commands.py
  same "$output" "docs/a.md:6: manage-queue: no such subcommand: lst
docs/a.md:7: scan-incoming: no such option: --no-such-thing
docs/a.md:8: no such program: no-such-program
docs/a.md:9: manage-queue: no such option: --colour
docs/a.md:12: form-groups: no such option: --bad"
}
