// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "queue/claim.h"
#include "queue/heartbeat.h"
#include "queue/queue.h"

namespace contimg::queue {

/// Thrown by work that cannot begin because something is not there yet: the job waits for that.
class Waits : public TemporaryError {
 public:
  /// Given: the job's reason, a word like "no_calibration"; what to tell people; when to look
  /// again at the latest.
  Waits(std::string reason_given, const std::string& message, double not_before_unix_s_given)
      : TemporaryError(message),
        reason(std::move(reason_given)),
        not_before_unix_s(not_before_unix_s_given) {}
  std::string reason;
  double not_before_unix_s;
};

/// Since when a group's job has been waiting for one reason: the end of the first try that ended
/// with it since the job was last done. Nothing when none did.
std::optional<double> waiting_since_unix_s(Database& db, const std::string& group_id, Stage stage,
                                           const std::string& reason);

/// The work on one job. It calls `heartbeat.check()` often, may call claim.record_checkpoint(),
/// and returns what is to be recorded; it ends by throwing when it fails.
using Work = std::function<Outcome(Claim& claim, const Heartbeat& heartbeat)>;

/// Which job work_one() takes, and what it keeps of a failure.
struct WorkOptions {
  std::string group_id;  ///< Empty: the best ready job.
  bool force = false;    ///< With group_id: also one that is done.
  double wait_s = 60;    ///< After a TemporaryError the job is left alone for so long.
  std::function<std::string()> log_tail = [] { return std::string(); };  ///< cli::log_tail
};

/// Claims one job of `stage`, works on it under a heartbeat, and records how it ended:
///
///   returned               done; its outcome is recorded and the next stage ready
///   Waits                  waiting for the reason it gives, not counted; not thrown again
///   DataError              failed for good
///   Stopped                released, ready at once, not counted
///   LeaseLost              nothing: the job is somebody else's
///   other TemporaryError   released for wait_s, not counted
///   UsageError             released, ready at once, not counted: the command was wrong
///   any other exception    a failed try: back-off, failed when the retries are spent
///
/// and rethrows. Returned: the job that was done; nothing when there was none to do, or it waits.
std::optional<Job> work_one(Queue& queue, Stage stage, const WorkOptions& options,
                            const Work& work);

}  // namespace contimg::queue
