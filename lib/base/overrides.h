// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/settings.h"

namespace contimg {

/// Settings that were changed through the status server: a file beside the queue, in the language of
/// the configuration file. It wins over the configuration file and gives way to the environment and
/// to options. Every tool reads it in resolve_settings(), so that all obey it from their next start.

/// "<queue_db>.overrides.toml"; empty without a queue.
std::string overrides_path(const std::string& queue_db);

/// What the file beside a queue says; nothing when there is none. Throws UsageError as load_config(),
/// and for a key that says where the queue is.
std::vector<Given> load_overrides(const std::string& queue_db);

/// Writes it whole, in the order of settings_table(); no overrides: removes it. Throws
/// TemporaryError when it cannot be written.
void save_overrides(const std::string& queue_db, const std::vector<Given>& overrides);

/// The same as resolve_settings(), with these overrides instead of what the file says.
ResolvedSettings resolve_with_overrides(const std::vector<Given>& options,
                                        const std::map<std::string, std::string>& environment,
                                        const std::string& config_path,
                                        const std::vector<Given>& overrides);

}  // namespace contimg
