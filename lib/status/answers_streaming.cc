// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of the automation: whether it runs and is well, counts of groups, holds, mosaics, overview.
#include <cmath>

#include "base/byte_text.h"
#include "base/clock.h"
#include "base/filesystem.h"
#include "queue/report.h"
#include "status/answers.h"
#include "status/config.h"

namespace contimg::status {
namespace {

constexpr double kUsualHeartbeat_min = 15;
constexpr const char* kStates[] = {"collecting", "pending", "in_progress", "completed", "failed"};

// Something works, or did not long ago, and nobody holds it back.
struct Standing {
  bool running = false;
  std::string error;
};

std::string minutes_text(double seconds) {
  return std::to_string(std::lround(seconds / kMinute_s)) + " minutes";
}

Standing standing(const Json& held, const Automation& automation, const Settings& settings,
                  double now_unix_s) {
  const double allowed_s =
      kMinute_s * (settings.heartbeat_min > 0 ? settings.heartbeat_min : kUsualHeartbeat_min);
  if (held["paused"]) return {false, "paused: " + held["paused_reason"].get<std::string>()};
  const double silent_s = now_unix_s - automation.last_tick_unix_s;
  if (!automation.pid && automation.last_tick_unix_s == 0)
    return {false, "no tick ever ran, expected cron, dsa110-stream or their service to be on"};
  if (!automation.pid && silent_s > allowed_s)
    return {false, "the last tick was " + minutes_text(silent_s) +
                       " ago, expected cron, dsa110-stream or their service to be on"};
  const Json& reason = held["held_reason"];
  return {true, reason.is_null() ? "" : "nothing is begun: " + reason.get<std::string>()};
}

double free_gb(const Settings& settings) {
  const double free_byte = settings.output_dir.empty() ? -1 : available_byte(settings.output_dir);
  return free_byte < 0 ? NAN : free_byte / kBytesPerGb;
}

void add_process(Json& json, const Automation& automation, double now_unix_s) {
  const bool known = automation.started_unix_s > 0;
  json["uptime_seconds"] = known ? Json(now_unix_s - automation.started_unix_s) : Json();
  json["cpu_percent"] = automation.cpu_percent;
  json["memory_mb"] = automation.memory_mb;
}

}  // namespace

Json group_counts(Reader& reader) {
  Json counts;
  std::int64_t total = 0;
  for (const char* state : kStates) {
    Statement& count = reader.prepared("SELECT count(*) FROM ingest_queue WHERE state = ?1");
    count.bind(1, state).step();
    counts[state] = count.integer(0);
    total += count.integer(0);
  }
  counts["total"] = total;
  return counts;
}

Json hold(Reader& reader) {
  Json held = {{"paused", false}, {"paused_reason", nullptr}, {"held_reason", nullptr}};
  Statement& rows = reader.prepared("SELECT key, value FROM control");
  std::string reason;
  while (rows.step()) {
    if (rows.text(0) == "paused") held["paused"] = rows.text(1) == "1";
    if (rows.text(0) == "paused_reason") reason = rows.text(1);
    if (rows.text(0) == "held_reason" && !rows.text(1).empty()) held["held_reason"] = rows.text(1);
  }
  if (held["paused"]) held["paused_reason"] = reason;
  return held;
}

Json streaming_status(Reader& reader, const Automation& automation, const Settings& settings,
                      double now_unix_s) {
  const Json held = hold(reader);
  const Standing now = standing(held, automation, settings, now_unix_s);
  Json json = {{"running", now.running}};
  json["pid"] = automation.pid ? Json(*automation.pid) : Json();
  json["process"] = automation.kind.empty() ? Json() : Json(automation.kind);
  json["started_at"] = utc_text(automation.started_unix_s);
  add_process(json, automation, now_unix_s);
  json["last_heartbeat"] = utc_text(automation.last_tick_unix_s);
  json.update(held);
  json["config"] = config_json(settings);
  json["error"] = now.error.empty() ? Json() : Json(now.error);
  json["now"] = utc_text(now_unix_s);
  return json;
}

Json streaming_health(Reader& reader, const Automation& automation, const Settings& settings,
                      double now_unix_s) {
  const Standing now = standing(hold(reader), automation, settings, now_unix_s);
  Json errors = Json::array();
  if (!now.error.empty()) errors.push_back(now.error);
  const double free = free_gb(settings);
  if (std::isnan(free))
    errors.push_back("the output folder is not there, expected one that can be written to");
  else if (free < settings.disk_floor_gb)
    errors.push_back("less is free for products than disk.floor_gb");
  Json json = {{"healthy", now.running && errors.empty()}, {"running", now.running}};
  add_process(json, automation, now_unix_s);
  json["output_free_gb"] = finite(free);
  json["error"] = errors.empty() ? Json() : errors.front();
  json["errors"] = errors;
  json["warnings"] = queue::warnings(reader.database(), now_unix_s);
  return json;
}

Json streaming_metrics(Reader& reader, const Automation& automation, const Settings& settings,
                       double now_unix_s) {
  const Standing now = standing(hold(reader), automation, settings, now_unix_s);
  Json json = {{"service_running", now.running}};
  add_process(json, automation, now_unix_s);
  json["queue_stats"] = group_counts(reader);
  // What waits: a depth that counted what is done would only ever grow.
  json["queue_depth"] = json["queue_stats"]["pending"];
  Statement& done = reader.prepared(
      "SELECT count(*) FROM job_attempt WHERE ended_at > ?1 AND stage = 'convert'"
      " AND outcome = 'done'");
  done.bind(1, now_unix_s - kHour_s).step();
  json["processing_rate_per_hour"] = done.integer(0);
  done.reset();
  return json;
}

Json mosaic_queue(Reader& reader, const Settings& settings) {
  const std::int64_t available =
      count_of(reader,
               "SELECT count(*) FROM images i WHERE type = 'image' AND science = 1 AND NOT EXISTS"
               " (SELECT 1 FROM mosaic_members m WHERE m.group_id = i.group_id)");
  const std::int64_t missing = std::max<std::int64_t>(0, settings.min_members - available);
  return {
      {"pending_count",
       count_of(reader, "SELECT count(*) FROM command WHERE state = 'queued' AND name = 'mosaic'")},
      {"in_progress_count",
       count_of(reader, "SELECT count(*) FROM command WHERE state = 'taken' AND name = 'mosaic'")},
      {"completed_count", count_of(reader, "SELECT count(*) FROM mosaics")},
      {"failed_count",
       count_of(reader, "SELECT count(*) FROM command WHERE state = 'failed' AND name = 'mosaic'")},
      {"available_ms_count", available},
      {"ms_until_next_mosaic", missing}};
}

Json overview(Reader& reader, int limit, double now_unix_s) {
  const Json counts = group_counts(reader);
  Json queue = {{"total", counts["total"]}};
  for (const char* state : {"pending", "in_progress", "failed", "completed", "collecting"})
    queue[state] = counts[state];
  Json json = {{"queue", queue}};
  json.update(hold(reader));
  json["recent_groups"] = group_list(reader, "", "", limit, now_unix_s);
  Statement& sets = reader.prepared(
      "SELECT set_name, group_concat(table_type) AS tables, sum(status = 'active') AS active,"
      " count(*) AS total FROM caltables GROUP BY set_name ORDER BY max(created_at) DESC LIMIT 20");
  json["calibration_sets"] = Json::array();
  while (sets.step())
    json["calibration_sets"].push_back({{"set_name", sets.text(0)},
                                        {"tables", sets.text(1)},
                                        {"active", sets.integer(2)},
                                        {"total", sets.integer(3)}});
  std::int64_t matched = 0;
  for (const Json& group : json["recent_groups"])
    if (group["observation_class"] == "calibrator") ++matched;
  json["matched_recent"] = matched;
  json["dead_letters"] =
      count_of(reader, "SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL");
  json["warnings"] = queue::warnings(reader.database(), now_unix_s);
  json["now"] = utc_text(now_unix_s);
  return json;
}

}  // namespace contimg::status
