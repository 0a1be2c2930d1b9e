// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/deep_images.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "queue/degradation.h"

namespace contimg::queue {
namespace {

// Between the look at the step, by whoever calls image-ms, and the claim.
constexpr double kAsked_s = 60;

// An image that is quicklook because an operator wanted one is left as it is: only what was begun
// while the step was in force is asked for again.
std::vector<std::string> put_off(Database& db) {
  Statement find(
      db,
      "WITH quick AS (SELECT images.group_id AS quick_id, (SELECT max(started_at) FROM job_attempt"
      "   WHERE job_attempt.group_id = images.group_id AND stage = 'image' AND outcome = 'done')"
      "   AS begun FROM images WHERE type = 'image' AND tier = 'quicklook')"
      " SELECT DISTINCT quick_id FROM quick JOIN job ON job.group_id = quick_id"
      " WHERE job.stage = 'image' AND job.state = 'done' AND NOT EXISTS (SELECT 1 FROM job AS held"
      "   WHERE held.group_id = quick_id AND held.state = 'claimed')"
      " AND (job.reason = ?3 OR EXISTS (SELECT 1 FROM degradation AS step WHERE step.step = ?1"
      "   AND step.since <= begun AND begun - ?2 <= coalesce((SELECT min(since) FROM degradation"
      "     AS later WHERE later.id > step.id), begun))) ORDER BY quick_id");
  find.bind(1, step_name(Step::quicklook_first)).bind(2, kAsked_s).bind(3, kPutOffInTask);
  std::vector<std::string> ids;
  while (find.step()) ids.push_back(find.text(0));
  return ids;
}

}  // namespace

int ask_deep_images(Queue& queue) {
  Database& db = queue.database();
  const std::vector<Stage>& stages = queue.settings().stages;
  const bool enabled = std::find(stages.begin(), stages.end(), Stage::image) != stages.end();
  if (!enabled || !queue.settings().deep_images) return 0;
  const Degradation now = degradation_in_force(db);
  if (now.id == 0 || now.step != Step::full || put_off(db).empty()) return 0;
  Transaction transaction(db);
  const std::vector<std::string> ids = put_off(db);  // a worker may have taken one meanwhile
  Statement image(db,
                  "UPDATE job SET state = 'ready', redo = 1, retry_count = 0, not_before = NULL,"
                  " reason = 'a deep image was put off', updated_at = ?1"
                  " WHERE group_id = ?2 AND stage = 'image'");
  Statement after(db,
                  "UPDATE job SET redo = redo OR state = 'done', state = 'waiting',"
                  " not_before = NULL, reason = 'the stage before is not done', updated_at = ?1"
                  " WHERE group_id = ?2 AND stage IN ('measure', 'lightcurve')");
  for (const std::string& id : ids) {
    image.bind(1, queue.now_unix_s()).bind(2, id).run();
    after.bind(1, queue.now_unix_s()).bind(2, id).run();
  }
  transaction.commit();
  spdlog::info("{} groups have a quicklook image only, which are imaged again", ids.size());
  return static_cast<int>(ids.size());
}

}  // namespace contimg::queue
