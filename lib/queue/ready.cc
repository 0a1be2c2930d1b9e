// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/ready.h"

#include <signal.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/byte_text.h"
#include "base/error.h"
#include "base/filesystem.h"
#include "queue/deep_images.h"
#include "queue/degradation.h"
#include "queue/heartbeat.h"

namespace contimg::queue {
namespace {

// Jobs that can be claimed now, of groups that nobody has. ?1 is the time.
constexpr const char* kClaimable =
    "(job.state = 'ready' OR (job.state = 'waiting' AND job.not_before <= ?1))"
    " AND NOT EXISTS (SELECT 1 FROM job AS held WHERE held.group_id = job.group_id"
    " AND held.state = 'claimed')";

// The stages that are enabled and done at a step as rows (name, rank), for WITH, which must not be
// without any: rank 0 is none. Their names are ours, not an operator's.
std::string stages_at(Step step, const Queue& queue) {
  const std::optional<Stage> last = last_stage(step, queue.settings().stages);
  std::string values = "('', 0)";
  int rank = 0;
  for (const Stage stage : queue.settings().stages)
    if (last && stage <= *last)
      values += ", ('" + stage_name(stage) + "', " + std::to_string(++rank) + ")";
  return "WITH enabled (stage, rank) AS (VALUES " + values + ") ";
}

// A second quicklook image of a group helps nobody; `group` is an expression.
std::string not_again(Step step, const std::string& group) {
  if (step != Step::quicklook_first) return "";
  return " AND NOT (enabled.stage = 'image' AND EXISTS (SELECT 1 FROM images"
         " WHERE images.group_id = " +
         group + " AND tier = 'quicklook'))";
}

// A set is about as large as the files it is made of.
double largest_input_byte(Queue& queue) {
  Statement find(queue.database(),
                 std::string("SELECT max(size) FROM (SELECT sum(file_size_bytes) AS size"
                             " FROM job JOIN subband_files USING (group_id)"
                             " JOIN hdf5_file_index USING (path)"
                             " WHERE job.stage = 'convert' AND ") +
                     kClaimable + " GROUP BY job.group_id)");
  find.bind(1, queue.now_unix_s()).step();
  return find.is_null(0) ? 0 : find.real(0);
}

std::string lack_of_room(Queue& queue, const RoomRule& rule) {
  const double expected_byte = 3 * largest_input_byte(queue);
  const double needed_byte = std::max(rule.floor_byte, expected_byte);
  for (const std::string& folder : rule.folders) {
    if (folder.empty()) continue;
    const double free_byte = available_byte(folder);
    if (free_byte < 0 || free_byte >= needed_byte) continue;
    return folder + " has " + gigabytes(free_byte) + " free, expected " + gigabytes(needed_byte) +
           (expected_byte > rule.floor_byte ? ", 3 times the next product" : ", disk.floor_gb") +
           "; free some, nothing is begun until then";
  }
  return "";
}

// Written only when it changes: most ticks must not write at all.
void hold(Queue& queue, const std::string& reason) {
  Database& db = queue.database();
  const std::string before =
      db.text("SELECT coalesce((SELECT value FROM control WHERE key = 'held_reason'), '')");
  if (before == reason) return;
  if (before.empty()) spdlog::warn("{}", reason);
  if (reason.empty()) spdlog::info("there is room again");
  Transaction transaction(db);
  if (reason.empty())
    db.execute("DELETE FROM control WHERE key = 'held_reason'");
  else
    Statement(db, "INSERT OR REPLACE INTO control VALUES ('held_reason', ?, ?)")
        .bind(1, reason)
        .bind(2, queue.now_unix_s())
        .run();
  transaction.commit();
}

}  // namespace

RoomRule room_rule(const contimg::Settings& settings) {
  return {{settings.output_dir, settings.image_dir}, settings.disk_floor_gb * kBytesPerGb};
}

int free_abandoned(Queue& queue) {
  Database& db = queue.database();
  const QueueSettings& settings = queue.settings();
  const double silent_since = queue.now_unix_s() - 2 * heartbeat_period_s(settings.lease_s);
  std::vector<std::int64_t> gone;
  {
    Statement find(db,
                   "SELECT id, pid FROM job WHERE state = 'claimed' AND host = ?1"
                   " AND slurm_job_id IS NULL AND heartbeat_at < ?2 AND lease_expires >= ?3");
    find.bind(1, settings.worker.host).bind(2, silent_since).bind(3, queue.now_unix_s());
    while (find.step()) {
      const auto pid = static_cast<pid_t>(find.integer(1));
      if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) gone.push_back(find.integer(0));
    }
  }
  if (!gone.empty()) {
    Transaction transaction(db);
    Statement expire(db,
                     "UPDATE job SET lease_expires = ?1"
                     " WHERE id = ?2 AND state = 'claimed' AND heartbeat_at < ?3");
    for (const std::int64_t id : gone)
      expire.bind(1, queue.now_unix_s() - 1).bind(2, id).bind(3, silent_since).run();
    transaction.commit();
  }
  return queue.recover_expired();
}

Json ready_groups(Queue& queue, const RoomRule& rule, int limit) {
  free_abandoned(queue);
  ask_deep_images(queue);
  const std::string lacking = lack_of_room(queue, rule);
  hold(queue, lacking);
  if (!lacking.empty() || queue.paused()) return Json::array();
  const Step step = degradation_in_force(queue.database()).step;
  // With max() as the only aggregate the other columns are those of its row.
  Statement find(queue.database(),
                 stages_at(step, queue) +
                     "SELECT group_id, enabled.stage, observation_class FROM job"
                     " JOIN enabled USING (stage) JOIN ingest_queue USING (group_id)"
                     " WHERE " +
                     kClaimable + not_again(step, "job.group_id") +
                     " GROUP BY group_id ORDER BY job.priority DESC,"
                     " coalesce(last_subband_at, received_at) < ?3,"
                     " observation_class = 'calibrator' DESC, max(rank) DESC,"
                     " job.retry_count, group_id " +
                     (queue.settings().newest_first ? "DESC" : "") + " LIMIT ?2");
  find.bind(1, queue.now_unix_s()).bind(2, limit > 0 ? limit : -1);
  find.bind(3, last_relief_unix_s(queue.database()).value_or(0));
  return rows(find);
}

Json stages_to_do(Queue& queue, const std::string& group_id) {
  if (!find_group(queue.database(), group_id))
    throw UsageError(group_id + ": no such group in " + queue.settings().path +
                     ", expected one that 'manage-queue list' shows");
  ask_deep_images(queue);
  const Step step = degradation_in_force(queue.database()).step;
  Statement find(queue.database(),
                 stages_at(step, queue) +
                     "SELECT enabled.stage, job.state, job.reason FROM enabled"
                     " LEFT JOIN job ON job.stage = enabled.stage AND job.group_id = ?1"
                     " WHERE rank > 0 AND job.state IS NOT 'done'" +
                     not_again(step, "?1") + " ORDER BY rank");
  find.bind(1, group_id);
  return rows(find);
}

Json step_in_force(Database& db) {
  const Degradation now = degradation_in_force(db);
  return Json::array({{{"step", step_name(now.step)},
                       {"reason", now.reason},
                       {"since", now.id ? Json(now.since_unix_s) : Json(nullptr)}}});
}

}  // namespace contimg::queue
