// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/emergency.h"

#include "base/atomic_output.h"
#include "base/error.h"
#include "queue/backup.h"
#include "queue/claim.h"
#include "queue/repair.h"
#include "queue/shared.h"

namespace contimg::queue {
namespace {

constexpr const char* kFailed = "SELECT count(*) FROM job WHERE state = 'failed'";
constexpr const char* kSpent = "SELECT count(*) FROM job WHERE state <> 'done' AND retry_count > 0";
constexpr const char* kClaimed = "SELECT count(*) FROM job WHERE state = 'claimed'";

// As each worker would give back its own.
int release_all(Queue& queue) {
  std::vector<Job> held;
  {
    Statement find(queue.database(),
                   std::string("SELECT ") + kJobColumns + " FROM job WHERE state = 'claimed'");
    while (find.step()) held.push_back(read_job(find));
  }
  int n = 0;
  for (const Job& job : held) {
    try {
      queue.take_up(job).release("emergency reset by manage-queue");
      ++n;
    } catch (const LeaseLost&) {
      continue;  // its worker ended in the meantime
    }
  }
  return n;
}

}  // namespace

Json clear_failures(Queue& queue) {
  Database& db = queue.database();
  const Json groups = retry_failed(queue);
  Transaction transaction(db);
  Statement(db,
            "UPDATE job SET retry_count = 0, not_before = NULL, updated_at = ?,"
            " state = iif(state = 'waiting' AND not_before IS NOT NULL, 'ready', state)"
            " WHERE state IN ('ready', 'waiting') AND (retry_count > 0 OR not_before IS NOT NULL)")
      .bind(1, queue.now_unix_s())
      .run();
  const int n = db.changes();
  db.execute(
      "UPDATE ingest_queue SET retry_count = 0, change_id = change_id + 1"
      " WHERE retry_count > 0 AND state IN ('pending', 'collecting')");
  transaction.commit();
  return {{"groups_retried", groups.size()}, {"jobs_cleared", n}};
}

Json emergency_reset(Queue& queue, const std::string& backup_dir, bool apply) {
  Database& db = queue.database();
  const bool was_paused = queue.paused().has_value();
  Json report = {{"applied", apply},
                 {"was_paused", was_paused},
                 {"claims", db.integer(kClaimed)},
                 {"failed_jobs", db.integer(kFailed)},
                 {"spent_retries", db.integer(kSpent)}};
  if (!apply) {
    report["next"] = "nothing was changed; --yes does it, after a backup into " + backup_dir;
    return report;
  }
  create_folders(backup_dir);
  if (!was_paused) pause(queue, "emergency reset");
  const std::string backup = backup_queue(db, backup_dir, queue.now_unix_s())["backup"];
  report["claims"] = release_all(queue);
  const Json cleared = clear_failures(queue);
  report["groups_retried"] = cleared["groups_retried"];
  report["backup"] = backup;
  report["undo"] = "stop every tool, then: manage-queue restore " + backup +
                   (was_paused ? "" : " && manage-queue resume");
  report["next"] = "the queue is paused; look at 'manage-queue status', then: manage-queue resume";
  return report;
}

}  // namespace contimg::queue
