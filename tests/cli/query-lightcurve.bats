#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# query-lightcurve on 40 sources of 60 epochs: figures held to numpy, how a source is found, formats, plots.
load helpers

witness() { python "$repository/tests/witness/lightcurves.py" "$@"; }

# 40 sources of 60 epochs, and two epochs of before; made once, as a file that is read only.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  /usr/bin/python3 "$BATS_TEST_DIRNAME/../witness/lightcurves.py" make curves.sqlite3 \
    "$BATS_TEST_DIRNAME/../../lib/lightcurve/schema.cc"
}

curves() { echo "$BATS_FILE_TMPDIR/curves.sqlite3"; }
ask() { query-lightcurve --lightcurve-db "$(curves)" "$@"; }
# column NAME : that column of the CSV in $output.
column() { python -c "import csv, sys
for row in csv.DictReader(sys.stdin): print(row[sys.argv[1]])" "$1" <<<"$output"; }

@test "query-lightcurve: points and figures are those that numpy computes" {
  for name in J2255+1530 FLARE S0004 S0033; do
    check 0 ask --json "$name"
    witness check "$(curves)" "$name" <<<"$output"
    check 0 ask --json --raw "$name"
    witness checkraw "$(curves)" "$name" <<<"$output"
  done
  run -1 witness check "$(curves)" FLARE <<<"$output"
}

@test "query-lightcurve: a source is found by name, by another name, by id and by place" {
  check 0 ask --quiet J2255+1530
  same "$stderr" ""
  local expected=$output
  [[ $(wc -l <<<"$expected") -eq 63 ]]
  for question in "B2253+152" "#1" "--id 1" "--ra 343.76333 --dec 15.50333" \
    "--ra 22:55:03.2 --dec +15:30:12" "--ra 22h55m03.5s --dec 15d30m10s --radius-arcsec 10"; do
    read -ra words <<<"$question"
    check 0 ask "${words[@]}"
    same "$output" "$expected"
  done
}

@test "query-lightcurve: CSV has the columns of the manual, a reason where there is no number" {
  check 0 ask S0004
  local columns
  # shellcheck disable=SC2016  # backticks of markdown
  columns=$(sed -n '/^## Columns of a light curve/,/^## /s/^| `\([a-z_]*\)`.*/\1/p' \
    "$repository/docs/tools/query-lightcurve.md" | paste -sd,)
  same "${lines[0]}" "$columns"
  same "$(column kind | sort | uniq -c | tr -s ' ' | paste -sd,)" " 2 before, 57 forced, 3 missing"
  python -c 'import csv, sys
rows = list(csv.DictReader(sys.stdin))
assert len(rows) == 62
for row in rows:
    assert row["flux_jy"] or row["reason"], row
    assert row["usable"] == "false" or row["flux_jy"], row
    assert (row["flags"] == "edge near_bright") == (row["usable"] == "false" and bool(row["flux_jy"]))
early = [row for row in rows if row["kind"] == "before"]
# 5 sigma of 0.5 mJy at a response of 0.8
assert all(abs(float(row["limit_jy"]) - 0.003125) < 1e-8 for row in early), early
assert rows[2]["date"] == "2026-01-25T22:26:24Z", rows[2]' <<<"$output"
}

@test "query-lightcurve: the keys of JSON are those of the manual" {
  check 0 ask --json J2255+1530
  local keys
  # shellcheck disable=SC2016  # backticks of markdown
  keys=$(sed -n '/^## Figures/,/^## /s/^| `\([a-z0-9_]*\)`.*/\1/p' \
    "$repository/docs/tools/query-lightcurve.md" | paste -sd,)
  same "$(jq -r '.figures | keys_unsorted | join(",")' <<<"$output")" "$keys"
  same "$(jq -c 'keys_unsorted' <<<"$output")" \
    '["id","name","origin","ra_deg","dec_deg","names","normalised","figures","candidates","points"]'
  same "$(jq -c '[.names, [.candidates[].kind]]' <<<"$output")" \
    '[["J2255+1530","B2253+152"],["variable","ese"]]'
}

@test "query-lightcurve: a part of a curve has figures of its own" {
  check 0 ask --json S0004 --from 2026-02-04 --until 2026-02-14T00:00:00
  same "$(jq '.points | length' <<<"$output")" 10
  same "$(jq '.figures.n == ([.points[] | select(.usable)] | length)' <<<"$output")" true
  local by_date=$output
  check 0 ask --json S0004 --from 61075 --until 61085
  same "$output" "$by_date"
  check 0 ask --json S0004 --until 61000
  same "$(jq -c '[.figures.n, .figures.eta, .points]' <<<"$output")" '[0,null,[]]'
  check 2 ask S0004 --from yesterday
  holds "$stderr" '--from: "yesterday" is no time, expected YYYY-MM-DD'
}

@test "query-lightcurve: a VOTable opens in astropy without warnings" {
  check 0 ask --votable J2255+1530 --output curve.xml
  same "$output" curve.xml
  witness votable curve.xml rows=62 name=J2255+1530 id=1 normalised=True n=46
  xmllint --noout curve.xml
  check 0 ask --votable --variables --output variables.xml
  witness votable variables.xml rows=3
  check 0 ask --votable --field --output field.xml
  witness votable field.xml rows=40
  check 0 ask --votable --ra 343.9 --dec 15.5 --radius-arcsec 3600 --output cone.xml
  witness votable cone.xml rows=12
}

@test "query-lightcurve: several sources in a cone are listed, the nearest first" {
  check 0 ask --ra 343.97088 --dec 15.50333 --radius-arcsec 25
  same "$(column name | paste -sd' ')" "PAIR PAIR-B"
  python -c 'import csv, sys
a, b = csv.DictReader(sys.stdin)
assert float(a["separation_arcsec"]) < 0.1 and abs(float(b["separation_arcsec"]) - 20) < 0.1' <<<"$output"
  check 0 ask --ra 343.97088 --dec 15.50333 --radius-arcsec 25 --json
  same "$(jq -r .name <<<"$output" | paste -sd' ')" "PAIR PAIR-B"
  check 2 ask --ra 343.97088 --dec 15.50333 --radius-arcsec 25 --plot x.png
  holds "$stderr" "2 sources within 25 arcsec, the nearest PAIR"
  [[ ! -e x.png ]]
}

@test "query-lightcurve: what is not there is exit code 1, with what is near" {
  check 1 ask J2255+1531
  holds "$stderr" "no source is called J2255+1531, did you mean J2255+1530?"
  same "$output" ""
  check 1 ask --id 999
  holds "$stderr" "no source has the id 999"
  check 1 ask --ra 343.7633333 --dec 15.55
  holds "$stderr" "no source within 30 arcsec of 22:55:03.20 +15:33:00.0"
  holds "$stderr" "the nearest is J2255+1530 at 168 arcsec"
  check 1 ask --ra 100 --dec 15.55
  holds "$stderr" "nor within a degree"
  check 1 query-lightcurve --lightcurve-db none.sqlite3 X
  holds "$stderr" "none.sqlite3"
  [[ ! -e none.sqlite3 ]]
}

@test "query-lightcurve: a question that is none or many is exit code 2" {
  check 2 ask
  holds "$stderr" "expected one of a name, --id, --ra with --dec, --variables and --field"
  check 2 ask FLARE --field
  check 2 ask --ra 10
  holds "$stderr" "--ra and --dec go together"
  check 2 ask --ra 10 --dec 95
  holds "$stderr" '--dec: "95" is no angle'
  check 2 ask --ra ten --dec 10
  check 2 ask FLARE --plot flare.pdf
  holds "$stderr" "flare.pdf: expected a name that ends in .png or .svg"
  check 2 ask --variables --plot v.png
  check 2 ask FLARE --csv --json
  sqlite3 other.sqlite3 "CREATE TABLE x (y)"
  check 2 query-lightcurve --lightcurve-db other.sqlite3 FLARE
  holds "$stderr" "not one of light curves"
}

@test "query-lightcurve: --variables lists candidates, the most significant first" {
  check 0 ask --variables
  same "$(awk 'NR > 1 {print $1, $5, $6}' <<<"$output" | paste -sd,)" \
    "FLARE flare 31.0,J2255+1530 variable 12.2,J2255+1530 ese 9.5"
  holds "$output" "6 consecutive points: expected at most 5"
  check 0 ask --variables --json
  same "$(jq -c '[.name, .kind, .significance, .depth]' <<<"$output" | paste -sd' ')" \
    '["FLARE","flare",31,2] ["J2255+1530","variable",12.25,null] ["J2255+1530","ese",9.5,-0.4]'
  check 0 ask --variables --csv
  same "$(column kind | paste -sd' ')" "flare variable ese"
  witness make quiet.sqlite3 "$repository/lib/lightcurve/schema.cc" candidates=0 sources=5
  check 0 query-lightcurve --lightcurve-db quiet.sqlite3 --variables
  same "$output" "no candidates"
  check 0 query-lightcurve --lightcurve-db quiet.sqlite3 --variables --json
  same "$output" ""
}

@test "query-lightcurve: --field has every source with its figures" {
  check 0 ask --field --json
  same "$(wc -l <<<"$output")" 40
  same "$(jq -r 'select(.candidate) | .name' <<<"$output" | paste -sd' ')" "J2255+1530 FLARE"
  check 0 ask --field --min-points 47
  same "$(wc -l <<<"$output")" 1
  check 0 ask --field
  same "$(wc -l <<<"$output")" 41
}

@test "query-lightcurve: pictures are PNG or SVG, and stdout has their paths" {
  check 0 ask --quiet J2255+1530 --plot curve.png
  same "$output" curve.png
  same "$stderr" ""
  same "$(head -c 4 curve.png | tail -c 3)" PNG
  check 0 ask J2255+1530 --plot curve.svg --output curve.csv
  same "$output" $'curve.svg\ncurve.csv'
  xmllint --noout curve.svg
  for part in "J2255+1530" "22:55:03.20 +15:30:12.0 ICRS" "46 points" "upper limit (5)" \
    "no measurement (3)" "flagged, not used (" "beyond the axis (2)" "ese 9.5"; do
    grep -qF "$part" curve.svg
  done
  [[ $(wc -l <curve.csv) -eq 63 ]]
  check 0 ask --field --plot field.svg
  xmllint --noout field.svg
  grep -qF "40 sources, 2 candidates" field.svg
  grep -qF "FLARE" field.svg
  check 0 ask --field --plot field.svg --variable-modulation 0.25
  grep -qF "V 0.25" field.svg
  check 75 env PATH="$CONTIMG_BUILD" query-lightcurve --lightcurve-db "$(curves)" FLARE --plot no.png
  [[ ! -e no.png ]]
}

@test "query-lightcurve: reads while another writes, and changes nothing" {
  cp "$(curves)" c.sqlite3
  local before
  before=$(sha256sum <c.sqlite3)
  sqlite3 c.sqlite3 "PRAGMA journal_mode = WAL" >/dev/null
  before=$(sha256sum <c.sqlite3)
  python -c 'import sqlite3, subprocess, sys
db = sqlite3.connect("c.sqlite3", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE source SET name = \"NEW\" WHERE id = 1")
out = subprocess.run(["query-lightcurve", "--lightcurve-db", "c.sqlite3", "--id", "1", "--json"],
                     check=True, capture_output=True, text=True).stdout
assert "\"J2255+1530\"" in out and "NEW" not in out
db.execute("ROLLBACK")'
  same "$(sha256sum <c.sqlite3)" "$before"
}
