// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/settings.h"
#include "queue/queue.h"

namespace contimg::watch {

/// A stage's tool to be watched.
struct StageRequest {
  std::vector<std::string> command;
  std::string group_id;  ///< Empty: whatever group the tool has claimed.
  std::string stage;     ///< Empty: the same; the command's name is logged.
};

/// Runs a tool under watch_command() with the stall time of the settings. When it made no progress,
/// says so, and ends the attempt in the queue as end_attempts() does before anything is killed:
/// a tool that obeys TERM would give the job back uncounted, and it would stall for ever.
/// Returned: the exit code. Throws UsageError without a command.
int run_stage(const contimg::Settings& settings, const StageRequest& request);

/// Ends what processes of this host have claimed as a failed try: back-off, or failed when that was the
/// last. A claim that is not theirs any more is left alone.
/// Given: the processes, and what claims count, as in StageRequest. Returned: how many were ended.
int end_attempts(queue::Queue& queue, const std::vector<pid_t>& processes,
                 const StageRequest& request, const std::string& reason,
                 const std::string& log_tail);

}  // namespace contimg::watch
