// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/settings.h"

namespace contimg::cli {

/// Makes spdlog's default logger write lines
///     2026-01-25T22:26:05Z convert-group WARNING: message
/// in UTC to stderr, from `level` on; to the end of `file`, unless it is empty, likewise; and to
/// the tail that log_tail() returns, from INFO on. Throws UsageError when `file` cannot be opened.
void start_log(const std::string& tool, LogLevel level, const std::string& file);

}  // namespace contimg::cli
