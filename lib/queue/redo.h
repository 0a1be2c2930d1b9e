// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "queue/queue.h"
#include "queue/report.h"

namespace contimg::queue {

/// Asks for a stage of a group once more, and for those after it: their jobs are made ready, or wait
/// for the stage before, with a fresh retry budget, and replace what is there. One transaction.
/// Throws UsageError for an unknown group, a stage that is not enabled, or one that the group has not
/// come to; TemporaryError while a worker has one of the jobs.
/// Returned: {group_id, stages: [...]}.
Json redo_stages(Queue& queue, const std::string& group_id, Stage stage, const std::string& asker);

/// Asks for the conversion of a group at a priority (higher is earlier; 0 is usual): one that is
/// pending gets the priority, one that failed is tried again too.
/// Returned: why it cannot be converted; empty: it will be.
std::string ask_conversion(Queue& queue, const std::string& group_id, int priority,
                           const std::string& asker);

}  // namespace contimg::queue
