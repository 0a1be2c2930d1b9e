// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/sqlite.h"

namespace contimg {

/// Gives a database a write-ahead log, if it has none. That needs the file alone for a moment, and
/// SQLite does not wait for it by itself: two programs that make one file at the same time would
/// refuse each other. Throws TemporaryError when the file is held for longer than `busy_timeout_ms`,
/// UsageError where the filesystem cannot have such a log.
void switch_to_wal(Database& db, int busy_timeout_ms);

}  // namespace contimg
