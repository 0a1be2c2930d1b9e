// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "metrics/work.h"
#include "queue/degradation.h"

namespace contimg::metrics {

/// What has to be known to read the work of a queue.
struct WorkQuestion {
  double now_unix_s = 0;
  double rate_window_s = 3600;
  std::vector<queue::Stage> stages;  ///< That are enabled.
  queue::Step step = queue::Step::full;
  std::optional<double> relief_unix_s;  ///< queue::last_relief_unix_s().
  double usual_duration_s = 300;        ///< Of a group of which nothing better is known.
};

/// Reads what waits, what arrived and what was done. Groups that still collect subbands, and failed
/// ones, which need a person, are not among what waits. What is done again counts once.
Work read_work(Database& db, const WorkQuestion& question);

/// Seconds from a group's last subband to the first end of `stage`, of all groups where that end
/// lies after `since_unix_s`. Groups whose arrival is unknown are left out.
std::vector<double> latencies_s(Database& db, queue::Stage stage, double since_unix_s);

}  // namespace contimg::metrics
