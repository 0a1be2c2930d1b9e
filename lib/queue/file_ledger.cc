// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/file_ledger.h"

#include "queue/file_columns.h"

namespace contimg::queue {
namespace {

constexpr const char* kKnownColumns =
    "SELECT path, inode, file_size_bytes, mtime_ns, state, seen_at_unix_s FROM hdf5_file_index ";

FileLedger::Known read_known(const Statement& row) {
  FileLedger::Known known;
  known.identity = {row.integer(1), row.integer(2), row.integer(3)};
  known.state = file_state_from(row.text(4));
  known.seen_at_unix_s = row.real(5);
  return known;
}

}  // namespace

std::unordered_map<std::string, FileLedger::Known> FileLedger::known_below(
    const std::string& folder) {
  const std::string base = folder == "/" ? "" : folder;
  // All paths below a folder lie between "folder/" and "folder0": '0' follows '/'.
  Statement rows(db_, std::string(kKnownColumns) + "WHERE path > ?1 AND path < ?2");
  rows.bind(1, base + "/").bind(2, base + "0");
  std::unordered_map<std::string, Known> known;
  while (rows.step()) known.emplace(rows.text(0), read_known(rows));
  return known;
}

std::optional<FileLedger::Known> FileLedger::known(const std::string& path) {
  Statement row(db_, std::string(kKnownColumns) + "WHERE path = ?1");
  row.bind(1, path);
  if (!row.step()) return std::nullopt;
  return read_known(row);
}

std::vector<bool> FileLedger::record(const std::vector<FileRecord>& files, double now_unix_s) {
  Transaction transaction(db_);
  FileUpsert upsert(db_);
  Statement find(db_, std::string(kKnownColumns) + "WHERE path = ?1");
  // What the header said stays on record when the file is gone or is being replaced.
  Statement set_state(db_, R"sql(
    UPDATE hdf5_file_index
    SET state = ?2, reason = ?3, seen_at_unix_s = ?4, inode = ?5, file_size_bytes = ?6,
        mtime_ns = ?7, indexed_at = ?8, stored = (?2 <> 'vanished'),
        needs_grouping = (?2 = 'vanished' AND group_id IS NOT NULL)
    WHERE path = ?1)sql");
  std::vector<bool> changed;
  for (const FileRecord& file : files) {
    find.bind(1, file.path);
    const bool exists = find.step();
    const Known known = exists ? read_known(find) : Known();
    find.reset();
    const bool same = exists && known.identity == file.identity;
    changed.push_back(!same || known.state != file.state);
    if (!changed.back()) continue;
    const double seen_at_unix_s = same ? known.seen_at_unix_s : now_unix_s;
    const bool header_stays = file.state == FileState::vanished || file.state == FileState::growing;
    if (exists && header_stays)
      set_state.bind(1, file.path)
          .bind(2, file_state_name(file.state))
          .bind(3, file.reason)
          .bind(4, seen_at_unix_s)
          .bind(5, file.identity.inode)
          .bind(6, file.identity.size_byte)
          .bind(7, file.identity.mtime_ns)
          .bind(8, now_unix_s)
          .run();
    else
      upsert.run(file, seen_at_unix_s, now_unix_s);
  }
  transaction.commit();
  return changed;
}

}  // namespace contimg::queue
