// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "queue/queue.h"
#include "queue/report.h"

namespace contimg::queue {

/// Who does it, in the state history.
inline constexpr const char* kOperatorsTool = "manage-queue";

/// What an operator may do to a queue by hand. Each is one transaction and is written to the state
/// history with actor "manage-queue".

/// Makes the failed or waiting jobs of a group ready now, with a fresh retry budget. Throws
/// UsageError when the group has none, or is unknown. Returned: {group_id, stages: [...]}.
Json retry_group(Queue& queue, const std::string& group_id);
/// The same for every group that has a failed job.
Json retry_failed(Queue& queue);

/// Jobs whose worker is dead: the lease ran out, or the process on this host is gone. With
/// `apply` each becomes ready again, counted as a failed try; otherwise they are only listed.
Json reset_stuck(Queue& queue, bool apply);

/// Holds back all claims but those of a named group; resume() lets them go on.
Json pause(Queue& queue, const std::string& reason);
Json resume(Queue& queue);

/// Forgets a group; its files will be grouped anew if they are still there. Throws TemporaryError
/// while a worker has it, UsageError for an unknown group.
Json drop_group(Queue& queue, const std::string& group_id);

}  // namespace contimg::queue
