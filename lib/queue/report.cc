// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/report.h"

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/utc_stamp.h"
#include "queue/schema.h"

namespace contimg::queue {
namespace {

constexpr double kStaleAfter_s = 900;
constexpr int kDepthWarning = 10;

Json value_of(const Statement& row, int column) {
  switch (row.column_type(column)) {
    case SQLITE_INTEGER:
      return row.integer(column);
    case SQLITE_FLOAT:
      return row.real(column);
    case SQLITE_NULL:
      return nullptr;
    default:
      return row.text(column);
  }
}

bool is_time(const std::string& key) {
  for (const char* name : {"at", "last_update", "not_before", "lease_expires"})
    if (key == name) return true;
  for (const std::string ending : {"_at", "_unix_s"})
    if (key.size() > ending.size() &&
        key.compare(key.size() - ending.size(), ending.size(), ending) == 0)
      return true;
  return false;
}

std::string text_of(const Json& value, const std::string& key = "") {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() && is_time(key)) return utc_stamp(value.get<double>());
  if (value.is_number_float()) {
    std::ostringstream text;
    text.precision(3);
    text << std::fixed << value.get<double>();
    return text.str();
  }
  return value.dump();
}

void write_table(std::ostream& out, const Json& list) {
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& field : list.front().items()) lines[0].push_back(field.key());
  for (const Json& row : list) {
    lines.emplace_back();
    for (const std::string& key : lines[0])
      lines.back().push_back(row.contains(key) ? text_of(row[key], key) : "-");
  }
  std::vector<std::size_t> width(lines[0].size(), 0);
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) width[i] = std::max(width[i], line[i].size());
  for (const auto& line : lines) {
    std::string text = "  ";
    for (std::size_t i = 0; i < line.size(); ++i)
      text += line[i] + std::string(width[i] - line[i].size() + 2, ' ');
    out << text.substr(0, text.find_last_not_of(' ') + 1) << '\n';
  }
}

void write_object(std::ostream& out, const Json& object, const std::string& indent) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object() && !value.empty()) {
      out << indent << key << ":\n";
      write_object(out, value, indent + "  ");
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
      out << indent << key << ":\n";
      write_table(out, value);
    } else if (value.is_array()) {
      for (const Json& item : value) out << indent << key << ": " << text_of(item) << '\n';
    } else {
      out << indent << key << ": " << text_of(value, key) << '\n';
    }
  }
}

Json rows_of(Database& db, const std::string& sql, const std::string& group_id) {
  Statement query(db, sql);
  query.bind(1, group_id);
  return rows(query);
}

}  // namespace

Json rows(Statement& query) {
  Json list = Json::array();
  while (query.step()) {
    Json row = Json::object();
    for (int column = 0; column < query.n_column(); ++column)
      row[query.column_name(column)] = value_of(query, column);
    list.push_back(std::move(row));
  }
  return list;
}

std::string as_text(const Json& report) {
  std::ostringstream out;
  if (report.is_array()) {
    if (!report.empty()) write_table(out, report);
  } else {
    write_object(out, report, "");
  }
  return out.str();
}

std::string as_words(const Json& list) {
  std::string lines;
  for (const Json& row : list) lines += text_of(row.front()) + "\n";
  return lines;
}

std::string as_json_lines(const Json& report) {
  if (!report.is_array()) return report.dump() + "\n";
  std::string lines;
  for (const Json& item : report) lines += item.dump() + "\n";
  return lines;
}

int stale_groups(Database& db, double now_unix_s) {
  Statement count(db,
                  "SELECT count(*) FROM job WHERE stage = 'convert' AND state = 'claimed'"
                  " AND (lease_expires < ?1 OR heartbeat_at < ?2)");
  count.bind(1, now_unix_s).bind(2, now_unix_s - kStaleAfter_s).step();
  return static_cast<int>(count.integer(0));
}

std::vector<std::string> warnings(Database& db, double now_unix_s) {
  std::vector<std::string> found;
  const std::int64_t depth =
      db.integer("SELECT count(*) FROM ingest_queue WHERE state = 'pending'");
  if (depth > kDepthWarning)
    found.push_back("High queue depth: " + std::to_string(depth) + " groups queued");
  if (const int n = stale_groups(db, now_unix_s); n > 0)
    found.push_back("Found " + std::to_string(n) + " stale in-progress groups (>15 min)");
  return found;
}

Json status(Database& db, double now_unix_s) {
  Json report;
  report["queue_db"] = db.path();
  report["schema_version"] = schema_version(db);
  report["paused"] =
      db.integer("SELECT count(*) FROM control WHERE key='paused' AND value='1'") > 0;
  if (report["paused"])
    report["paused_reason"] = db.text("SELECT value FROM control WHERE key = 'paused_reason'");
  const std::string held =
      db.text("SELECT coalesce((SELECT value FROM control WHERE key = 'held_reason'), '')");
  if (!held.empty()) report["held_reason"] = held;
  Json groups = Json::object();
  for (const char* state : {"collecting", "pending", "in_progress", "completed", "failed"})
    groups[state] = 0;
  Statement by_state(db, "SELECT state, count(*) FROM ingest_queue GROUP BY state");
  while (by_state.step()) groups[by_state.text(0)] = by_state.integer(1);
  report["groups"] = groups;
  Statement jobs(db, "SELECT stage, state, count(*) AS jobs FROM job GROUP BY stage, state");
  report["jobs"] = rows(jobs);
  Statement files(db, "SELECT state, count(*) AS files FROM hdf5_file_index GROUP BY state");
  report["files"] = rows(files);
  report["late_files"] = db.integer("SELECT count(*) FROM late_files");
  report["dead_letters"] = db.integer("SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL");
  report["warnings"] = warnings(db, now_unix_s);
  return report;
}

Json list_groups(Database& db, const std::string& word, int limit) {
  const bool by_stage = word == "processing_fresh" || word == "resuming";
  if (!word.empty() && !by_stage) group_state_from(word);
  Statement query(db,
                  "SELECT group_id, state, processing_stage, retry_count, n_subbands,"
                  " expected_subbands, observation_class, product_path, error FROM ingest_queue"
                  " WHERE ?1 = '' OR " +
                      std::string(by_stage ? "processing_stage" : "state") +
                      " = ?1 ORDER BY group_id LIMIT ?2");
  query.bind(1, word).bind(2, limit > 0 ? limit : -1);
  return rows(query);
}

Json show_group(Database& db, const std::string& group_id) {
  const Json found = rows_of(db, "SELECT * FROM ingest_queue WHERE group_id = ?", group_id);
  if (found.empty())
    throw UsageError(group_id + ": no such group in " + db.path() +
                     ", expected one that 'manage-queue list' shows");
  Json report = found.front();
  for (const char* internal : {"change_id", "changed_by", "change_reason", "error_message"})
    report.erase(internal);
  report["files"] = rows_of(db,
                            "SELECT subband_idx, s.path, i.state, i.reason FROM subband_files s"
                            " LEFT JOIN hdf5_file_index i ON i.path = s.path"
                            " WHERE s.group_id = ? ORDER BY subband_idx",
                            group_id);
  report["other_files"] = rows_of(db,
                                  "SELECT path, role, role_reason AS reason FROM hdf5_file_index"
                                  " WHERE group_id = ? AND role IN ('bad', 'duplicate')"
                                  " ORDER BY path",
                                  group_id);
  report["late_files"] =
      rows_of(db, "SELECT path, arrived_at, reason FROM late_files WHERE group_id = ?", group_id);
  report["jobs"] = rows_of(db,
                           "SELECT stage, state, attempt, retry_count, not_before, lease_expires,"
                           " host, pid, slurm_job_id, reason FROM job WHERE group_id = ?"
                           " ORDER BY id",
                           group_id);
  // The group's own log_tail is that of its conversion.
  for (const Json& tail : rows_of(db,
                                  "SELECT stage, log_tail FROM job WHERE group_id = ?"
                                  " AND stage <> 'convert' AND log_tail IS NOT NULL ORDER BY id",
                                  group_id))
    report["log_tails"][tail["stage"].get<std::string>()] = tail["log_tail"];
  report["attempts"] = rows_of(db,
                               "SELECT stage, attempt, claim_token, host, pid, started_at,"
                               " ended_at, outcome, reason FROM job_attempt WHERE group_id = ?"
                               " ORDER BY claim_token",
                               group_id);
  report["products"] = rows_of(db,
                               "SELECT stage, kind, path, size_byte, created_at, removed_at, "
                               "removed_reason FROM product WHERE group_id = ?",
                               group_id);
  report["calibration"] = rows_of(db,
                                  "SELECT s.name AS set_name, s.version, s.state, u.applied_at,"
                                  " u.success, u.quality FROM calibration_use u"
                                  " LEFT JOIN calibration_set s ON s.id = u.set_id"
                                  " WHERE u.group_id = ?",
                                  group_id);
  report["performance"] =
      rows_of(db,
              "SELECT load_time, phase_time, write_time, total_time FROM performance_metrics"
              " WHERE group_id = ?",
              group_id);
  report["history"] = rows_of(db,
                              "SELECT at, \"from\", \"to\", actor, reason FROM state_history"
                              " WHERE group_id = ? ORDER BY id",
                              group_id);
  report["dead_letters"] = rows_of(db,
                                   "SELECT stage, error_type, reason, retry_count, created_at,"
                                   " resolved_at, resolution FROM dead_letter WHERE group_id = ?",
                                   group_id);
  return report;
}

}  // namespace contimg::queue
