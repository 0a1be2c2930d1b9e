#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# why and report-night after real groups went through every stage: a calibrator, a tile, and a group of
# which subbands are damaged. What they say is compared with h5py, astropy and sqlite3.

load ../cli/helpers

calibrator=2026-01-26T13:00:56 tile=2026-01-26T13:30:56

observe() {
  simulate-observation --quiet --no-outriggers --antennas 30 --channels 4 --integrations 8 --seed 9 \
    --output-dir root/incoming "$@" >/dev/null
}

# The chain runs once for all tests of this file.
setup_file() {
  repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  PATH="${CONTIMG_BUILD:?set CONTIMG_BUILD to the folder with the executables}:$repository/scripts:$PATH"
  cd "$BATS_FILE_TMPDIR" || exit 1
  mkdir -p root/{incoming,state/db}
  cat >contimg.toml <<'TOML'
[paths]
root = "root"
catalogue = "sky.sqlite3"
[group]
settle_time_s = 0
collecting_timeout = 1
partial = "fail"
[disk]
floor_gb = 0.05
[image]
size = 512
scale = "15arcsec"
TOML
  export CONTIMG_CONFIG=$PWD/contimg.toml
  observe --calibrator 3C286 --start "$calibrator"
  local dec
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' root/incoming/*.truth.json)
  /usr/bin/python3 "$repository/tests/witness/sky_around.py" "$tile" "$dec" 0.1,0.2,3 -0.4,0.3,2 >sky.csv
  import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output sky.sqlite3
  observe --start "$tile" --dec "$dec" --sky sky.csv
  observe --start 2026-01-26T15:00:56 --dec "$dec"
  for file in root/incoming/2026-01-26T15:00:56*.hdf5; do truncate -s 3000 "$file"; done
  for _ in 1 2 3 4; do run-tick --quiet >/dev/null 2>>tick.log || true; done
}

here() {
  cd "$BATS_FILE_TMPDIR" || exit 1
  export CONTIMG_CONFIG=$PWD/contimg.toml
  queue=$PWD/root/state/db/pipeline.sqlite3
  truth=$(python "$repository/tests/witness/report_truth.py" "$queue" "$tile")
}
of_truth() { jq -r "$1" <<<"$truth"; }
failed() { sql "SELECT group_id FROM ingest_queue WHERE state = 'failed'"; }

@test "why: a tile's inputs, calibration, commands and figures are those on disk" {
  here
  check 0 why --quiet --json "$tile"
  report=$output
  same "$(jq -c '[.inputs.files[].size_byte]' <<<"$report")" "$(of_truth '.sizes|tostring')"
  same "$(jq -r .calibration.applied.set <<<"$report")" "$(of_truth .calibration_set)"
  same "$(jq -r '.calibration.candidates[] | select(.outcome == "applied").set' <<<"$report")" "$calibrator"
  same "$(jq -r '.stages[] | select(.stage == "image") | .version, .command' <<<"$report")" \
    "$(of_truth '.version, .command')"
  [[ $(jq -r '.stages[] | select(.stage == "convert").command' <<<"$report") == "convert-group "*"--group $tile"* ]]
  [[ $(jq -r '.stages[] | select(.stage == "calibrate").command' <<<"$report") == "calibrate-ms "*"--group $tile"* ]]
  same "$(jq -r .quality.image.verdict <<<"$report")" "$(of_truth .verdict)"
  jq -e --argjson truth "$truth" '.quality.image
    | (.beam_major_arcsec / $truth.beam_arcsec[0] - 1 | fabs) < 1e-6
      and (.rms_jy / $truth.noise_jy - 1 | fabs) < 0.25' <<<"$report"
  jq -e '[.products[] | select(.where != "there")] == []' <<<"$report"
  jq -e '.attempts | map(select(.outcome == "done").stage) | sort
    == ["calibrate", "convert", "flag", "image", "lightcurve", "measure"]' <<<"$report"
}

@test "why: the image, the set, a subband file and a moved copy lead to the same group" {
  here
  image=root/images/2026-01-26/$tile-image.fits
  cp "$image" "$BATS_TEST_TMPDIR/moved.fits"
  subband=$(sql "SELECT path FROM subband_files WHERE group_id = '$tile' LIMIT 1")
  for subject in "$image" "root/ms/science/2026-01-26/$tile.ms/" "$subband" "$BATS_TEST_TMPDIR/moved.fits"; do
    check 0 why --quiet --json "$subject"
    same "$(jq -r .subject.name <<<"$output")" "$tile"
  done
}

@test "why: a flux density is told with its error, tie and epoch" {
  here
  check 0 why --quiet --json --source s0 --epoch "$tile"
  database=root/state/db/measurements.sqlite3
  expected=$(sqlite3 "$database" "SELECT flux_jy FROM measurement m JOIN epoch e ON e.id = m.epoch_id
    WHERE m.name = 's0' AND e.group_id = '$tile'")
  jq -e --argjson flux "$expected" '(.flux.measurements[0].flux_jy / $flux - 1 | fabs) < 1e-9
    and (.flux.measurements[0].over_catalogue - 1 | fabs) < 0.1
    and .flux.light_curve.epoch_state == "joined" and .flux.tie.n_reference >= 0' <<<"$output"
  check 0 why --quiet --source s0 --epoch "$tile"
  holds "${lines[0]}" "s0 at $tile: "
  check 1 why --quiet --source nobody --epoch "$tile"
  holds "$stderr" "not measured in $tile"
}

@test "why: the first line of a failed group has the reason and the command, and the command runs" {
  here
  id=$(failed)
  check 0 why --quiet "$id"
  holds "${lines[0]}" "failed in convert"
  holds "${lines[0]}" "missing subbands"
  command=$(why --quiet --json "$id" | jq -r .headline.command)
  holds "${lines[0]}" "$command"
  check 1 bash -c "$command" # it looks, and finds what is wrong
  holds "$output" "truncated"
  same "$(why --quiet --json "$id" | jq '.inputs.not_used | length')" \
    "$(find root/incoming -name '2026-01-26T15:00:5*.hdf5' -size -4k | wc -l)"
}

@test "report-night: figures are those of the queue and of the images; the page is whole by itself" {
  here
  check 0 report-night --quiet --json --night 2026-01-26
  report=$output
  same "$(jq '.coverage.n_groups' <<<"$report")" 3
  same "$(jq '.coverage.slots_by_state.failed' <<<"$report")" 1
  same "$(jq -r '.failures[0].groups[0]' <<<"$report")" "$(failed)"
  same "$(jq '.images.n' <<<"$report")" "$(find root/images -name '*-image.fits' | wc -l)"
  jq -e --argjson truth "$truth" --arg tile "$tile" '.images.points[] | select(.group == $tile)
    | (.noise_jy / $truth.noise_jy - 1 | fabs) < 0.25 and .verdict == $truth.verdict' <<<"$report"
  # Two latencies: the smaller is the median by nearest rank.
  other=$(python "$repository/tests/witness/report_truth.py" "$queue" "$calibrator" | jq .latency_s)
  jq -e --argjson a "$(of_truth .latency_s)" --argjson b "$other" \
    '(.keep_up.image.p50_s - ([$a, $b] | min) | fabs) < 0.001
     and (.keep_up.image.max_s - ([$a, $b] | max) | fabs) < 0.001' <<<"$report"
  same "$(jq -r '.calibration.solved[0].name' <<<"$report")" "$calibrator"
  same "$(jq -r .verdict.word <<<"$report")" DEGRADED

  page=$(jq -r .page <<<"$report")
  same "$page" "$PWD/root/state/reports/night-2026-01-26.html"
  check 0 xmllint --noout "$page"
  # The parser of HTML knows HTML 4 only: names of newer tags are all it may complain about.
  run xmllint --html --noout "$page"
  same "$(grep ' error : ' <<<"$output" | grep -vE 'Tag (section|svg|figure|figcaption|footer|rect|title|text|line|circle) invalid')" ""
  lacks "$(<"$page")" "http"
  lacks "$(<"$page")" "<script"
  same "$(grep -o 'src="[^,]*,' "$page" | sort -u)" 'src="data:image/png;base64,'
  same "$(grep -c '<img' "$page")" 2
  # The first picture of the page is, byte by byte, one that image-ms wrote.
  grep -o 'base64,[^"]*' "$page" | head -n 1 | cut -d, -f2 | base64 -d >"$BATS_TEST_TMPDIR/picture.png"
  sum=$(sha256sum <"$BATS_TEST_TMPDIR/picture.png")
  found=$(for png in root/images/2026-01-26/*-thumbnail.png; do sha256sum <"$png"; done | grep -c "$sum")
  same "$found" 1
}
