// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/claim.h"

#include <spdlog/spdlog.h>

#include "base/unless_empty.h"
#include "queue/product_size.h"
#include "queue/shared.h"

namespace contimg::queue {
Claim::Claim(std::shared_ptr<Queue::Shared> shared, Job job)
    : shared_(std::move(shared)), job_(std::move(job)) {}

Claim::Claim(Claim&&) noexcept = default;

Claim::~Claim() {
  if (!shared_) return;
  try {
    release("the worker ended without a result");
  } catch (const Error& error) {
    spdlog::warn("{} (its lease will run out by itself)", error.what());
  }
}

Job Claim::detach() {
  shared_.reset();
  return job_;
}

void Claim::renew() {
  if (!renew_lease(shared_->db, job_, shared_->now_unix_s(), shared_->settings.lease_s)) {
    shared_.reset();
    throw LeaseLost(job_.group_id + ": the claim was lost, expected to hold it");
  }
}

void Claim::record_checkpoint(const std::string& path) {
  Transaction transaction(shared_->db);
  Statement(shared_->db,
            "UPDATE ingest_queue SET checkpoint_path = ?1 WHERE group_id = ?2 AND EXISTS"
            " (SELECT 1 FROM job WHERE id = ?3 AND state = 'claimed' AND claim_token = ?4)")
      .bind(1, unless_empty(path))
      .bind(2, job_.group_id)
      .bind(3, job_.id)
      .bind(4, job_.claim_token)
      .run();
  shared_->require_held(job_);
  transaction.commit();
  job_.checkpoint_path = path;
}

// One transaction that ends the job. When the lease was lost there is nothing left to release.
void Claim::end(const std::function<void()>& change) {
  try {
    Transaction transaction(shared_->db);
    change();
    transaction.commit();
  } catch (const LeaseLost&) {
    shared_.reset();
    throw;
  }
  shared_.reset();
}

void Claim::finish(const Outcome& given) {
  const Outcome outcome = with_sizes(given);  // before the transaction: a set has many files
  end([&] {
    Queue::Shared& queue = *shared_;
    queue
        .prepared(
            "UPDATE job SET state = 'done', reason = NULL, log_tail = NULL, redo = 0,"
            " not_before = NULL, claim_token = NULL, lease_expires = NULL, updated_at = ?"
            " WHERE id = ? AND state = 'claimed' AND claim_token = ?")
        .bind(1, queue.now_unix_s())
        .bind(2, job_.id)
        .bind(3, job_.claim_token)
        .run();
    queue.require_held(job_);
    queue.close_attempt(job_, "done", "");
    queue.record_outcome(job_, outcome);
    queue.make_next_ready(job_);
  });
}

void Claim::fail(const std::string& reason, const std::string& log_tail) {
  Ending ending{"failed", reason, log_tail};
  ending.for_good = true;
  end([&] { shared_->end_try(job_, ending); });
}

bool Claim::retry(const std::string& reason, const std::string& log_tail) {
  bool again = false;
  end([&] { again = shared_->end_try(job_, {"retry", reason, log_tail, true}); });
  return again;
}

void Claim::release(const std::string& reason, double not_before_unix_s) {
  Ending ending{"released", reason, ""};
  ending.not_before_unix_s = not_before_unix_s;
  end([&] { shared_->end_try(job_, ending); });
}

void Queue::Shared::make_next_ready(const Job& job) {
  const std::optional<Stage> next = next_stage(job.stage, settings.stages);
  if (!next) return;
  prepared(
      "INSERT INTO job (group_id, stage, state, priority, updated_at)"
      " SELECT group_id, ?2, 'ready', priority, ?3 FROM ingest_queue WHERE group_id = ?1"
      " ON CONFLICT (group_id, stage) DO UPDATE SET redo = redo OR state = 'done', state = 'ready',"
      " retry_count = 0, not_before = NULL, claim_token = NULL, lease_expires = NULL,"
      " reason = NULL, updated_at = excluded.updated_at")
      .bind(1, job.group_id)
      .bind(2, stage_name(*next))
      .bind(3, now_unix_s())
      .run();
}

}  // namespace contimg::queue
