// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/archive.h"

#include <sys/stat.h>

#include <boost/filesystem.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "retention/ground.h"

namespace contimg::retention {
namespace {

namespace fs = boost::filesystem;

// Why two files are not two copies of the same; empty: they are. `sum` is that of both.
std::string difference(const std::string& one, const std::string& other, std::string& sum) {
  struct stat a {
  }, b{};
  if (lstat(one.c_str(), &a) != 0 || lstat(other.c_str(), &b) != 0) return "not there";
  if (!S_ISREG(a.st_mode) || !S_ISREG(b.st_mode)) return "not a file";
  if (a.st_dev == b.st_dev && a.st_ino == b.st_ino) return "the same file, not a copy";
  if (a.st_size != b.st_size) return "of another size";
  sum = sha256_of_file(one);
  return sum == sha256_of_file(other) ? "" : "of another SHA-256";
}

std::string tree_difference(const std::string& one, const std::string& other) {
  const auto mine = entries_of(one), theirs = entries_of(other);
  if (mine.size() != theirs.size()) return "of another number of files";
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (fs::path(mine[i].path).filename() != fs::path(theirs[i].path).filename() ||
        mine[i].is_folder != theirs[i].is_folder)
      return "of other files";
    std::string sum;
    const std::string found = mine[i].is_folder ? tree_difference(mine[i].path, theirs[i].path)
                                                : difference(mine[i].path, theirs[i].path, sum);
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace

Copy find_copy(const std::string& path, const std::string& home, const std::string& archive) {
  Copy copy;
  copy.why = archive.empty() ? "no archive_dir is set" : "no copy in " + archive;
  if (archive.empty()) return copy;
  const fs::path plain = plain_path(path);
  for (const fs::path& name : {plain.lexically_relative(plain_path(home)), plain.filename()}) {
    const std::string other = plain_path((fs::path(archive) / name).string());
    if (!fs::exists(other) || !why_out_of_bounds(other, archive).empty()) continue;
    copy.path = other;
    const bool folder = fs::is_directory(plain);
    const std::string found =
        folder ? tree_difference(path, other) : difference(path, other, copy.sha256);
    copy.is_same = found.empty();
    copy.why = copy.is_same ? "" : "the copy " + other + " is " + found;
    if (copy.is_same) return copy;
  }
  return copy;
}

bool is_copy(const std::string& path, std::int64_t size_byte, const std::string& sha256) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size == size_byte && !sha256.empty() && sha256_of_file(path) == sha256;
}

}  // namespace contimg::retention
