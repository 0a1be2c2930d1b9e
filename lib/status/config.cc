// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/config.h"

#include <algorithm>

#include "base/setting.h"

namespace contimg::status {
namespace {

using Type = Field::Type;

Field number_field(const char* name, Type type, const char* key) {
  const Setting* row = find_setting(key);
  return {name, type, row->help, false, row->min, row->max};
}
ConfigField whole(const char* name, const char* key) {
  return {number_field(name, Type::integer, key), key};
}
ConfigField real(const char* name, const char* key) {
  return {number_field(name, Type::number, key), key};
}
ConfigField truth(const char* name, const char* key) {
  return {{name, Type::truth, find_setting(key)->help}, key};
}
ConfigField word(const char* name, const char* key) {
  return {{name, Type::word, find_setting(key)->help, false, 0, 0, find_setting(key)->choices},
          key};
}
ConfigField folder(const char* name, const char* key) {
  return {{name, Type::text, find_setting(key)->help, false, 1, 1000}, key};
}

Json value_of(const Settings& settings, const ConfigField& each) {
  if (each.key.empty()) return each.fixed;
  const std::string text = setting_text(settings, *find_setting(each.key));
  switch (each.field.type) {
    case Type::integer:
      return std::stoll(text);
    case Type::number:
      return std::stod(text);
    case Type::truth:
      return text == "true";
    default:
      return text;
  }
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

const ConfigField& named(const std::string& name) {
  for (const ConfigField& each : config_fields())
    if (each.field.name == name) return each;
  throw Refused(400, name + ": there is no such field", name);
}

bool is_folder(const ConfigField& each) { return each.key.rfind("paths.", 0) == 0; }

void require_folder(const std::string& name, const std::string& path) {
  const bool climbs = (path + "/").find("/../") != std::string::npos;
  if (path[0] != '/' || climbs)
    throw Refused(400, name + ": expected an absolute path without ..", name);
}

}  // namespace

const std::vector<ConfigField>& config_fields() {
  static const std::vector<ConfigField> fields = {
      folder("input_dir", "paths.input_dir"),
      folder("output_dir", "paths.output_dir"),
      folder("scratch_dir", "paths.scratch_dir"),
      whole("expected_subbands", "group.expected_subbands"),
      whole("min_subbands", "group.min_subbands"),
      real("chunk_duration", "group.chunk_duration"),
      real("collecting_timeout", "group.collecting_timeout"),
      word("partial", "group.partial"),
      whole("max_retries", "queue.max_retries"),
      real("in_progress_timeout", "queue.in_progress_timeout"),
      word("order", "queue.order"),
      whole("max_workers", "pipeline.max_parallel"),
      whole("omp_threads", "convert.omp_threads"),
      truth("stage_inputs", "convert.stage_inputs"),
      whole("stage_workers", "convert.stage_workers"),
      truth("stage_to_tmpfs", "convert.stage_to_tmpfs"),
      folder("tmpfs_path", "paths.tmpfs_dir"),
      real("max_wait_h", "calibration.max_wait_h"),
      word("no_calibration", "calibration.no_calibration"),
      word("tier", "image.tier"),
      truth("degrade", "metrics.degrade"),
      real("disk_floor_gb", "disk.floor_gb"),
      word("log_level", "log.level"),
      truth("profile", "log.profile"),
      {{"use_subprocess", Type::truth, "Each tool is a process of its own: always true."},
       "",
       true},
      {{"monitoring", Type::truth, "Metrics are always on: always true."}, "", true},
  };
  return fields;
}

std::vector<Field> config_body() {
  std::vector<Field> body;
  for (const ConfigField& each : config_fields()) body.push_back(each.field);
  return body;
}

Json config_json(const Settings& settings) {
  Json config, sources;
  for (const ConfigField& each : config_fields()) {
    config[each.field.name] = value_of(settings, each);
    sources[each.field.name] = each.key.empty() ? "fixed" : settings.sources.at(each.key);
  }
  config["queue_db"] = settings.queue_db;
  config["registry_db"] = settings.queue_db;
  config["sources"] = sources;
  return config;
}

std::vector<Given> changed_overrides(std::vector<Given> overrides, const Json& body) {
  for (const auto& [name, value] : body.items()) {
    const ConfigField& each = named(name);
    if (each.key.empty()) {
      if (value != each.fixed)
        throw Refused(400, name + ": cannot be changed, expected " + each.fixed.dump(), name);
      continue;
    }
    const std::string text = text_of(value);
    if (is_folder(each)) require_folder(name, text);
    overrides.erase(std::remove_if(overrides.begin(), overrides.end(),
                                   [&](const Given& given) { return given.key == each.key; }),
                    overrides.end());
    overrides.push_back({each.key, text, name});
  }
  return overrides;
}

std::vector<std::string> config_warnings(const Settings& settings, const Json& body) {
  std::vector<std::string> warnings;
  for (const auto& entry : body.items()) {
    const ConfigField& each = named(entry.key());
    if (each.key.empty()) continue;
    const std::string& source = settings.sources.at(each.key);
    if (source.rfind("environment", 0) == 0 || source.rfind("option", 0) == 0)
      warnings.push_back(entry.key() + ": recorded, but " + source + " of this server wins here");
  }
  return warnings;
}

}  // namespace contimg::status
