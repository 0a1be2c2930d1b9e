// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/merge_rows.h"

#include <algorithm>

#include "base/attachment.h"
#include "base/text.h"
#include "queue/deep_images.h"
#include "queue/degradation.h"
#include "queue/parcel_rows.h"
#include "queue/shared.h"

namespace contimg::queue {
namespace {

Json verdict(const char* status, const std::string& reason) {
  return {{"status", status}, {"reason", reason}};
}

// A column that is not there would be read as the text of its name, as SQLite takes "name" then.
void require_columns(Database& db, const std::string& group_id) {
  Statement missing(db,
                    "SELECT t.name || '.' || c.name FROM main.sqlite_master t,"
                    " pragma_table_info(t.name, 'main') c WHERE t.type = 'table'"
                    " AND t.name NOT LIKE 'sqlite_%' AND NOT EXISTS (SELECT 1 FROM"
                    " pragma_table_info(t.name, 'returned') r WHERE r.name = c.name) LIMIT 1");
  if (missing.step())
    throw DataError(group_id + ": its receipt has no " + missing.text(0) +
                    ", expected every column of this queue");
}

}  // namespace

Progress progress_of(Database& returned, const ParcelLabel& label, const std::string& schema) {
  Progress progress;
  Statement done(returned, "SELECT DISTINCT stage FROM " + schema +
                               ".job_attempt WHERE group_id = ?1 AND claim_token > ?2"
                               " AND outcome = 'done'");
  done.bind(1, label.group_id).bind(2, label.claim_token);
  while (done.step()) {
    const Stage stage = stage_from(done.text(0));
    ++progress.n_done;
    progress.last_done = std::max(progress.last_done.value_or(stage), stage);
  }
  Statement failed(
      returned, "SELECT count(*) FROM " + schema + ".job WHERE group_id = ?1 AND state = 'failed'");
  failed.bind(1, label.group_id).step();
  progress.n_failed = static_cast<int>(failed.integer(0));
  return progress;
}

ParcelMerge::ParcelMerge(Queue& queue, ParcelLabel label, std::string receipt, Loss loss)
    : queue_(queue),
      db_(queue.database()),
      label_(std::move(label)),
      receipt_(std::move(receipt)),
      loss_(std::move(loss)) {}

Json ParcelMerge::apply() {
  const Attachment returned(db_, receipt_, "returned");
  Transaction transaction(db_);
  Json refusal = why_not();
  if (!refusal.is_null()) return refusal;
  require_columns(db_, label_.group_id);
  progress_ = progress_of(db_, label_, "returned");
  add_sets();
  // The other rows have been through their triggers in the task.
  db_.run_triggers(false);
  try {
    record_all();
  } catch (const Error&) {
    db_.run_triggers(true);
    throw;
  }
  db_.run_triggers(true);
  if (!loss_.reason.empty()) count_loss();
  transaction.commit();
  const std::string refusal_or_none =
      label_.refused.empty() ? "" : "the task refused: " + label_.refused + "; ";
  return verdict("merged", refusal_or_none + std::to_string(progress_.n_done) + " stages done" +
                               (progress_.n_failed > 0 ? ", one failed" : ""));
}

// Null when the claim still holds.
Json ParcelMerge::why_not() {
  Statement attempt(db_,
                    "SELECT outcome, coalesce(reason, '') FROM main.job_attempt WHERE"
                    " claim_token = ?1 AND group_id = ?2 AND stage = ?3 AND started_at = ?4");
  attempt.bind(1, label_.claim_token).bind(2, label_.group_id).bind(3, stage_name(label_.stage));
  if (!attempt.bind(4, label_.claimed_at_unix_s).step())
    return verdict("unknown", "this queue gave no such claim, expected one that it packed");
  const std::string outcome = attempt.text(0);
  if (outcome == "expired" || outcome == "reset")
    return verdict("late", "the claim had ended before: " + outcome + ", " + attempt.text(1));
  if (outcome != "running")
    return verdict("doubled", "recorded before as " + outcome +
                                  (attempt.text(1).empty() ? "" : ": " + attempt.text(1)));
  Statement other(db_,
                  "SELECT stage, host || ':' || pid FROM main.job WHERE group_id = ?1"
                  " AND state = 'claimed' AND claim_token <> ?2");
  if (other.bind(1, label_.group_id).bind(2, label_.claim_token).step())
    return verdict("busy", "its " + other.text(0) + " is being worked on by " + other.text(1));
  return nullptr;
}

void ParcelMerge::record_all() {
  const bool make_next = progress_.last_done && next_is_left();
  end_attempts();
  replace_jobs();
  append_history();
  replace_group();
  upsert("product", "path");
  upsert("ms_index", "path");
  upsert("performance_metrics", "group_id");
  upsert("stage_metrics", "group_id, stage, attempt");
  upsert("flag_shares", "group_id, stage, dim");
  replace_images();
  replace_use();
  put_deep_image_off();
  if (!make_next) return;
  Job last;
  last.group_id = label_.group_id;
  last.stage = *progress_.last_done;
  queue_.shared_->make_next_ready(last);
}

// The task may have been told to end earlier than this queue's stages go: its tools then left the
// job of the stage that follows as it was.
bool ParcelMerge::next_is_left() {
  const auto next = next_stage(*progress_.last_done, queue_.settings().stages);
  if (!next) return false;
  Statement changed(db_,
                    "SELECT 1 FROM returned.job r LEFT JOIN main.job m USING (group_id, stage)"
                    " WHERE r.group_id = ?1 AND r.stage = ?2 AND r.updated_at IS NOT m.updated_at");
  return !changed.bind(1, label_.group_id).bind(2, stage_name(*next)).step();
}

// The first claim in the task is the one under which the group was sent away; the others get
// tokens of this queue. A try that died there is over for good here: "retry", not "expired".
void ParcelMerge::end_attempts() {
  Statement tries(db_,
                  "SELECT claim_token FROM returned.job_attempt WHERE group_id = ?1"
                  " AND claim_token > ?2 ORDER BY claim_token");
  tries.bind(1, label_.group_id).bind(2, label_.claim_token);
  const std::string shared =
      "host, pid, slurm_job_id, slurm_array_task_id, version, command, ended_at, outcome, reason";
  const std::string values =
      " host, pid, slurm_job_id, slurm_array_task_id, version, command, ended_at,"
      " iif(outcome = 'expired', 'retry', outcome), reason";
  bool first = true;
  while (tries.step()) {
    if (first)
      Statement(db_,
                "UPDATE main.job_attempt SET (" + shared + ") = (SELECT" + values +
                    " FROM returned.job_attempt WHERE claim_token = ?1) WHERE claim_token = ?2")
          .bind(1, tries.integer(0))
          .bind(2, label_.claim_token)
          .run();
    else
      Statement(db_,
                "INSERT INTO main.job_attempt (claim_token, group_id, stage, attempt,"
                " started_at, " +
                    shared +
                    ") SELECT ?2, group_id, stage, attempt,"
                    " started_at," +
                    values + " FROM returned.job_attempt WHERE claim_token = ?1")
          .bind(1, tries.integer(0))
          .bind(2, db_.integer("UPDATE main.counter SET value = value + 1"
                               " WHERE name = 'claim_token' RETURNING value"))
          .run();
    first = false;
  }
  if (!first) return;
  Job job;
  job.claim_token = label_.claim_token;
  queue_.shared_->close_attempt(
      job, "released",
      label_.refused.empty() ? "the task began nothing" : "the task refused: " + label_.refused);
}

// The task that was to do the next stage began, and is gone without a word.
void ParcelMerge::count_loss() {
  if (!progress_.last_done) return;
  const auto next = next_stage(*progress_.last_done, queue_.settings().stages);
  if (!next) return;
  Statement find(db_,
                 "SELECT id FROM main.job WHERE group_id = ?1 AND stage = ?2 AND state = 'ready'");
  if (!find.bind(1, label_.group_id).bind(2, stage_name(*next)).step()) return;
  const std::int64_t id = find.integer(0);
  find.reset();
  const Job job = queue_.shared_->take(id, false);
  Statement(db_,
            "UPDATE main.job_attempt SET host = ?1, pid = 0, slurm_job_id = nullif(?2, ''),"
            " slurm_array_task_id = nullif(?3, '') WHERE claim_token = ?4")
      .bind(1, kParcelHost)
      .bind(2, loss_.slurm_job_id)
      .bind(3, loss_.slurm_array_task_id)
      .bind(4, job.claim_token)
      .run();
  Ending ending{"expired", loss_.reason, ""};
  ending.counted = true;
  queue_.shared_->end_try(job, ending);
}

void ParcelMerge::replace_jobs() {
  const std::vector<std::string> columns = columns_of(db_, "job", {"id", "priority", "attempt"});
  std::string set;
  for (const std::string& column : columns) set += ", " + column + " = excluded." + column;
  const std::string list = joined(columns);
  Statement(db_, "INSERT INTO main.job (priority, attempt, " + list +
                     ") SELECT (SELECT priority FROM main.ingest_queue WHERE group_id = ?1),"
                     " attempt, " +
                     list +
                     " FROM returned.job WHERE group_id = ?1 ON CONFLICT (group_id, stage)"
                     " DO UPDATE SET attempt = max(attempt, excluded.attempt)" +
                     set)
      .bind(1, label_.group_id)
      .run();
}

void ParcelMerge::replace_group() {
  Statement(db_,
            "UPDATE main.ingest_queue SET (state, last_update, retry_count, error, error_message,"
            " checkpoint_path, processing_stage, product_path, log_tail, changed_by,"
            " change_reason) = (SELECT state, last_update, retry_count, error, error_message,"
            " checkpoint_path, processing_stage, product_path, log_tail, changed_by,"
            " change_reason FROM returned.ingest_queue WHERE group_id = ?1),"
            " change_id = change_id + 1 WHERE group_id = ?1")
      .bind(1, label_.group_id)
      .run();
}

// That the group was taken is in our history since it was packed.
void ParcelMerge::append_history() {
  Statement(db_,
            "INSERT INTO main.state_history (group_id, \"from\", \"to\", at, actor, reason)"
            " SELECT group_id, \"from\", \"to\", at, actor, reason FROM returned.state_history"
            " WHERE group_id = ?1 AND id <> coalesce((SELECT min(id) FROM returned.state_history"
            " WHERE group_id = ?1 AND \"to\" = 'in_progress'), 0) ORDER BY id")
      .bind(1, label_.group_id)
      .run();
  Statement(db_,
            "INSERT INTO main.state_history (group_id, \"from\", \"to\", at, actor, reason)"
            " SELECT m.group_id, m.state, r.state, ?2, ?3, 'the task began nothing'"
            " FROM main.ingest_queue m JOIN returned.ingest_queue r USING (group_id)"
            " WHERE m.group_id = ?1 AND m.state <> r.state"
            " AND NOT EXISTS (SELECT 1 FROM returned.state_history WHERE group_id = ?1)")
      .bind(1, label_.group_id)
      .bind(2, queue_.now_unix_s())
      .bind(3, kParcelHost)
      .run();
  const std::string letters = joined(columns_of(db_, "dead_letter", {"id"}));
  Statement(db_, "INSERT INTO main.dead_letter (" + letters + ") SELECT " + letters +
                     " FROM returned.dead_letter WHERE group_id = ?1 ORDER BY id")
      .bind(1, label_.group_id)
      .run();
}

void ParcelMerge::upsert(const std::string& table, const std::string& key,
                         const std::string& except) {
  const std::vector<std::string> columns = columns_of(db_, table, {except});
  std::string set;
  for (const std::string& column : columns)
    set += (set.empty() ? "" : ", ") + column + " = excluded." + column;
  Statement(db_, "INSERT INTO main." + table + " (" + joined(columns) + ") SELECT " +
                     joined(columns) + " FROM returned." + table +
                     " WHERE group_id = ?1 ON CONFLICT (" + key + ") DO UPDATE SET " + set)
      .bind(1, label_.group_id)
      .run();
}

void ParcelMerge::replace_images() {
  for (const char* sql : {"DELETE FROM main.image_qa WHERE group_id = ?1",
                          "DELETE FROM main.images WHERE group_id = ?1 AND path NOT IN"
                          " (SELECT path FROM returned.images WHERE group_id = ?1)"})
    Statement(db_, sql).bind(1, label_.group_id).run();
  upsert("images", "path", "id");
  upsert("image_qa", "image_path");
}

void ParcelMerge::replace_use() {
  upsert("calibration_use", "group_id", "set_id");
  Statement use(db_, "SELECT set_id FROM returned.calibration_use WHERE group_id = ?1");
  if (!use.bind(1, label_.group_id).step()) return;
  std::optional<std::int64_t> id;
  if (!use.is_null(0)) id = use.integer(0);
  if (id && *id > label_.last_set_id) {
    const auto ours = new_ids_.find(*id);
    if (ours == new_ids_.end())
      throw DataError(label_.group_id + ": was calibrated with set " + std::to_string(*id) +
                      ", which its receipt does not have");
    id = ours->second;
  }
  Statement(db_, "UPDATE main.calibration_use SET set_id = ?1 WHERE group_id = ?2")
      .bind(1, id)
      .bind(2, label_.group_id)
      .run();
}

// By the time at which the task ran nobody could tell that it was not an operator's wish.
void ParcelMerge::put_deep_image_off() {
  Statement(db_,
            "UPDATE main.job SET reason = ?1 WHERE group_id = ?2 AND stage = 'image'"
            " AND state = 'done' AND (SELECT step FROM returned.degradation ORDER BY id DESC"
            " LIMIT 1) = ?3 AND EXISTS (SELECT 1 FROM returned.job_attempt a JOIN returned.images i"
            " USING (group_id) WHERE a.group_id = ?2 AND a.stage = 'image' AND a.outcome = 'done'"
            " AND a.claim_token > ?4 AND i.tier = 'quicklook')")
      .bind(1, kPutOffInTask)
      .bind(2, label_.group_id)
      .bind(3, step_name(Step::quicklook_first))
      .bind(4, label_.claim_token)
      .run();
}

void ParcelMerge::add_sets() {
  std::vector<std::int64_t> solved;
  Statement find(db_, "SELECT id FROM returned.calibration_set WHERE id > ? ORDER BY id");
  find.bind(1, label_.last_set_id);
  while (find.step()) solved.push_back(find.integer(0));
  for (const std::int64_t id : solved) new_ids_[id] = add_set(id);
  if (solved.empty()) return;
  Statement(db_,
            "UPDATE main.job SET not_before = ?1 WHERE stage = 'calibrate' AND state = 'waiting'"
            " AND not_before > ?1 AND reason LIKE 'no_calibration%' AND EXISTS (SELECT 1 FROM"
            " returned.calibration_set WHERE id > ?2 AND state = 'active')")
      .bind(1, queue_.now_unix_s())
      .bind(2, label_.last_set_id)
      .run();
}

// As the registry enters a set: instead of one of its name that was never in use; and an active one
// takes the place of the active version. Its history is written by the triggers.
std::int64_t ParcelMerge::add_set(std::int64_t id) {
  for (const char* sql :
       {"DELETE FROM main.calibration_set WHERE activated_at IS NULL AND name ="
        " (SELECT name FROM returned.calibration_set WHERE id = ?1)",
        "UPDATE main.calibration_set SET state = 'retired', invalid = 1,"
        " state_reason = 'superseded by the set of a task', updated_at = updated_at + 1e-6"
        " WHERE state = 'active' AND name ="
        " (SELECT name FROM returned.calibration_set WHERE id = ?1 AND state = 'active')"})
    Statement(db_, sql).bind(1, id).run();
  const std::string columns = joined(columns_of(db_, "calibration_set", {"id", "version"}));
  Statement(db_, "INSERT INTO main.calibration_set (version, " + columns +
                     ") SELECT max(version, 1 + coalesce((SELECT max(o.version) FROM"
                     " main.calibration_set o WHERE o.name = r.name), 0)), " +
                     columns + " FROM returned.calibration_set r WHERE id = ?1")
      .bind(1, id)
      .run();
  const std::int64_t ours = db_.last_insert_rowid();
  Statement(db_,
            "INSERT INTO main.calibration_table (set_id, order_index, path, table_type,"
            " fingerprint) SELECT ?2, order_index, path, table_type, fingerprint"
            " FROM returned.calibration_table WHERE set_id = ?1")
      .bind(1, id)
      .bind(2, ours)
      .run();
  return ours;
}

}  // namespace contimg::queue
