// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "queue/queue.h"
#include "queue/report.h"

namespace contimg::queue {

/// A database that is backed up: known by PRAGMA application_id, named in the settings.
struct DatabaseKind {
  const char* name;  ///< "queue", "measurements", "lightcurves"; copies are <name>-<UTC>.sqlite3.
  int application_id;
  std::string contimg::Settings::*path;
};
const std::vector<DatabaseKind>& database_kinds();

/// Copies the queue, or (`all`) every database that there is, into a folder, which is made. Each copy
/// is of one moment, whole or absent, checked by SQLite, with its SHA-256 beside it. `target` empty:
/// retention.backup_dir; a file's name: the queue alone, as backup_queue().
/// Returned: a list of {backup, sha256, ...}.
Json back_up(const contimg::Settings& settings, const std::string& target, bool all);

/// Puts a backup in the place of the database that it is a copy of, told by its application_id. The
/// present file with -wal and -shm is moved aside. Groups whose products of later date the restored
/// database does not know are done again: their number is counted; after a measurement or
/// light-curve database was restored, their stage is asked for again in the queue.
/// Returned: {restored, moved_aside, ..., done_again, groups: [ids, at most 100]}.
/// Throws as restore_queue(); TemporaryError while a worker measures or makes light curves, or
/// anybody has the database open.
Json restore_database(const contimg::Settings& settings, const std::string& backup);

}  // namespace contimg::queue
