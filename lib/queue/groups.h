// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/sqlite.h"

namespace contimg::queue {

enum class GroupState { collecting, pending, in_progress, completed, failed };
const char* group_state_name(GroupState state);
/// Throws UsageError for a word that is no state.
GroupState group_state_from(const std::string& name);

/// One row of ingest_queue.
struct Group {
  std::string group_id;
  GroupState state = GroupState::collecting;
  double received_at_unix_s = 0;
  double last_update_unix_s = 0;
  int expected_subbands = 16;
  int retry_count = 0;
  std::string error;
  std::string checkpoint_path;
  std::string processing_stage = "collecting";
  double chunk_minutes = 5;
  std::optional<bool> has_calibrator;
  std::string calibrators = "[]";             ///< JSON list of names.
  std::string observation_class = "science";  ///< Or "calibrator".
  double first_time_unix_s = 0, last_time_unix_s = 0;
  double integration_time_s = 0;
  double pointing_dec_rad = 0;
  int n_subbands = 0;
  std::string missing_subbands;  ///< "3,7": empty when complete.
  double warned_at_unix_s = 0;   ///< When its waiting was complained about; 0: never.
  std::string product_path;
  int priority = 0;
};

/// All of these work inside the caller's transaction, or each by itself without one.

/// Adds a group. Its convert job is ready if it is pending, and waits if it is collecting.
void insert_group(Database& db, const Group& group, const std::string& actor,
                  const std::string& reason);

/// Writes what form-groups finds out about a group (everything but state, retry_count, error,
/// checkpoint, processing_stage, product, priority), without touching its state.
void update_group(Database& db, const Group& group);

/// collecting -> pending, collecting -> failed, or back: for form-groups. Jobs follow. Changes
/// nothing and returns false unless the group is collecting, pending or failed.
bool set_group_state(Database& db, const std::string& group_id, GroupState state, double now_unix_s,
                     const std::string& actor, const std::string& reason);

std::optional<Group> find_group(Database& db, const std::string& group_id);
/// Groups whose data begin within [from, to], in order of time.
std::vector<Group> groups_between(Database& db, double from_unix_s, double to_unix_s);
/// In order of observation; `limit` 0: all.
std::vector<Group> groups_in_state(Database& db, GroupState state, int limit = 0);

/// The files of a group, (subband, path), by subband.
std::vector<std::pair<int, std::string>> group_files(Database& db, const std::string& group_id);
/// Replaces them all, and marks them as this group's in hdf5_file_index.
void set_group_files(Database& db, const std::string& group_id,
                     const std::vector<std::pair<int, std::string>>& files);

}  // namespace contimg::queue
