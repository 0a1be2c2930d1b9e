// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/ground.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/atomic_output.h"
#include "base/error.h"

namespace contimg::retention {
namespace {

namespace fs = boost::filesystem;

// Between the name and an owner as AtomicOutput writes it, so that a dead owner is known for dead.
constexpr const char* kRemoved = ".removed";

double modified_unix_s(const struct stat& status) {
  return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * status.st_mtim.tv_nsec;
}

double newest_unix_s(const std::string& folder, double own_unix_s) {
  boost::system::error_code error;
  double newest = own_unix_s;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    struct stat status {};
    if (lstat(i->path().c_str(), &status) == 0) newest = std::max(newest, modified_unix_s(status));
  }
  return newest;
}

}  // namespace

std::string plain_path(const std::string& path) {
  std::string plain = fs::absolute(path).lexically_normal().string();
  if (plain.size() > 2 && plain.compare(plain.size() - 2, 2, "/.") == 0)
    plain.resize(plain.size() - 2);
  while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain;
}

bool is_there(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

bool is_table(const std::string& path) {
  struct stat status {};
  return lstat((path + "/table.dat").c_str(), &status) == 0;
}

std::string why_out_of_bounds(const std::string& path, const std::string& folder) {
  const fs::path plain = plain_path(path), root = plain_path(folder);
  const fs::path below = plain.lexically_relative(root);
  if (folder.empty() || below.empty() || below == "." || *below.begin() == "..")
    return "outside the configured folder";
  fs::path place = root;
  for (auto part = below.begin(); part != below.end(); ++part) {
    if (place != root && is_table(place.string())) return "inside a table, which goes whole or not";
    place /= *part;
    struct stat status {};
    if (lstat(place.c_str(), &status) != 0) return "not there";
    if (S_ISLNK(status.st_mode)) return "reached through a symbolic link";
  }
  return "";
}

std::vector<Entry> entries_of(const std::string& folder) {
  std::vector<Entry> entries;
  boost::system::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    struct stat status {};
    Entry entry;
    entry.path = i->path().string();
    if (lstat(entry.path.c_str(), &status) != 0) continue;
    entry.is_folder = S_ISDIR(status.st_mode);
    entry.is_file = S_ISREG(status.st_mode);
    entry.modified_unix_s = modified_unix_s(status);
    if (entry.is_folder) entry.modified_unix_s = newest_unix_s(entry.path, entry.modified_unix_s);
    if (entry.is_file) entry.size_byte = status.st_size;
    if (entry.is_folder || entry.is_file) entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

std::string move_aside(const std::string& path) {
  const PartialOwner owner = this_process(0);
  const std::string aside =
      path + kRemoved + ".partial-0-" + owner.host + "-" + std::to_string(owner.pid);
  remove_tree(aside);
  if (std::rename(path.c_str(), aside.c_str()) != 0)
    throw TemporaryError(path + ": cannot be moved aside to be removed: " + std::strerror(errno) +
                         "; check owner and mode of its folder");
  return aside;
}

bool was_moved_aside(const std::string& path) {
  const std::size_t at = path.rfind(".partial-");
  const std::string mark = kRemoved;
  return at != std::string::npos && at >= mark.size() &&
         path.compare(at - mark.size(), mark.size(), mark) == 0 && partial_owner(path).has_value();
}

void make_durable(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool ok = descriptor >= 0 && (fsync(descriptor) == 0 || errno == EINVAL);
  if (descriptor >= 0) ::close(descriptor);
  if (!ok) throw TemporaryError(folder + ": cannot be flushed to disk: " + std::strerror(errno));
}

}  // namespace contimg::retention
