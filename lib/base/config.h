// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"

namespace contimg {

/// Reads a configuration file (TOML, docs/operations/configuration.md). Keys and types are held to
/// settings_table(); a relative path counts from the file's folder. Source is "<path>:<line>".
/// Throws UsageError "<path>:<line>: ..." for text that is not TOML, an unknown table or key (with
/// the nearest known one), a key given twice or by both its names, and a value of another type;
/// UsageError "<path>: ..." when the file cannot be read.
std::vector<Given> load_config(const std::string& path);

}  // namespace contimg
