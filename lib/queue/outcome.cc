// SPDX-License-Identifier: GPL-3.0-or-later
// What finished work leaves in the queue: products, sets, times, shares of flags, images, the group's state.
#include "base/unless_empty.h"
#include "queue/shared.h"

namespace contimg::queue {
namespace {

void record_product(Database& db, const Job& job, const Product& product, double now) {
  Statement(db,
            "INSERT INTO product (path, group_id, stage, kind, size_byte, checksum, provenance,"
            " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
            " group_id = excluded.group_id, stage = excluded.stage, kind = excluded.kind,"
            " size_byte = excluded.size_byte, checksum = excluded.checksum,"
            " provenance = excluded.provenance, created_at = excluded.created_at,"
            " removed_at = NULL, removed_reason = NULL")
      .bind(1, product.path)
      .bind(2, job.group_id)
      .bind(3, stage_name(job.stage))
      .bind(4, product.kind)
      .bind(5,
            product.size_byte > 0 ? std::optional<std::int64_t>(product.size_byte) : std::nullopt)
      .bind(6, unless_empty(product.checksum))
      .bind(7, unless_empty(product.provenance))
      .bind(8, now)
      .run();
}

void record_measurement_set(Database& db, const Job& job, const MeasurementSetRow& row,
                            double now) {
  Statement(db,
            "INSERT INTO ms_index (path, start_mjd, end_mjd, mid_mjd, processed_at, status, stage,"
            " stage_updated_at, cal_applied, field_name, pointing_ra_deg, pointing_dec_deg, ra_deg,"
            " dec_deg, group_id, created_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, 'done', 'converted', ?5, 0, ?6, ?7, ?8, ?7, ?8, ?9, ?5)"
            " ON CONFLICT (path) DO UPDATE SET start_mjd = excluded.start_mjd,"
            " end_mjd = excluded.end_mjd, mid_mjd = excluded.mid_mjd,"
            " processed_at = excluded.processed_at, status = 'done', stage = 'converted',"
            " stage_updated_at = excluded.stage_updated_at, cal_applied = 0,"
            " field_name = excluded.field_name, pointing_ra_deg = excluded.pointing_ra_deg,"
            " pointing_dec_deg = excluded.pointing_dec_deg, ra_deg = excluded.ra_deg,"
            " dec_deg = excluded.dec_deg, group_id = excluded.group_id")
      .bind(1, row.path)
      .bind(2, row.start_mjd)
      .bind(3, row.end_mjd)
      .bind(4, 0.5 * (row.start_mjd + row.end_mjd))
      .bind(5, now)
      .bind(6, row.field_name)
      .bind(7, row.ra_deg)
      .bind(8, row.dec_deg)
      .bind(9, job.group_id)
      .run();
}

void record_times(Database& db, const Job& job, const ConversionTimes& times, double now) {
  Statement(
      db,
      "INSERT INTO performance_metrics (group_id, load_time, phase_time, write_time,"
      " total_time, writer_type, recorded_at, source) VALUES (?, ?, ?, ?, ?, ?, ?, 'measured')"
      " ON CONFLICT (group_id) DO UPDATE SET load_time = excluded.load_time,"
      " phase_time = excluded.phase_time, write_time = excluded.write_time,"
      " total_time = excluded.total_time,"
      " writer_type = coalesce(excluded.writer_type, writer_type),"
      " recorded_at = excluded.recorded_at, source = 'measured'")
      .bind(1, job.group_id)
      .bind(2, times.load_s)
      .bind(3, times.phase_s)
      .bind(4, times.write_s)
      .bind(5, times.total_s)
      .bind(6, unless_empty(times.writer_type))
      .bind(7, now)
      .run();
}

// Zero says that a stage did not measure it.
std::optional<std::int64_t> if_measured(std::int64_t amount) {
  return amount > 0 ? std::optional<std::int64_t>(amount) : std::nullopt;
}

void record_metrics(Database& db, const Job& job, const StageMetrics& metrics, const Worker& worker,
                    double now) {
  Statement(db,
            "INSERT OR REPLACE INTO stage_metrics (group_id, stage, attempt, host, slurm_job_id,"
            " started_at, ended_at, wall_s, cpu_s, max_rss_kb, bytes_read, bytes_written, source)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'measured')")
      .bind(1, job.group_id)
      .bind(2, stage_name(job.stage))
      .bind(3, job.attempt)
      .bind(4, worker.host)
      .bind(5, unless_empty(worker.slurm_job_id))
      .bind(6, metrics.started_at_unix_s)
      .bind(7, now)
      .bind(8, metrics.wall_s)
      .bind(9, metrics.cpu_s)
      .bind(10, if_measured(metrics.max_rss_kb))
      .bind(11, if_measured(metrics.bytes_read))
      .bind(12, if_measured(metrics.bytes_written))
      .run();
}

void record_flag_shares(Database& db, const Job& job, const FlagShares& shares, double now) {
  Statement(db,
            "INSERT OR REPLACE INTO flag_shares (group_id, stage, dim, shares, recorded_at)"
            " VALUES (?, ?, ?, ?, ?)")
      .bind(1, job.group_id)
      .bind(2, stage_name(job.stage))
      .bind(3, shares.dim)
      .bind(4, shares.shares)
      .bind(5, now)
      .run();
}

// A set's row says how far its set has come; convert wrote it.
void record_set_stage(Database& db, const Job& job, double now) {
  const char* reached = job.stage == Stage::flag        ? "flagged"
                        : job.stage == Stage::calibrate ? "calibrated"
                        : job.stage == Stage::image     ? "imaged"
                                                        : nullptr;
  if (reached == nullptr) return;
  Statement(db,
            "UPDATE ms_index SET stage = ?1, stage_updated_at = ?2,"
            " cal_applied = iif(?1 = 'flagged', 0, cal_applied) WHERE group_id = ?3")
      .bind(1, reached)
      .bind(2, now)
      .bind(3, job.group_id)
      .run();
}

}  // namespace

void Queue::Shared::record_outcome(const Job& job, const Outcome& outcome) {
  const double now = now_unix_s();
  for (const Product& product : outcome.products) record_product(db, job, product, now);
  if (outcome.measurement_set) record_measurement_set(db, job, *outcome.measurement_set, now);
  if (outcome.conversion) record_times(db, job, *outcome.conversion, now);
  if (outcome.metrics) record_metrics(db, job, *outcome.metrics, settings.worker, now);
  for (const FlagShares& shares : outcome.flag_shares) record_flag_shares(db, job, shares, now);
  if (outcome.images) record_images(db, job.group_id, *outcome.images, now);
  record_set_stage(db, job, now);
  if (job.stage != Stage::convert) return;
  Statement& group = prepared(
      "UPDATE ingest_queue SET state = 'completed', last_update = ?, error = NULL,"
      " error_message = NULL, log_tail = NULL, checkpoint_path = NULL,"
      " product_path = coalesce(?, product_path), change_id = change_id + 1, changed_by = ?,"
      " change_reason = 'Measurement Set written' WHERE group_id = ?");
  group.bind(1, now);
  group.bind(2,
             outcome.products.empty() ? std::nullopt : unless_empty(outcome.products.front().path));
  group.bind(3, settings.worker.text()).bind(4, job.group_id).run();
}

}  // namespace contimg::queue
