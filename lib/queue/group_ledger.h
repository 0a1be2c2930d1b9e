// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/sqlite.h"
#include "queue/file_record.h"
#include "queue/groups.h"

namespace contimg::queue {

/// A file's place in its group.
struct GroupFile {
  std::string path;
  int subband = -1;
  std::string role;  ///< member, duplicate, bad.
  std::string reason;
};

/// The groups, as far as forming them goes: ingest_queue, subband_files, late_files, and the link
/// of hdf5_file_index to them. Methods that write are to be called inside transaction().
class GroupLedger {
 public:
  /// Given: a connection to a queue of this version; it must outlive the ledger.
  explicit GroupLedger(Database& db) : db_(db) {}

  /// Takes the write lock: what is read until the commit stays true.
  Transaction transaction() { return Transaction(db_); }

  /// Files that changed since they were last grouped, in order of their stamps, at most `limit`.
  std::vector<FileRecord> files_to_group(int limit);
  /// Files of a group, whatever their role.
  std::vector<FileRecord> files_of(const std::string& group_id);
  /// Groups whose first integration lies in the interval, in any state, in order of time.
  std::vector<Group> between(double begin_unix_s, double end_unix_s);
  std::optional<Group> find(const std::string& group_id);
  /// Groups that have been collecting since `received_before_unix_s` or earlier.
  std::vector<Group> collecting_since(double received_before_unix_s);

  /// Adds a group in state collecting.
  void add(const Group& group);
  /// Writes what was found out about a group, and its files: replaces those it had. Where its id
  /// has changed the old row gives way to a new one with the same received_at and warning.
  void update(const std::string& old_id, const Group& group, const std::vector<GroupFile>& files);
  /// collecting -> pending, and its first job becomes ready.
  void make_pending(const Group& group, const std::string& reason);
  /// collecting -> failed.
  void fail(const std::string& group_id, const std::string& reason, double now_unix_s);
  /// The warning that it waits for subbands was given.
  void mark_warned(Group group, double now_unix_s);
  /// Records a file that came when its group was taken or done. False if it is there already, as
  /// it is now.
  bool add_late(const Group& group, const FileRecord& file, const std::string& reason,
                double now_unix_s);
  /// The file needs no grouping until it changes again.
  void mark_grouped(const std::string& path);

 private:
  void set_files(const std::string& group_id, const std::vector<GroupFile>& files);
  Database& db_;
};

}  // namespace contimg::queue
