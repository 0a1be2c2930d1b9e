// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/settings_options.h"

#include <CLI/CLI.hpp>
#include <stdexcept>

#include "base/overrides.h"
#include "base/setting.h"
#include "cli/run_tool.h"

namespace contimg::cli {
namespace {

const Setting& row_of(const std::string& option) {
  for (const Setting& row : settings_table())
    if (row.option == option) return row;
  throw std::invalid_argument(option + ": not an option of settings_table()");
}

bool is_flag(const Setting& row) { return std::holds_alternative<bool Settings::*>(row.field); }

}  // namespace

void declare_setting(CLI::App& app, const std::string& option) {
  const Setting& row = row_of(option);
  if (app.get_option_no_throw(option) != nullptr) return;
  const std::string names = row.alias.empty() ? option : option + "," + row.alias;
  if (is_flag(row)) {
    app.add_flag(option + ",!--no-" + option.substr(2), row.help)->default_str(default_text(row));
    return;
  }
  CLI::Option* declared = app.add_option(names, row.help);
  declared->type_name(row.unit);
  if (!default_text(row).empty()) declared->default_str(default_text(row));
}

ResolvedSettings resolve_options(const CLI::App& app,
                                 const std::optional<std::vector<Given>>& overrides) {
  std::vector<Given> given;
  for (const Setting& row : settings_table()) {
    const CLI::Option* option = app.get_option_no_throw(row.option);
    if (option == nullptr || option->count() == 0) continue;
    given.push_back({row.key, option->results().back(), "option " + row.option});
  }
  const CLI::Option* config = app.get_option_no_throw("--config");
  const std::string file =
      config != nullptr && config->count() > 0 ? config->results().back() : std::string();
  return overrides ? resolve_with_overrides(given, process_environment(), file, *overrides)
                   : resolve_settings(given, process_environment(), file);
}

void add_settings(CLI::App& app, Settings& settings, const std::vector<std::string>& options) {
  for (const std::string& option : options) declare_setting(app, option);
  app.final_callback([&app, &settings] { settings = resolve_options(app).settings; });
}

}  // namespace contimg::cli
