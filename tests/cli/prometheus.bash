# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154  # queue, repository: set where this is loaded
# A queue in which all is well, and what brings it into each state that an alert is for. `spoil ALERT` makes
# it so, `mend ALERT` ends it. Loaded after serve-status.bash.

unix_now() { date +%s; }

# well : a root whose queue has done groups, an image, a set that holds, a tick, a backup and light curves.
well() {
  export CONTIMG_ROOT=$PWD/root CONTIMG_DISK_FLOOR_GB=0.001
  # shellcheck disable=SC2034  # new_queue and sql ask it
  queue=$CONTIMG_ROOT/state/db/pipeline.sqlite3
  local now output=$CONTIMG_ROOT/ms
  now=$(unix_now)
  mkdir -p root/{incoming,ms,images,state/db,state/logs,state/backups}
  new_queue
  update-lightcurves --new --quiet >/dev/null
  touch root/state/backups/queue-20260125T222605Z.sqlite3
  sql "INSERT INTO ingest_queue (group_id, state, received_at, last_subband_at)
      VALUES ('done', 'completed', $now - 90000, $now - 4000);
    INSERT INTO ms_index (path, stage, group_id) VALUES ('$output/done.ms', 'image', 'done');
    INSERT INTO product (path, group_id, stage, kind, size_byte, created_at)
      VALUES ('$output/done.ms', 'done', 'convert', 'ms', 1000, $now - 90000),
             ('$output/late.ms', 'done', 'convert', 'ms', 1000, $now - 9000);
    INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at, ended_at, outcome)
      SELECT 100 + value, 'done', iif(value % 2, 'convert', 'image'), value, $now - 100, $now - 60, 'done'
      FROM generate_series(1, 20);
    INSERT INTO stage_metrics (group_id, stage, attempt, wall_s) VALUES ('done', 'convert', 1, 61),
      ('done', 'image', 1, 200);
    INSERT INTO images (path, ms_path, group_id, created_at, type, pbcor, tier, science, field_name,
      center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec, noise_jy, dynamic_range, freq_ghz,
      bandwidth_mhz, integration_sec, mid_mjd, verdict)
      VALUES ('d.fits', 'd.ms', 'done', 1, 'image', 0, 'science', 1, '', 1, 16, 9, 9, 3, 0.0125, 100, 1.4, 187,
              309, 61000, 'PASS');
    INSERT INTO image_qa (image_path, group_id, verdict, reasons, flux_ratio, flagged_share, n_reference,
      figures, gates, engine, recorded_at) VALUES ('d.fits', 'done', 'PASS', '', 0.97, 0.1, 9, '{}', '[]', '{}', 1);
    INSERT INTO calibration_set (name, version, state, solved_mjd, solved_from_mjd, solved_until_mjd,
      valid_from_mjd, valid_until_mjd, dec_deg, antennas, antennas_hash, low_edge_hz, high_edge_hz, n_channel,
      config_hash, verdict, changed_by, created_at, updated_at, activated_at)
      SELECT 's', 1, 'active', t, t, t, t - 2, t + 2, 16, '[]', 'h', 1, 2, 3, 'c', 'PASS', 'x', 1, 1, 1
      FROM (SELECT $now / 86400.0 + 40587 - 0.1 AS t);
    INSERT INTO tick (started_at, ended_at) VALUES ($now - 60, $now)"
}

# a_light_curve : a database of light curves as its tool begins it, with a source of three points.
a_light_curve() {
  local code=$repository/lib/lightcurve
  sqlite3 "$CONTIMG_ROOT/state/db/lightcurves.sqlite3" "$(
    sed -n '/R"sql(/,/)sql"/{s/.*R"sql(//;s/)sql".*//;p}' "$code/schema.cc")
    PRAGMA application_id = $(sed -nE 's/.*kApplicationId = (0x[0-9a-f]+).*/\1/Ip' "$code/schema.h");
    PRAGMA user_version = $(sed -nE 's/.*kSchemaVersion = ([0-9]+).*/\1/p' "$code/schema.h");
    INSERT INTO epoch (id, group_id, change_id, season, mid_mjd, state, gain, gain_error, ra_deg, dec_deg, rms_jy,
      detection_sigma, verdict, joined_at) SELECT value, 'g' || value, value, 1906, 61000 + value, 'joined', 1,
      0.01, 10, 16, 0.003, 5, 'PASS', 1 FROM generate_series(1, 3);
    INSERT INTO season VALUES (1906);
    INSERT INTO source (id, name, origin, ra_deg, dec_deg, first_epoch_id)
      VALUES (1, 'J0040+1600', 'catalogue', 10, 16, 1);
    INSERT INTO source_name VALUES ('J0040+1600', 1);
    INSERT INTO point (season, source_id, epoch_id, kind, flux_jy, error_jy)
      SELECT 1906, 1, value, 0, 0.05 + 0.001 * value, 0.003 FROM generate_series(1, 3)"
}

# arrive PREFIX N AGE : groups of 300 s, whole for AGE seconds, pending.
arrive() {
  local at=$(($(unix_now) - $3))
  sql "INSERT INTO ingest_queue (group_id, state, received_at, first_time_unix_s, last_time_unix_s,
      integration_time_s) SELECT '$1' || value, 'pending', $at, $at - 300, $at - 10, 10
      FROM generate_series(1, $2);
    INSERT INTO hdf5_file_index (path, filename, file_size_bytes, modified_time, indexed_at, inode, mtime_ns,
      state, seen_at_unix_s, needs_grouping)
      SELECT '/in/$1' || value, '$1' || value, 1, 1, 1, 1, 1, 'valid', $at, 0 FROM generate_series(1, $2);
    INSERT INTO subband_files SELECT '$1' || value, 0, '/in/$1' || value FROM generate_series(1, $2)"
}
gone() { sql "DELETE FROM hdf5_file_index WHERE filename LIKE '$1%'; DELETE FROM ingest_queue WHERE group_id LIKE '$1%'"; }

# tries STAGE OUTCOME N : that ended now.
tries() {
  sql "INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at, ended_at, outcome)
    SELECT (SELECT max(claim_token) FROM job_attempt) + value, 'done', '$1', value, $(unix_now) - 5,
           $(unix_now), '$2' FROM generate_series(1, $3)"
}
# took STAGE SECONDS : that the next of the tries took.
took() {
  sql "INSERT INTO stage_metrics (group_id, stage, attempt, wall_s) SELECT 'done', '$1', max(attempt) + 1, $2
    FROM stage_metrics"
}
days_mjd() { echo "($(unix_now) / 86400.0 + 40587 - $1)"; }

spoil() {
  local now
  now=$(unix_now)
  case $1 in
    ContimgNoTicks) sql "UPDATE tick SET started_at = $now - 2000, ended_at = $now - 1000" ;;
    ContimgPaused) manage-queue --quiet pause --reason test ;;
    ContimgHeld) sql "INSERT OR REPLACE INTO control VALUES ('held_reason', 'no room', $now)" ;;
    ContimgBacklog) arrive backlog 101 1 ;;
    ContimgStalled)
      arrive stalled 1 1
      sql "UPDATE job_attempt SET ended_at = $now - 7300 WHERE outcome = 'done'"
      ;;
    ContimgFallingBehind)
      arrive behind 30 600
      tries lightcurve "done" 1
      ;;
    ContimgLate) arrive late 1 9000 ;;
    ContimgDegraded) sql "INSERT INTO degradation (step, reason, since)
      VALUES ('quicklook first, deep later', 'test', $now)" ;;
    ContimgMissingSubbands) sql "INSERT INTO ingest_queue (group_id, state, received_at)
      VALUES ('missing', 'collecting', $now - 9000)" ;;
    ContimgStuck) sql "INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at)
      VALUES (99, 'done', 'image', 9, $now - 3700)" ;;
    ContimgStaleGroups)
      arrive stale 1 1
      sql "UPDATE job SET state = 'claimed', claim_token = 98, lease_expires = $now - 10 WHERE group_id = 'stale1'"
      ;;
    ContimgWorkersDie) tries image expired 5 ;;
    ContimgFailureRate) tries convert failed 5 ;;
    ContimgDeadLetters) sql "INSERT INTO dead_letter (group_id, stage, error_type, reason, retry_count, created_at)
      VALUES ('done', 'image', 'data', 'test', 3, $now)" ;;
    ContimgConversionSlow) took convert 400 ;;
    ContimgImagingSlow) took image 900 ;;
    ContimgCalibrationOld) sql "UPDATE calibration_set SET solved_from_mjd = t, solved_mjd = t,
      solved_until_mjd = t FROM (SELECT $(days_mjd 1.1) AS t)" ;;
    ContimgNoCalibration) sql "UPDATE calibration_set SET valid_until_mjd = $(days_mjd 0.01)" ;;
    ContimgFlaggedShare) sql "UPDATE image_qa SET flagged_share = 0.31" ;;
    ContimgFluxScale) sql "UPDATE image_qa SET flux_ratio = 0.79" ;;
    ContimgDiskCritical) mount -o remount,size=11300k "$CONTIMG_ROOT/ms" ;;
    ContimgDiskLow) mount -o remount,size=12700k "$CONTIMG_ROOT/ms" ;;
    ContimgDiskFloor) mount -o remount,size=9g "$CONTIMG_ROOT/ms" ;;
    ContimgDiskFills) sql "INSERT INTO product (path, group_id, stage, kind, size_byte, created_at)
      VALUES ('$CONTIMG_ROOT/ms/big', 'done', 'convert', 'ms', 5e13, $now - 1)" ;;
    ContimgBackupOld) touch -d '25 hours ago' "$CONTIMG_ROOT"/state/backups/queue-* ;;
    *) echo "spoil: $1: no such alert" >&2 && return 1 ;;
  esac
}

mend() {
  local now
  now=$(unix_now)
  case $1 in
    ContimgNoTicks) sql "UPDATE tick SET started_at = $now - 60, ended_at = $now" ;;
    ContimgPaused) manage-queue --quiet resume ;;
    ContimgHeld) sql "DELETE FROM control WHERE key = 'held_reason'" ;;
    ContimgBacklog) gone backlog ;;
    ContimgStalled)
      gone stalled
      sql "UPDATE job_attempt SET ended_at = $now - 60 WHERE outcome = 'done'"
      ;;
    ContimgFallingBehind)
      gone behind
      sql "DELETE FROM job_attempt WHERE stage = 'lightcurve'"
      ;;
    ContimgLate) gone late ;;
    ContimgDegraded) sql "INSERT INTO degradation (step, reason, since) VALUES ('full', 'test', $now)" ;;
    ContimgMissingSubbands) gone missing ;;
    ContimgStuck) sql "DELETE FROM job_attempt WHERE claim_token = 99" ;;
    ContimgStaleGroups) gone stale ;;
    ContimgWorkersDie | ContimgFailureRate | ContimgConversionSlow | ContimgImagingSlow) ;; # it passes
    ContimgDeadLetters) sql "UPDATE dead_letter SET resolved_at = $now, resolution = 'test'" ;;
    ContimgCalibrationOld) sql "UPDATE calibration_set SET solved_from_mjd = t, solved_mjd = t,
      solved_until_mjd = t FROM (SELECT $(days_mjd 0.1) AS t)" ;;
    ContimgNoCalibration) sql "UPDATE calibration_set SET valid_until_mjd = $(days_mjd -1)" ;;
    ContimgFlaggedShare) sql "UPDATE image_qa SET flagged_share = 0.1" ;;
    ContimgFluxScale) sql "UPDATE image_qa SET flux_ratio = 0.97" ;;
    ContimgDiskCritical | ContimgDiskLow | ContimgDiskFloor) mount -o remount,size=100g "$CONTIMG_ROOT/ms" ;;
    ContimgDiskFills) sql "DELETE FROM product WHERE path LIKE '%/big'" ;;
    ContimgBackupOld) touch "$CONTIMG_ROOT"/state/backups/queue-* ;;
  esac
}

export -f unix_now arrive gone tries took days_mjd spoil mend
