// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "status/exchange.h"

namespace contimg::status {

/// A file that the queue names, whole. Paths come from the queue and the settings, never from a
/// request; still nothing outside `folder` is read, whatever links lead there.
/// Throws Refused 404 when it is not there, not below the folder, no plain file, or above 64 MB.
std::string file_below(const std::string& path, const std::string& folder);

/// An answer of a PNG picture that was read so.
Answer picture_below(const std::string& path, const std::string& folder);

/// The last lines of a log below a folder, at most 256 kB.
std::string log_lines(const std::string& path, const std::string& folder, int most);
/// {name, size_byte, modified} of each log in a folder: plain files that end in .log.
Json log_list(const std::string& folder);

}  // namespace contimg::status
