// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>
#include <optional>
#include <string>

namespace contimg::status {

/// What keeps the work going, as it is found on this machine.
struct Automation {
  std::optional<int> pid;       ///< Of dsa110-stream, else of a tick, while one runs.
  std::string kind;             ///< "dsa110-stream", "run-tick" or empty.
  double started_unix_s = 0;    ///< Of that process; 0 without one.
  double cpu_percent = 0;       ///< Of it and all below it; 100 is one processor.
  double memory_mb = 0;         ///< Resident, of the same.
  double last_tick_unix_s = 0;  ///< When a tick last began; 0: none ever did.
};

/// Looks at the locks beside the queue and at /proc. For many threads.
class Processes {
 public:
  /// Given: the queue's path, and where processes are shown.
  explicit Processes(std::string queue_db, std::string proc = "/proc");

  /// Of this moment, at most a second old. The share of processors is that since the last look, or
  /// since the process began.
  Automation automation(double now_unix_s);

 private:
  Automation look(double now_unix_s);

  const std::string queue_db_, proc_;
  std::mutex mutex_;
  Automation last_;
  double looked_unix_s_ = 0, used_s_ = 0;
  int used_pid_ = 0;
};

}  // namespace contimg::status
