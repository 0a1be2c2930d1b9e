// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "queue/file_record.h"

namespace contimg::queue {

/// A group as form-groups sees it.
struct GroupRow {
  std::string group_id;
  std::string state;  ///< collecting, pending, in_progress, completed, failed.
  std::string telescope_name;
  double received_at_unix_s = 0;
  double first_time_unix_s = 0;  ///< Mid of the first integration.
  double last_time_unix_s = 0;
  double integration_time_s = 0;  ///< 0 while no member's header could be read.
  bool warned = false;            ///< The warning about missing subbands was given.
};

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
  explicit GroupLedger(Database& db) : db_(db) {}

  /// Takes the write lock: what is read until the commit stays true.
  Transaction transaction() { return Transaction(db_); }

  /// Files that changed since they were last grouped, in order of time, at most `limit`.
  std::vector<FileRecord> files_to_group(int limit);
  /// Files of a group, whatever their role.
  std::vector<FileRecord> files_of(const std::string& group_id);
  /// Groups whose first integration lies in the interval, in any state, in order of time.
  std::vector<GroupRow> groups_between(double begin_unix_s, double end_unix_s);
  std::optional<GroupRow> find(const std::string& group_id);
  /// Groups that have been collecting since `received_before_unix_s` or earlier.
  std::vector<GroupRow> collecting_since(double received_before_unix_s);

  /// Adds a group in state collecting.
  void add(const GroupRow& group, int expected_subbands, double now_unix_s);
  /// Gives a group its current id and times, and its files: replaces what it had.
  void update(const std::string& old_id, const GroupRow& group, const std::vector<GroupFile>& files,
              double now_unix_s);
  void set_calibrators(const std::string& group_id, bool has_calibrator, const std::string& json);
  /// collecting -> pending, and its first job becomes ready.
  void make_pending(const std::string& group_id, const std::string& reason, double now_unix_s);
  /// collecting -> failed.
  void fail(const std::string& group_id, const std::string& reason, double now_unix_s);
  void mark_warned(const std::string& group_id, double now_unix_s);
  /// Records a file that came when its group was taken or done. False if it is there already.
  bool add_late(const std::string& group_id, const FileRecord& file, const std::string& reason,
                double now_unix_s);
  /// The file needs no grouping until it changes again.
  void mark_grouped(const std::string& path);

 private:
  Database& db_;
};

}  // namespace contimg::queue
