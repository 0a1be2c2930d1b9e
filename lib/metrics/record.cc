// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/record.h"

#include <optional>

#include "base/error.h"

namespace contimg::metrics {
namespace {

bool is_known(Database& db, const std::string& group_id) {
  Statement find(db, "SELECT 1 FROM ingest_queue WHERE group_id = ?");
  return find.bind(1, group_id).step();
}

int last_attempt(Database& db, const std::string& group_id, queue::Stage stage) {
  Statement find(db, "SELECT attempt FROM job WHERE group_id = ? AND stage = ?");
  find.bind(1, group_id).bind(2, queue::stage_name(stage));
  return find.step() ? static_cast<int>(find.integer(0)) : 0;
}

// The WHERE makes the second time change nothing, so that changes() tells whether anything did.
constexpr const char* kMeasuredStage = R"sql(
INSERT INTO stage_metrics (group_id, stage, attempt, host, slurm_job_id, started_at, ended_at,
                           wall_s, cpu_s, max_rss_kb, bytes_read, bytes_written, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'measured')
ON CONFLICT (group_id, stage, attempt) DO UPDATE SET
  host = coalesce(excluded.host, host),
  slurm_job_id = coalesce(excluded.slurm_job_id, slurm_job_id),
  started_at = coalesce(excluded.started_at, started_at),
  ended_at = coalesce(excluded.ended_at, ended_at),
  wall_s = excluded.wall_s, cpu_s = coalesce(excluded.cpu_s, cpu_s),
  max_rss_kb = coalesce(excluded.max_rss_kb, max_rss_kb),
  bytes_read = coalesce(excluded.bytes_read, bytes_read),
  bytes_written = coalesce(excluded.bytes_written, bytes_written), source = 'measured'
WHERE source <> 'measured' OR wall_s IS NOT excluded.wall_s
   OR coalesce(excluded.host, host) IS NOT host
   OR coalesce(excluded.slurm_job_id, slurm_job_id) IS NOT slurm_job_id
   OR coalesce(excluded.started_at, started_at) IS NOT started_at
   OR coalesce(excluded.ended_at, ended_at) IS NOT ended_at
   OR coalesce(excluded.cpu_s, cpu_s) IS NOT cpu_s
   OR coalesce(excluded.max_rss_kb, max_rss_kb) IS NOT max_rss_kb
   OR coalesce(excluded.bytes_read, bytes_read) IS NOT bytes_read
   OR coalesce(excluded.bytes_written, bytes_written) IS NOT bytes_written)sql";

constexpr const char* kMeasuredConversion = R"sql(
INSERT INTO performance_metrics (group_id, load_time, phase_time, write_time, total_time,
                                 writer_type, recorded_at, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'measured')
ON CONFLICT (group_id) DO UPDATE SET
  load_time = excluded.load_time, phase_time = excluded.phase_time,
  write_time = excluded.write_time, total_time = excluded.total_time,
  writer_type = coalesce(excluded.writer_type, writer_type),
  recorded_at = excluded.recorded_at, source = 'measured'
WHERE source <> 'measured' OR load_time IS NOT excluded.load_time
   OR phase_time IS NOT excluded.phase_time OR write_time IS NOT excluded.write_time
   OR total_time IS NOT excluded.total_time
   OR coalesce(excluded.writer_type, writer_type) IS NOT writer_type)sql";

bool record_stage(Database& db, const StageLine& line, int attempt) {
  Statement row(db, kMeasuredStage);
  row.bind(1, line.group_id).bind(2, queue::stage_name(line.stage)).bind(3, attempt);
  row.bind(4, line.host).bind(5, line.slurm_job_id).bind(6, line.started_at_unix_s);
  row.bind(7, line.ended_at_unix_s).bind(8, line.wall_s).bind(9, line.cpu_s);
  row.bind(10, line.max_rss_kb).bind(11, line.bytes_read).bind(12, line.bytes_written).run();
  return db.changes() > 0;
}

bool record_conversion(Database& db, const StageLine& line, double now_unix_s) {
  Statement row(db, kMeasuredConversion);
  row.bind(1, line.group_id).bind(2, line.load_s).bind(3, line.phase_s).bind(4, line.write_s);
  row.bind(5, line.wall_s).bind(6, line.writer_type).bind(7, now_unix_s).run();
  return db.changes() > 0;
}

bool has_measured(Database& db, const std::string& group_id) {
  Statement find(db,
                 "SELECT 1 FROM performance_metrics WHERE group_id = ?1 AND source = 'measured'"
                 " UNION ALL SELECT 1 FROM stage_metrics WHERE group_id = ?1"
                 " AND stage = 'convert' AND source = 'measured'");
  return find.bind(1, group_id).step();
}

void count(Recorded result, LineCounts& counts) {
  switch (result) {
    case Recorded::recorded:
      ++counts.recorded;
      break;
    case Recorded::unchanged:
      ++counts.unchanged;
      break;
    case Recorded::unknown_group:
      ++counts.unknown_group;
      break;
    case Recorded::no_work:
      ++counts.no_work;
      break;
    case Recorded::measured:
      ++counts.measured;
      break;
  }
}

}  // namespace

Recorded record_line(Database& db, const StageLine& line, double now_unix_s) {
  if (!line.worked) return Recorded::no_work;
  Transaction transaction(db);
  if (!is_known(db, line.group_id)) return Recorded::unknown_group;
  const int attempt = line.attempt ? *line.attempt : last_attempt(db, line.group_id, line.stage);
  bool changed = record_stage(db, line, attempt);
  if (line.stage == queue::Stage::convert)
    changed = record_conversion(db, line, now_unix_s) || changed;
  transaction.commit();
  return changed ? Recorded::recorded : Recorded::unchanged;
}

Recorded record_log_line(Database& db, const LogLine& line, double now_unix_s) {
  Transaction transaction(db);
  if (!is_known(db, line.group_id)) return Recorded::unknown_group;
  if (has_measured(db, line.group_id)) return Recorded::measured;
  Statement stage(db,
                  "INSERT INTO stage_metrics (group_id, stage, attempt, ended_at, wall_s, source)"
                  " VALUES (?, 'convert', ?, ?, ?, 'log') ON CONFLICT DO UPDATE SET"
                  " ended_at = excluded.ended_at, wall_s = excluded.wall_s"
                  " WHERE wall_s IS NOT excluded.wall_s OR ended_at IS NOT excluded.ended_at");
  stage.bind(1, line.group_id).bind(2, last_attempt(db, line.group_id, queue::Stage::convert));
  stage.bind(3, line.ended_at_unix_s).bind(4, line.seconds).run();
  const bool changed = db.changes() > 0;
  Statement total(db,
                  "INSERT INTO performance_metrics (group_id, total_time, recorded_at, source)"
                  " VALUES (?, ?, ?, 'log') ON CONFLICT DO UPDATE SET"
                  " total_time = excluded.total_time, recorded_at = excluded.recorded_at"
                  " WHERE total_time IS NOT excluded.total_time");
  total.bind(1, line.group_id).bind(2, line.seconds).bind(3, now_unix_s).run();
  const bool recorded = changed || db.changes() > 0;
  transaction.commit();
  return recorded ? Recorded::recorded : Recorded::unchanged;
}

LineCounts record_lines(Database& db, const NextLine& next_line, std::ostream& out,
                        const std::function<double()>& clock_unix_s,
                        const std::function<void(const std::string&)>& warn) {
  LineCounts counts;
  std::optional<TemporaryError> locked;
  std::string text;
  for (int number = 1; next_line(text); ++number) {
    out << text << std::endl;
    const std::string where = "line " + std::to_string(number) + ": ";
    try {
      const StageLine line = parse_stage_line(text);
      const Recorded result = record_line(db, line, clock_unix_s());
      count(result, counts);
      if (result == Recorded::unknown_group)
        warn(where + line.group_id + ": not in the queue, not recorded");
    } catch (const TemporaryError& error) {
      warn(where + error.what());
      locked = error;
    } catch (const DataError& error) {
      warn(where + error.what());
      ++counts.malformed;
    }
  }
  if (locked) throw TemporaryError(*locked);
  return counts;
}

LineCounts record_log(Database& db, std::istream& in, double now_unix_s) {
  LineCounts counts;
  std::string text;
  while (std::getline(in, text))
    if (const auto line = parse_log_line(text))
      count(record_log_line(db, *line, now_unix_s), counts);
  return counts;
}

}  // namespace contimg::metrics
