// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "queue/queue.h"
#include "queue/report.h"

namespace contimg::queue {

/// Copies a queue in use, as of one moment, to `target` (a folder: queue-<UTC>.sqlite3 in it),
/// with `<target>.sha256` beside it as sha256sum writes it. Written aside, checked, then renamed.
/// Returned: {backup, sha256, groups}. Throws UsageError when the target exists.
Json backup_queue(Database& db, const std::string& target, double now_unix_s);

/// Puts a backup in the place of the queue `settings.path`. The old file and its -wal and -shm are
/// moved to `<queue>.before-restore-<UTC>`. Jobs that were claimed at the time of the backup are
/// made ready; tokens given out since stay invalid.
/// Returned: {restored, moved_aside, requeued}.
/// Throws DataError when the backup is damaged or fails its checksum, UsageError when it is not a
/// queue of this version, TemporaryError while anybody has the present queue open or holds a
/// lease in it.
Json restore_queue(const QueueSettings& settings, const std::string& backup);

/// `<folder>/<database>-<UTC>.sqlite3`: the first such name from now on that is not there.
std::string new_backup(const std::string& folder, const std::string& database, double now_unix_s);

/// Moves a database with its -wal and -shm to `<path>.before-restore-<UTC>`. Returned: where it is
/// now; empty when there was none.
std::string move_database_aside(const std::string& path, double now_unix_s);

/// Throws DataError unless a backup's sha256 is the one in the file beside it; without such a file
/// nothing is said of it.
void require_checksum(const std::string& backup);

/// Brings an older queue to this version. Returned: {queue_db, from, to}. Throws as migrate().
Json migrate_queue(const QueueSettings& settings);

}  // namespace contimg::queue
