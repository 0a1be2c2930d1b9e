// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/group_ledger.h"

#include "queue/file_columns.h"

namespace contimg::queue {
namespace {

constexpr const char* kGroupFormer = "form-groups";

std::vector<FileRecord> read_all(Statement& rows) {
  std::vector<FileRecord> files;
  while (rows.step()) files.push_back(read_file_record(rows));
  return files;
}

}  // namespace

std::vector<FileRecord> GroupLedger::files_to_group(int limit) {
  Statement rows(db_, std::string("SELECT ") + kFileColumns +
                          " FROM hdf5_file_index WHERE needs_grouping = 1"
                          " ORDER BY stamp_unix_s LIMIT ?1");
  rows.bind(1, limit);
  return read_all(rows);
}

std::vector<FileRecord> GroupLedger::files_of(const std::string& group_id) {
  Statement rows(
      db_, std::string("SELECT ") + kFileColumns + " FROM hdf5_file_index WHERE group_id = ?1");
  rows.bind(1, group_id);
  return read_all(rows);
}

std::vector<Group> GroupLedger::between(double begin_unix_s, double end_unix_s) {
  return groups_between(db_, begin_unix_s, end_unix_s);
}

std::optional<Group> GroupLedger::find(const std::string& group_id) {
  return find_group(db_, group_id);
}

std::vector<Group> GroupLedger::collecting_since(double received_before_unix_s) {
  std::vector<Group> waiting;
  for (Group& group : groups_in_state(db_, GroupState::collecting))
    if (group.received_at_unix_s <= received_before_unix_s) waiting.push_back(std::move(group));
  return waiting;
}

void GroupLedger::add(const Group& group) { insert_group(db_, group, kGroupFormer, "first file"); }

void GroupLedger::set_files(const std::string& group_id, const std::vector<GroupFile>& files) {
  std::vector<std::pair<int, std::string>> members;
  for (const GroupFile& file : files)
    if (file.role == "member") members.emplace_back(file.subband, file.path);
  Statement clear(db_, R"sql(
    UPDATE hdf5_file_index SET group_id = NULL, role = NULL, role_reason = NULL
    WHERE group_id = ?1)sql");
  clear.bind(1, group_id).run();
  // A member may come from a group that it was in by mistake; its path is unique there.
  Statement release(db_, "DELETE FROM subband_files WHERE path = ?1");
  for (const auto& [subband, path] : members) release.bind(1, path).run();
  set_group_files(db_, group_id, members);
  Statement set_role(db_, R"sql(
    UPDATE hdf5_file_index
    SET group_id = ?2, role = ?3, role_reason = nullif(?4, ''), needs_grouping = 0
    WHERE path = ?1)sql");
  for (const GroupFile& file : files)
    set_role.bind(1, file.path).bind(2, group_id).bind(3, file.role).bind(4, file.reason).run();
}

void GroupLedger::update(const std::string& old_id, const Group& group,
                         const std::vector<GroupFile>& files) {
  if (old_id == group.group_id) {
    update_group(db_, group);
  } else {
    Statement remove(db_, "DELETE FROM ingest_queue WHERE group_id = ?1");
    remove.bind(1, old_id).run();
    insert_group(db_, group, kGroupFormer, "was " + old_id + " until its subband 0 came");
  }
  set_files(group.group_id, files);
}

void GroupLedger::make_pending(const Group& group, const std::string& reason) {
  update_group(db_, group);
  set_group_state(db_, group.group_id, GroupState::pending, group.last_update_unix_s, kGroupFormer,
                  reason);
}

void GroupLedger::fail(const std::string& group_id, const std::string& reason, double now_unix_s) {
  set_group_state(db_, group_id, GroupState::failed, now_unix_s, kGroupFormer, reason);
}

void GroupLedger::mark_warned(Group group, double now_unix_s) {
  group.warned_at_unix_s = now_unix_s;
  update_group(db_, group);
}

bool GroupLedger::add_late(const Group& group, const FileRecord& file, const std::string& reason,
                           double now_unix_s) {
  Statement insert(db_, R"sql(
    INSERT INTO late_files (path, group_id, subband_idx, arrived_at, group_state, reason)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (path) DO UPDATE SET
      group_id = excluded.group_id, subband_idx = excluded.subband_idx,
      arrived_at = excluded.arrived_at, group_state = excluded.group_state,
      reason = excluded.reason
    WHERE group_id IS NOT excluded.group_id OR group_state IS NOT excluded.group_state
       OR reason IS NOT excluded.reason)sql");
  insert.bind(1, file.path)
      .bind(2, group.group_id)
      .bind(3, file.subband)
      .bind(4, now_unix_s)
      .bind(5, group_state_name(group.state))
      .bind(6, reason)
      .run();
  const bool recorded = db_.changes() > 0;
  if (file.group_id.empty()) {
    Statement set_role(db_, R"sql(
      UPDATE hdf5_file_index SET group_id = ?2, role = 'late', role_reason = ?3 WHERE path = ?1
      )sql");
    set_role.bind(1, file.path).bind(2, group.group_id).bind(3, reason).run();
  }
  mark_grouped(file.path);
  return recorded;
}

void GroupLedger::mark_grouped(const std::string& path) {
  Statement update(db_, "UPDATE hdf5_file_index SET needs_grouping = 0 WHERE path = ?1");
  update.bind(1, path).run();
}

}  // namespace contimg::queue
