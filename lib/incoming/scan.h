// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "incoming/listing.h"
#include "queue/file_ledger.h"
#include "subband/summary.h"

namespace contimg::incoming {

struct ScanSettings {
  std::string folder;  ///< Absolute.
  bool recursive = false;
  double settle_time_s = 5;  ///< A file this long unchanged is taken for whole.
  subband::SummaryLimits limits;
  std::function<double()> now_unix_s;  ///< The clock; tests pass their own.
};

struct ScanReport {
  std::size_t n_known = 0;       ///< Unchanged since they were recorded.
  std::size_t n_valid = 0;       ///< Newly recorded.
  std::size_t n_invalid = 0;     ///< Newly recorded, with a reason.
  std::size_t n_unreadable = 0;  ///< To be tried again.
  std::size_t n_growing = 0;     ///< Left alone.
  std::size_t n_incomplete = 0;  ///< Named `_incomplete`: left alone.
  std::size_t n_vanished = 0;    ///< Newly found missing.
};

/// Records the subband files of a folder in the ledger.
///
/// A file is still growing, and left alone, until its size, inode and time of change have stood
/// still for settle_time_s: either its time of change is that old, or a scan at least that long
/// ago saw it as it is now (which settles files whose clock runs ahead). The event "closed after
/// writing" or "renamed" settles a file at once, but does not condemn it: if its header is unsound,
/// it is read again once it has stood still.
///
/// A settled file is read once; it is read again when its inode, size or time of change differ,
/// and at every scan while it is unreadable. Reading is done outside transactions, recording in
/// batches. Two scans at once record each file once. A scan that is killed loses at most its last
/// batch, which the next one reads again.
class Scanner {
 public:
  /// Called after a record has been committed, once for each new or changed file.
  using OnRecord = std::function<void(const queue::FileRecord&)>;

  Scanner(queue::FileLedger& ledger, ScanSettings settings, OnRecord on_record);

  /// Looks at the whole folder. Throws as list_incoming().
  ScanReport scan();

  /// Looks at single files. `closed`: the kernel said that their writer closed or renamed them.
  ScanReport look(const std::vector<std::string>& paths, bool closed);

  /// Files left alone by the last calls; those that have settled since are no longer in it.
  const std::unordered_map<std::string, double>& growing() const { return growing_; }

 private:
  using Known = std::unordered_map<std::string, queue::FileLedger::Known>;
  bool settled(const Entry& entry, const queue::FileLedger::Known* known) const;
  void consider(const Entry& entry, const queue::FileLedger::Known* known, bool closed,
                ScanReport& report);
  void note_growing(const Entry& entry, const queue::FileLedger::Known* known, ScanReport& report);
  void mark_vanished(const Known& known, const Listing& listing, ScanReport& report);
  void flush(ScanReport& report);

  queue::FileLedger& ledger_;
  ScanSettings settings_;
  OnRecord on_record_;
  std::vector<queue::FileRecord> batch_;
  std::unordered_map<std::string, double> growing_;  ///< Path to when it was first left alone.
};

}  // namespace contimg::incoming
