// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"

namespace CLI {
class App;
}

namespace contimg::cli {

/// Declares one option of settings_table(). A boolean gets --no-<name> too. Declared twice, the
/// second time changes nothing.
void declare_setting(CLI::App& app, const std::string& option);

/// The settings in force once `app` has parsed its command line: what was given there, the
/// environment, what was changed through the status server (base/overrides.h; `overrides` in its
/// place when given) and the file of --config. Throws UsageError.
ResolvedSettings resolve_options(const CLI::App& app,
                                 const std::optional<std::vector<Given>>& overrides = {});

}  // namespace contimg::cli
