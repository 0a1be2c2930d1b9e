// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/stage_line.h"

#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/error.h"

namespace contimg::metrics {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& key, const char* expected) {
  throw DataError(key + ": expected " + expected);
}

const json* find(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<double> amount(const json& object, const char* key) {
  const json* value = find(object, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number() || !(value->get<double>() >= 0) || std::isinf(value->get<double>()))
    refuse(key, "a number, not negative");
  return value->get<double>();
}

std::optional<std::int64_t> count(const json& object, const char* key) {
  const json* value = find(object, key);
  if (value == nullptr) return std::nullopt;
  constexpr std::uint64_t kMost = INT64_MAX;
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() > kMost)
    refuse(key, "a whole number, not negative");
  return value->get<std::int64_t>();
}

std::optional<std::string> word(const json& object, const char* key) {
  const json* value = find(object, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse(key, "a text");
  return value->get<std::string>();
}

json object_of(const std::string& line) {
  json object = json::parse(line, nullptr, false);
  if (!object.is_object()) throw DataError("not a JSON object");
  return object;
}

queue::Stage stage_of(const json& object) {
  const auto name = word(object, "stage");
  if (!name) refuse("stage", "the name of a stage");
  try {
    return queue::stage_from(*name);
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
}

bool did_work(const json& object) {
  const std::string state = word(object, "state").value_or("");
  return state != "existed" && state != "planned" && state != "unchanged";
}

}  // namespace

StageLine parse_stage_line(const std::string& text) {
  const json object = object_of(text);
  StageLine line;
  line.group_id = word(object, "group_id").value_or("");
  if (line.group_id.empty()) refuse("group_id", "the id of a group");
  line.stage = stage_of(object);
  line.worked = did_work(object);
  if (const auto attempt = count(object, "attempt")) {
    if (*attempt > 1000000) refuse("attempt", "a number of tries");
    line.attempt = static_cast<int>(*attempt);
  }
  line.host = word(object, "host");
  line.slurm_job_id = word(object, "slurm_job_id");
  line.writer_type = word(object, "writer_type");
  line.started_at_unix_s = amount(object, "started_at");
  line.ended_at_unix_s = amount(object, "ended_at");
  line.wall_s = amount(object, "seconds");
  line.cpu_s = amount(object, "cpu_s");
  line.max_rss_kb = count(object, "max_rss_kb");
  line.bytes_read = count(object, "bytes_read");
  line.bytes_written = count(object, "bytes_written");
  line.load_s = amount(object, "load_time");
  line.phase_s = amount(object, "phase_time");
  line.write_s = amount(object, "write_time");
  if (line.worked && !line.wall_s) refuse("seconds", "a number, for a stage that was worked on");
  return line;
}

std::optional<LogLine> parse_log_line(const std::string& line) {
  // A regular expression on each line of a long log takes minutes.
  constexpr const char* kWords = " completed in ";
  if (line.find(kWords) == std::string::npos) return std::nullopt;
  static const std::regex form(R"(Group (\S+) completed in (\d+(?:\.\d+)?) s(?:\s|$))");
  std::smatch match;
  if (!std::regex_search(line, match, form)) return std::nullopt;
  LogLine found{match[1], std::stod(match[2]), std::nullopt};
  std::tm parts{};
  const char* rest = strptime(line.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (rest != nullptr) found.ended_at_unix_s = static_cast<double>(timegm(&parts));
  return found;
}

}  // namespace contimg::metrics
