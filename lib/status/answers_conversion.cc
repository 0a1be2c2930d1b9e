// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of conversions: groups that wait, counts and mean time, one group, subbands that came.
#include <cmath>

#include "base/clock.h"
#include "queue/groups.h"
#include "status/answers.h"

namespace contimg::status {
namespace {

Json subbands_of(Reader& reader, const std::string& group_id, Json* files) {
  Statement& rows = reader.prepared(
      "SELECT subband_idx, path FROM subband_files WHERE group_id = ?1 ORDER BY subband_idx");
  rows.bind(1, group_id);
  Json subbands = Json::array();
  while (rows.step()) {
    subbands.push_back(rows.integer(0));
    if (files != nullptr) files->push_back(rows.text(1));
  }
  return subbands;
}

/// Two walks along the index of states, each of which ends at the limit.
constexpr const char* kPending =
    "SELECT * FROM (SELECT * FROM (SELECT group_id, n_subbands, expected_subbands, received_at, "
    "state,"
    "   priority FROM ingest_queue WHERE state = 'pending' AND group_id > ?1 AND received_at >= ?2"
    "   AND (?3 = 0 OR n_subbands >= expected_subbands) ORDER BY group_id LIMIT ?4)"
    " UNION ALL SELECT * FROM (SELECT group_id, n_subbands, expected_subbands, received_at, state,"
    "   priority FROM ingest_queue WHERE state = 'collecting' AND group_id > ?1"
    "   AND received_at >= ?2 AND (?3 = 0 OR n_subbands >= expected_subbands)"
    "   ORDER BY group_id LIMIT ?4)) ORDER BY group_id LIMIT ?4";

}  // namespace

Json pending_groups(Reader& reader, const PendingQuestion& question) {
  Json groups = Json::array();
  {
    Statement& rows = reader.prepared(kPending);
    rows.bind(1, question.after).bind(2, question.since_unix_s).bind(3, question.complete_only);
    rows.bind(4, question.limit);
    while (rows.step())
      groups.push_back({{"group_id", rows.text(0)},
                        {"file_count", rows.integer(1)},
                        {"expected_subbands", rows.integer(2)},
                        {"is_complete", rows.integer(1) >= rows.integer(2)},
                        {"first_seen", utc_text(rows.real(3))},
                        {"state", rows.text(4)},
                        {"priority", rows.integer(5)}});
  }
  if (question.include_files)
    for (Json& group : groups) {
      Json files = Json::array();
      subbands_of(reader, group["group_id"].get<std::string>(), &files);
      group["files"] = files;
    }
  Statement& counts = reader.prepared(
      question.since_unix_s > 0
          ? "SELECT total(n_subbands >= expected_subbands), count(*) FROM ingest_queue"
            " INDEXED BY ingest_queue_state WHERE state IN ('pending', 'collecting')"
            " AND received_at >= ?1"
          : "SELECT total(n_subbands >= expected_subbands), count(*) FROM ingest_queue"
            " INDEXED BY ingest_queue_state WHERE state IN ('pending', 'collecting') AND ?1 = 0");
  counts.bind(1, question.since_unix_s).step();
  const auto complete = static_cast<std::int64_t>(counts.real(0));
  const std::int64_t all = counts.integer(1);
  counts.reset();
  return {{"groups", groups},
          {"total", question.complete_only ? complete : all},
          {"complete_count", complete},
          {"incomplete_count", all - complete}};
}

Json conversion_stats(Reader& reader, double now_unix_s) {
  const Json counts = group_counts(reader);
  const double midnight = kDay_s * std::floor(now_unix_s / kDay_s);
  std::int64_t done = 0, failed = 0;
  Statement& ended = reader.prepared(
      "SELECT outcome, count(DISTINCT group_id) FROM job_attempt WHERE ended_at >= ?1"
      " AND stage = 'convert' AND outcome IN ('done', 'failed') GROUP BY outcome");
  ended.bind(1, midnight);
  while (ended.step()) (ended.text(0) == "done" ? done : failed) = ended.integer(1);
  Statement& mean = reader.prepared(
      "SELECT avg(total_time), count(total_time) FROM performance_metrics WHERE recorded_at >= ?1"
      " AND total_time > 0");
  mean.bind(1, now_unix_s - kDay_s).step();
  const Json average = finite(mean.real(0));
  const std::int64_t n_measured = mean.integer(1);
  mean.reset();
  Statement& oldest =
      reader.prepared("SELECT min(group_id) FROM ingest_queue WHERE state = 'pending'");
  oldest.step();
  const Json oldest_group = oldest.is_null(0) ? Json() : Json(oldest.text(0));
  oldest.reset();
  return {{"total_pending", counts["pending"]},
          {"total_collecting", counts["collecting"]},
          {"total_converting", counts["in_progress"]},
          {"total_converted_today", done},
          {"total_failed_today", failed},
          {"avg_conversion_time_s", average},
          {"n_measured", n_measured},
          {"oldest_pending_group", oldest_group}};
}

Json conversion_status(Reader& reader, const std::string& group_id) {
  const auto group = queue::find_group(reader.database(), group_id);
  if (!group) throw Refused(404, group_id + ": there is no such group", "group_id");
  Statement& tries = reader.prepared(
      "SELECT started_at, ended_at, outcome FROM job_attempt WHERE group_id = ?1"
      " AND stage = 'convert' ORDER BY started_at DESC LIMIT 1");
  tries.bind(1, group_id);
  Json started, completed;
  if (tries.step()) {
    started = utc_text(tries.real(0));
    if (tries.text(2) == "done") completed = utc_text(tries.real(1));
  }
  tries.reset();
  return {{"group_id", group_id},
          {"status", queue::group_state_name(group->state)},
          {"ms_path", group->product_path.empty() ? Json() : Json(group->product_path)},
          {"error_message", group->error.empty() ? Json() : Json(group->error)},
          {"started_at", started},
          {"completed_at", completed},
          {"retry_count", group->retry_count},
          {"priority", group->priority},
          {"file_count", group->n_subbands},
          {"expected_subbands", group->expected_subbands}};
}

Json file_index(Reader& reader, double from_unix_s, double until_unix_s, int limit) {
  Json groups = Json::array();
  {
    Statement& rows = reader.prepared(
        "SELECT group_id, n_subbands, expected_subbands FROM ingest_queue"
        " WHERE first_time_unix_s >= ?1 AND first_time_unix_s < ?2"
        " ORDER BY first_time_unix_s LIMIT ?3");
    rows.bind(1, from_unix_s).bind(2, until_unix_s).bind(3, limit);
    while (rows.step())
      groups.push_back({{"group_id", rows.text(0)},
                        {"file_count", rows.integer(1)},
                        {"subbands", Json::array()},
                        {"is_complete", rows.integer(1) >= rows.integer(2)}});
  }
  for (Json& group : groups)
    group["subbands"] = subbands_of(reader, group["group_id"].get<std::string>(), nullptr);
  Statement& count = reader.prepared(
      "SELECT count(*) FROM ingest_queue WHERE first_time_unix_s >= ?1 AND first_time_unix_s < ?2");
  count.bind(1, from_unix_s).bind(2, until_unix_s).step();
  const std::int64_t total = count.integer(0);
  count.reset();
  return {{"groups", groups}, {"total", total}};
}

}  // namespace contimg::status
