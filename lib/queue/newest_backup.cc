// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/newest_backup.h"

#include <sys/stat.h>

#include <filesystem>

namespace contimg::queue {

std::optional<double> written_unix_s(const std::string& path) {
  struct stat what = {};
  if (stat(path.c_str(), &what) != 0) return std::nullopt;
  return static_cast<double>(what.st_mtim.tv_sec) +
         1e-9 * static_cast<double>(what.st_mtim.tv_nsec);
}

std::optional<double> newest_backup_unix_s(const std::string& folder) {
  std::optional<double> newest;
  std::error_code error;
  for (auto entry = std::filesystem::recursive_directory_iterator(
           folder, std::filesystem::directory_options::skip_permission_denied, error);
       !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.rfind("queue-", 0) != 0 || name.find(".sqlite3") == std::string::npos ||
        name.find(".sha256") != std::string::npos || name.find(".partial") != std::string::npos)
      continue;
    const auto written = written_unix_s(entry->path().string());
    if (written && (!newest || *written > *newest)) newest = written;
  }
  return newest;
}

}  // namespace contimg::queue
