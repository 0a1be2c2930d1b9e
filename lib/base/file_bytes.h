// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cerrno>
#include <istream>
#include <optional>
#include <string>

#include "base/error.h"

namespace contimg {

/// The error for a file whose disk fails: "<path>: cannot be read (<what errno `code` is>); ...".
TemporaryError unreadable(const std::string& path, int code = EIO);

/// Throws unreadable() when a call that failed has left EIO in errno. Asked after a library's failure
/// that may be a damaged file as well; errno has to be no older than that call.
void require_sound_disk(const std::string& path);

/// A whole file; nothing when it cannot be opened or is a folder (errno says why). Throws
/// TemporaryError naming it when the disk fails: an ifstream would take that for the file's end.
std::optional<std::string> file_bytes(const std::string& path);

/// Throws TemporaryError naming `path` when `stream`, which reads it, met a fault of the disk.
void require_sound(const std::istream& stream, const std::string& path);

}  // namespace contimg
