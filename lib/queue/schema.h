// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/sqlite.h"

namespace contimg::queue {

/// One step of the schema: the SQL that takes a queue from version n to n + 1, where n is its
/// index in the chain. A step that has been released is never edited; a change is a new step.
using Migration = std::string;

/// The chain. Its length is the version that these tools work with. docs/formats/queue.md
/// describes the tables.
const std::vector<Migration>& migrations();

/// PRAGMA application_id of a queue: "cimg".
constexpr int kApplicationId = 0x63696d67;

/// Version of the schema in the file: 0 for a new, empty database.
int schema_version(Database& db);

/// Brings the database to the end of the chain in one transaction; does nothing when it is there. Safe for many processes at once.
/// Returned: the version it had.
/// Throws UsageError when the file is a database of something else, or of a newer version.
int migrate(Database& db, const std::vector<Migration>& chain = migrations());

/// Throws UsageError, with the remedy, unless the file is a queue of exactly this version.
void require_current(Database& db);

}  // namespace contimg::queue
