// SPDX-License-Identifier: GPL-3.0-or-later
// What backups of every database share.
#pragma once

#include <string>

#include "base/atomic_output.h"
#include "base/sqlite.h"

namespace contimg::queue {

/// Throws DataError unless SQLite finds the database whole.
void require_sound(Database& db);

/// Makes an open database one file, without a write-ahead log: what is in the log would stay behind when the
/// file is renamed. Throws TemporaryError when there is no room for it.
void make_one_file(Database& db);

/// Copies a database in use, as of one moment, to one file, which is then without a write-ahead log,
/// and closed. Throws TemporaryError when there is no room for it, DataError when the copy is damaged.
void copy_sound(Database& from, const std::string& path);

/// A folder beside a product for the copy in the making and the journal that SQLite lays beside it.
AtomicOutput workshop(const std::string& product);

/// Flushes a file, or a folder's entries, to the disk. Throws TemporaryError.
void make_durable(const std::string& path);

/// Gives a copy its name, with `<path>.sha256` beside it as sha256sum writes it. Returned: the sum.
std::string publish_copy(const std::string& copy, const std::string& path);

}  // namespace contimg::queue
