// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "queue/claim.h"
#include "queue/queue.h"

namespace contimg::queue {

/// How a try ended, for end_try().
struct Ending {
  const char* outcome;  ///< As in job_attempt: "retry", "released", "expired", "failed".
  std::string reason;
  std::string log_tail;
  bool counted = false;          ///< Uses up a retry.
  bool for_good = false;         ///< The input is bad: no more tries.
  double not_before_unix_s = 0;  ///< With counted, 0 asks for the back-off.
  bool at_once = false;          ///< With counted: no back-off.
};

/// What a Queue and its claims have in common: one connection and its prepared statements.
/// For queue.cc, claim.cc and merge_rows.cc only.
struct Queue::Shared {
  explicit Shared(QueueSettings given);

  /// A statement ready for parameters; prepared once.
  Statement& prepared(const char* sql);
  double now_unix_s() const { return settings.clock_unix_s(); }

  /// Marks the job claimed and writes attempt and group. Within a transaction.
  Job take(std::int64_t job_id, bool redo);
  /// Ends a try without success. Within a transaction. Throws LeaseLost if `job` is not held under
  /// its token. Returned: true if the job will be tried again.
  bool end_try(const Job& job, const Ending& ending);
  /// Recovers every lease that ran out. Within a transaction.
  int recover();
  void shorten_leases_of_the_future();
  void record_outcome(const Job& job, const Outcome& outcome);
  void make_next_ready(const Job& job);
  void close_attempt(const Job& job, const char* outcome, const std::string& reason);
  void give_up(const Job& job, const Ending& ending, int retry_count);
  void require_held(const Job& job) const;  ///< After a guarded UPDATE: throws LeaseLost.

  QueueSettings settings;
  Database db;

 private:
  std::map<std::string, Statement> statements_;
};

/// The columns of job that read_job() expects first in a row, and the job in it: what ends a try.
extern const char* const kJobColumns;
Job read_job(const Statement& row);

/// Extends a lease by `lease_s` from `now_unix_s`. Returned: false if the job is not held under
/// this token any more.
bool renew_lease(Database& db, const Job& job, double now_unix_s, double lease_s);

}  // namespace contimg::queue
