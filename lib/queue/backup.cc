// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/backup.h"

#include <boost/filesystem.hpp>
#include <sstream>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/file_bytes.h"
#include "base/sha256.h"
#include "base/utc_stamp.h"
#include "queue/schema.h"
#include "queue/sound_copy.h"

namespace contimg::queue {
namespace {

namespace fs = boost::filesystem;

// Far more than the claims of any time between a backup and its restoration, so that no token of
// that time is ever given again.
constexpr int kTokenLeap = 1'000'000'000;

// Returned: the number of its groups.
std::int64_t copy_queue(Database& from, const std::string& path) {
  copy_sound(from, path);
  Database copy(path, Database::Mode::read_write, 1000);
  require_current(copy);
  return copy.integer("SELECT count(*) FROM ingest_queue");
}

// In WAL mode every open connection holds a shared lock, so that an exclusive one is had only when
// nobody else has the file open.
void require_idle(const QueueSettings& settings) {
  if (!fs::exists(settings.path)) return;
  try {
    Database db(settings.path, Database::Mode::read_write, 500);
    db.text("PRAGMA locking_mode = EXCLUSIVE");
    Transaction transaction(db);
    Statement leases(db, "SELECT count(*) FROM job WHERE state = 'claimed' AND lease_expires > ?");
    leases.bind(1, settings.clock_unix_s()).step();
    if (leases.integer(0) > 0)
      throw TemporaryError(settings.path + ": " + leases.text(0) +
                           " jobs are being worked on, expected none; pause and wait, or stop the "
                           "workers and use reset-stuck");
  } catch (const DataError&) {
    return;  // damaged, or no queue: that is why a backup is wanted
  } catch (const TemporaryError& error) {
    throw TemporaryError(std::string(error.what()) +
                         "; expected every tool that uses the queue to be stopped for restore");
  }
}

std::string free_name(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; fs::exists(name) || fs::exists(name + "-wal"); ++i)
    name = wanted + "." + std::to_string(i);
  return name;
}

int requeue_claimed(const std::string& path, const QueueSettings& settings) {
  Database db(path, Database::Mode::read_write, settings.busy_timeout_ms);
  Transaction transaction(db);
  const int n = static_cast<int>(db.integer("SELECT count(*) FROM job WHERE state = 'claimed'"));
  db.execute("UPDATE counter SET value = value + " + std::to_string(kTokenLeap) +
             " WHERE name = 'claim_token'");
  db.execute(
      "UPDATE job_attempt SET ended_at = started_at, outcome = 'reset',"
      " reason = 'restored from a backup' WHERE ended_at IS NULL");
  db.execute(
      "UPDATE ingest_queue SET state = 'pending', processing_stage = 'resuming',"
      " change_id = change_id + 1, changed_by = 'manage-queue', change_reason = 'restored'"
      " WHERE state = 'in_progress'");
  db.execute(
      "UPDATE job SET state = 'ready', claim_token = NULL, lease_expires = NULL"
      " WHERE state = 'claimed'");
  transaction.commit();
  return n;
}

}  // namespace

std::string new_backup(const std::string& folder, const std::string& database, double now_unix_s) {
  for (int later_s = 0;; ++later_s) {
    const std::string path =
        folder + "/" + database + "-" + utc_file_stamp(now_unix_s + later_s) + ".sqlite3";
    if (!fs::exists(path)) return path;
  }
}

// A restoration that was killed may have moved the queue but not its log, and a log that stays
// would be replayed into the next file of that name.
std::string move_database_aside(const std::string& path, double now_unix_s) {
  const bool existed = fs::exists(path);
  const std::string aside = free_name(path + ".before-restore-" + utc_file_stamp(now_unix_s));
  for (const char* suffix : {"", "-wal", "-shm"})
    if (fs::exists(path + suffix)) fs::rename(path + suffix, aside + suffix);
  return existed ? aside : "";
}

void require_checksum(const std::string& backup) {
  std::istringstream file(file_bytes(backup + ".sha256").value_or(""));
  std::string expected;
  if (!(file >> expected)) return;  // none beside it: integrity_check has to do
  const std::string actual = sha256_of_file(backup);
  if (actual != expected)
    throw DataError(backup + ": sha256 is " + actual + ", expected " + expected +
                    " as in the file beside it; take another backup");
}

Json backup_queue(Database& db, const std::string& target, double now_unix_s) {
  const bool is_folder = fs::is_directory(target);
  const std::string path = is_folder ? new_backup(target, "queue", now_unix_s) : target;
  if (fs::exists(path)) throw UsageError(path + ": exists, expected a new file");
  const AtomicOutput folder = workshop(is_folder ? target + "/queue.sqlite3" : target);
  const std::string partial = folder.path() + "/copy.sqlite3";
  const std::int64_t groups = copy_queue(db, partial);
  const std::string sum = publish_copy(partial, path);
  return {{"backup", path}, {"sha256", sum}, {"groups", groups}};
}

Json restore_queue(const QueueSettings& settings, const std::string& backup) {
  if (!fs::is_regular_file(backup))
    throw UsageError(backup + ": no such file, expected a backup made by 'manage-queue backup'");
  require_checksum(backup);
  require_idle(settings);
  const AtomicOutput folder = workshop(settings.path);
  const std::string partial = folder.path() + "/copy.sqlite3";
  {
    Database source(backup, Database::Mode::read_only, 1000);
    copy_queue(source, partial);
  }
  const int requeued = requeue_claimed(partial, settings);
  make_durable(partial);
  const std::string aside = move_database_aside(settings.path, settings.clock_unix_s());
  fs::rename(partial, settings.path);
  make_durable(fs::absolute(settings.path).parent_path().string());
  open_queue(settings, false);
  return {{"restored", settings.path}, {"moved_aside", aside}, {"requeued", requeued}};
}

Json migrate_queue(const QueueSettings& settings) {
  if (!fs::exists(settings.path))
    throw UsageError(settings.path + ": no such queue, expected an older one; check --queue-db");
  Database db(settings.path, Database::Mode::read_write, settings.busy_timeout_ms);
  const int before = migrate(db);
  return {{"queue_db", settings.path}, {"from", before}, {"to", schema_version(db)}};
}

}  // namespace contimg::queue
