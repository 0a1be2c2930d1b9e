// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/overrides.h"

#include <boost/filesystem.hpp>
#include <sstream>

#include "base/atomic_output.h"
#include "base/config.h"
#include "base/error.h"
#include "base/setting.h"

namespace contimg {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", code);
      result += escape;
      continue;
    }
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

/// A value as TOML has it. Numbers and truth values come as the table of settings understands them.
struct AsToml {
  const std::string& text;
  std::string operator()(int Settings::*) const { return text; }
  std::string operator()(double Settings::*) const { return text; }
  std::string operator()(bool Settings::*) const { return text; }
  std::string operator()(std::vector<std::string> Settings::*) const {
    std::string list;
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, ',');)
      list += (list.empty() ? "" : ", ") + quoted(word);
    return "[" + list + "]";
  }
  template <typename Word>
  std::string operator()(Word Settings::*) const {
    return quoted(text);
  }
};

}  // namespace

std::string overrides_path(const std::string& queue_db) {
  return queue_db.empty() ? "" : queue_db + ".overrides.toml";
}

std::vector<Given> load_overrides(const std::string& queue_db) {
  const std::string path = overrides_path(queue_db);
  boost::system::error_code ignored;
  if (path.empty() || !boost::filesystem::exists(path, ignored)) return {};
  std::vector<Given> overrides = load_config(path);
  for (const Given& given : overrides)
    if (given.key == "paths.queue_db" || given.key == "paths.root")
      throw UsageError(given.source + ": " + given.key +
                       " says where the queue is, expected it in the configuration file");
  return overrides;
}

void save_overrides(const std::string& queue_db, const std::vector<Given>& overrides) {
  const std::string path = overrides_path(queue_db);
  if (overrides.empty()) {
    remove_tree(path);
    return;
  }
  std::string text =
      "# Changed through the status server. It wins over the configuration file; remove a line, "
      "or\n"
      "# the file, and that holds again.\n";
  std::string table;
  for (const Setting& row : settings_table())
    for (const Given& given : overrides) {
      if (given.key != row.key) continue;
      const std::size_t dot = row.key.find('.');
      if (row.key.substr(0, dot) != table) {
        table = row.key.substr(0, dot);
        text += "\n[" + table + "]\n";
      }
      text += row.key.substr(dot + 1) + " = " + std::visit(AsToml{given.text}, row.field) + "\n";
    }
  write_text_file(path, text);
}

}  // namespace contimg
