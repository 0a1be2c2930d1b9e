// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/repair.h"

#include <signal.h>

#include <cerrno>

#include "base/error.h"

namespace contimg::queue {
namespace {

void require_group(Database& db, const std::string& group_id) {
  if (find_group(db, group_id)) return;
  throw UsageError(group_id + ": no such group in " + db.path() +
                   ", expected one that 'manage-queue list' shows");
}

void make_ready(Database& db, const std::string& group_id, const std::string& stage, double now) {
  if (stage == "convert") {
    Statement(db,
              "UPDATE ingest_queue SET retry_count = 0, change_id = change_id + 1"
              " WHERE group_id = ?")
        .bind(1, group_id)
        .run();
    set_group_state(db, group_id, GroupState::pending, now, kOperatorsTool, "retry");
  }
  Statement(db,
            "UPDATE job SET state = 'ready', retry_count = 0, not_before = NULL, updated_at = ?"
            " WHERE group_id = ? AND stage = ?")
      .bind(1, now)
      .bind(2, group_id)
      .bind(3, stage)
      .run();
  Statement(db,
            "UPDATE dead_letter SET resolved_at = ?, resolution = 'retry by manage-queue'"
            " WHERE group_id = ? AND stage = ? AND resolved_at IS NULL")
      .bind(1, now)
      .bind(2, group_id)
      .bind(3, stage)
      .run();
}

Json retry_jobs(Queue& queue, const std::string& group_id) {
  Database& db = queue.database();
  Statement find(db,
                 "SELECT stage FROM job WHERE group_id = ?"
                 " AND (state = 'failed' OR (state = 'waiting' AND not_before IS NOT NULL))");
  find.bind(1, group_id);
  Json stages = Json::array();
  while (find.step()) stages.push_back(find.text(0));
  for (const Json& stage : stages) make_ready(db, group_id, stage, queue.now_unix_s());
  return {{"group_id", group_id}, {"stages", stages}};
}

bool is_gone(const std::string& host, std::int64_t pid, const Worker& here) {
  return host == here.host && pid > 0 && kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

void set_control(Database& db, const char* key, const std::string& value, double now) {
  Statement(db,
            "INSERT INTO control VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE"
            " SET value = excluded.value, updated_at = excluded.updated_at")
      .bind(1, key)
      .bind(2, value)
      .bind(3, now)
      .run();
}

}  // namespace

Json retry_group(Queue& queue, const std::string& group_id) {
  if (group_id.empty()) throw UsageError("retry: give a group, or --failed for all of them");
  Transaction transaction(queue.database());
  require_group(queue.database(), group_id);
  Json result = retry_jobs(queue, group_id);
  if (result["stages"].empty())
    throw UsageError(group_id +
                     ": nothing to retry, expected a failed or waiting job; "
                     "convert-group --group ID --force redoes a finished one");
  transaction.commit();
  return result;
}

Json retry_failed(Queue& queue) {
  Transaction transaction(queue.database());
  Statement find(queue.database(),
                 "SELECT DISTINCT group_id FROM job WHERE state = 'failed' ORDER BY group_id");
  Json result = Json::array();
  std::vector<std::string> groups;
  while (find.step()) groups.push_back(find.text(0));
  for (const std::string& group_id : groups) result.push_back(retry_jobs(queue, group_id));
  transaction.commit();
  return result;
}

Json reset_stuck(Queue& queue, bool apply) {
  Database& db = queue.database();
  const double now = queue.now_unix_s();
  Json result = Json::array();
  {
    Transaction transaction(db);
    Statement find(db,
                   "SELECT id, group_id, stage, host, pid, lease_expires, slurm_job_id, retry_count"
                   " FROM job WHERE state = 'claimed' ORDER BY group_id");
    Statement expire(db, "UPDATE job SET lease_expires = ? WHERE id = ?");
    while (find.step()) {
      const bool expired = find.real(5) < now;
      const bool gone =
          find.is_null(6) && is_gone(find.text(3), find.integer(4), queue.settings().worker);
      if (!expired && !gone) continue;
      result.push_back({{"group_id", find.text(1)},
                        {"stage", find.text(2)},
                        {"worker", find.text(3) + ":" + find.text(4)},
                        {"why", expired ? "lease ran out" : "process is gone"},
                        {"retry_count", find.integer(7)},
                        {"reset", apply}});
      if (apply) expire.bind(1, now - 1).bind(2, find.integer(0)).run();
    }
    if (apply) transaction.commit();
  }
  if (apply) queue.recover_expired();
  return result;
}

Json pause(Queue& queue, const std::string& reason) {
  Transaction transaction(queue.database());
  set_control(queue.database(), "paused", "1", queue.now_unix_s());
  set_control(queue.database(), "paused_reason", reason, queue.now_unix_s());
  transaction.commit();
  return {{"paused", true}, {"paused_reason", reason}};
}

Json resume(Queue& queue) {
  Transaction transaction(queue.database());
  set_control(queue.database(), "paused", "0", queue.now_unix_s());
  set_control(queue.database(), "paused_reason", "", queue.now_unix_s());
  transaction.commit();
  return {{"paused", false}};
}

Json drop_group(Queue& queue, const std::string& group_id) {
  Database& db = queue.database();
  Transaction transaction(db);
  require_group(db, group_id);
  Statement held(db,
                 "SELECT host || ':' || pid FROM job WHERE group_id = ? AND state = 'claimed'"
                 " AND lease_expires >= ?");
  if (held.bind(1, group_id).bind(2, queue.now_unix_s()).step())
    throw TemporaryError(group_id + ": being worked on by " + held.text(0) +
                         ", expected nobody; wait for it, or stop it and use reset-stuck");
  Statement(db, "DELETE FROM ingest_queue WHERE group_id = ?").bind(1, group_id).run();
  transaction.commit();
  return {{"group_id", group_id}, {"dropped", true}};
}

}  // namespace contimg::queue
