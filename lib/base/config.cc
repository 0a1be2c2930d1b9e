// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "base/error.h"
#include "base/file_bytes.h"
#include "base/setting.h"
#include "base/similar_word.h"

namespace contimg {
namespace {

std::string contents(const std::string& path) {
  const auto text = file_bytes(path);
  if (!text)
    throw UsageError(path + ": cannot be read (" + std::strerror(errno) +
                     "), expected a configuration file in TOML");
  return *text;
}

std::string at_line(const std::string& path, const toml::source_region& source) {
  return path + ":" + std::to_string(source.begin.line);
}

/// What TOML must hold for a field, and how it is then written in text.
struct Expected {
  const toml::node& node;
  std::string words;   // what was expected
  bool right = false;  // whether it is so
  std::string text;

  void operator()(int Settings::*) { whole(); }
  void operator()(double Settings::*) {
    words = "a number";
    right = node.is_number();
    if (!right) return;
    std::ostringstream digits;
    digits.precision(17);
    digits << *node.value<double>();
    text = digits.str();
  }
  void operator()(bool Settings::*) {
    words = "true or false";
    right = node.is_boolean();
    if (right) text = *node.value<bool>() ? "true" : "false";
  }
  void operator()(std::vector<std::string> Settings::*) {
    words = "a list of words";
    right = node.is_array() && node.as_array()->is_homogeneous<std::string>();
    if (!right) return;
    for (const toml::node& word : *node.as_array())
      text += (text.empty() ? "" : ",") + *word.value<std::string>();
  }
  template <typename Word>
  void operator()(Word Settings::*) {
    words = "text in quotes";
    right = node.is_string();
    if (right) text = *node.value<std::string>();
  }

 private:
  void whole() {
    words = "a whole number";
    right = node.is_integer();
    if (right) text = std::to_string(*node.value<std::int64_t>());
  }
};

bool is_path(const Setting& row) {
  return (row.unit == "DIR" || row.unit == "FILE") &&
         std::holds_alternative<std::string Settings::*>(row.field);
}

Given read_value(const std::string& path, const std::string& key, const toml::node& node) {
  const std::string where = at_line(path, node.source());
  const Setting* row = find_setting(key);
  if (row == nullptr) {
    std::vector<std::string> known;
    for (const Setting& each : settings_table()) known.push_back(each.key);
    throw UsageError(where + ": unknown key " + key + did_you_mean(key, known));
  }
  Expected expected{node, {}, false, {}};
  std::visit(expected, row->field);
  if (!expected.right) throw UsageError(where + ": " + key + ": expected " + expected.words);
  if (is_path(*row) && !expected.text.empty())
    expected.text =
        boost::filesystem::absolute(expected.text, boost::filesystem::absolute(path).parent_path())
            .lexically_normal()
            .string();
  return {row->key, expected.text, where};
}

std::vector<std::string> table_names() {
  std::vector<std::string> names;
  for (const Setting& row : settings_table()) {
    const std::string name = row.key.substr(0, row.key.find('.'));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace

std::vector<Given> load_config(const std::string& path) {
  toml::table file;
  try {
    file = toml::parse(contents(path), path);
  } catch (const toml::parse_error& error) {
    throw UsageError(at_line(path, error.source()) + ": " + std::string(error.description()));
  }
  const std::vector<std::string> tables = table_names();
  std::vector<Given> values;
  for (const auto& [name, node] : file) {
    const std::string table(name.str());
    if (!node.is_table() || std::find(tables.begin(), tables.end(), table) == tables.end())
      throw UsageError(at_line(path, name.source()) + ": unknown " +
                       (node.is_table() ? "table [" + table + "]" : "key " + table) +
                       did_you_mean(table, tables));
    for (const auto& [key, value] : *node.as_table()) {
      Given given = read_value(path, table + "." + std::string(key.str()), value);
      for (const Given& other : values)
        if (other.key == given.key)
          throw UsageError(given.source + ": " + given.key + " is given under its other name on " +
                           other.source);
      values.push_back(std::move(given));
    }
  }
  return values;
}

}  // namespace contimg
