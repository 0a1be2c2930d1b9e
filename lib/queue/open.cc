// SPDX-License-Identifier: GPL-3.0-or-later
// How the queue's file is opened: its filesystem judged, WAL switched on, the schema made or required.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "base/error.h"
#include "base/wal.h"
#include "queue/queue.h"
#include "queue/schema.h"

namespace contimg::queue {
namespace {

void refuse_network(const std::string& path, const Filesystem& filesystem) {
  if (filesystem.kind != Filesystem::Kind::network) return;
  throw UsageError(path + ": on a network filesystem (" + filesystem.name +
                   "), where SQLite's locks cannot be trusted, expected a local disk of the "
                   "queue's host; name another place with --queue-db");
}

// Two connections on one new file: does the second see what the first has committed?
void probe_wal(const std::string& queue_path, const Filesystem& filesystem) {
  const std::string path = queue_path + ".probe-" + std::to_string(getpid());
  bool works = false;
  {
    Database writer(path, Database::Mode::create, 1000);
    works = writer.text("PRAGMA journal_mode = WAL") == "wal";
    writer.execute("CREATE TABLE probe (x); INSERT INTO probe VALUES (1)");
    Database reader(path, Database::Mode::read_write, 1000);
    Transaction transaction(writer);
    writer.execute("INSERT INTO probe VALUES (2)");
    works = works && reader.integer("SELECT count(*) FROM probe") == 1;
    transaction.commit();
    works = works && reader.integer("SELECT count(*) FROM probe") == 2;
  }
  for (const char* suffix : {"", "-wal", "-shm"}) boost::filesystem::remove(path + suffix);
  if (!works)
    throw UsageError(queue_path + ": write-ahead logging does not work on this filesystem (" +
                     filesystem.name +
                     "), expected a local disk; name another place with --queue-db");
  spdlog::warn("{}: on {}, where locks may not be reliable; a plain local disk is safer",
               queue_path, filesystem.name);
}

void prepare(Database& db, const QueueSettings& settings, const Filesystem& filesystem) {
  const int version = schema_version(db);
  if (version == 0 && db.integer("SELECT count(*) FROM sqlite_master") == 0) {
    if (filesystem.kind == Filesystem::Kind::doubtful) probe_wal(settings.path, filesystem);
    switch_to_wal(db, settings.busy_timeout_ms);
    migrate(db);
    spdlog::info("{}: made a new queue", settings.path);
  }
  require_current(db);
  switch_to_wal(db, settings.busy_timeout_ms);
  // A power cut may lose the last moments of a queue in WAL mode with NORMAL, but never damages
  // it; what is lost is done again. A fsync per claim would cost 10 ms on a disk.
  // A checkpoint takes some 10 ms; at the default of 1000 pages every hundredth claim would pay.
  db.execute(
      "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000");
}

// SQLite takes it for a new database: all that was known of the groups would be forgotten silently.
bool empty_file(const std::string& path) {
  boost::system::error_code error;
  return boost::filesystem::is_regular_file(path, error) &&
         boost::filesystem::file_size(path, error) == 0 && !error;
}

Database open_patiently(const QueueSettings& settings, bool create) {
  const bool exists = boost::filesystem::exists(settings.path);
  if (!exists && !create)
    throw UsageError(settings.path +
                     ": no such queue, expected one made by scan-incoming; check "
                     "--queue-db");
  if (!create && empty_file(settings.path)) throw CorruptDatabase(settings.path + ": empty");
  if (boost::filesystem::is_directory(settings.path))
    throw UsageError(settings.path + ": a folder, expected the queue's file");
  const boost::filesystem::path folder = boost::filesystem::path(settings.path).parent_path();
  boost::system::error_code error;
  if (!folder.empty()) boost::filesystem::create_directories(folder, error);
  if (error)
    throw TemporaryError(folder.string() + ": cannot make this folder for the queue, " +
                         error.message());
  return {settings.path, create ? Database::Mode::create : Database::Mode::read_write,
          settings.busy_timeout_ms};
}

}  // namespace

Database open_queue(const QueueSettings& settings, bool create) {
  const Filesystem filesystem = settings.filesystem(settings.path);
  refuse_network(settings.path, filesystem);
  if (create && empty_file(settings.path))
    spdlog::warn(
        "{}: an empty file, made a new queue; if groups were in it, put a backup back with "
        "'manage-queue restore FILE'",
        settings.path);
  try {
    Database db = open_patiently(settings, create);
    prepare(db, settings, filesystem);
    return db;
  } catch (const CorruptDatabase& damage) {
    throw CorruptDatabase(std::string(damage.what()) +
                          ", expected a queue; look with 'manage-queue check', then put a backup "
                          "back with 'manage-queue restore FILE'");
  }
}

}  // namespace contimg::queue
