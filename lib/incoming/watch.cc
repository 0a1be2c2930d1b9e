// SPDX-License-Identifier: GPL-3.0-or-later
#include "incoming/watch.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/stop.h"
#include "subband/name.h"

namespace contimg::incoming {
namespace {

constexpr std::uint32_t kClosed = IN_CLOSE_WRITE | IN_MOVED_TO;
// Attributes too: a file whose owner or mode was put right becomes readable.
constexpr std::uint32_t kTouched = IN_CREATE | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM;
/// TERM sets a flag between polls; this bounds how late it is seen.
constexpr double kPoll_s = 0.5;

std::vector<std::string> list_of(const std::set<std::string>& paths) {
  return {paths.begin(), paths.end()};
}

}  // namespace

FolderWatch::FolderWatch(const std::string& folder, bool recursive) : recursive_(recursive) {
  descriptor_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor_ < 0)
    throw TemporaryError(folder + ": cannot be watched: " + std::strerror(errno) +
                         "; raise fs.inotify.max_user_instances, or scan without --watch");
  add({folder});
}

FolderWatch::~FolderWatch() { ::close(descriptor_); }

bool FolderWatch::add(const std::vector<std::string>& folders) {
  bool any = false;
  for (const std::string& folder : folders) {
    if (watched_.count(folder)) continue;
    const int watch =
        inotify_add_watch(descriptor_, folder.c_str(),
                          kClosed | kTouched | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
    if (watch < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) continue;
    if (watch < 0)
      throw TemporaryError(folder + ": cannot be watched: " + std::strerror(errno) +
                           "; raise fs.inotify.max_user_watches, or scan without --watch");
    folder_of_watch_[watch] = folder;
    watched_.insert(folder);
    any = true;
  }
  return any;
}

FolderEvents FolderWatch::wait(double timeout_s) {
  FolderEvents events;
  pollfd request{descriptor_, POLLIN, 0};
  const int ready = poll(&request, 1, static_cast<int>(std::max(timeout_s, 0.0) * 1000));
  if (ready < 0 && errno != EINTR)
    throw TemporaryError(std::string("inotify: ") + std::strerror(errno));
  if (ready > 0) read_events(events);
  return events;
}

void FolderWatch::read_events(FolderEvents& events) {
  alignas(inotify_event) std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t size = ::read(descriptor_, buffer.data(), buffer.size());
    if (size <= 0) return;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if (event->mask & IN_Q_OVERFLOW) events.rescan = true;
      const auto found = folder_of_watch_.find(event->wd);
      if (found == folder_of_watch_.end()) continue;
      if (event->mask & IN_MOVE_SELF) inotify_rm_watch(descriptor_, event->wd);
      if (event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) {
        events.rescan = true;
        watched_.erase(found->second);
        if (event->mask & IN_IGNORED) folder_of_watch_.erase(found);
        continue;
      }
      const std::string name = event->len ? event->name : "";
      if (event->mask & IN_ISDIR) {
        events.rescan |= recursive_ && subband::name_kind(name) != subband::NameKind::hidden;
        continue;
      }
      const std::string path = found->second + '/' + name;
      if (event->mask & kClosed) events.closed.insert(path);
      if (event->mask & kTouched) events.touched.insert(path);
    }
  }
}

namespace {

/// Lists everything; folders that were new while it did so are listed once more, because a file
/// may have come before the watch was set.
void scan_and_watch(Scanner& scanner, FolderWatch& folders, const ScanSettings& settings,
                    const std::function<void(const ScanReport&)>& on_scan) {
  for (bool again = true; again;) {
    folders.add({settings.folder});
    on_scan(scanner.scan());
    again = settings.recursive && folders.add(list_incoming(settings.folder, true).folders);
  }
}

std::vector<std::string> due(const Scanner& scanner, double now_unix_s, double settle_time_s) {
  std::vector<std::string> paths;
  for (const auto& [path, since_unix_s] : scanner.growing())
    if (now_unix_s - since_unix_s >= settle_time_s) paths.push_back(path);
  return paths;
}

}  // namespace

void watch(queue::FileLedger& ledger, const WatchSettings& settings,
           const Scanner::OnRecord& on_record,
           const std::function<void(const ScanReport&)>& on_scan) {
  const ScanSettings& scan = settings.scan;
  Scanner scanner(ledger, scan, on_record);
  FolderWatch folders(scan.folder, scan.recursive);
  double next_scan = 0;
  double next_recheck = 0;
  for (;;) {
    check_stop();
    double now = scan.now_unix_s();
    if (now >= next_scan) {
      scan_and_watch(scanner, folders, scan, on_scan);
      next_scan = now + settings.rescan_s;
    }
    const FolderEvents events = folders.wait(kPoll_s);
    if (events.rescan) next_scan = 0;
    if (!events.closed.empty()) scanner.look(list_of(events.closed), true);
    std::set<std::string> open_still;
    std::set_difference(events.touched.begin(), events.touched.end(), events.closed.begin(),
                        events.closed.end(), std::inserter(open_still, open_still.end()));
    if (!open_still.empty()) scanner.look(list_of(open_still), false);
    now = scan.now_unix_s();
    if (now < next_recheck) continue;
    next_recheck = now + 1;
    const std::vector<std::string> paths = due(scanner, now, scan.settle_time_s);
    if (!paths.empty()) scanner.look(paths, false);
  }
}

}  // namespace contimg::incoming
