// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/redo.h"

#include <algorithm>

#include "base/error.h"

namespace contimg::queue {
namespace {

void require_free(Queue& queue, const std::string& group_id) {
  Statement held(queue.database(),
                 "SELECT stage, host || ':' || pid FROM job WHERE group_id = ? AND"
                 " state = 'claimed' AND lease_expires >= ?");
  if (held.bind(1, group_id).bind(2, queue.now_unix_s()).step())
    throw TemporaryError(group_id + ": " + held.text(1) + " works on its stage " + held.text(0) +
                         ", expected nobody; ask again when that has ended");
}

// As an operator's UPDATE: the triggers put jobs and leases in order (docs/formats/queue.md), and the
// history tells who it was.
void convert_again(Database& db, const std::string& group_id, const std::string& asker) {
  Statement(db, "UPDATE ingest_queue SET state = 'pending', error = NULL WHERE group_id = ?")
      .bind(1, group_id)
      .run();
  Statement(db,
            "UPDATE state_history SET actor = ?2, reason = 'asked to be converted'"
            " WHERE id = (SELECT max(id) FROM state_history WHERE group_id = ?1)")
      .bind(1, group_id)
      .bind(2, asker)
      .run();
}

void redo_later_stage(Queue& queue, const std::string& group_id, Stage stage,
                      const std::string& asker) {
  Database& db = queue.database();
  const double now = queue.now_unix_s();
  Statement first(db,
                  "UPDATE job SET redo = redo OR state = 'done', state = 'ready', retry_count = 0,"
                  " not_before = NULL, reason = ?3, updated_at = ?4, claim_token = NULL,"
                  " lease_expires = NULL WHERE group_id = ?1 AND stage = ?2");
  first.bind(1, group_id).bind(2, stage_name(stage)).bind(3, "asked for by " + asker).bind(4, now);
  first.run();
  if (db.changes() == 0)
    throw UsageError(group_id + ": has not come to stage " + stage_name(stage) +
                     ", expected one that 'manage-queue show' lists");
  Statement after(db,
                  "UPDATE job SET redo = redo OR state = 'done', state = 'waiting',"
                  " retry_count = 0, not_before = NULL, reason = 'the stage before is not done',"
                  " updated_at = ?3, claim_token = NULL, lease_expires = NULL"
                  " WHERE group_id = ?1 AND stage = ?2");
  for (auto next = next_stage(stage, queue.settings().stages); next;
       next = next_stage(*next, queue.settings().stages))
    after.bind(1, group_id).bind(2, stage_name(*next)).bind(3, now).run();
  Statement(db,
            "UPDATE dead_letter SET resolved_at = ?3, resolution = ?4 WHERE group_id = ?1"
            " AND stage = ?2 AND resolved_at IS NULL")
      .bind(1, group_id)
      .bind(2, stage_name(stage))
      .bind(3, now)
      .bind(4, "asked for by " + asker)
      .run();
}

}  // namespace

Json redo_stages(Queue& queue, const std::string& group_id, Stage stage, const std::string& asker) {
  const std::vector<Stage>& enabled = queue.settings().stages;
  const auto begin = std::find(enabled.begin(), enabled.end(), stage);
  if (begin == enabled.end())
    throw UsageError(stage_name(stage) + ": not among the enabled stages, expected one of them");
  Database& db = queue.database();
  Transaction transaction(db);
  const std::optional<Group> group = find_group(db, group_id);
  if (!group)
    throw UsageError(group_id + ": no such group, expected one that 'manage-queue list' shows");
  require_free(queue, group_id);
  if (stage != Stage::convert) {
    redo_later_stage(queue, group_id, stage, asker);
  } else {
    if (group->state == GroupState::collecting)
      throw UsageError(group_id + ": its subbands have not all come, expected a whole group");
    if (group->state != GroupState::pending) convert_again(db, group_id, asker);
  }
  transaction.commit();
  Json stages = Json::array();
  for (auto each = begin; each != enabled.end(); ++each) stages.push_back(stage_name(*each));
  return {{"group_id", group_id}, {"stages", stages}};
}

std::string ask_conversion(Queue& queue, const std::string& group_id, int priority,
                           const std::string& asker) {
  Database& db = queue.database();
  Transaction transaction(db);
  const std::optional<Group> group = find_group(db, group_id);
  if (!group) return "no such group";
  switch (group->state) {
    case GroupState::collecting:
      return "only " + std::to_string(group->n_subbands) + " of " +
             std::to_string(group->expected_subbands) + " subbands have come";
    case GroupState::in_progress:
      return "it is being converted";
    case GroupState::completed:
      return "it is converted; ask for its reprocessing to convert it again";
    case GroupState::failed:
      convert_again(db, group_id, asker);
      break;
    case GroupState::pending:
      break;
  }
  Statement(db,
            "UPDATE ingest_queue SET priority = ?2, change_id = change_id + 1 WHERE group_id = ?1")
      .bind(1, group_id)
      .bind(2, priority)
      .run();
  Statement(db,
            "UPDATE job SET state = 'ready', not_before = NULL, updated_at = ?2"
            " WHERE group_id = ?1 AND stage = 'convert' AND state = 'waiting'")
      .bind(1, group_id)
      .bind(2, queue.now_unix_s())
      .run();
  transaction.commit();
  return "";
}

}  // namespace contimg::queue
