// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace contimg::retention {

/// A second copy of a file or set, looked at now.
struct Copy {
  bool is_same = false;
  std::string path;    ///< Of the copy; empty: none was found.
  std::string sha256;  ///< Of a file that has an identical copy.
  std::string why;     ///< Where it is not the same.
};

/// Looks for `<archive>/<path below home>`, then `<archive>/<file name>`, and compares size and
/// SHA-256, of a folder those of every file in it. A copy that is reached through a link, or that is
/// the file itself (the same inode), is none.
Copy find_copy(const std::string& path, const std::string& home, const std::string& archive);

/// Whether a copy of a file that is gone is what was removed.
bool is_copy(const std::string& path, std::int64_t size_byte, const std::string& sha256);

}  // namespace contimg::retention
