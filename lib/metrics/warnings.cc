// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/warnings.h"

#include <cstdio>

#include "queue/report.h"

namespace contimg::metrics {
namespace {

constexpr double kSlow_s = 270;  // 4.5 minutes, as the words say

void add_slow(Database& db, double since_unix_s, std::vector<Warning>& found) {
  Statement slow(db,
                 "SELECT group_id, total_time FROM performance_metrics WHERE recorded_at > ?"
                 " AND total_time > ? ORDER BY group_id");
  slow.bind(1, since_unix_s).bind(2, kSlow_s);
  while (slow.step()) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f", slow.real(1));
    found.push_back({"slow_group", "Group " + slow.text(0) + " took " + seconds +
                                       " s (exceeds 4.5 min threshold)"});
  }
}

void add_incomplete(Database& db, double now_unix_s, double timeout_s,
                    std::vector<Warning>& found) {
  Statement waiting(db,
                    "SELECT group_id FROM ingest_queue WHERE state = 'collecting'"
                    " AND received_at < ? ORDER BY group_id");
  waiting.bind(1, now_unix_s - timeout_s);
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g", timeout_s);
  while (waiting.step())
    found.push_back({"missing_subbands", "Group " + waiting.text(0) +
                                             " has been waiting for missing subbands longer than " +
                                             seconds + " s"});
}

}  // namespace

std::vector<Warning> current_warnings(Database& db, double now_unix_s, double slow_window_s,
                                      double collecting_timeout_s) {
  std::vector<Warning> found;
  for (const std::string& text : queue::warnings(db, now_unix_s))
    found.push_back({text.rfind("High", 0) == 0 ? "queue_depth" : "stale_groups", text});
  add_slow(db, now_unix_s - slow_window_s, found);
  add_incomplete(db, now_unix_s, collecting_timeout_s, found);
  return found;
}

}  // namespace contimg::metrics
