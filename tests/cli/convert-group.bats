#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# convert-group on small groups: by hand and from the queue, bad input, full disks, kills and two at once.
load helpers

id=2026-01-25T22:26:05
made="ms/science/2026-01-25/$id.ms"

teardown() { ! mountpoint -q small 2>/dev/null || umount small; }

simulate() {
  mkdir -p "$1"
  simulate-observation --quiet --start $id --output-dir "$@" >/dev/null
}
# Three subbands of four antennas: what most tests need, and no more.
group() { subbands 3 "$@"; }
subbands() { simulate incoming --antennas 4 --channels 4 --integrations 3 --subbands "$@"; }
convert() { convert-group --disk-floor-gb 0 "$@"; }
by_hand() { convert --output-dir ms --files incoming/*.hdf5 "$@"; }
from_queue() { convert --output-dir ms --queue-db "$queue" "$@"; }
# enqueue [N] : what arrived becomes a pending group of N subbands.
enqueue() {
  scan-incoming --quiet --settle-time-s 0 --input-dir incoming --queue-db "$queue" >/dev/null
  form-groups --quiet --queue-db "$queue" --expected-subbands "${1:-3}" >/dev/null
}
job() { sql "SELECT $1 FROM job WHERE stage = 'convert' AND group_id = '$id'"; }
variants() { python "$repository/tests/witness/uvh5_variants.py" "$@"; }
files_below() { find "$@" -type f | sort; }
# Conversions that a test is to act upon stand still meanwhile: on a loaded machine they must not end before it does.
hash_of() { (cd "$1" && find . -type f | sort | xargs sha256sum | sha256sum); }
# edit FILE PYTHON : runs PYTHON with the HDF5 file open as f.
edit() {
  python -c "import sys, h5py, numpy
with h5py.File(sys.argv[1], 'r+') as f: exec(sys.argv[2])" "$1" "$2"
}
# equal_sets A B : every column of MAIN and the subtables that hold no provenance.
equal_sets() {
  python - "$1" "$2" <<'PYTHON'
import sys
import numpy
from casacore.tables import table
for name in ("", "/ANTENNA", "/FIELD", "/SPECTRAL_WINDOW", "/POLARIZATION", "/OBSERVATION",
             "/POINTING", "/FEED", "/STATE", "/SOURCE", "/DATA_DESCRIPTION"):
    one, other = (table(path + name, ack=False) for path in sys.argv[1:3])
    assert one.nrows() == other.nrows(), name
    for column in one.colnames():
        if one.nrows() == 0 or not one.iscelldefined(column, 0):
            continue
        if column not in ("FLAG_CATEGORY", "LOG", "SCHEDULE", "RELEASE_DATE"):
            a, b = one.getvarcol(column), other.getvarcol(column)
            assert all(numpy.array_equal(a[row], b[row]) for row in a), (name, column)
PYTHON
}

# --- as cron sees it

@test "convert-group: prints the path of the set, and only that" {
  group
  check 0 by_hand
  same "$output" "$PWD/$made"
  holds "$stderr" "Group $id completed in "
  same "$(find ms -mindepth 1 -maxdepth 3)" "$(printf 'ms/science\nms/science/2026-01-25\n%s' "$made")"
  check 0 by_hand --overwrite --quiet
  same "$stderr" ""
}

@test "convert-group: done again changes nothing; --overwrite replaces" {
  group
  check 0 by_hand
  before=$(hash_of "$made")
  check 0 by_hand
  same "$output" "$PWD/$made"
  holds "$stderr" "is there already; nothing to do"
  same "$(hash_of "$made")" "$before"
  check 0 by_hand --json
  same "$(jq -r .state <<<"$output")" existed
  inode=$(stat -c %i "$made")
  check 0 by_hand --overwrite
  [[ $(stat -c %i "$made") != "$inode" ]]
  same "$(ls ms/science/2026-01-25)" "$id.ms"
}

@test "convert-group: --json says what was made" {
  group
  check 0 by_hand --json
  same "$(jq -r '[.stage, .group_id, .product, .state, .n_row, .n_time, .n_baseline, .n_channel,
    .n_correlation, .resumed, .flagged_percent] | join(" ")' <<<"$output")" \
    "convert $id $PWD/$made completed 18 3 6 12 2 false 0"
  same "$(jq -r '[.seconds, .load_time, .phase_time, .write_time, .total_time, .start_mjd, .end_mjd]
    | map(type) | unique | join(" ")' <<<"$output")" number
  same "$(jq -c .missing_subbands <<<"$output")" "[]"
}

@test "convert-group: the share of flagged visibilities does not depend on the windows" {
  group
  edit incoming/*_sb01.hdf5 "f['Data/flags'][...] = True"
  check 0 by_hand --json
  one=$(jq .flagged_percent <<<"$output")
  same "$(jq '. * 10 | round' <<<"$one")" 333
  check 0 by_hand --json --overwrite --spectral-windows 16
  same "$(jq .flagged_percent <<<"$output")" "$one"
}

@test "convert-group: --dry-run says what would be made and writes nothing" {
  group
  enqueue
  state_of_all() { find . ! -name 'separate-stderr-*' | sort; sql .dump; }
  before=$(state_of_all)
  check 0 by_hand --dry-run --checkpoint-dir checkpoints --scratch-dir scratch
  same "$output" "$PWD/$made"
  check 0 from_queue --dry-run
  same "$output" "$PWD/$made"
  check 0 from_queue --dry-run --json
  same "$(jq -r '[.state, .n_row] | join(" ")' <<<"$output")" "planned 18"
  same "$(state_of_all)" "$before"
  check 2 convert --queue-db nowhere.sqlite3 --dry-run
  check 2 from_queue --dry-run --group 2020-01-01T00:00:00
  [[ ! -e nowhere.sqlite3 ]]
  edit incoming/*_sb01.hdf5 "del f['Header/freq_array']"
  check 1 by_hand --dry-run
  holds "$stderr" "_sb01.hdf5: Header/freq_array is missing"
  [[ ! -e ms ]]
}

@test "convert-group: --dry-run leaves what a dead process left" {
  group
  mkdir -p "$made.partial-0-$(hostname | tr - _)-999999999"
  check 0 by_hand --dry-run
  same "$(find ms -name '*partial*' | wc -l)" 1
  check 0 by_hand
  same "$(find ms -name '*partial*')" ""
}

@test "convert-group: --profile says how long each step took" {
  group
  check 0 by_hand
  lacks "$stderr" "of threads' time"
  check 0 by_hand --overwrite --profile
  holds "$stderr" "of threads' time"
}

@test "convert-group: --phase-centres per-integration gives each integration its field" {
  group
  check 0 by_hand --phase-centres per-integration
  same "$(python - "$made" <<'END'
import sys, casacore.tables as tables
print(tables.table(sys.argv[1] + "/FIELD", ack=False).nrows(),
      sorted(set(tables.table(sys.argv[1], ack=False).getcol("FIELD_ID"))))
END
)" "3 [0, 1, 2]"
}

@test "convert-group: works on the queue's next group, records it, and then has nothing to do" {
  group --groups 2
  enqueue
  check 0 from_queue
  same "$output" "$PWD/$made"
  same "$(state_of $id)" completed
  same "$(sql "SELECT count(*) FROM ms_index WHERE path = '$PWD/$made'")" 1
  same "$(sql "SELECT total_time > 0 FROM performance_metrics WHERE group_id = '$id'")" 1
  check 0 from_queue
  check 0 from_queue
  same "$output" ""
  holds "$stderr" "nothing to do"
  check 0 from_queue --quiet
  same "$stderr" ""
}

@test "convert-group: --group takes one group, once; --force makes it again" {
  group
  enqueue
  check 0 from_queue --group $id
  inode=$(stat -c %i "$made")
  check 0 from_queue --group $id
  same "$output" ""
  same "$(stat -c %i "$made")" "$inode"
  check 0 from_queue --group $id --force
  same "$output" "$PWD/$made"
  [[ $(stat -c %i "$made") != "$inode" ]]
  same "$(state_of $id)" completed
  check 2 from_queue --group 2020-01-01T00:00:00
  holds "$stderr" "2020-01-01T00:00:00: no such group"
}

@test "convert-group: staged inputs give the same set, and go away unless kept" {
  group
  check 0 by_hand
  mv ms plain
  check 0 by_hand --stage-inputs --stage-workers 2 --scratch-dir scratch
  equal_sets "$made" "plain/${made#ms/}"
  same "$(files_below scratch)" ""
  check 0 by_hand --stage-inputs --scratch-dir scratch --cleanup-temp=false --overwrite
  same "$(files_below scratch | wc -l)" 3
}

@test "convert-group: staged files of one name in different folders do not mix" {
  group
  for n in 0 1 2; do
    mkdir host$n
    mv incoming/*_sb0$n.hdf5 host$n/data.uvh5
  done
  check 0 convert --output-dir ms --files host?/data.uvh5 --stage-inputs --scratch-dir scratch --json
  same "$(jq .n_channel <<<"$output")" 12
}

@test "convert-group: killed in the middle, the next run goes on and makes the same set" {
  simulate incoming --subbands 2 --antennas 20
  check 0 by_hand
  mv ms plain
  enqueue 2
  # Not by from_queue(): a function in the background is a shell, and the signal would end that.
  options=(--disk-floor-gb 0 --output-dir ms --queue-db "$queue" --omp-threads 1
    --checkpoint-dir checkpoints --checkpoint-interval-s 0)
  stands_still convert-group 'checkpoints/*.uvh5'
  convert-group --quiet "${options[@]}" 3>&- &
  pid=$!
  stood
  kill -KILL "$pid"
  wait "$pid" || true
  same "$(state_of $id)" in_progress
  # The kill may have come while the next checkpoint was being written beside it.
  same "$(find checkpoints -name '*.checkpoint.uvh5' | wc -l)" 1
  check 0 manage-queue --quiet --queue-db "$queue" reset-stuck --yes
  convert-group "${options[@]}" --group $id --json >out 2>log
  same "$(sql "SELECT processing_stage FROM ingest_queue")" resuming
  # casacore may have been killed while it rewrote a header: then the set cannot be gone on with.
  grep -q "going on at integration" log
  [[ $(jq .resumed out) == true ]] || grep -q "begun anew" log
  equal_sets "$made" "plain/${made#ms/}"
  same "$(files_below checkpoints)" ""
  same "$(find ms -name '*partial*')" ""
}

# --- what it reads

@test "convert-group: reads every form of UVH5 that the field writes, and makes the same set" {
  simulate source --antennas 6 --channels 4 --integrations 12 --subbands 3
  variants base source base
  check 0 convert --quiet --output-dir ms --files base/*.hdf5
  variants phased "$made" base all
  variants make base all
  for folder in all/*; do
    check 0 convert --quiet --files "$folder"/*.hdf5 --output-dir "sets/${folder#all/}"
    printf '%s\n' "$output" >>sets.txt
  done
  same "$(wc -l <sets.txt)" "$(find all -mindepth 1 -maxdepth 1 | wc -l)"
  [[ $(wc -l <sets.txt) -ge 32 ]]
  mapfile -t sets <sets.txt
  check 0 variants compare "$made" "${sets[@]}"
  # The files' own uvw are held to ours integration by integration, whatever the order of rows.
  check 0 convert --files all/phased-baseline-major/*.hdf5 --output-dir again --json
  same "$(jq '.uvw_discrepancy_m < 0.001' <<<"$output")" true
}

@test "convert-group: missing subbands are flagged and zero" {
  subbands 4
  rm incoming/*_sb02.hdf5
  check 0 by_hand --expected-subbands 4
  holds "$stderr" "subband 2 is missing; its channels are flagged"
  check 0 python - "$made" <<'PYTHON'
import sys
from casacore.tables import table
main = table(sys.argv[1], ack=False)
data, flag = main.getcol("DATA"), main.getcol("FLAG")
assert flag.shape[1] == 16 and flag[:, 4:8].all() and not flag[:, :4].any() and not flag[:, 8:].any()
assert (data[:, 4:8] == 0).all() and (data[:, 8:] != 0).any()
frequency = table(sys.argv[1] + "/SPECTRAL_WINDOW", ack=False).getcol("CHAN_FREQ")[0]
steps = frequency[1:] - frequency[:-1]
assert abs(steps - steps[0]).max() < 1
PYTHON
}

# --- bad input: a message that names file, fault and remedy; a row with state and reason; the next
# group goes on; nothing is left but the reason

# leaves_only_the_reason : nothing on disk but ms/failed/.../<id>.reason.json.
leaves_only_the_reason() {
  same "$(files_below ms)" "ms/failed/2026-01-25/$id.reason.json"
  same "$(jq -r '[.group_id, .stage, .measurement_set] | @json' ms/failed/*/*.json)" \
    "[\"$id\",\"convert\",null]"
}
# refuses TEXT... : converting what is in incoming fails, says all of TEXT, and leaves the reason.
refuses() {
  check 1 by_hand
  same "$output" ""
  for text in "$@"; do holds "$stderr" "$text"; done
  leaves_only_the_reason
  holds "$(jq -r '.reasons[0]' ms/failed/*/*.json)" "$1"
}
# damage FAULT : a group with one fault that simulate-observation makes.
damage() { group --fault "$1"; }

@test "convert-group: refuses files that are empty, cut off or no HDF5" {
  group
  files=(incoming/*.hdf5)
  cp -r incoming good
  : >"${files[1]}"
  refuses "${files[1]}: empty (0 bytes)"
  echo text >"${files[1]}"
  refuses "${files[1]}: not an HDF5 file"
  cp good/"${files[1]##*/}" incoming
  truncate -s -1000 "${files[1]}"
  refuses "${files[1]}: truncated or damaged" "copy it again from the correlator"
  rm "${files[1]}"
  mkdir "${files[1]}"
  refuses "${files[1]}: not a regular file"
}

@test "convert-group: refuses datasets that are missing, or of another shape or type" {
  group
  cp -r incoming good
  file=$(echo incoming/*_sb01.hdf5)
  while IFS='|' read -r change message; do
    cp good/*_sb01.hdf5 incoming
    edit "$file" "$change"
    refuses "$file: $message"
  done <<'CASES'
del f['Header']|has no group /Header
del f['Data/visdata']|Data/visdata is missing
del f['Data/nsamples']|Data/nsamples is missing
del f['Header/antenna_positions']|Header/antenna_positions is missing
del f['Header/ant_1_array']|Header/ant_1_array is missing
v = f['Data/flags'][:-1]; del f['Data/flags']; f['Data/flags'] = v|Data/flags has shape
v = f['Data/visdata'][()].real; del f['Data/visdata']; f['Data/visdata'] = v|Data/visdata holds values of the wrong type
del f['Header/time_array']; f['Header/time_array'] = numpy.array([b'x'] * 30)|Header/time_array holds values of the wrong type
f['Header/time_array'][...] -= 6000|Header/time_array begins or ends at MJD
f['Header/time_array'][3] = numpy.nan|Header/time_array
f['Header/ant_1_array'][4] = 4711|Header/ant_1_array names antenna number 4711
f['Header/antenna_positions'][2] = numpy.nan|Header/antenna_positions holds a value that is not finite
f['Header/freq_array'][...] += 1.2e6|channels begin at
f['Header/freq_array'][0, 1] = -1|Header/freq_array holds a frequency that is not a positive number
f['Header/integration_time'][...] *= 0.5|Header/time_array spans
f['Header/polarization_array'][0] = -6|polarisation list differs from that of
f['Header/ant_2_array'][...] = f['Header/ant_2_array'][0]|has baseline
CASES
}

@test "convert-group: refuses an antenna or station that the other subbands do not have" {
  group --fault antenna-count:subband=1
  refuses "_sb01.hdf5: number of antennas (3) differs from that of" "convert the group without it"
  rm -r incoming ms
  group
  edit incoming/*_sb01.hdf5 "f['Header/antenna_positions'][7] += 1"
  refuses "_sb01.hdf5: position of station 8 differs"
  rm -r incoming ms
  group
  cp incoming/*_sb01.hdf5 incoming/${id}_sb09.hdf5
  refuses "has the same frequencies as" "leave one of them out"
}

@test "convert-group: every fault of simulate-observation fails with its file's name, or is flagged" {
  for fault in truncated zero-length not-hdf5 bit-flip:in=signature mislabelled wrong-time-origin \
    missing-dataset wrong-shape wrong-type frequency-gap antenna-count; do
    rm -rf incoming ms
    damage "$fault"
    check 1 by_hand
    holds "$stderr" "incoming/"
    holds "$stderr" ".hdf5: "
    leaves_only_the_reason
  done
  for fault in missing nan-tail short wrong-name restart-gap bit-flip:in=data; do
    rm -rf incoming ms
    damage "$fault"
    check 0 convert --output-dir ms --group $id --files incoming/*.hdf5
    same "$output" "$PWD/$made"
  done
}

@test "convert-group: a bad group is recorded with its reason, and the next one goes on" {
  group --groups 2
  enqueue
  edit incoming/${id}_sb01.hdf5 "del f['Header/freq_array']"
  check 1 from_queue
  same "$(state_of $id)" failed
  same "$(job state)" failed
  holds "$(sql "SELECT error FROM ingest_queue WHERE group_id = '$id'")" \
    "$PWD/incoming/${id}_sb01.hdf5: Header/freq_array is missing"
  leaves_only_the_reason
  check 0 from_queue
  same "$(sql "SELECT group_concat(state) FROM (SELECT state FROM ingest_queue ORDER BY 1)")" \
    completed,failed
  check 0 from_queue
  holds "$stderr" "nothing to do"
}

@test "convert-group: a vanished file fails the group" {
  group
  enqueue
  rm incoming/*_sb01.hdf5
  check 1 from_queue
  holds "$stderr" "_sb01.hdf5: No such file or directory, expected a subband file of group $id"
  same "$(state_of $id)" failed
  leaves_only_the_reason
}

@test "convert-group: a set that is not valid goes to failed/ with its reason" {
  group
  enqueue
  # uvw of another array: the stations of all headers agree, but not with the uvw.
  for file in incoming/*.hdf5; do edit "$file" "f['Header/uvw_array'][...] *= -1"; done
  check 1 from_queue
  same "$output" ""
  holds "$stderr" "failed/2026-01-25/$id.ms: not valid: uvw in the files differ"
  holds "$stderr" "a sign, the station positions or the declination of the header is wrong"
  same "$(state_of $id)" failed
  same "$(jq -r .measurement_set ms/failed/2026-01-25/$id.reason.json)" \
    "$PWD/ms/failed/2026-01-25/$id.ms"
  [[ -f ms/failed/2026-01-25/$id.ms/table.dat && ! -e $made ]]
  # Mended and asked for again, it is made and the reason goes away.
  for file in incoming/*.hdf5; do edit "$file" "f['Header/uvw_array'][...] *= -1"; done
  check 0 from_queue --group $id --force
  same "$(files_below ms/failed -name '*.json')" ""
  same "$(state_of $id)" completed
}

# --- the machine is in the way: exit code 75, the job waits, no try is counted

# waits TEXT COMMAND... : 75, says TEXT, nothing is left, and the job is as before.
waits() {
  local text=$1
  shift
  check 75 "$@"
  same "$output" ""
  holds "$stderr" "$text"
  same "$(job 'retry_count')" 0
  [[ $(job state) == waiting || $(job state) == ready ]]
  same "$(state_of $id)" pending
  same "$(find . -path '*partial*')" ""
}

@test "convert-group: waits below the disk floor" {
  group
  enqueue
  waits "MB free, expected 1000000000 MB before a conversion begins; free some space" \
    convert-group --output-dir ms --queue-db "$queue" --disk-floor-gb 1e6
  same "$(files_below ms 2>/dev/null)" ""
  check 0 from_queue --group $id
}

@test "convert-group: waits while a file cannot be read" {
  group
  enqueue
  chmod -R a+rwX .
  chmod 000 incoming/*_sb01.hdf5
  as=()
  if [[ $EUID -eq 0 ]]; then
    as=(setpriv --reuid nobody --regid nogroup --clear-groups)
    for folder in "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test; do chmod go+x "$folder"; done
    "${as[@]}" test -x "$CONTIMG_BUILD/convert-group" -a -w "$queue" || skip "nobody cannot get here"
  fi
  waits "_sb01.hdf5: Permission denied; check its owner and mode" "${as[@]}" \
    "$CONTIMG_BUILD/convert-group" --disk-floor-gb 0 --output-dir ms --queue-db "$queue"
}

# small_disk SIZE : a filesystem of its own in ./small.
small_disk() {
  [[ $EUID -eq 0 ]] || skip "mounting needs root"
  mkdir small
  mount -t tmpfs -o "size=$1" tmpfs small 2>/dev/null || skip "mounting is not permitted here"
}
# waits_for TEXT OPTION... : 75, the job waits, nothing is left.
waits_for() {
  local text=$1
  shift
  check 75 convert-group --disk-floor-gb 0 --queue-db "$queue" --group $id "$@"
  holds "$stderr" "small/"
  holds "$stderr" "$text"
  same "$(state_of $id) $(job retry_count)" "pending 0"
  same "$(find small ms -type f ! -name filler 2>/dev/null)" ""
}

@test "convert-group: waits for a full disk, a read-only one, and unwritable scratch" {
  small_disk 20m
  group
  enqueue
  head -c 18M /dev/zero >small/filler
  waits_for "MB free, expected" --output-dir small/ms
  head -c 30M /dev/zero >small/filler 2>/dev/null || true
  waits_for "No space left on device" --output-dir ms --stage-inputs --scratch-dir small/scratch
  rm -r small/*
  mount -o remount,ro small
  for where in "--output-dir small/ms" "--output-dir ms --scratch-dir small/scratch" \
    "--output-dir ms --stage-inputs --scratch-dir small/scratch" \
    "--output-dir ms --checkpoint-interval-s 0 --checkpoint-dir small/checkpoints"; do
    read -ra options <<<"$where"
    waits_for "Read-only file system" "${options[@]}"
  done
  check 0 from_queue --group $id
  same "$(state_of $id)" completed
}

# Wherever it meets the full disk: while the set is created, and while rows are written.
@test "convert-group: a disk that fills while it writes costs no try and leaves nothing" {
  small_disk 60m
  simulate incoming --subbands 2 --antennas 50
  enqueue 2
  options=(--disk-floor-gb 0 --output-dir small/ms --queue-db "$queue" --omp-threads 1)
  for filled_kb in 5000 15000 25000 35000; do
    stands_still convert-group 'small/ms/science/*/*partial*'
    convert-group "${options[@]}" --group $id 2>log 3>&- &
    pid=$!
    stood
    # It stands while the disk is measured and filled, so that it can neither end before nor go on beside that.
    end=$((SECONDS + 120))
    until [[ $(du -sk small | cut -f1) -gt $filled_kb ]]; do
      ((SECONDS < end))
      kill -CONT "$pid"
      sleep 0.005
      kill -STOP "$pid"
    done
    head -c 60M /dev/zero >small/filler 2>/dev/null || true
    kill -CONT "$pid"
    code=0
    wait "$pid" || code=$?
    cat log
    same "$code $(state_of $id) $(job retry_count)" "75 pending 0"
    grep -q "small/ms/science/.*\(the disk is full; free some space\|No space left on device\)" log
    same "$(find small -type f)" small/filler
    rm -r small/*
  done
  check 0 convert-group "${options[@]}" --group $id
  same "$output" "$PWD/small/$made"
  same "$(state_of $id)" completed
}

@test "convert-group: TERM releases the job, counts no try, and leaves nothing" {
  simulate incoming --subbands 2 --antennas 60
  enqueue 2
  stands_still convert-group 'ms/science/*/*partial*'
  convert-group --disk-floor-gb 0 --output-dir ms --queue-db "$queue" --omp-threads 1 2>log 3>&- &
  pid=$!
  stood
  kill -TERM "$pid"
  code=0
  wait "$pid" || code=$?
  same "$code" 75
  same "$(state_of $id) $(job state) $(job retry_count)" "pending ready 0"
  same "$(files_below ms)" ""
  same "$(sql "SELECT outcome FROM job_attempt")" released
}

@test "convert-group: TERM with checkpoints leaves one, and the next run goes on" {
  simulate incoming --subbands 2 --antennas 60
  enqueue 2
  options=(--disk-floor-gb 0 --output-dir ms --queue-db "$queue" --omp-threads 1
    --checkpoint-dir checkpoints --checkpoint-interval-s 0)
  stands_still convert-group 'checkpoints/*.uvh5'
  convert-group "${options[@]}" 2>log 3>&- &
  pid=$!
  stood
  kill -TERM "$pid"
  code=0
  wait "$pid" || code=$?
  same "$code" 75
  same "$(state_of $id) $(job state) $(job retry_count)" "pending ready 0"
  same "$(files_below checkpoints)" "checkpoints/$id.checkpoint.uvh5"
  same "$(find ms -name '*.partial-*' | wc -l)" 1
  check 0 convert-group "${options[@]}" --json
  same "$(jq .resumed <<<"$output")" true
  same "$(files_below checkpoints; find ms -name '*.partial-*')" ""
}

@test "convert-group: a file that changes while it is read: try again" {
  simulate incoming --subbands 2 --antennas 60
  enqueue 2
  stands_still convert-group 'ms/science/*/*partial*'
  convert-group --disk-floor-gb 0 --output-dir ms --queue-db "$queue" --omp-threads 1 2>log 3>&- &
  pid=$!
  stood
  touch incoming/*_sb01.hdf5
  goes_on
  code=0
  wait "$pid" || code=$?
  same "$code" 75
  grep -q "changed while it was read" log
  same "$(state_of $id) $(job retry_count)" "pending 0"
  same "$(files_below ms)" ""
  check 0 from_queue --group $id
}

@test "convert-group: two workers on one group: one makes it" {
  simulate incoming --subbands 2 --antennas 40
  enqueue 2
  for i in 1 2; do from_queue --quiet >"out.$i" 2>"log.$i" & done
  wait
  same "$(cat out.1 out.2)" "$PWD/$made"
  same "$(cat log.1 log.2)" ""
  rm -r ms
  for i in 1 2; do by_hand --quiet >"out.$i" 2>"log.$i" & done
  wait
  same "$(sort -u out.1 out.2)" "$PWD/$made"
  same "$(ls ms/science/2026-01-25)" "$id.ms"
}

@test "convert-group: a group that is reset under its worker is not recorded by it" {
  simulate incoming --subbands 2 --antennas 60
  enqueue 2
  stands_still convert-group 'ms/science/*/*partial*'
  convert-group --disk-floor-gb 0 --output-dir ms --queue-db "$queue" --omp-threads 1 2>log 3>&- &
  pid=$!
  stood
  sql "UPDATE ingest_queue SET state = 'pending'"
  goes_on
  code=0
  wait "$pid" || code=$?
  cat log
  same "$code" 75
  same "$(state_of $id) $(job state) $(job retry_count)" "pending ready 0"
  same "$(sql "SELECT count(*) FROM product")" 0
  check 0 from_queue
  same "$(state_of $id)" completed
  same "$(find ms -name '*partial*')" ""
}

@test "convert-group: a queue from the future, or none at all" {
  group
  enqueue
  sql "PRAGMA user_version = 99"
  check 2 from_queue
  holds "$stderr" "queue.sqlite3"
  holds "$stderr" "99"
  head -c 9000 /dev/urandom >noise
  check 1 convert --output-dir ms --queue-db noise
  holds "$stderr" "noise: file is not a database, expected a queue"
  same "$(files_below ms 2>/dev/null)" ""
}
