// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "notice/ledger.h"

namespace contimg::notice {

/// What is known without the queue, from one run to the next: a file beside the queue,
/// QUEUE.notices.json.
struct Watchman {
  Entries entries;                        ///< Notices of heartbeat_findings().
  std::optional<double> last_run_unix_s;  ///< Of notify without --heartbeat.
  std::optional<double> checked_unix_s;   ///< When the whole queue was last found sound.
};
/// What the file says; nothing is known when it is absent or damaged.
Watchman read_watchman(const std::string& path);
/// Throws TemporaryError when the file cannot be written.
void write_watchman(const std::string& path, const Watchman& watchman);

/// What needs a person though the queue cannot be opened, or is not there: that; damage (looked for
/// once an hour); ticks that stopped (their rows, or the time of QUEUE.locks/tick); with
/// `ask_for_notify` also that notify itself does not run any more.
/// Opens the queue for reading only, and makes no file.
std::vector<Notice> heartbeat_findings(const std::string& queue_db, double heartbeat_min,
                                       bool ask_for_notify, double now_unix_s, Watchman& watchman);

}  // namespace contimg::notice
