// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "queue/report.h"

namespace contimg::queue {

/// Reads a subband file's header; throws an Error when it is not sound.
using HeaderReader = std::function<void(const std::string& path)>;

/// Which files of a group are sound, now: there, not empty, the same (inode, size, mtime) as when
/// they were recorded, and with a header that can be read. Files that belong to the group but do
/// not count (role bad) are among the invalid.
/// Returned: {group_id, valid: [paths], invalid: [{path, reason}]}. Throws UsageError for an
/// unknown group.
Json validate_group(Database& db, const std::string& group_id, const HeaderReader& read_header);

/// Rows against disk, both ways: products and Measurement Sets that are recorded but absent, files
/// of unfinished groups that are absent, and *.ms folders below `output_dir` (empty: not looked
/// at) that no row names. Returned: one {problem, path, group_id} each.
Json verify_products(Database& db, const std::string& output_dir);

/// Integrity of the file and of what it says: SQLite's own checks, foreign keys, schema version,
/// and the rules that hold between groups, jobs, leases and files. Returned: one {check, detail}
/// for each fault; empty when sound.
Json check_queue(Database& db);

}  // namespace contimg::queue
