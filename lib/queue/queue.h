// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/filesystem.h"
#include "base/settings.h"
#include "base/sqlite.h"
#include "queue/stage.h"

namespace contimg::queue {

class Claim;
struct Job;

/// Who works: recorded with a claim.
struct Worker {
  std::string host;
  int pid = 0;
  std::string slurm_job_id;         ///< Empty outside Slurm.
  std::string slurm_array_task_id;  ///< Empty outside an array.

  std::string text() const;  ///< "host:pid", for the state history.
};
/// This process, from gethostname, getpid and SLURM_JOB_ID, SLURM_ARRAY_TASK_ID.
Worker this_worker();

/// Seconds since 1970, UTC, from the system's clock.
double system_clock_unix_s();

struct QueueSettings {
  std::string path;
  int busy_timeout_ms = 30000;
  double lease_s = 900;
  int max_retries = 3;
  double backoff_s = 30, backoff_max_s = 300;
  bool newest_first = false;
  bool deep_images = true;  ///< Images for science are what is configured, not quicklook ones.
  std::vector<Stage> stages = {Stage::convert, Stage::flag,    Stage::calibrate,
                               Stage::image,   Stage::measure, Stage::lightcurve};
  Worker worker = this_worker();
  std::function<double()> clock_unix_s = system_clock_unix_s;
  std::function<Filesystem(const std::string&)> filesystem = filesystem_of;
};

/// The part of a tool's settings that concerns the queue. Throws UsageError without a queue_db.
QueueSettings queue_settings(const contimg::Settings& settings);

/// The queue that all tools share: one SQLite file (docs/formats/queue.md).
///
///     group:  collecting -> pending -> in_progress -> completed | failed
///     job:    ready -> claimed -> done | failed | waiting(reason, not_before) -> ready
///
/// Any number of processes of one host may use one file at once: each change is one IMMEDIATE
/// transaction, and a job is held by exactly one claim until its lease ends. After a crash at any
/// moment the file holds every change that was committed, or nothing of it.
///
/// One Queue is for one thread; claims that it gave out share its connection and may outlive it.
class Queue {
 public:
  /// Opens the file, creating a new queue where there is none.
  /// Throws UsageError (network filesystem, other schema version, not a queue), DataError
  /// (corrupt; the message says how to restore), TemporaryError (locked, cannot be opened).
  explicit Queue(QueueSettings settings);

  /// Takes the best ready job of `stage`: highest priority, least retried, then in order of
  /// observation (newest first on request); nothing if none is ready or the queue is paused. First
  /// recovers every lease that ran out, in the same transaction.
  std::optional<Claim> claim(Stage stage);

  /// The group whose job claim() would take now; nothing is claimed or recovered.
  std::optional<std::string> next(Stage stage);

  /// Takes the job of one group, whatever the state of the group, even while the queue is paused.
  /// Nothing if it is done already, unless `force`.
  /// Throws UsageError for an unknown group or one whose earlier stage is not done,
  /// TemporaryError while a living worker has it.
  std::optional<Claim> claim_group(Stage stage, const std::string& group_id, bool force = false);

  /// A claim that was detached, as if it had never been; what it does is guarded by its token as
  /// ever, and it is released when it is destroyed.
  Claim take_up(const Job& job);

  /// Makes jobs whose lease ran out ready again (or failed, when their retries are spent), each
  /// counted as a failed try. Returned: how many.
  int recover_expired();

  /// Reason why claims are held back; nothing when the queue is running.
  std::optional<std::string> paused();

  double now_unix_s() const;
  const QueueSettings& settings() const;
  /// The connection, for the parts of lib/queue/.
  Database& database();

 private:
  friend class Claim;
  friend class ParcelMerge;
  struct Shared;
  std::shared_ptr<Shared> shared_;  // shared with the claims, which must be able to end after it
};

/// Opens an SQLite file as a queue and checks it, as Queue does; `create` false: an absent file
/// is a UsageError. For connections beside a Queue's own.
Database open_queue(const QueueSettings& settings, bool create);

}  // namespace contimg::queue
