// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/wal.h"

#include <unistd.h>

#include <thread>

#include "base/clock.h"

namespace contimg {

void switch_to_wal(Database& db, int busy_timeout_ms) {
  const auto begin = Clock::now();
  const auto is_over = [&] { return 1000 * seconds_since(begin) > busy_timeout_ms; };
  while (db.text("PRAGMA journal_mode") != "wal") {
    try {
      if (db.text("PRAGMA journal_mode = WAL") == "wal") return;
    } catch (const TemporaryError&) {
      if (is_over()) throw;
    }
    if (is_over())
      throw UsageError(db.path() +
                       ": cannot use write-ahead logging here, expected a local disk with shared "
                       "memory; name another place for it");
    std::this_thread::sleep_for(std::chrono::milliseconds(2 + getpid() % 7));
  }
}

}  // namespace contimg
