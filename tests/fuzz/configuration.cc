// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration: our reader of TOML, what was changed through the status server, the environment
// (lib/base/config, overrides, settings). The first byte chooses which.
#include <fstream>
#include <map>
#include <sstream>

#include "base/config.h"
#include "base/overrides.h"
#include "base/setting.h"
#include "base/settings.h"
#include "harness.h"

using namespace contimg;

namespace {

// What is in force can be shown, and is within its bounds.
void check_settings(const Settings& settings) {
  for (const Setting& row : settings_table()) {
    const std::string text = setting_text(settings, row);
    fuzz::require(settings.sources.count(row.key) == 1, row.key + " has a source");
    if (const auto* field = std::get_if<double Settings::*>(&row.field))
      fuzz::require(settings.**field >= row.min && settings.**field <= row.max,
                    row.key + " is within its bounds: " + text);
    if (const auto* field = std::get_if<int Settings::*>(&row.field))
      fuzz::require(settings.**field >= row.min && settings.**field <= row.max,
                    row.key + " is within its bounds: " + text);
  }
}

void read_configuration(const std::string& bytes) {
  const std::string path = fuzz::write_file("contimg.toml", bytes);
  std::vector<Given> given;
  const bool accepted = fuzz::accepts(path, [&] { given = load_config(path); });
  if (!accepted) return;
  for (const Given& each : given)
    fuzz::require(find_setting(each.key) != nullptr, "a key that is given is known: " + each.key);
  fuzz::accepts("", [&] { check_settings(resolve_settings({}, {}, path).settings); });
}

void read_overrides(const std::string& bytes) {
  const std::string queue = fuzz::folder() + "/queue.sqlite3";
  fuzz::write_file("queue.sqlite3.overrides.toml", bytes);
  std::vector<Given> first;
  if (!fuzz::accepts(queue, [&] { first = load_overrides(queue); })) return;
  save_overrides(queue, first);
  std::vector<Given> second;
  fuzz::require(fuzz::accepts(queue, [&] { second = load_overrides(queue); }),
                "overrides that were written can be read");
  std::map<std::string, std::string> a, b;
  for (const Given& each : first) a[each.key] = each.text;
  for (const Given& each : second) b[each.key] = each.text;
  for (const auto& [key, text] : a)
    fuzz::require(b.count(key) == 1 && b[key] == text,
                  key + " is the same after writing: '" + text + "', '" + b[key] + "'");
}

void read_environment(const std::string& bytes) {
  std::map<std::string, std::string> environment;
  std::istringstream lines(bytes);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) environment[line.substr(0, equals)] = line.substr(equals + 1);
  }
  environment.erase("CONTIMG_CONFIG");
  fuzz::accepts("", [&] { check_settings(resolve_settings({}, environment, "").settings); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'O')
    read_overrides(bytes);
  else if (data[0] == 'E')
    read_environment(bytes);
  else
    read_configuration(bytes);
  return 0;
}
