#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The examples of every manual page, and documents that look at what is there, run as they stand there in the root of a
# small night's data: a calibrator, 2026-01-26T13:00:56, and a science group, 2026-01-26T13:30:56, from raw files to
# light curves (docs.bash says how).
# shellcheck disable=SC2016  # others expand

load helpers
load docs

calibrator=2026-01-26T13:00:56
science=2026-01-26T13:30:56

# In a shell of its own: setup() takes settings away.
setup_file() (
  BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR setup
  mkdir -p night/{incoming,ms,caltables,images,sources,mosaics,catalogues} night/state/{db,checkpoints,logs,reports}
  cd night || return
  export CONTIMG_CONFIG=$PWD/contimg.toml
  printf '%s\n' '[paths]' "root = \"$PWD\"" "catalogue = \"$PWD/catalogues/sources.sqlite3\"" \
    '[disk]' 'floor_gb = 0.01' '[group]' 'settle_time_s = 0' \
    '[image]' 'size = 400' 'scale = "15arcsec"' 'niter = 100' '[retention]' "backup_dir = \"$PWD/backups\"" >contimg.toml
  observe incoming --calibrator 3C286 --start $calibrator
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' incoming/$calibrator.truth.json)
  python "$repository/tests/witness/sky_around.py" $science "$dec" 0.1,0.2,3 -0.4,0.3,2 0.5,-0.3,1 |
    sed 's/^s0,/J1403+3042,/' >sky.csv
  check 0 import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output catalogues/sources.sqlite3
  observe incoming --start $science --dec "$dec" --sky sky.csv
  check 0 scan-incoming --quiet
  check 0 form-groups --quiet
  check 0 process-group --quiet $calibrator
  check 0 process-group --quiet $science
  cp -a . ../first
)
teardown() {
  local pid
  [[ ! -e background ]] || while read -r pid; do kill -9 "$pid" 2>/dev/null || true; done <background
}

# at_night : in that night's folder, as it was at first; the databases have its path.
at_night() {
  cd "$BATS_FILE_TMPDIR" || return
  rm -rf night
  cp -a first night
  cd night || return
  export CONTIMG_CONFIG=$PWD/contimg.toml queue=$PWD/state/db/pipeline.sqlite3
}
# configured : the configuration where the manual pages have it; flags : a list of what is bad.
configured() { mkdir -p etc/contimg && cp contimg.toml etc/contimg/; }
flags() { printf '%s\n' antennas,low_mhz,high_mhz,from,until,why 24,,,2026-01-12,,cable >bad.csv; }
# shim NAME LINES... : a program of that name that comes before others.
shim() {
  mkdir -p shims
  printf '%s\n' '#!/bin/bash' "${@:2}" >"shims/$1"
  chmod +x "shims/$1"
  PATH=$PWD/shims:${PATH#"$PWD/shims:"}
}

# forked "PROGRAM [OPTION]" CONDITION... : what works on until it is told to end does so in the background, once the
# condition holds the next commands are run.
forked() {
  local program=${1%% *} real
  real=$(command -v "$program")
  shim "$program" "[[ \" $program \$* \" == *\" $1 \"* ]] || exec '$real' \"\$@\"" "'$real' \"\$@\" >>forked.log 2>&1 &" \
    "echo \$! >>background" "until $(printf '%q ' "${@:2}"); do kill -0 \$! || exit 1; sleep 0.05; done"
}

@test "examples: every manual page's are run here" {
  for page in "$repository"/docs/tools/*.md; do
    page=$(basename "$page" .md)
    grep -qE "examples ${page//./\\.} [0-9]" "$BATS_TEST_FILENAME" ||
      { echo "$page is not run" >&2 && return 1; }
  done
}

@test "examples: calibrate-ms" {
  at_night
  cp -r ms/*/*/*.ms .
  examples calibrate-ms 5
  [[ -s $calibrator.png ]]
}

@test "examples: check-config" {
  at_night
  configured
  examples check-config 2
}

@test "examples: clean-up" {
  at_night
  examples clean-up 1
}

@test "examples: collect-diagnostics" {
  at_night
  mkdir tmp
  examples collect-diagnostics 1
  compgen -G "tmp/contimg.tar.gz"
}

@test "examples: convert-group" {
  at_night
  flags
  examples convert-group 1
}

@test "examples: dsa110-stream" {
  at_night
  configured
  forked dsa110-stream test -e state/db/pipeline.sqlite3.locks/stream
  shim screen 'exec "${@:3}"'
  examples dsa110-stream 1
}

@test "examples: flag-ms" {
  at_night
  flags
  examples flag-ms 2
}

@test "examples: form-groups" {
  at_night
  examples form-groups 1
}

@test "examples: image-ms" {
  at_night
  cp -r ms/*/*/*.ms .
  for part in K B G; do cp -r caltables/$calibrator.$part a.$part; done
  examples image-ms 2
}

@test "examples: import-catalogue" {
  needs_data catalogues/vlacalibrators.txt
  at_night
  cp "$test_data/catalogues/vlacalibrators.txt" .
  python - <<'PYTHON'
from astropy.table import Table
Table({"RAJ2000": ["14 03 01.1"], "DEJ2000": ["+30 42 01"], "S1.4": [3000.0]}).write("nvss.fits")
PYTHON
  printf 'alpha,delta,S\n210.75,30.7,3000\n' >mine.csv
  examples import-catalogue 2
}

@test "examples: import-earth-orientation" {
  needs_data earth/finals2000A.all
  at_night
  mkdir -p data/state
  cp "$test_data/earth/finals2000A.all" .
  examples import-earth-orientation 1
}

@test "examples: list-transits" {
  needs_data catalogues/vlacalibrators.txt
  at_night
  check 0 import-catalogue --quiet --format vla "$test_data/catalogues/vlacalibrators.txt" --output catalogues/vla.sqlite3
  examples list-transits 3
}

@test "examples: make-mosaic" {
  at_night
  examples make-mosaic 4
}

@test "examples: manage-caltables" {
  at_night
  for part in K B G; do cp -r caltables/$calibrator.$part 3c286.$part; done
  examples manage-caltables 3
}

@test "examples: manage-parcels" {
  at_night
  check 0 manage-queue --quiet rerun $science image
  examples manage-parcels 1
}

@test "examples: manage-queue" {
  at_night
  mkdir backups
  check 0 manage-queue --quiet rerun $science flag
  check 1 flag-ms --quiet --group $science --max-lost-share 0.0001
  examples manage-queue 1
}

@test "examples: measure-sources" {
  at_night
  examples measure-sources 2
}

@test "examples: notify" {
  at_night
  shim mail 'cat >>mails'
  mkdir -p var/lib/contimg
  examples notify 1
}

@test "examples: process-group" {
  at_night
  configured
  check 0 manage-queue --quiet rerun $science image
  examples process-group 1
}

@test "examples: query-lightcurve" {
  at_night
  shim python3 'exec /usr/bin/python3 "$@"'
  examples query-lightcurve 2
}

@test "examples: record-metrics" {
  at_night
  mkdir -p var/lib/prometheus/node-exporter
  echo '2026-01-26T13:35:56Z INFO: Group 2026-01-26T13:30:56 completed in 99.0 s' >state/logs/streaming-pipeline.log
  examples record-metrics 1
}

@test "examples: report-night" {
  at_night
  examples report-night 2
}

@test "examples: roll-back" {
  at_night
  mkdir -p prefix/{bin,libexec/contimg,share/contimg}
  cp -p "$CONTIMG_BUILD"/{manage-queue,check-config} "$repository"/scripts/{roll-back,run-tick} prefix/bin/
  cp -p "$repository/scripts/run-tools.bash" prefix/libexec/contimg/
  shim make true
  shim crontab true
  PATH=$PWD/prefix/bin:$PATH
  examples roll-back 1
}

@test "examples: run-tick" {
  at_night
  configured
  examples run-tick 1
}

@test "examples: run_conversion.sh" {
  at_night
  mkdir -p data/archive
  ln -s "$PWD/incoming" data/incoming
  cp incoming/2026-01-26T13:3*.hdf5 data/archive
  examples run_conversion.sh 1
}

@test "examples: scan-incoming" {
  at_night
  forked "scan-incoming --watch" true
  examples scan-incoming 1
}

@test "examples: serve-status" {
  at_night
  unshare --net true 2>/dev/null || skip "no network namespace here"
  forked serve-status curl --silent --fail http://localhost:8000/health
  export -f examples run_extracted
  # examples serve-status, where nobody else has its ports:
  check 0 unshare --net bash -c 'repository=$0 && ip link set lo up && examples serve-status 1 3>&1 &&
    curl --silent --fail http://localhost:8010/api/streaming/config' "$repository"
  same "$(tail -n 1 <<<"$output" | jq .max_workers)" 2
}

@test "examples: simulate-observation" {
  at_night
  cp sky.csv five.csv
  mkdir ideal day late
  # What is of full size is made small, and a day has three groups.
  shim simulate-observation 'small=(--antennas 6 --channels 4 --integrations 3)' \
    '[[ "$*" != *--antennas* ]] || small=()' 'words=("${@/#279/3}")' \
    "exec '$CONTIMG_BUILD/simulate-observation' \"\${words[@]/#100/1000}\" \"\${small[@]}\""
  examples simulate-observation 4
}

@test "examples: update-lightcurves" {
  at_night
  # Epochs for an ensemble: twelve of each of five places, one of them that group's.
  rm state/db/{measurements,lightcurves}.sqlite3
  python "$repository/tests/witness/measured_epochs.py" state/db/measurements.sqlite3 --first-mjd 61064
  sqlite3 state/db/measurements.sqlite3 "UPDATE epoch SET group_id = '$science' WHERE id = 31"
  examples update-lightcurves 3
}

@test "examples: watch-stage" {
  at_night
  examples watch-stage 1
}

@test "examples: why" {
  at_night
  examples why 3
}

@test "documents that look at a night, as written" {
  at_night
  export CONTIMG_ROOT=$PWD group=$science
  export CONTIMG_LOG_FILE=$CONTIMG_ROOT/state/logs/contimg.log
  run_blocks injection.md 1
  for page in configuration keep-up night-report cron; do run_blocks operations/$page.md 1; done
}

@test "retention, as written: neither raw files nor sets change" {
  at_night
  export group=$science
  before=$(find incoming ms -type f -exec sha256sum {} + | sort)
  run_blocks operations/retention.md 4
  same "$(find incoming ms -type f -exec sha256sum {} + | sort)" "$before"
}
