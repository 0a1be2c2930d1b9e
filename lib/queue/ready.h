// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "queue/queue.h"
#include "queue/report.h"

namespace contimg::queue {

/// Disk space without which nothing is begun: at least the floor, and three times what the largest
/// ready group is expected to become.
struct RoomRule {
  std::vector<std::string> folders;  ///< Where products grow; empty paths do not count.
  double floor_byte = 10e9;
};

/// The part of a tool's settings that concerns room: the folders of sets and images, the floor.
RoomRule room_rule(const contimg::Settings& settings);

/// The groups that can be taken now, one object {group_id, stage, observation_class} each, in the
/// order in which they should be: highest priority, what was put off under pressure last, calibrators,
/// the latest stage (so that what was begun is finished first), least retried, then in order of
/// observation (newest first on request).
/// `stage` is the one whose job is ready. Groups that a worker has, those that wait, and those whose
/// next stage is left out at the step in force (degradation.h) are not among them. `limit` 0: all.
///
/// First recovers what dead workers left (free_abandoned()), asks for deep images that were put off
/// (ask_deep_images()) and looks at the disk: while there is
/// no room, or the queue is paused, the list is empty, and no retry is spent. The reason is in the
/// row 'held_reason' of control, and in status(), until there is room again.
Json ready_groups(Queue& queue, const RoomRule& rule, int limit);

/// The stages of a group, enabled and not left out at the step in force, that are not done, in order: {stage, state, reason} each; state is
/// null where the group has not come so far. Throws UsageError for an unknown group.
Json stages_to_do(Queue& queue, const std::string& group_id);

/// The step that is in force, since when and why, as a list of one.
Json step_in_force(Database& db);

/// Makes ready again what nobody works on any more, counted as a failed try: jobs whose lease ran
/// out; and, without waiting for that, jobs outside Slurm whose process on this host is gone and
/// has not renewed its lease twice in a row. Returned: how many.
int free_abandoned(Queue& queue);

}  // namespace contimg::queue
