// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

namespace contimg::queue {

/// When the newest backup of a queue in a folder was written (queue-*.sqlite3, also compressed, also in
/// folders below); nothing when there is none, or no such folder.
std::optional<double> newest_backup_unix_s(const std::string& folder);

/// When a file was last written; nothing when it is not there.
std::optional<double> written_unix_s(const std::string& path);

}  // namespace contimg::queue
