// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace contimg {

/// The path of a file called name in a folder of this process alone, which goes when the process
/// ends. CTest runs the tests of one program side by side: a fixed path would be another's too.
inline std::string scratch(const std::string& name) {
  struct Folder {
    std::string path = (std::filesystem::temp_directory_path() / "contimg-unit-XXXXXX").string();
    Folder() {
      if (::mkdtemp(path.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), path);
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  return folder.path + '/' + name;
}

}  // namespace contimg
