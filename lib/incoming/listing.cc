// SPDX-License-Identifier: GPL-3.0-or-later
#include "incoming/listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/stop.h"
#include "subband/name.h"

namespace contimg::incoming {
namespace {

using subband::NameKind;

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

bool is_candidate(NameKind kind) { return kind == NameKind::subband || kind == NameKind::misnamed; }

queue::FileIdentity identity_of(const struct stat& status) {
  return {
      static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(status.st_size),
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec};
}

bool is_folder(int parent, const dirent& item) {
  if (item.d_type != DT_UNKNOWN) return item.d_type == DT_DIR;
  struct stat status = {};
  return fstatat(parent, item.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/// Lists one folder; false when it cannot be opened or read to its end.
bool list_one(const std::string& path, bool recursive, Listing& listing,
              std::vector<std::string>& to_visit) {
  const Folder folder(opendir(path.c_str()));
  if (!folder) return false;
  listing.folders.push_back(path);
  const int descriptor = dirfd(folder.get());
  const std::string prefix = path.back() == '/' ? path : path + '/';
  for (std::size_t count = 0;; ++count) {
    if (count % 4096 == 0) check_stop();
    errno = 0;
    const dirent* item = readdir(folder.get());
    if (!item) return errno == 0;
    const std::string name = item->d_name;
    const NameKind kind = subband::name_kind(name);
    if (kind == NameKind::incomplete) ++listing.n_incomplete;
    if (is_candidate(kind)) {
      struct stat status = {};
      if (fstatat(descriptor, item->d_name, &status, 0) == 0 && S_ISREG(status.st_mode)) {
        listing.entries.push_back({prefix + name, identity_of(status), kind == NameKind::misnamed});
        continue;
      }
    }
    if (recursive && kind != NameKind::hidden && is_folder(descriptor, *item))
      to_visit.push_back(prefix + name);
  }
}

void require_folder(const std::string& folder) {
  struct stat status = {};
  if (stat(folder.c_str(), &status) != 0) {
    const std::string what = folder + ": " + std::strerror(errno);
    if (errno == ENOENT || errno == ENOTDIR)
      throw UsageError(what + "; create it, or name the folder with --input-dir");
    throw TemporaryError(what);
  }
  if (!S_ISDIR(status.st_mode)) throw UsageError(folder + ": not a folder");
}

}  // namespace

std::string real_folder(const std::string& folder) {
  require_folder(folder);
  const std::unique_ptr<char, void (*)(void*)> real(realpath(folder.c_str(), nullptr), std::free);
  if (!real) throw TemporaryError(folder + ": " + std::strerror(errno));
  return real.get();
}

Listing list_incoming(const std::string& folder, bool recursive) {
  require_folder(folder);
  Listing listing;
  std::vector<std::string> to_visit = {folder};
  while (!to_visit.empty()) {
    const std::string next = to_visit.back();
    to_visit.pop_back();
    if (list_one(next, recursive, listing, to_visit)) continue;
    if (next == folder)
      throw TemporaryError(folder + ": " + std::strerror(errno) + "; check its owner and mode");
    listing.unreadable_folders.push_back(next);
  }
  std::sort(listing.entries.begin(), listing.entries.end(),
            [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return listing;
}

std::optional<Entry> look_at(const std::string& path) {
  const NameKind kind = subband::name_kind(subband::last_component(path));
  struct stat status = {};
  if (!is_candidate(kind) || stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  return Entry{path, identity_of(status), kind == NameKind::misnamed};
}

std::optional<queue::FileIdentity> identity_of_path(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return identity_of(status);
}

}  // namespace contimg::incoming
