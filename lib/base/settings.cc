// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <charconv>
#include <cmath>
#include <sstream>
#include <thread>

#include "base/config.h"
#include "base/error.h"
#include "base/overrides.h"
#include "base/setting.h"
#include "base/similar_word.h"
#include "base/text.h"

namespace contimg {
namespace {

[[noreturn]] void refuse(const Setting& row, const Given& given, const std::string& expected) {
  throw UsageError(given.source + ": " + row.key + " is \"" + given.text + "\", expected " +
                   expected);
}

std::string number_text(double value) {
  std::ostringstream text;
  text.precision(12);
  text << value;
  return text.str();
}

std::string range_text(const Setting& row, const char* kind) {
  if (std::isinf(row.min) && std::isinf(row.max)) return kind;
  return std::string(kind) + " from " + number_text(row.min) + " to " + number_text(row.max);
}

/// Index of `word` in the row's choices; refuses others.
std::size_t choice(const Setting& row, const Given& given, const std::string& word) {
  for (std::size_t i = 0; i < row.choices.size(); ++i)
    if (lowered(row.choices[i]) == lowered(word)) return i;
  refuse(row, given, joined(row.choices) + did_you_mean(word, row.choices));
}

template <typename Number>
Number number(const Setting& row, const Given& given, const char* kind) {
  Number value{};
  const char* end = given.text.data() + given.text.size();
  const auto [stop, error] = std::from_chars(given.text.data(), end, value);
  if (error != std::errc() || stop != end || !(value >= row.min && value <= row.max))
    refuse(row, given, range_text(row, kind));
  return value;
}

bool truth(const Setting& row, const Given& given) {
  const std::string word = lowered(given.text);
  for (const char* yes : {"true", "1", "yes", "on"})
    if (word == yes) return true;
  for (const char* no : {"false", "0", "no", "off"})
    if (word == no) return false;
  refuse(row, given, "true or false");
}

std::vector<std::string> words(const Setting& row, const Given& given) {
  std::vector<std::string> list;
  std::istringstream text(given.text);
  for (std::string word; std::getline(text, word, ',');)
    list.push_back(row.choices[choice(row, given, word)]);
  if (list.empty()) refuse(row, given, "at least one of " + joined(row.choices));
  return list;
}

/// Writes a value as given into its field.
struct Assign {
  Settings& settings;
  const Setting& row;
  const Given& given;
  void operator()(std::string Settings::*field) const {
    settings.*field =
        row.choices.empty() ? given.text : row.choices[choice(row, given, given.text)];
  }
  void operator()(int Settings::*field) const {
    if (!row.choices.empty()) choice(row, given, given.text);
    settings.*field = number<int>(row, given, "a whole number");
  }
  void operator()(double Settings::*field) const {
    settings.*field = number<double>(row, given, "a number");
  }
  void operator()(bool Settings::*field) const { settings.*field = truth(row, given); }
  void operator()(std::vector<std::string> Settings::*field) const {
    settings.*field = words(row, given);
  }
  template <typename Enumeration>
  void operator()(Enumeration Settings::*field) const {
    settings.*field = static_cast<Enumeration>(choice(row, given, given.text));
  }
};

/// The text of a field's value.
struct Show {
  const Settings& settings;
  const Setting& row;
  std::string operator()(std::string Settings::*field) const { return settings.*field; }
  std::string operator()(int Settings::*field) const { return std::to_string(settings.*field); }
  std::string operator()(double Settings::*field) const { return number_text(settings.*field); }
  std::string operator()(bool Settings::*field) const { return settings.*field ? "true" : "false"; }
  std::string operator()(std::vector<std::string> Settings::*field) const {
    return joined(settings.*field, ",");
  }
  template <typename Enumeration>
  std::string operator()(Enumeration Settings::*field) const {
    return row.choices.at(static_cast<std::size_t>(settings.*field));
  }
};

void apply(Settings& settings, const Given& given) {
  const Setting* row = find_setting(given.key);
  if (row == nullptr) throw UsageError(given.source + ": unknown setting " + given.key);
  std::visit(Assign{settings, *row, given}, row->field);
  settings.sources[row->key] = given.source;
}

bool is_default(const Settings& settings, const char* key) {
  return settings.sources.at(key).rfind("default", 0) == 0;
}

void place_under_root(Settings& settings) {
  for (const Setting& row : settings_table()) {
    if (row.under_root.empty() || !is_default(settings, row.key.c_str()) || settings.root.empty())
      continue;
    settings.*std::get<std::string Settings::*>(row.field) =
        (boost::filesystem::path(settings.root) / row.under_root).string();
    settings.sources[row.key] = "default under paths.root";
  }
}

/// A whole number of at least 1 at the beginning of a variable's text, which OpenMP lets others
/// follow; 0 when there is none.
int threads_of(const std::map<std::string, std::string>& environment, const std::string& name) {
  const auto variable = environment.find(name);
  if (variable == environment.end()) return 0;
  const std::string& text = variable->second;
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = end == text.data() + text.size() || *end == ',';
  return error == std::errc() && whole && count >= 1 && count <= 1024 ? count : 0;
}

/// Other programs' variables count as a default.
void take_thread_variables(Settings& settings,
                           const std::map<std::string, std::string>& environment) {
  for (const char* name : {"OMP_NUM_THREADS", "MKL_NUM_THREADS"}) {
    if (settings.omp_threads != 0) return;
    settings.omp_threads = threads_of(environment, name);
    if (settings.omp_threads != 0)
      settings.sources["convert.omp_threads"] = std::string("environment ") + name;
  }
}

void fill_computed(Settings& settings) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (settings.max_parallel == 0) settings.max_parallel = std::max(1, cores / 2);
  if (settings.omp_threads == 0)
    settings.omp_threads = std::clamp(cores / settings.max_parallel, 1, 4);
  if (is_default(settings, "group.min_subbands"))
    settings.min_subbands = std::min(settings.min_subbands, settings.expected_subbands);
}

void check_together(const Settings& settings) {
  const auto where = [&](const char* key) { return settings.sources.at(key) + ": " + key; };
  if (settings.min_subbands > settings.expected_subbands)
    throw UsageError(where("group.min_subbands") + " is " + std::to_string(settings.min_subbands) +
                     ", expected at most group.expected_subbands, " +
                     std::to_string(settings.expected_subbands));
  if (settings.backoff_max_s < settings.backoff_s)
    throw UsageError(where("queue.backoff_max") + " is " + number_text(settings.backoff_max_s) +
                     ", expected at least queue.backoff, " + number_text(settings.backoff_s));
}

// Variables that later services, the build and the tests read; not settings.
const std::vector<std::string>& other_variables() {
  static const std::vector<std::string> names = {"CONTIMG_CONFIG", "CONTIMG_BUILD",
                                                 "CONTIMG_TEST_DATA", "CONTIMG_TOKENS"};
  return names;
}
bool is_other_variable(const std::string& name) {
  const auto& names = other_variables();
  return name.rfind("CONTIMG_API_", 0) == 0 || name.rfind("CONTIMG_DASHBOARD_", 0) == 0 ||
         name.rfind("CONTIMG_TEST_", 0) == 0 ||
         std::find(names.begin(), names.end(), name) != names.end();
}

void apply_environment(ResolvedSettings& resolved,
                       const std::map<std::string, std::string>& environment) {
  std::vector<std::string> known = other_variables();
  for (const Setting& row : settings_table()) known.push_back(row.environment);
  for (const auto& [name, text] : environment) {
    if (name.rfind("CONTIMG_", 0) != 0 || is_other_variable(name)) continue;
    const auto& table = settings_table();
    const auto row = std::find_if(table.begin(), table.end(), [&, variable = &name](const auto& r) {
      return r.environment == *variable;
    });
    if (row == table.end())
      resolved.warnings.push_back("environment " + name + ": no such setting" +
                                  did_you_mean(name, known));
    else if (!text.empty())
      apply(resolved.settings, {row->key, text, "environment " + name});
  }
}

}  // namespace

const Setting* find_setting(const std::string& key) {
  for (const Setting& row : settings_table()) {
    if (row.key == key) return &row;
    if (row.alias.empty()) continue;
    std::string alias = row.key.substr(0, row.key.find('.') + 1) + row.alias.substr(2);
    std::replace(alias.begin(), alias.end(), '-', '_');
    if (alias == key) return &row;
  }
  return nullptr;
}

std::string setting_text(const Settings& settings, const Setting& row) {
  return std::visit(Show{settings, row}, row.field);
}

std::string default_text(const Setting& row) {
  if (!row.shown_default.empty()) return row.shown_default;
  if (!row.under_root.empty()) return "<root>/" + row.under_root;
  return setting_text(Settings(), row);
}

ResolvedSettings resolve_with_overrides(const std::vector<Given>& options,
                                        const std::map<std::string, std::string>& environment,
                                        const std::string& config_path,
                                        const std::vector<Given>& overrides) {
  ResolvedSettings resolved;
  for (const Setting& row : settings_table()) resolved.settings.sources[row.key] = "default";
  const auto variable = environment.find("CONTIMG_CONFIG");
  const std::string path = !config_path.empty()            ? config_path
                           : variable != environment.end() ? variable->second
                                                           : "";
  if (!path.empty())
    for (const Given& given : load_config(path)) apply(resolved.settings, given);
  for (const Given& given : overrides) apply(resolved.settings, given);
  apply_environment(resolved, environment);
  for (const Given& given : options) apply(resolved.settings, given);
  place_under_root(resolved.settings);
  take_thread_variables(resolved.settings, environment);
  fill_computed(resolved.settings);
  check_together(resolved.settings);
  return resolved;
}

// Where the queue is has to be known before what lies beside it can be read.
ResolvedSettings resolve_settings(const std::vector<Given>& options,
                                  const std::map<std::string, std::string>& environment,
                                  const std::string& config_path) {
  ResolvedSettings resolved = resolve_with_overrides(options, environment, config_path, {});
  const std::vector<Given> overrides = load_overrides(resolved.settings.queue_db);
  if (overrides.empty()) return resolved;
  return resolve_with_overrides(options, environment, config_path, overrides);
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

const std::string& required_path(const Settings& settings, std::string Settings::*field) {
  if (!(settings.*field).empty()) return settings.*field;
  for (const Setting& row : settings_table()) {
    const auto* candidate = std::get_if<std::string Settings::*>(&row.field);
    if (candidate != nullptr && *candidate == field)
      throw UsageError(row.key + ": not set, expected " + row.option + ", " + row.environment +
                       (row.under_root.empty() ? std::string() : ", [paths] root") +
                       " or a line in the configuration file");
  }
  throw std::invalid_argument("required_path: not a path of the settings");
}

}  // namespace contimg
