// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "queue/claim.h"

namespace contimg::queue {

/// How often a lease of so many seconds is renewed: every lease / 15, at most every 60 s.
double heartbeat_period_s(double lease_s);

/// Renews a claim's lease from a thread and a connection of its own, every
/// heartbeat_period_s(), until it is destroyed. While the queue is locked it keeps trying.
class Heartbeat {
 public:
  Heartbeat(const QueueSettings& settings, const Job& job);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// True once the job belongs to somebody else, or the lease could not be renewed in time.
  bool lost() const;
  /// Throws LeaseLost when lost, Stopped when the process was asked to end. Cheap; the work calls
  /// it where it can be abandoned, at least once a second.
  void check() const;

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace contimg::queue
