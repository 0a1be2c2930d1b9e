// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <istream>
#include <optional>
#include <string>

namespace contimg {

/// A whole file; nothing when it cannot be opened or is a folder (errno says why). Throws
/// TemporaryError naming it when the disk fails: an ifstream would take that for the file's end.
std::optional<std::string> file_bytes(const std::string& path);

/// Throws TemporaryError naming `path` when `stream`, which reads it, met a fault of the disk.
void require_sound(const std::istream& stream, const std::string& path);

}  // namespace contimg
