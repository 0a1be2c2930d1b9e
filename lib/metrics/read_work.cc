// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/read_work.h"

#include <algorithm>
#include <unordered_set>

namespace contimg::metrics {
namespace {

using Why = WaitingGroup::Why;

// Sky time of a group of ingest_queue q; ?1 is the usual one.
constexpr const char* kDuration =
    " coalesce(nullif(max(q.last_time_unix_s - q.first_time_unix_s + q.integration_time_s, 0), 0),"
    " nullif(q.chunk_minutes, 0) * 60, ?1)";

// The end of a stage that was done again is no second group. The plus signs leave SQLite the index of
// groups alone: by outcome and stage it would look at all groups for each.
constexpr const char* kFirstEnd =
    " AND NOT EXISTS (SELECT 1 FROM job_attempt e WHERE e.group_id = a.group_id"
    " AND +e.stage = a.stage AND +e.outcome = 'done' AND +e.ended_at < a.ended_at)";

std::unordered_set<std::string> failed_groups(Database& db) {
  Statement rows(db, "SELECT group_id FROM job WHERE state = 'failed'");
  std::unordered_set<std::string> failed;
  while (rows.step()) failed.insert(rows.text(0));
  return failed;
}

Why why_of(const WorkQuestion& question, const std::string& state, double not_before_unix_s,
           const WaitingGroup& group) {
  if (state == "claimed") return Why::claimed;
  if (state == "waiting" && !(not_before_unix_s <= question.now_unix_s)) return Why::held;
  const auto last = queue::last_stage(question.step, question.stages);
  if (!last || group.stage > *last) return Why::put_off;
  const bool came_before = question.relief_unix_s && group.arrived_unix_s < *question.relief_unix_s;
  return came_before ? Why::put_off : Why::ready;
}

WaitingGroup group_of(const Statement& row, const WorkQuestion& question) {
  WaitingGroup group;
  group.group_id = row.text(0);
  group.stage = queue::stage_from(row.text(1));
  group.arrival_measured = !row.is_null(4);
  group.arrived_unix_s = group.arrival_measured ? row.real(4) : row.real(5);
  group.duration_s = row.real(6);
  group.why = why_of(question, row.text(2), row.real(3), group);
  return group;
}

bool is_enabled(const WorkQuestion& question, queue::Stage stage) {
  return std::find(question.stages.begin(), question.stages.end(), stage) != question.stages.end();
}

// A group has one job for each stage that it has reached; the first that is not done is its place.
std::vector<WaitingGroup> waiting(Database& db, const WorkQuestion& question) {
  const std::unordered_set<std::string> failed = failed_groups(db);
  Statement rows(db, std::string("SELECT j.group_id, j.stage, j.state, j.not_before,"
                                 " q.last_subband_at, q.received_at,") +
                         kDuration +
                         " FROM job j CROSS JOIN ingest_queue q ON q.group_id = j.group_id"
                         " WHERE j.state IN ('ready', 'waiting', 'claimed')"
                         " AND q.state IN ('pending', 'in_progress', 'completed')");
  rows.bind(1, question.usual_duration_s);
  std::vector<WaitingGroup> found;
  while (rows.step()) {
    WaitingGroup group = group_of(rows, question);
    if (is_enabled(question, group.stage) && failed.count(group.group_id) == 0)
      found.push_back(std::move(group));
  }
  std::sort(found.begin(), found.end(), [](const WaitingGroup& a, const WaitingGroup& b) {
    if (a.group_id != b.group_id) return a.group_id < b.group_id;
    return a.stage < b.stage;
  });
  const auto same = [](const WaitingGroup& a, const WaitingGroup& b) {
    return a.group_id == b.group_id;
  };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  std::stable_sort(found.begin(), found.end(), [](const WaitingGroup& a, const WaitingGroup& b) {
    return a.arrived_unix_s < b.arrived_unix_s;
  });
  return found;
}

std::vector<PassedGroup> arrived(Database& db, const WorkQuestion& question) {
  Statement rows(db, std::string("SELECT q.last_subband_at,") + kDuration +
                         " FROM ingest_queue q WHERE q.last_subband_at > ?2"
                         " AND q.last_subband_at <= ?3 AND q.state <> 'collecting'");
  rows.bind(1, question.usual_duration_s);
  rows.bind(2, question.now_unix_s - question.rate_window_s).bind(3, question.now_unix_s);
  std::vector<PassedGroup> found;
  while (rows.step()) found.push_back({rows.real(0), 0, rows.real(1)});
  return found;
}

std::vector<PassedGroup> done(Database& db, const WorkQuestion& question) {
  std::vector<PassedGroup> found;
  const auto last = queue::last_stage(question.step, question.stages);
  if (!last) return found;
  Statement rows(db, std::string("SELECT coalesce(q.last_subband_at, q.received_at), a.ended_at,") +
                         kDuration +
                         " FROM job_attempt a CROSS JOIN ingest_queue q ON q.group_id = a.group_id"
                         " WHERE a.outcome = 'done' AND a.stage = ?2 AND a.ended_at > ?3"
                         " AND a.ended_at <= ?4" +
                         kFirstEnd);
  rows.bind(1, question.usual_duration_s).bind(2, queue::stage_name(*last));
  rows.bind(3, question.now_unix_s - question.rate_window_s).bind(4, question.now_unix_s);
  while (rows.step()) found.push_back({rows.real(0), rows.real(1), rows.real(2)});
  return found;
}

}  // namespace

Work read_work(Database& db, const WorkQuestion& question) {
  Work work;
  work.now_unix_s = question.now_unix_s;
  work.rate_window_s = question.rate_window_s;
  work.waiting = waiting(db, question);
  work.arrived = arrived(db, question);
  work.done = done(db, question);
  return work;
}

std::vector<double> latencies_s(Database& db, queue::Stage stage, double since_unix_s) {
  Statement rows(db, std::string("SELECT a.ended_at - q.last_subband_at FROM job_attempt a"
                                 " CROSS JOIN ingest_queue q ON q.group_id = a.group_id"
                                 " WHERE a.outcome = 'done' AND a.stage = ?1 AND a.ended_at > ?2"
                                 " AND q.last_subband_at IS NOT NULL") +
                         kFirstEnd);
  rows.bind(1, queue::stage_name(stage)).bind(2, since_unix_s);
  std::vector<double> found;
  while (rows.step()) found.push_back(rows.real(0));
  return found;
}

}  // namespace contimg::metrics
