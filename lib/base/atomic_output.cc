// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/atomic_output.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"

namespace contimg {
namespace fs = boost::filesystem;
namespace {

constexpr const char* kPartial = ".partial-";
constexpr const char* kReplaced = ".replaced-";

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  const int error = errno;
  std::string remedy;
  if (error == ENOSPC || error == EDQUOT) remedy = "; free some space";
  if (error == EACCES || error == EPERM || error == EROFS)
    remedy = "; check owner and mode (chown, chmod)";
  throw TemporaryError(path + ": " + what + ": " + std::strerror(error) + remedy);
}

bool exists(const std::string& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0;
}

void rename_or_throw(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) fail(to, "cannot be put in place");
}

void fsync_one(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) fail(path, "cannot be opened to be flushed");
  const int code = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  // Some filesystems have nothing to flush for a folder and say EINVAL.
  if (code != 0 && error != EINVAL) fail(path, "cannot be flushed to disk");
}

// Unescaped, because tokens and pids are numbers and host names hold no dots after shortening.
std::string suffix(const PartialOwner& owner) {
  return kPartial + std::to_string(owner.token) + "-" + owner.host + "-" +
         std::to_string(owner.pid);
}

std::string folder_of(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::vector<std::string> siblings_starting_with(const std::string& path, const char* tail) {
  std::vector<std::string> found;
  const std::string prefix = fs::path(path).filename().string() + tail;
  boost::system::error_code error;
  for (fs::directory_iterator i(folder_of(path), error), end; !error && i != end;
       i.increment(error)) {
    const std::string name = i->path().filename().string();
    if (name.compare(0, prefix.size(), prefix) == 0) found.push_back(i->path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// A crash between moving the old product aside and renaming the new one leaves no product.
void restore_moved_aside(const std::string& final_path) {
  for (const std::string& old : siblings_starting_with(final_path, kReplaced)) {
    const auto owner = partial_owner(old);
    if (!owner || !owner_is_dead(*owner)) continue;
    if (exists(final_path))
      remove_tree(old);
    else
      rename_or_throw(old, final_path);
  }
}

}  // namespace

PartialOwner this_process(std::int64_t token) {
  char name[256] = "localhost";
  gethostname(name, sizeof name - 1);
  PartialOwner owner{token, name, getpid()};
  std::replace(owner.host.begin(), owner.host.end(), '-', '_');
  return owner;
}

std::optional<PartialOwner> partial_owner(const std::string& path) {
  std::size_t at = path.rfind(kPartial);
  if (at == std::string::npos) at = path.rfind(kReplaced);
  if (at == std::string::npos) return std::nullopt;
  const std::string text = path.substr(path.find('-', at) + 1);
  const std::size_t first = text.find('-');
  const std::size_t last = text.rfind('-');
  if (first == std::string::npos || first == last) return std::nullopt;
  PartialOwner owner;
  try {
    owner.token = std::stoll(text.substr(0, first));
    owner.pid = std::stoll(text.substr(last + 1));
  } catch (const std::logic_error&) {
    return std::nullopt;
  }
  owner.host = text.substr(first + 1, last - first - 1);
  return owner;
}

bool owner_is_dead(const PartialOwner& owner) {
  const PartialOwner self = this_process(0);
  if (owner.host != self.host) return false;
  return kill(static_cast<pid_t>(owner.pid), 0) != 0 && errno == ESRCH;
}

AtomicOutput::AtomicOutput(std::string final_path, const PartialOwner& owner, bool overwrite)
    : final_(std::move(final_path)), partial_(final_ + suffix(owner)), overwrite_(overwrite) {
  create_folders(folder_of(final_));
  remove_abandoned(final_);
  if (!overwrite_ && exists(final_))
    throw ProductExists(final_ + ": exists already; give --overwrite to replace it");
  remove_tree(partial_);
}

AtomicOutput AtomicOutput::adopt(const std::string& partial, std::string final_path,
                                 const PartialOwner& owner, bool overwrite) {
  AtomicOutput output;
  output.final_ = std::move(final_path);
  output.partial_ = output.final_ + suffix(owner);
  output.overwrite_ = overwrite;
  restore_moved_aside(output.final_);
  if (partial != output.partial_) rename_or_throw(partial, output.partial_);
  return output;
}

AtomicOutput::AtomicOutput(AtomicOutput&& other) noexcept
    : final_(std::move(other.final_)),
      partial_(std::move(other.partial_)),
      overwrite_(other.overwrite_),
      keep_(other.keep_),
      done_(other.done_) {
  other.done_ = true;
}

AtomicOutput::~AtomicOutput() { remove_partial(); }

void AtomicOutput::remove_partial() {
  if (done_ || keep_ || partial_.empty()) return;
  boost::system::error_code ignored;
  fs::remove_all(partial_, ignored);
}

void AtomicOutput::commit() {
  fsync_tree(partial_);
  if (renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, final_.c_str(), RENAME_NOREPLACE) == 0) {
    done_ = true;
  } else if (errno == EEXIST && !overwrite_) {
    throw ProductExists(final_ + ": exists already; give --overwrite to replace it");
  } else if (errno == EEXIST && renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, final_.c_str(),
                                          RENAME_EXCHANGE) == 0) {
    done_ = true;
    remove_tree(partial_);
  } else if (exists(final_)) {
    const std::string aside = final_ + kReplaced + partial_.substr(partial_.rfind(kPartial) + 9);
    rename_or_throw(final_, aside);
    rename_or_throw(partial_, final_);
    done_ = true;
    remove_tree(aside);
  } else {
    rename_or_throw(partial_, final_);
    done_ = true;
  }
  fsync_one(folder_of(final_), O_RDONLY | O_DIRECTORY);
}

void AtomicOutput::commit_as(const std::string& final_path) {
  create_folders(folder_of(final_path));
  final_ = final_path;
  overwrite_ = true;
  commit();
}

std::vector<std::string> partials_of(const std::string& final_path) {
  return siblings_starting_with(final_path, kPartial);
}

std::vector<std::string> remove_abandoned(const std::string& final_path) {
  restore_moved_aside(final_path);
  std::vector<std::string> removed;
  for (const std::string& partial : partials_of(final_path)) {
    const auto owner = partial_owner(partial);
    if (!owner || !owner_is_dead(*owner)) continue;
    remove_tree(partial);
    removed.push_back(partial);
  }
  return removed;
}

void fsync_tree(const std::string& path) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0) fail(path, "has vanished");
  if (S_ISREG(status.st_mode)) return fsync_one(path, O_RDONLY);
  if (!S_ISDIR(status.st_mode)) return;
  for (fs::directory_iterator i(path), end; i != end; ++i) fsync_tree(i->path().string());
  fsync_one(path, O_RDONLY | O_DIRECTORY);
}

void write_text_file(const std::string& path, const std::string& text) {
  AtomicOutput output(path, this_process(0), true);
  const int descriptor =
      ::open(output.path().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) fail(path, "cannot be written");
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(descriptor, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int error = errno;
      ::close(descriptor);
      errno = error;
      fail(path, "cannot be written");
    }
    written += static_cast<std::size_t>(n);
  }
  if (::close(descriptor) != 0) fail(path, "cannot be written");
  output.commit();
}

void create_folders(const std::string& path) {
  boost::system::error_code error;
  if (fs::is_directory(path, error)) return;  // create_directories() of Boost 1.74 refuses "."
  fs::create_directories(path, error);
  if (error) {
    errno = error.value();
    fail(path, "folder cannot be made");
  }
}

void remove_tree(const std::string& path) {
  boost::system::error_code error;
  fs::remove_all(path, error);
  if (error && error != boost::system::errc::no_such_file_or_directory) {
    errno = error.value();
    fail(path, "cannot be removed");
  }
}

std::uint64_t free_bytes(const std::string& path) {
  fs::path place = fs::absolute(path);
  while (!fs::exists(place) && place.has_parent_path()) place = place.parent_path();
  struct statvfs status = {};
  if (statvfs(place.c_str(), &status) != 0) fail(path, "free space cannot be read");
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace contimg
