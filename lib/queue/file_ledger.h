// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/sqlite.h"
#include "queue/file_record.h"

namespace contimg::queue {

/// The subband files that scans have seen: table hdf5_file_index, one row a path.
///
/// Any number of processes may use it at once; every change is one transaction. A file whose
/// row changed is marked as one that form-groups has to look at.
class FileLedger {
 public:
  /// Given: a connection to a queue of this version (see open_queue). It must outlive the ledger.
  explicit FileLedger(Database& db) : db_(db) {}

  struct Known {
    FileIdentity identity;
    FileState state = FileState::growing;
    double seen_at_unix_s = 0;  ///< When this version was first seen.
  };

  /// All files below a folder, vanished ones included, by path.
  std::unordered_map<std::string, Known> known_below(const std::string& folder);
  std::optional<Known> known(const std::string& path);

  /// Records files in one transaction. Returned: for each whether the row was new or changed; a
  /// file that another scan has recorded meanwhile, in the same state, is not changed.
  std::vector<bool> record(const std::vector<FileRecord>& files, double now_unix_s);

 private:
  Database& db_;
};

}  // namespace contimg::queue
