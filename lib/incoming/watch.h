// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "incoming/scan.h"

namespace contimg::incoming {

/// What the kernel told about a folder since the last question.
struct FolderEvents {
  std::set<std::string> closed;   ///< Paths closed after writing, or renamed to their name.
  std::set<std::string> touched;  ///< Paths created, changed, removed or renamed away.
  bool rescan = false;            ///< Events were lost, or folders came or went: list it all.
};

/// Watches a folder, and those below it when `recursive`, with inotify. Closes what it opened.
/// Throws TemporaryError when the kernel's limit of watches is reached (with the remedy).
class FolderWatch {
 public:
  FolderWatch(const std::string& folder, bool recursive);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  /// Adds folders that are not watched yet. True if there were any: what they held before they
  /// were watched has to be listed.
  bool add(const std::vector<std::string>& folders);

  /// Waits until something happens, at most `timeout_s`, or until a signal comes.
  FolderEvents wait(double timeout_s);

 private:
  void read_events(FolderEvents& events);
  bool recursive_;
  int descriptor_ = -1;
  std::map<int, std::string> folder_of_watch_;
  std::set<std::string> watched_;
};

struct WatchSettings {
  ScanSettings scan;
  double rescan_s = 300;  ///< Lists the folder this often, whatever the kernel says.
};

/// Scans once, then records files as they are closed or renamed, until TERM: then throws Stopped.
/// New folders are watched when recursive; lost events lead to a full scan.
void watch(queue::FileLedger& ledger, const WatchSettings& settings,
           const Scanner::OnRecord& on_record,
           const std::function<void(const ScanReport&)>& on_scan);

}  // namespace contimg::incoming
