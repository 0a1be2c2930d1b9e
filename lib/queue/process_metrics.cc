// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/process_metrics.h"

#include <sys/resource.h>

#include <algorithm>

namespace contimg::queue {
namespace {

void add(int who, StageMetrics& metrics) {
  struct rusage used = {};
  getrusage(who, &used);
  for (const timeval& t : {used.ru_utime, used.ru_stime})
    metrics.cpu_s += static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  metrics.max_rss_kb = std::max<std::int64_t>(metrics.max_rss_kb, used.ru_maxrss);
}

}  // namespace

StageMetrics process_metrics(double wall_s, bool with_programs) {
  StageMetrics metrics;
  metrics.started_at_unix_s = system_clock_unix_s() - wall_s;
  metrics.wall_s = wall_s;
  add(RUSAGE_SELF, metrics);
  if (with_programs) add(RUSAGE_CHILDREN, metrics);
  return metrics;
}

}  // namespace contimg::queue
