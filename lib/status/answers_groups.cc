// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of groups: lists, one of them, a stage of it; failures, notices, the last hours.
#include <cmath>

#include "base/clock.h"
#include "metrics/keep_up.h"
#include "queue/groups.h"
#include "queue/report.h"
#include "queue/stage.h"
#include "status/answers.h"

namespace contimg::status {
namespace {

constexpr const char* kGroupColumns =
    "SELECT group_id, state, processing_stage, retry_count, n_subbands, expected_subbands,"
    " observation_class, error, coalesce(last_subband_at, received_at), priority FROM "
    "ingest_queue ";

Json group_row(const Statement& row, double now_unix_s) {
  return {{"group_id", row.text(0)},
          {"state", row.text(1)},
          {"processing_stage", row.text(2)},
          {"retry_count", row.integer(3)},
          {"subbands_present", row.integer(4)},
          {"expected_subbands", row.integer(5)},
          {"observation_class", row.text(6)},
          {"error", row.is_null(7) ? Json() : Json(row.text(7))},
          {"arrived_at", utc_text(row.real(8))},
          {"age_s", finite(now_unix_s - row.real(8))},
          {"priority", row.integer(9)}};
}

// The last stage that the group has come to, and how that stands.
void add_stage(Reader& reader, Json& group) {
  static const std::string order = [] {
    std::string text = "CASE stage";
    int place = 0;
    for (const std::string& stage : queue::stage_names())
      text += " WHEN '" + stage + "' THEN " + std::to_string(place++);
    return text + " END";
  }();
  Statement& jobs = reader.prepared(
      "SELECT stage, state, attempt, reason FROM job WHERE group_id = ?1 ORDER BY " + order);
  jobs.bind(1, group["group_id"].get<std::string>());
  Json stages = Json::object();
  bool reached = false;
  while (jobs.step()) {
    stages[jobs.text(0)] = jobs.text(1);
    if (reached) continue;
    group["stage"] = jobs.text(0);
    group["stage_state"] = jobs.text(1);
    group["attempt"] = jobs.integer(2);
    group["reason"] = jobs.is_null(3) ? Json() : Json(jobs.text(3));
    reached = jobs.text(1) != "done";
  }
  group["stages"] = stages;
}

struct Hour {
  std::int64_t arrived = 0, converted = 0, failed = 0, finished = 0;
  std::vector<double> latency_s;
};

void count_by_hour(Reader& reader, const char* sql, double since, std::map<int, Hour>& hours,
                   std::int64_t Hour::*member) {
  Statement& rows = reader.prepared(sql);
  rows.bind(1, since);
  while (rows.step())
    hours[static_cast<int>(std::floor((rows.real(0) - since) / kHour_s))].*member += 1;
}

}  // namespace

Json group_list(Reader& reader, const std::string& state, const std::string& before, int limit,
                double now_unix_s) {
  Json groups = Json::array();
  {
    Statement& rows = reader.prepared(
        std::string(kGroupColumns) +
        (state.empty()
             ? "WHERE ?1 = '' AND (?2 = '' OR group_id < ?2) ORDER BY group_id DESC LIMIT ?3"
             : "WHERE state = ?1 AND (?2 = '' OR group_id < ?2) ORDER BY group_id DESC"
               " LIMIT ?3"));
    rows.bind(1, state).bind(2, before).bind(3, limit);
    while (rows.step()) groups.push_back(group_row(rows, now_unix_s));
  }
  for (Json& group : groups) add_stage(reader, group);
  return groups;
}

Json group_detail(Reader& reader, const std::string& group_id) {
  if (!queue::find_group(reader.database(), group_id))
    throw Refused(404, group_id + ": there is no such group", "group_id");
  return queue::show_group(reader.database(), group_id);
}

Json stage_status(Reader& reader, const std::string& group_id, const std::string& stage) {
  if (!queue::find_group(reader.database(), group_id))
    throw Refused(404, group_id + ": there is no such group", "group_id");
  Json json = {{"group_id", group_id}, {"stage", stage}};
  Statement& job = reader.prepared(
      "SELECT state, attempt, retry_count, not_before, reason, updated_at FROM job"
      " WHERE group_id = ?1 AND stage = ?2");
  if (!job.bind(1, group_id).bind(2, stage).step()) {
    json["status"] = "not reached";
    return json;
  }
  json["status"] = job.text(0);
  json["attempt"] = job.integer(1);
  json["retry_count"] = job.integer(2);
  json["not_before"] = job.is_null(3) ? Json() : utc_text(job.real(3));
  json["reason"] = job.is_null(4) ? Json() : Json(job.text(4));
  json["updated_at"] = utc_text(job.real(5));
  job.reset();
  return json;
}

Json stage_pending(Reader& reader, const std::string& stage, int limit) {
  Json jobs = Json::array();
  std::int64_t total = 0;
  for (const char* state : {"claimed", "ready", "waiting"}) {
    Statement& rows = reader.prepared(
        std::string("SELECT group_id, attempt, retry_count, not_before, reason FROM job WHERE"
                    " stage = ?1 AND state = '") +
        state + "' ORDER BY group_id LIMIT ?2");
    rows.bind(1, stage).bind(2, limit - static_cast<int>(jobs.size()));
    while (rows.step())
      jobs.push_back({{"group_id", rows.text(0)},
                      {"state", state},
                      {"attempt", rows.integer(1)},
                      {"retry_count", rows.integer(2)},
                      {"not_before", rows.is_null(3) ? Json() : utc_text(rows.real(3))},
                      {"reason", rows.is_null(4) ? Json() : Json(rows.text(4))}});
    Statement& count = reader.prepared(
        std::string("SELECT count(*) FROM job WHERE stage = ?1 AND state = '") + state + "'");
    count.bind(1, stage).step();
    total += count.integer(0);
    count.reset();
  }
  return {{"stage", stage}, {"jobs", jobs}, {"total", total}};
}

Json failures(Reader& reader, int limit) {
  Statement& rows = reader.prepared(
      "SELECT id, group_id, stage, error_type, reason, retry_count, created_at FROM dead_letter"
      " WHERE resolved_at IS NULL ORDER BY id DESC LIMIT ?1");
  rows.bind(1, limit);
  Json list = Json::array();
  while (rows.step())
    list.push_back({{"id", rows.integer(0)},
                    {"group_id", rows.text(1)},
                    {"stage", rows.text(2)},
                    {"error_type", rows.text(3)},
                    {"reason", rows.text(4)},
                    {"retry_count", rows.integer(5)},
                    {"at", utc_text(rows.real(6))}});
  return list;
}

Json notices(Reader& reader, bool all) {
  Statement& rows = reader.prepared(
      "SELECT key, severity, subject, text, remedy, first_seen_at, last_seen_at, cleared_at"
      " FROM notice WHERE ?1 OR cleared_at IS NULL ORDER BY severity, first_seen_at DESC LIMIT "
      "200");
  rows.bind(1, all);
  Json list = Json::array();
  while (rows.step())
    list.push_back({{"key", rows.text(0)},
                    {"severity", rows.text(1)},
                    {"subject", rows.text(2)},
                    {"text", rows.text(3)},
                    {"remedy", rows.text(4)},
                    {"first_seen", utc_text(rows.real(5))},
                    {"last_seen", utc_text(rows.real(6))},
                    {"cleared", rows.is_null(7) ? Json() : utc_text(rows.real(7))}});
  return list;
}

Json history(Reader& reader, double hours, double now_unix_s) {
  const double since = kHour_s * (std::floor(now_unix_s / kHour_s) - std::floor(hours) + 1);
  std::map<int, Hour> by_hour;
  for (int hour = 0; hour < static_cast<int>(hours); ++hour) by_hour[hour] = {};
  count_by_hour(reader, "SELECT last_subband_at FROM ingest_queue WHERE last_subband_at >= ?1",
                since, by_hour, &Hour::arrived);
  count_by_hour(reader,
                "SELECT ended_at FROM job_attempt WHERE ended_at >= ?1 AND stage = 'convert' AND"
                " outcome = 'done'",
                since, by_hour, &Hour::converted);
  count_by_hour(reader,
                "SELECT ended_at FROM job_attempt WHERE ended_at >= ?1 AND outcome = 'failed'",
                since, by_hour, &Hour::failed);
  Statement& rows = reader.prepared(
      "SELECT a.ended_at, a.ended_at - g.last_subband_at FROM job_attempt a JOIN ingest_queue g ON"
      " g.group_id = a.group_id WHERE a.ended_at >= ?1 AND a.stage = 'image' AND a.outcome = "
      "'done'");
  rows.bind(1, since);
  while (rows.step()) {
    Hour& hour = by_hour[static_cast<int>(std::floor((rows.real(0) - since) / kHour_s))];
    ++hour.finished;
    if (!rows.is_null(1)) hour.latency_s.push_back(rows.real(1));
  }
  Json list = Json::array();
  for (const auto& [index, hour] : by_hour) {
    const auto p50 = metrics::percentile(hour.latency_s, 0.5);
    const auto p90 = metrics::percentile(hour.latency_s, 0.9);
    list.push_back({{"hour", utc_text(since + kHour_s * index)},
                    {"arrived", hour.arrived},
                    {"converted", hour.converted},
                    {"imaged", hour.finished},
                    {"failed", hour.failed},
                    {"latency_p50_s", p50 ? Json(*p50) : Json()},
                    {"latency_p90_s", p90 ? Json(*p90) : Json()}});
  }
  return list;
}

}  // namespace contimg::status
