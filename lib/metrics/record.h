// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "metrics/stage_line.h"

namespace contimg::metrics {

enum class Recorded {
  recorded,
  unchanged,      ///< The queue has exactly this already.
  unknown_group,  ///< The queue does not know the group; nothing is recorded.
  no_work,        ///< The line tells of no work.
  measured,       ///< From a log, and the queue has measured values: they stay.
};

/// Records measured values: a row of stage_metrics for (group, stage, attempt), and of
/// performance_metrics for a conversion, in one transaction. What the line does not tell stays as it
/// is, NULL in a new row. Values from a log are replaced. An attempt that is not told is the last that
/// the queue knows, 0 when it has never given the job to a worker.
Recorded record_line(Database& db, const StageLine& line, double now_unix_s);

/// Records the seconds of a conversion from a log, with source 'log', unless measured ones are
/// there. A later line replaces an earlier one.
Recorded record_log_line(Database& db, const LogLine& line, double now_unix_s);

/// How a reading of many lines went.
struct LineCounts {
  int recorded = 0, unchanged = 0, unknown_group = 0, no_work = 0, measured = 0, malformed = 0;
};

/// Gives the next line without its end; false when there is none.
using NextLine = std::function<bool(std::string&)>;

/// Records lines of JSON, each as it comes, and passes each through to `out`, whatever becomes of
/// it. Malformed ones and unknown groups are told to `warn` as "line N: ...".
/// Throws TemporaryError (the queue is locked) after the last line was passed through.
LineCounts record_lines(Database& db, const NextLine& next_line, std::ostream& out,
                        const std::function<double()>& clock_unix_s,
                        const std::function<void(const std::string&)>& warn);

/// Records what a log tells of groups that the queue knows; other lines are left aside.
LineCounts record_log(Database& db, std::istream& in, double now_unix_s);

}  // namespace contimg::metrics
