// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "queue/groups.h"

namespace contimg::queue {

using Json = nlohmann::ordered_json;

/// Groups in progress that have shown no sign of life for 15 minutes, or whose lease ran out.
int stale_groups(Database& db, double now_unix_s);

/// The documented warnings that apply, word for word: "High queue depth: N groups queued" above 10
/// pending groups, "Found N stale in-progress groups (>15 min)".
std::vector<std::string> warnings(Database& db, double now_unix_s);

/// Counts of groups by state and of jobs by stage and state, pause, lack of room, warnings.
Json status(Database& db, double now_unix_s);

/// One object per group, in order of observation. `limit` 0: all. `word` is a state, or a
/// processing_stage (processing_fresh, resuming); empty: all. Throws UsageError for another word.
Json list_groups(Database& db, const std::string& word, int limit);

/// Everything the queue knows about one group: row, files, jobs, attempts, products, metrics,
/// history, dead letters, log tail. Throws UsageError for an unknown group.
Json show_group(Database& db, const std::string& group_id);

/// The rows of a query as objects by column name.
Json rows(Statement& query);

/// A report for people: "key: value" lines, and a table for each list of objects. Times are written
/// in UTC, YYYY-MM-DDTHH:MM:SSZ.
std::string as_text(const Json& report);
/// The first field of each object in a list, one a line: for shell scripts.
std::string as_words(const Json& list);
/// One object a line.
std::string as_json_lines(const Json& report);

}  // namespace contimg::queue
