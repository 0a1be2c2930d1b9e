// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/schema.h"

#include "base/error.h"
#include "queue/version_1.h"
#include "queue/version_2.h"
#include "queue/version_3.h"
#include "queue/version_4.h"
#include "queue/version_5.h"
#include "queue/version_6.h"
#include "queue/version_7.h"

namespace contimg::queue {
namespace {

bool is_empty(Database& db) { return db.integer("SELECT count(*) FROM sqlite_master") == 0; }

void require_queue(Database& db) {
  if (db.integer("PRAGMA application_id") == kApplicationId || is_empty(db)) return;
  throw UsageError(db.path() +
                   ": a database, but not a queue of contimg, expected a queue or a new file; "
                   "name another with --queue-db");
}

void require_not_newer(Database& db, int version, int known) {
  if (version <= known) return;
  throw UsageError(db.path() + ": queue of schema version " + std::to_string(version) +
                   ", expected " + std::to_string(known) +
                   " or older; it was made by newer tools: install those, or restore a backup of "
                   "this version with 'manage-queue restore FILE'");
}

}  // namespace

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> chain = {std::string(kVersion1Tables) + kVersion1Triggers,
                                               kVersion2,
                                               kVersion3,
                                               kVersion4,
                                               kVersion5,
                                               kVersion6,
                                               kVersion7};
  return chain;
}

int schema_version(Database& db) { return static_cast<int>(db.integer("PRAGMA user_version")); }

int migrate(Database& db, const std::vector<Migration>& chain) {
  const int known = static_cast<int>(chain.size());
  const int before = schema_version(db);
  require_queue(db);
  require_not_newer(db, before, known);
  if (before == known) return before;
  // One transaction for all of them, or a new queue that is killed half-way looks like an old one.
  Transaction transaction(db);
  int version = schema_version(db);  // another process may have migrated while we waited
  for (; version < known; ++version) db.execute(chain[static_cast<std::size_t>(version)]);
  db.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  db.execute("PRAGMA user_version = " + std::to_string(version));
  transaction.commit();
  return before;
}

void require_current(Database& db) {
  const int known = static_cast<int>(migrations().size());
  const int version = schema_version(db);
  require_queue(db);
  require_not_newer(db, version, known);
  if (version == known) return;
  throw UsageError(db.path() + ": queue of schema version " + std::to_string(version) +
                   ", expected " + std::to_string(known) +
                   "; back it up and run 'manage-queue migrate'");
}

}  // namespace contimg::queue
