// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/store.h"

#include <boost/filesystem.hpp>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/filesystem.h"
#include "base/wal.h"
#include "lightcurve/schema.h"

namespace contimg::lightcurve {
namespace {

namespace fs = boost::filesystem;

void require_ours(Database& db) {
  if (db.integer("PRAGMA application_id") != kApplicationId)
    throw UsageError(db.path() +
                     ": a database, but not one of light curves, expected one or a new file; name "
                     "another with --lightcurve-db");
  const std::int64_t version = db.integer("PRAGMA user_version");
  if (version != kSchemaVersion)
    throw UsageError(
        db.path() + ": light curves of schema version " + std::to_string(version) + ", expected " +
        std::to_string(kSchemaVersion) +
        "; install the tools that made it, or make a new one: update-lightcurves --new");
}

bool empty(Database& db) { return db.integer("SELECT count(*) FROM sqlite_master") == 0; }

// One transaction, so that a new file that is killed half-way is empty, not old.
void create(Database& db) {
  Transaction transaction(db);
  if (!empty(db)) return;  // another process was faster
  db.execute(kSchema);
  db.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  db.execute("PRAGMA user_version = " + std::to_string(kSchemaVersion));
  transaction.commit();
}

}  // namespace

Database open_store(const std::string& path) {
  const Filesystem filesystem = filesystem_of(path);
  if (filesystem.kind == Filesystem::Kind::network)
    throw UsageError(path + ": on a network filesystem (" + filesystem.name +
                     "), where SQLite's locks cannot be trusted, expected a local disk; name "
                     "another place with --lightcurve-db");
  const fs::path folder = fs::absolute(path).parent_path();
  if (!fs::is_directory(folder)) create_folders(folder.string());
  Database db(path, Database::Mode::create, kBusyTimeout_ms);
  const bool fresh = empty(db);
  if (!fresh) require_ours(db);
  switch_to_wal(db, kBusyTimeout_ms);
  // 64 MB of cache hold the pages of the sources that a few epochs in a row see.
  db.execute(
      "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;"
      "PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY");
  if (fresh) create(db);
  require_ours(db);
  return db;
}

Database open_reading(const std::string& path) {
  if (!fs::exists(path))
    throw DataError(path +
                    ": not there, expected a database of light curves; update-lightcurves "
                    "makes one");
  Database db(path, Database::Mode::read_only, kBusyTimeout_ms);
  require_ours(db);
  db.execute("PRAGMA cache_size = -32768");
  return db;
}

LightcurveSettings kept_errors(Database& db, LightcurveSettings settings) {
  Statement kept(db,
                 "SELECT systematic, unnormalised FROM progress WHERE systematic IS NOT NULL AND"
                 " unnormalised IS NOT NULL");
  if (kept.step()) {
    settings.systematic = kept.real(0);
    settings.unnormalised = kept.real(1);
  }
  return settings;
}

void keep_errors(Database& db, const LightcurveSettings& settings) {
  Statement(db, "UPDATE progress SET systematic = ?1, unnormalised = ?2")
      .bind(1, settings.systematic)
      .bind(2, settings.unnormalised)
      .run();
}

}  // namespace contimg::lightcurve
