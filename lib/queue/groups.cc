// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/groups.h"

#include <stdexcept>

#include "base/error.h"

namespace contimg::queue {
namespace {

constexpr const char* kStateName[] = {"collecting", "pending", "in_progress", "completed",
                                      "failed"};

constexpr const char* kSelect =
    "SELECT group_id, state, received_at, last_update, expected_subbands, retry_count, error,"
    " checkpoint_path, processing_stage, chunk_minutes, has_calibrator, calibrators,"
    " observation_class, first_time_unix_s, last_time_unix_s, integration_time_s,"
    " pointing_dec_rad, n_subbands, missing_subbands, warned_at, product_path, priority"
    " FROM ingest_queue ";

Group group_of(const Statement& row) {
  Group group;
  group.group_id = row.text(0);
  group.state = group_state_from(row.text(1));
  group.received_at_unix_s = row.real(2);
  group.last_update_unix_s = row.real(3);
  group.expected_subbands = static_cast<int>(row.integer(4));
  group.retry_count = static_cast<int>(row.integer(5));
  group.error = row.text(6);
  group.checkpoint_path = row.text(7);
  group.processing_stage = row.text(8);
  group.chunk_minutes = row.real_or_zero(9);
  if (!row.is_null(10)) group.has_calibrator = row.integer(10) != 0;
  group.calibrators = row.text(11);
  group.observation_class = row.text(12);
  group.first_time_unix_s = row.real_or_zero(13);
  group.last_time_unix_s = row.real_or_zero(14);
  group.integration_time_s = row.real_or_zero(15);
  group.pointing_dec_rad = row.real_or_zero(16);
  group.n_subbands = static_cast<int>(row.integer(17));
  group.missing_subbands = row.text(18);
  group.warned_at_unix_s = row.real_or_zero(19);
  group.product_path = row.text(20);
  group.priority = static_cast<int>(row.integer(21));
  return group;
}

std::vector<Group> groups_of(Statement& rows) {
  std::vector<Group> groups;
  while (rows.step()) groups.push_back(group_of(rows));
  return groups;
}

// Parameters 1 to 15: what form-groups knows.
void bind_findings(Statement& statement, const Group& group) {
  statement.bind(1, group.group_id).bind(2, group.last_update_unix_s);
  statement.bind(3, group.expected_subbands).bind(4, group.chunk_minutes);
  statement.bind(5, group.has_calibrator).bind(6, group.calibrators);
  statement.bind(7, group.observation_class).bind(8, group.first_time_unix_s);
  statement.bind(9, group.last_time_unix_s).bind(10, group.integration_time_s);
  statement.bind(11, group.pointing_dec_rad).bind(12, group.n_subbands);
  statement.bind(13, group.missing_subbands);
  statement.bind(14, group.warned_at_unix_s > 0 ? std::optional<double>(group.warned_at_unix_s)
                                                : std::nullopt);
}

// Either inside the caller's transaction or in one of its own, by a savepoint.
class Savepoint {
 public:
  explicit Savepoint(Database& db) : db_(db) { db_.execute("SAVEPOINT groups"); }
  ~Savepoint() {
    if (!released_)
      sqlite3_exec(db_.get(), "ROLLBACK TO groups; RELEASE groups", nullptr, nullptr, nullptr);
  }
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  void release() {
    db_.execute("RELEASE groups");
    released_ = true;
  }

 private:
  Database& db_;
  bool released_ = false;
};

}  // namespace

const char* group_state_name(GroupState state) { return kStateName[static_cast<int>(state)]; }

GroupState group_state_from(const std::string& name) {
  for (int i = 0; i < 5; ++i)
    if (name == kStateName[i]) return static_cast<GroupState>(i);
  throw UsageError(name +
                   ": not a state, expected collecting, pending, in_progress, completed or failed");
}

void insert_group(Database& db, const Group& group, const std::string& actor,
                  const std::string& reason) {
  Statement insert(db,
                   "INSERT INTO ingest_queue (group_id, last_update, expected_subbands,"
                   " chunk_minutes, has_calibrator, calibrators, observation_class,"
                   " first_time_unix_s, last_time_unix_s, integration_time_s, pointing_dec_rad,"
                   " n_subbands, missing_subbands, warned_at, state, received_at, error,"
                   " error_message, priority, changed_by, change_reason) VALUES (?1, ?2, ?3, ?4,"
                   " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?17, ?18, ?19,"
                   " ?20)");
  bind_findings(insert, group);
  insert.bind(15, group_state_name(group.state)).bind(16, group.received_at_unix_s);
  insert.bind(17, group.error.empty() ? std::nullopt : std::optional<std::string>(group.error));
  insert.bind(18, group.priority).bind(19, actor).bind(20, reason).run();
}

void update_group(Database& db, const Group& group) {
  Statement update(db,
                   "UPDATE ingest_queue SET last_update = ?2, expected_subbands = ?3,"
                   " chunk_minutes = ?4, has_calibrator = ?5, calibrators = ?6,"
                   " observation_class = ?7, first_time_unix_s = ?8, last_time_unix_s = ?9,"
                   " integration_time_s = ?10, pointing_dec_rad = ?11, n_subbands = ?12,"
                   " missing_subbands = ?13, warned_at = ?14 WHERE group_id = ?1");
  bind_findings(update, group);
  update.run();
}

bool set_group_state(Database& db, const std::string& group_id, GroupState state, double now_unix_s,
                     const std::string& actor, const std::string& reason) {
  if (state == GroupState::in_progress || state == GroupState::completed)
    throw std::invalid_argument("in_progress and completed are entered through a Claim");
  Savepoint savepoint(db);
  const bool failed = state == GroupState::failed;
  Statement group(db,
                  "UPDATE ingest_queue SET state = ?1, last_update = ?2, error = ?3,"
                  " error_message = ?3, change_id = change_id + 1, changed_by = ?4,"
                  " change_reason = ?5 WHERE group_id = ?6"
                  " AND state IN ('collecting', 'pending', 'failed')");
  group.bind(1, group_state_name(state)).bind(2, now_unix_s);
  group.bind(3, failed ? std::optional<std::string>(reason) : std::nullopt);
  group.bind(4, actor).bind(5, reason).bind(6, group_id).run();
  if (db.changes() == 0) return false;
  Statement(db,
            "UPDATE job SET state = CASE ?1 WHEN 'pending' THEN 'ready' WHEN 'failed' THEN 'failed'"
            " ELSE 'waiting' END, not_before = NULL, reason = ?2, updated_at = ?3"
            " WHERE group_id = ?4 AND stage = 'convert'")
      .bind(1, group_state_name(state))
      .bind(2, reason)
      .bind(3, now_unix_s)
      .bind(4, group_id)
      .run();
  savepoint.release();
  return true;
}

std::optional<Group> find_group(Database& db, const std::string& group_id) {
  Statement find(db, std::string(kSelect) + "WHERE group_id = ?");
  if (!find.bind(1, group_id).step()) return std::nullopt;
  return group_of(find);
}

std::vector<Group> groups_between(Database& db, double from_unix_s, double to_unix_s) {
  Statement find(db, std::string(kSelect) +
                         "WHERE first_time_unix_s BETWEEN ? AND ? ORDER BY first_time_unix_s");
  find.bind(1, from_unix_s).bind(2, to_unix_s);
  return groups_of(find);
}

std::vector<Group> groups_in_state(Database& db, GroupState state, int limit) {
  Statement find(db, std::string(kSelect) + "WHERE state = ? ORDER BY group_id LIMIT ?");
  find.bind(1, group_state_name(state)).bind(2, limit > 0 ? limit : -1);
  return groups_of(find);
}

std::vector<std::pair<int, std::string>> group_files(Database& db, const std::string& group_id) {
  Statement find(db,
                 "SELECT subband_idx, path FROM subband_files WHERE group_id = ?"
                 " ORDER BY subband_idx");
  find.bind(1, group_id);
  std::vector<std::pair<int, std::string>> files;
  while (find.step()) files.emplace_back(static_cast<int>(find.integer(0)), find.text(1));
  return files;
}

void set_group_files(Database& db, const std::string& group_id,
                     const std::vector<std::pair<int, std::string>>& files) {
  Savepoint savepoint(db);
  Statement(db, "DELETE FROM subband_files WHERE group_id = ?").bind(1, group_id).run();
  Statement insert(db, "INSERT INTO subband_files (group_id, subband_idx, path) VALUES (?, ?, ?)");
  Statement mark(db, "UPDATE hdf5_file_index SET group_id = ? WHERE path = ?");
  for (const auto& [subband, path] : files) {
    insert.bind(1, group_id).bind(2, subband).bind(3, path).run();
    mark.bind(1, group_id).bind(2, path).run();
  }
  savepoint.release();
}

}  // namespace contimg::queue
