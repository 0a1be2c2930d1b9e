// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/parcel.h"

namespace contimg::queue {

/// A task as the scheduler shows it.
struct SchedulerTask {
  std::string state;  ///< Slurm's word: PENDING, RUNNING, COMPLETED, NODE_FAIL, ...
  std::string node;
  std::string reason;
};

/// Tasks by the name of their array and their index in it.
using SchedulerView = std::map<std::pair<std::string, std::string>, SchedulerTask>;

/// Reads lines "name|index|state|node|reason" from a file ("-": stdin), as slurm-status writes them;
/// of several lines on one task the last counts. What is no such line is left out. Throws
/// UsageError when the file cannot be read.
SchedulerView read_scheduler_view(const std::string& path);

/// True for the states in which a task has not ended, or may come again.
bool is_alive(const std::string& state);

/// How the parcels of a batch stand: a row a task, from the queue, the batch's folder and what the
/// scheduler shows (nothing: it does not answer). Nothing is changed.
/// Each row: {batch, task, group_id, state, reached, slurm_job, slurm_state, node, age_s, receipt,
/// held, outcome, reason, next}; `state` is one of
///   queued    its task waits in the scheduler
///   running   its task runs, or is about to end
///   returned  it left a receipt, which is not taken in yet
///   done      taken in: all that the task began is done
///   waits     taken in: a stage waits, for a calibration or a back-off; nothing failed
///   failed    taken in: a try failed, in `outcome` "retry" or, for good, "failed"
///   given back  ready again, not counted: released, cancelled, refused, reset
///   lost      no receipt, and the scheduler does not have the task: a failed try when its lease
///             runs out, or already
///   unknown   no receipt, and the scheduler does not answer; or no claim of this queue
/// `reached`: the last stage of the group that is done in the queue. `next`: what happens next,
/// and what a person can do; null when that is nothing.
Json batch_tasks(Queue& queue, const std::string& batch, const std::optional<SchedulerView>& view);

/// Of several batches: {scheduler, batches: [{batch, slurm_job, submitted_at, stages, groups, queued,
/// running, returned, done, waits, failed, given_back, lost, unknown}], tasks}. The counts of a
/// batch are those of its rows and add up to `groups`. `tasks` only on request.
/// Throws UsageError for a folder that is no batch.
Json batch_status(Queue& queue, const std::vector<std::string>& batches,
                  const std::optional<SchedulerView>& view, bool with_tasks);

}  // namespace contimg::queue
