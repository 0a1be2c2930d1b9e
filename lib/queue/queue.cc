// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/queue.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "base/error.h"
#include "queue/claim.h"
#include "queue/shared.h"

namespace contimg::queue {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

constexpr const char* kOldest =
    "SELECT id FROM job WHERE stage = ?1 AND state = 'ready'"
    " ORDER BY priority DESC, retry_count, group_id LIMIT 1";
// The index runs from old to new within (priority, retry_count), so the newest takes two steps.
constexpr const char* kNewest =
    "SELECT job.id FROM job,"
    " (SELECT priority, retry_count FROM job WHERE stage = ?1 AND state = 'ready'"
    "  ORDER BY priority DESC, retry_count LIMIT 1) AS best"
    " WHERE stage = ?1 AND state = 'ready' AND job.priority = best.priority"
    " AND job.retry_count = best.retry_count ORDER BY group_id DESC LIMIT 1";

bool reads_set(Stage stage) {
  return stage == Stage::flag || stage == Stage::calibrate || stage == Stage::image;
}

void require_set(Database& db, Stage stage, const std::string& group_id) {
  if (!reads_set(stage)) return;
  Statement removed(
      db,
      "SELECT p.path, p.removed_reason FROM ingest_queue g JOIN product p"
      " ON p.path = g.product_path WHERE g.group_id = ? AND p.removed_at IS NOT NULL");
  if (removed.bind(1, group_id).step())
    throw UsageError(removed.text(0) + ": was removed (" + removed.text(1) +
                     "), expected a Measurement Set; 'manage-queue rerun " + group_id +
                     "' converts it again");
}

// A claim whose transaction fails was never made, so nothing must release it.
std::optional<Claim> committed(Transaction& transaction, std::optional<Claim> claim) {
  try {
    transaction.commit();
  } catch (const Error&) {
    if (claim) claim->detach();
    throw;
  }
  return claim;
}

}  // namespace

std::string Worker::text() const { return host + ":" + std::to_string(pid); }

Worker this_worker() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return {host, getpid(), variable("SLURM_JOB_ID"), variable("SLURM_ARRAY_TASK_ID")};
}

double system_clock_unix_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

QueueSettings queue_settings(const contimg::Settings& settings) {
  QueueSettings result;
  result.path = required_path(settings, &contimg::Settings::queue_db);
  result.lease_s = settings.in_progress_timeout_s;
  result.max_retries = settings.max_retries;
  result.backoff_s = settings.backoff_s;
  result.backoff_max_s = settings.backoff_max_s;
  result.newest_first = settings.order == GroupOrder::newest;
  result.deep_images = settings.tier != "quicklook";
  result.stages = stages_from(settings.stages);
  return result;
}

Queue::Shared::Shared(QueueSettings given)
    : settings(std::move(given)), db(open_queue(settings, true)) {}

Statement& Queue::Shared::prepared(const char* sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end())
    found = statements_
                .emplace(std::piecewise_construct, std::forward_as_tuple(sql),
                         std::forward_as_tuple(db, sql))
                .first;
  return found->second;
}

Queue::Queue(QueueSettings settings) : shared_(std::make_shared<Shared>(std::move(settings))) {}

double Queue::now_unix_s() const { return shared_->now_unix_s(); }
const QueueSettings& Queue::settings() const { return shared_->settings; }
Database& Queue::database() { return shared_->db; }

std::optional<std::string> Queue::paused() {
  Statement& find = shared_->prepared(
      "SELECT coalesce((SELECT value FROM control WHERE key = 'paused_reason'), '')"
      " FROM control WHERE key = 'paused' AND value = '1'");
  std::optional<std::string> reason;
  if (find.step()) reason = find.text(0);
  find.reset();
  return reason;
}

std::optional<Claim> Queue::claim(Stage stage) {
  Transaction transaction(shared_->db);
  shared_->recover();
  std::optional<Claim> claim;
  if (!paused()) {
    shared_
        ->prepared(
            "UPDATE job SET state = 'ready', not_before = NULL"
            " WHERE stage = ? AND state = 'waiting' AND not_before <= ?")
        .bind(1, stage_name(stage))
        .bind(2, now_unix_s())
        .run();
    Statement& find = shared_->prepared(settings().newest_first ? kNewest : kOldest);
    const bool found = find.bind(1, stage_name(stage)).step();
    const std::int64_t id = found ? find.integer(0) : 0;
    find.reset();
    if (found) claim.emplace(Claim(shared_, shared_->take(id, false)));
  }
  return committed(transaction, std::move(claim));
}

std::optional<std::string> Queue::next(Stage stage) {
  if (paused()) return std::nullopt;
  Statement& find = shared_->prepared(settings().newest_first ? kNewest : kOldest);
  std::optional<std::string> group_id;
  if (find.bind(1, stage_name(stage)).step())
    group_id =
        shared_->db.text("SELECT group_id FROM job WHERE id = " + std::to_string(find.integer(0)));
  find.reset();
  return group_id;
}

std::optional<Claim> Queue::claim_group(Stage stage, const std::string& group_id, bool force) {
  Transaction transaction(shared_->db);
  shared_->recover();
  Statement find(shared_->db,
                 "SELECT job.id, job.state, job.host, job.pid, job.not_before FROM ingest_queue"
                 " LEFT JOIN job ON job.group_id = ingest_queue.group_id AND job.stage = ?"
                 " WHERE ingest_queue.group_id = ?");
  if (!find.bind(1, stage_name(stage)).bind(2, group_id).step())
    throw UsageError(group_id + ": no such group in " + settings().path +
                     ", expected one that 'manage-queue list' shows");
  const std::string state = find.text(1);
  // A job that waits until some time may be taken at once; one that waits for its turn may not.
  if (find.is_null(0) || (stage != Stage::convert && state == "waiting" && find.is_null(4)))
    throw UsageError(group_id + ": not ready for " + stage_name(stage) +
                     ", expected the stage before it to be done");
  if (state == "claimed")
    throw TemporaryError(group_id + ": being worked on by " + find.text(2) + ":" + find.text(3) +
                         ", expected nobody; wait, or use 'manage-queue reset-stuck'");
  std::optional<Claim> claim;
  if (state == "done" && force) require_set(shared_->db, stage, group_id);
  if (state != "done" || force)
    claim.emplace(Claim(shared_, shared_->take(find.integer(0), state == "done")));
  find.reset();
  return committed(transaction, std::move(claim));
}

Claim Queue::take_up(const Job& job) { return {shared_, job}; }

int Queue::recover_expired() {
  Transaction transaction(shared_->db);
  const int n = shared_->recover();
  transaction.commit();
  return n;
}

}  // namespace contimg::queue
