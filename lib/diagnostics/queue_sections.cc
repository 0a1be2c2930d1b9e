// SPDX-License-Identifier: GPL-3.0-or-later
// What collect-diagnostics takes from the queue: failures, tries, groups, ticks, notices, SQLite's checks.
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/sqlite.h"
#include "diagnostics/collect.h"
#include "diagnostics/redact.h"
#include "queue/report.h"

namespace contimg::diagnostics {
namespace {

constexpr int kPatience_ms = 500;

// Each section opens the queue anew: what one cannot read, another may.
std::string with_queue(const std::string& path, const std::function<std::string(Database&)>& read) {
  if (path.empty()) throw DataError("no queue is named: paths.queue_db, or paths.root");
  if (!std::filesystem::exists(path)) throw DataError(path + ": no such file, expected the queue");
  Database db(path, Database::Mode::read_only, kPatience_ms);
  return read(db);
}

std::string of_query(Database& db, const std::string& sql) {
  Statement query(db, sql);
  std::string text;
  for (queue::Json row : queue::rows(query)) {
    // Before the line breaks of a log become \n, which would hide where its lines begin.
    for (auto& field : row.items())
      if (field.value().is_string()) field.value() = redact(field.value().get<std::string>());
    text += row.dump(-1, ' ', false, queue::Json::error_handler_t::replace) + "\n";
  }
  return text;
}

// A tool would wait long for a queue that is locked.
std::string of_tool(const std::string& path, const std::vector<std::string>& command) {
  with_queue(path, [](Database& db) { return db.text("SELECT count(*) FROM sqlite_master"); });
  return output_of(command);
}

std::string counts(Database& db) {
  std::string text = "schema version " + db.text("PRAGMA user_version") + "\n";
  std::vector<std::string> names;
  {
    Statement tables(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
    while (tables.step()) names.push_back(tables.text(0));
  }
  for (const std::string& name : names) {
    std::string n;
    try {
      n = db.text("SELECT count(*) FROM \"" + name + "\"");
    } catch (const Error& error) {
      n = error.what();
    }
    text += name + ": " + n + "\n";
  }
  return text;
}

// With the end of what each said: of a conversion that is the group's.
constexpr const char* kFailures =
    "SELECT j.group_id, j.stage, j.state, j.retry_count, j.updated_at, j.host, j.reason,"
    " coalesce(j.log_tail, iif(j.stage = 'convert', q.log_tail, NULL)) AS log_tail FROM job j"
    " LEFT JOIN ingest_queue q USING (group_id) WHERE j.state = 'failed' OR j.retry_count > 0"
    " ORDER BY j.updated_at DESC LIMIT 50";
constexpr const char* kAttempts =
    "SELECT * FROM job_attempt WHERE outcome NOT IN ('done', 'running')"
    " ORDER BY ended_at DESC LIMIT 200";

}  // namespace

std::vector<Section> queue_sections(const contimg::Settings& settings) {
  const std::string path = settings.queue_db;
  const auto section = [path](const char* name, const char* about,
                              const std::function<std::string(Database&)>& read) {
    return Section{name, about, [path, read] { return with_queue(path, read); }};
  };
  const auto query = [&](const char* name, const char* about, const char* sql) {
    return section(name, about, [sql](Database& db) { return of_query(db, sql); });
  };
  return {
      {"queue/status.txt", "manage-queue status",
       [path] {
         return of_tool(path, {"manage-queue", "--queue-db", path, "status"});
       }},
      query("queue/failures.jsonl", "the last failures with what they said", kFailures),
      query("queue/attempts.jsonl", "the last tries that did not succeed", kAttempts),
      query("queue/groups.jsonl", "the last groups",
            "SELECT group_id, state, processing_stage, retry_count, n_subbands, expected_subbands,"
            " observation_class, error FROM ingest_queue ORDER BY group_id DESC LIMIT 300"),
      section("queue/tables.txt", "rows of each table", counts),
      query("queue/schema.jsonl", "the schema",
            "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL"),
      section("queue/integrity.txt", "SQLite's own checks",
              [](Database& db) {
                return of_query(db, "PRAGMA integrity_check(20)") +
                       of_query(db, "PRAGMA foreign_key_check");
              }),
      query("queue/control.jsonl", "pause and holds",
            "SELECT key AS name, value, updated_at FROM control"),
      query("queue/ticks.jsonl", "the last ticks",
            "SELECT * FROM tick ORDER BY started_at DESC LIMIT 300"),
      query("queue/notices.jsonl", "what needs or needed a person",
            "SELECT key AS notice, severity, subject, text, remedy, first_seen_at, last_seen_at, "
            "seen,"
            " sent_at, cleared_at, clear_sent_at FROM notice ORDER BY last_seen_at DESC LIMIT 200"),
      query("queue/steps.jsonl", "steps under pressure",
            "SELECT * FROM degradation ORDER BY id DESC LIMIT 50"),
      {"queue/metrics.json", "record-metrics --json",
       [path] {
         return of_tool(path,
                        {"record-metrics", "--quiet", "--queue-db", path, "--dry-run", "--json"});
       }},
  };
}

}  // namespace contimg::diagnostics
