// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/config_report.h"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>

#include "base/setting.h"

namespace contimg::cli {
namespace {

const char* word(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::right:
      return "ok";
    case Finding::Kind::warning:
      return "warning";
    case Finding::Kind::wrong:
      return "wrong";
  }
  return "";
}

}  // namespace

bool any_wrong(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.kind == Finding::Kind::wrong; });
}

void print_config(std::ostream& out, const Settings& settings,
                  const std::vector<Finding>& findings) {
  std::size_t key_width = 0, value_width = 0;
  for (const Setting& row : settings_table()) {
    key_width = std::max(key_width, row.key.size());
    value_width =
        std::max(value_width, std::min<std::size_t>(48, setting_text(settings, row).size()));
  }
  for (const Setting& row : settings_table()) {
    const std::string value = setting_text(settings, row);
    out << std::left << std::setw(static_cast<int>(key_width)) << row.key << "  "
        << std::setw(static_cast<int>(value_width)) << (value.empty() ? "-" : value) << "  "
        << settings.sources.at(row.key) << '\n';
  }
  out << '\n';
  for (const Finding& finding : findings)
    out << std::left << std::setw(9) << word(finding.kind) << finding.about << ": "
        << finding.message << '\n';
}

void print_config_shell(std::ostream& out, const Settings& settings) {
  for (const Setting& row : settings_table()) {
    const bool is_option = settings.sources.at(row.key).rfind("option ", 0) == 0;
    out << (is_option ? "export " : "") << row.environment << "='";
    for (const char c : setting_text(settings, row)) {
      if (c == '\'')
        out << "'\\''";
      else
        out << c;
    }
    out << "'\n";
  }
}

void print_config_json(std::ostream& out, const Settings& settings,
                       const std::vector<Finding>& findings) {
  nlohmann::json report = {{"settings", nlohmann::json::array()},
                           {"findings", nlohmann::json::array()},
                           {"ok", !any_wrong(findings)}};
  for (const Setting& row : settings_table())
    report["settings"].push_back({{"key", row.key},
                                  {"value", setting_text(settings, row)},
                                  {"source", settings.sources.at(row.key)}});
  for (const Finding& finding : findings)
    report["findings"].push_back(
        {{"kind", word(finding.kind)}, {"about", finding.about}, {"message", finding.message}});
  out << report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace contimg::cli
