#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# form-groups: from recorded files to groups that are complete, partial, late, doubled or damaged.
load helpers

scan() { scan-incoming --quiet --input-dir "${1:-incoming}" --queue-db "$queue" --settle-time-s 0 >/dev/null; }
form() { form-groups --queue-db "$queue" "$@"; }
groups() { sql "SELECT group_id, state, n_subbands FROM ingest_queue ORDER BY group_id"; }
# age SECONDS : as if every group and file had been seen that much earlier.
age() {
  sql "UPDATE ingest_queue SET received_at = received_at - $1"
  sql "UPDATE hdf5_file_index SET seen_at_unix_s = seen_at_unix_s - $1"
}

@test "form-groups: a complete group becomes pending, named after sb00, with its job ready" {
  small_group incoming
  id=$(basename incoming/*_sb00.hdf5 _sb00.hdf5)
  scan
  check 0 form
  same "$output" "$id"
  same "$(groups)" "$id|pending|16"
  same "$(sql "SELECT state FROM job WHERE stage = 'convert'")" ready
  same "$(sql "SELECT count(*) FROM subband_files")" 16
  check 0 form
  same "$output" ""
}

@test "form-groups: waits for the last subband, whichever order they come in" {
  small_group made
  mkdir incoming
  id=$(basename made/*_sb00.hdf5 _sb00.hdf5)
  for subband in 07 15 03; do mv made/*_sb$subband.hdf5 incoming; scan; check 0 form; same "$output" ""; done
  mv made/*_sb0[1-9].hdf5 made/*_sb1*.hdf5 incoming
  scan
  check 0 form
  same "$(sql "SELECT state, missing_subbands FROM ingest_queue")" "collecting|0"
  mv made/*_sb00.hdf5 incoming
  scan
  check 0 form
  same "$output" "$id"
  same "$(groups)" "$id|pending|16"
}

@test "form-groups: warns once in the documented words, then fails after a day" {
  small_group incoming
  rm incoming/*_sb05.hdf5
  scan
  check 0 form
  id=$(sql "SELECT group_id FROM ingest_queue")
  age 601
  check 0 form
  holds "$stderr" "Group $id has been waiting for missing subbands longer than 600 s"
  check 0 form
  lacks "$stderr" "has been waiting"
  same "$(state_of "$id")" collecting
  age 86400
  check 0 form
  same "$(state_of "$id")" failed
  holds "$(sql "SELECT error FROM ingest_queue")" "missing subbands: sb05"
}

@test "form-groups: --partial convert takes a group from --min-subbands up, fail drops it" {
  small_group incoming
  rm incoming/*_sb05.hdf5 incoming/*_sb06.hdf5
  scan
  check 0 form
  id=$(sql "SELECT group_id FROM ingest_queue")
  age 601
  check 0 form --partial convert --min-subbands 15
  same "$output" ""
  check 0 form --partial convert --min-subbands 14
  same "$output" "$id"
  same "$(sql "SELECT state, missing_subbands FROM ingest_queue")" "pending|5,6"
  rm "$queue"
  scan
  check 0 form
  age 601
  check 0 form --partial fail
  same "$(state_of "$id")" failed
}

@test "form-groups: a bad file joins its group as the reason why it is incomplete" {
  small_group incoming
  bad=(incoming/*_sb09.hdf5)
  : >"${bad[0]}"
  scan
  check 0 form --json
  holds "$output" '"role":"bad"'
  holds "$(sql "SELECT role, role_reason FROM hdf5_file_index WHERE name_subband = 9")" "bad|"
  same "$(sql "SELECT state, missing_subbands FROM ingest_queue")" "collecting|9"
}

@test "form-groups: a repaired file completes its group" {
  small_group incoming
  bad=(incoming/*_sb09.hdf5)
  cp "${bad[0]}" whole
  truncate -s 4000 "${bad[0]}"
  scan
  check 0 form
  cp whole "${bad[0]}"
  scan
  check 0 form
  same "$(sql "SELECT state, n_subbands FROM ingest_queue")" "pending|16"
}

@test "form-groups: sixteen zero-length files are one failed group, not nothing" {
  mkdir incoming
  for i in {0..15}; do : >"incoming/2026-01-25T22:26:0$((i % 3))_sb$(printf %02d "$i").hdf5"; done
  scan
  check 0 form
  same "$(groups)" ""
  age 601
  check 0 form
  same "$(groups)" "2026-01-25T22:26:00|collecting|0"
  age 86400
  check 0 form
  same "$(state_of 2026-01-25T22:26:00)" failed
}

@test "form-groups: of two files of one subband the larger wins and the other is reported" {
  small_group incoming
  rm incoming/*_sb08.hdf5
  other=(incoming/*_sb07.hdf5)
  cp "${other[0]}" "incoming/2026-01-25T22:27:00_sb07.hdf5"
  printf 'more' >>"incoming/2026-01-25T22:27:00_sb07.hdf5"
  scan
  check 0 form
  holds "$stderr" "is duplicate: subband 7"
  same "$(sql "SELECT n_subbands, missing_subbands FROM ingest_queue")" "15|8"
  holds "$(sql "SELECT path FROM subband_files WHERE subband_idx = 7")" "22:27:00"
}

@test "form-groups: a late file is recorded and reported, and reopens nothing" {
  small_group incoming
  scan
  check 0 form
  id=$(sql "SELECT group_id FROM ingest_queue")
  source=(incoming/*_sb02.hdf5)
  for state in completed failed; do
    sql "UPDATE ingest_queue SET state = '$state'"
    cp "${source[0]}" "incoming/2026-01-25T22:2${#state}:30_sb02.hdf5"
    scan
    check 0 form
    holds "$stderr" "came when its group was already $state"
    same "$(state_of "$id")" "$state"
  done
  same "$(sql "SELECT count(*) FROM late_files")" 2
  check 0 form
  same "$stderr" "$(grep INFO <<<"$stderr")"
}

@test "form-groups: a dropped group is made again from its files" {
  small_group incoming
  scan
  check 0 form
  id=$output
  sql "DELETE FROM ingest_queue"
  check 0 form
  same "$output" "$id"
}

@test "form-groups: eight at once, while scans go on, form each group once" {
  small_group incoming --groups 6
  for i in {1..4}; do scan & form --quiet >"out.$i" & form --quiet >"out.b$i" & done
  wait
  scan
  form --quiet >out.last
  same "$(sql "SELECT state, n_subbands, count(*) FROM ingest_queue GROUP BY 1, 2")" "pending|16|6"
  same "$(cat out.* | sort | uniq -d)" ""
  same "$(cat out.* | wc -l)" 6
  same "$(sql "SELECT count(*) FROM job")" 6
}

@test "form-groups: killed at any moment, nothing is lost or doubled" {
  small_group incoming --groups 6
  scan
  for delay in 0.005 0.01 0.015 0.02 0.03 0.05; do
    timeout -s KILL "$delay" form-groups --queue-db "$queue" --quiet >/dev/null || true
  done
  form --quiet >/dev/null
  same "$(sql "SELECT state, n_subbands, count(*) FROM ingest_queue GROUP BY 1, 2")" "pending|16|6"
  same "$(sql "SELECT count(*) FROM subband_files")" 96
  same "$(sql "SELECT count(*) FROM job WHERE state = 'ready'")" 6
}

@test "form-groups: knows a calibrator's transit from headers" {
  small_group incoming --calibrator 3C286
  scan
  check 0 form
  same "$(sql "SELECT has_calibrator, observation_class FROM ingest_queue")" "1|calibrator"
  same "$(sql "SELECT json_extract(calibrators, '\$[0].name') FROM ingest_queue")" "1331+305"
}

@test "form-groups: the real VLA group is complete with four subbands" {
  needs_data vla
  scan "$test_data/vla"
  check 0 form --expected-subbands 4
  same "$output" "2010-04-26T03:22:01"
}

@test "form-groups: groups named files without a queue" {
  small_group incoming --groups 2
  check 0 form-groups --files incoming/*.hdf5
  same "$(wc -l <<<"$output")" 2
  holds "$output" '"state":"pending"'
  [[ ! -e $queue ]]
}
