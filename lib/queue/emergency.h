// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "queue/queue.h"
#include "queue/report.h"

namespace contimg::queue {

/// Puts a queue that is in disorder back to work, after a backup of it:
///
///     pause -> back up -> give back every claim, uncounted -> clear every counter of failures
///
/// A worker that lives can record nothing more. The queue stays paused, for a person to look and
/// resume. Without `apply` nothing is changed. Given: the folder for the backup, which is made.
/// Returned: {applied, was_paused, claims, failed_jobs, spent_retries, backup, undo, next}.
Json emergency_reset(Queue& queue, const std::string& backup_dir, bool apply);

/// A fresh retry budget for every job that is not done; failed ones, and those that wait until some
/// time, are ready now. Returned: {jobs, groups}: how many.
Json clear_failures(Queue& queue);

}  // namespace contimg::queue
