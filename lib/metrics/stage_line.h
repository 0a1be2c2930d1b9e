// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "queue/stage.h"

namespace contimg::metrics {

/// What a tool's line of JSON says about one try of one stage of one group. Absent: not measured.
/// docs/formats/metrics.md has the keys.
struct StageLine {
  std::string group_id;
  queue::Stage stage = queue::Stage::convert;
  bool worked = true;  ///< False: the tool found its work done, or only planned it.
  std::optional<int> attempt;
  std::optional<std::string> host, slurm_job_id, writer_type;
  std::optional<double> started_at_unix_s, ended_at_unix_s, wall_s, cpu_s;
  std::optional<std::int64_t> max_rss_kb, bytes_read, bytes_written;
  std::optional<double> load_s, phase_s, write_s;  ///< Of a conversion.
};

/// Reads one line; keys that are not in docs/formats/metrics.md are left aside.
/// Throws DataError that says what is wrong with it: not a JSON object, no group_id, no stage, a
/// value of another type, a negative one, or work without seconds.
StageLine parse_stage_line(const std::string& line);

/// What a line of a log says: the group, the seconds, and when, where the line begins with the time
/// in UTC as our logs do ("2026-01-25T22:26:05Z ...").
struct LogLine {
  std::string group_id;
  double seconds = 0;
  std::optional<double> ended_at_unix_s;
};
/// Finds the documented form "Group <id> completed in X s"; nothing in any other line.
std::optional<LogLine> parse_log_line(const std::string& line);

}  // namespace contimg::metrics
