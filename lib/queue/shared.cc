// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/shared.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "base/error.h"
#include "base/unless_empty.h"
#include "base/version.h"

namespace contimg::queue {
namespace {

double backoff_s(const QueueSettings& settings, int retry_count) {
  return std::min(settings.backoff_max_s, settings.backoff_s * std::exp2(retry_count - 1));
}

// The words of this process's command line, joined by blanks.
std::string own_command_line() {
  std::ifstream words("/proc/self/cmdline", std::ios::binary);
  std::string line, word;
  while (std::getline(words, word, '\0')) line += (line.empty() ? "" : " ") + word;
  return line;
}

}  // namespace

const char* const kJobColumns = "id, group_id, stage, retry_count, claim_token";

Job read_job(const Statement& row) {
  Job job;
  job.id = row.integer(0);
  job.group_id = row.text(1);
  job.stage = stage_from(row.text(2));
  job.retry_count = static_cast<int>(row.integer(3));
  job.claim_token = row.integer(4);
  return job;
}

Job Queue::Shared::take(std::int64_t job_id, bool redo) {
  const double now = now_unix_s();
  Statement& next =
      prepared("UPDATE counter SET value = value + 1 WHERE name = 'claim_token' RETURNING value");
  next.step();
  Job job;
  job.id = job_id;
  job.claim_token = next.integer(0);
  next.reset();
  Statement& claim = prepared(
      "UPDATE job SET state = 'claimed', attempt = attempt + 1, redo = redo OR ?, claim_token = ?,"
      " lease_expires = ?, heartbeat_at = ?, updated_at = ?, host = ?, pid = ?, slurm_job_id = ?,"
      " slurm_array_task_id = ?, not_before = NULL WHERE id = ?"
      " RETURNING group_id, stage, attempt, retry_count, redo");
  claim.bind(1, redo).bind(2, job.claim_token).bind(3, now + settings.lease_s).bind(4, now);
  claim.bind(5, now).bind(6, settings.worker.host).bind(7, settings.worker.pid);
  claim.bind(8, unless_empty(settings.worker.slurm_job_id));
  claim.bind(9, unless_empty(settings.worker.slurm_array_task_id)).bind(10, job_id).step();
  job.group_id = claim.text(0);
  job.stage = stage_from(claim.text(1));
  job.attempt = static_cast<int>(claim.integer(2));
  job.retry_count = static_cast<int>(claim.integer(3));
  job.redo = claim.integer(4) != 0;
  claim.reset();
  job.resuming = job.attempt > 1;
  if (job.stage == Stage::convert) {
    Statement& group = prepared(
        "UPDATE ingest_queue SET state = 'in_progress', last_update = ?, change_id = change_id + 1,"
        " changed_by = ?, change_reason = 'claimed',"
        " processing_stage = CASE WHEN processing_stage = 'resuming' OR checkpoint_path IS NOT NULL"
        " THEN 'resuming' ELSE 'processing_fresh' END"
        " WHERE group_id = ? RETURNING processing_stage, checkpoint_path");
    group.bind(1, now).bind(2, settings.worker.text()).bind(3, job.group_id).step();
    job.resuming = group.text(0) == "resuming";
    job.checkpoint_path = group.text(1);
    group.reset();
  }
  Statement& attempt = prepared(
      "INSERT INTO job_attempt (claim_token, group_id, stage, attempt, host, pid, slurm_job_id,"
      " slurm_array_task_id, started_at, version, command) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?)");
  attempt.bind(1, job.claim_token).bind(2, job.group_id).bind(3, stage_name(job.stage));
  attempt.bind(4, job.attempt).bind(5, settings.worker.host).bind(6, settings.worker.pid);
  attempt.bind(7, unless_empty(settings.worker.slurm_job_id));
  attempt.bind(8, unless_empty(settings.worker.slurm_array_task_id)).bind(9, now);
  attempt.bind(10, kVersion).bind(11, own_command_line()).run();
  return job;
}

void Queue::Shared::require_held(const Job& job) const {
  if (db.changes() > 0) return;
  throw LeaseLost(job.group_id + ": the claim on its " + stage_name(job.stage) +
                  " job was lost (taken over, reset or deleted), expected to hold it");
}

void Queue::Shared::close_attempt(const Job& job, const char* outcome, const std::string& reason) {
  prepared("UPDATE job_attempt SET ended_at = ?, outcome = ?, reason = ? WHERE claim_token = ?")
      .bind(1, now_unix_s())
      .bind(2, outcome)
      .bind(3, unless_empty(reason))
      .bind(4, job.claim_token)
      .run();
}

void Queue::Shared::give_up(const Job& job, const Ending& ending, int retry_count) {
  prepared(
      "INSERT INTO dead_letter (group_id, stage, error_type, reason, log_tail, retry_count,"
      " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(1, job.group_id)
      .bind(2, stage_name(job.stage))
      .bind(3, ending.for_good ? "bad input" : "retries spent")
      .bind(4, ending.reason)
      .bind(5, unless_empty(ending.log_tail))
      .bind(6, retry_count)
      .bind(7, now_unix_s())
      .run();
}

bool Queue::Shared::end_try(const Job& job, const Ending& ending) {
  const double now = now_unix_s();
  const int retry_count = job.retry_count + (ending.counted ? 1 : 0);
  const bool failed = ending.for_good || (ending.counted && retry_count >= settings.max_retries);
  double not_before = ending.not_before_unix_s;
  if (ending.counted && !ending.at_once) not_before = now + backoff_s(settings, retry_count);
  const bool waits = !failed && not_before > now;
  Statement& end = prepared(
      "UPDATE job SET state = ?, retry_count = ?, not_before = ?, reason = ?, log_tail = ?,"
      " claim_token = NULL, lease_expires = NULL, updated_at = ?"
      " WHERE id = ? AND state = 'claimed' AND claim_token = ?");
  end.bind(1, failed ? "failed" : waits ? "waiting" : "ready").bind(2, retry_count);
  end.bind(3, waits ? std::optional<double>(not_before) : std::nullopt).bind(4, ending.reason);
  end.bind(5, unless_empty(ending.log_tail)).bind(6, now).bind(7, job.id);
  end.bind(8, job.claim_token).run();
  require_held(job);
  close_attempt(job, failed ? "failed" : ending.outcome, ending.reason);
  if (failed) give_up(job, ending, retry_count);
  if (job.stage != Stage::convert) return !failed;
  Statement& group = prepared(
      "UPDATE ingest_queue SET state = ?, retry_count = ?, last_update = ?, error = ?,"
      " error_message = ?, log_tail = ?, processing_stage = iif(?, 'resuming', processing_stage),"
      " change_id = change_id + 1, changed_by = ?, change_reason = ? WHERE group_id = ?");
  group.bind(1, failed ? "failed" : "pending").bind(2, retry_count).bind(3, now);
  group.bind(4, ending.reason).bind(5, ending.reason).bind(6, unless_empty(ending.log_tail));
  group.bind(7, !failed).bind(8, settings.worker.text());
  group.bind(9, std::string(ending.outcome) + ": " + ending.reason).bind(10, job.group_id).run();
  return !failed;
}

// A lease that was given while the clock was ahead would outlast its worker by as much. Who lives
// renews it anyway, so that nobody loses anything by its being cut to the usual length.
void Queue::Shared::shorten_leases_of_the_future() {
  constexpr double kSlack_s = 3600;  // other workers may have longer leases than this one
  Statement& shorten = prepared(
      "UPDATE job SET lease_expires = ?1, heartbeat_at = min(heartbeat_at, ?2)"
      " WHERE state = 'claimed' AND lease_expires > ?3");
  const double now = now_unix_s();
  shorten.bind(1, now + settings.lease_s).bind(2, now);
  shorten.bind(3, now + 2 * settings.lease_s + kSlack_s).run();
}

int Queue::Shared::recover() {
  shorten_leases_of_the_future();
  std::vector<Job> expired;
  std::vector<std::string> owners;
  static const std::string select = std::string("SELECT ") + kJobColumns +
                                    ", host || ':' || pid FROM job"
                                    " WHERE state = 'claimed' AND lease_expires < ?";
  Statement& find = prepared(select.c_str());
  find.bind(1, now_unix_s());
  while (find.step()) {
    expired.push_back(read_job(find));
    owners.push_back(find.text(5));
  }
  find.reset();
  for (std::size_t i = 0; i < expired.size(); ++i) {
    Ending ending{"expired", "the lease of worker " + owners[i] + " ran out", "", true};
    ending.at_once = true;  // the lease was a long enough pause
    end_try(expired[i], ending);
  }
  return static_cast<int>(expired.size());
}

bool renew_lease(Database& db, const Job& job, double now_unix_s, double lease_s) {
  Transaction transaction(db);
  Statement(db,
            "UPDATE job SET lease_expires = ?, heartbeat_at = ?"
            " WHERE id = ? AND state = 'claimed' AND claim_token = ?")
      .bind(1, now_unix_s + lease_s)
      .bind(2, now_unix_s)
      .bind(3, job.id)
      .bind(4, job.claim_token)
      .run();
  if (db.changes() == 0) return false;
  if (job.stage == Stage::convert)
    Statement(db, "UPDATE ingest_queue SET last_update = ? WHERE group_id = ?")
        .bind(1, now_unix_s)
        .bind(2, job.group_id)
        .run();
  transaction.commit();
  return true;
}

}  // namespace contimg::queue
