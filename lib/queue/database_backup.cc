// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/database_backup.h"

#include <boost/filesystem.hpp>
#include <set>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/sha256.h"
#include "queue/backup.h"
#include "queue/redo.h"
#include "queue/schema.h"
#include "queue/sound_copy.h"

namespace contimg::queue {
namespace {

namespace fs = boost::filesystem;

constexpr int kBusy_ms = 30000;
constexpr std::size_t kShown = 100;

void copy_file_of(const std::string& from, const std::string& to) {
  Database source(from, Database::Mode::read_only, kBusy_ms);
  copy_sound(source, to);
}

Json back_up_one(const DatabaseKind& kind, const std::string& path, const std::string& folder,
                 double now_unix_s) {
  const std::string target = new_backup(folder, kind.name, now_unix_s);
  const AtomicOutput work = workshop(folder + "/" + kind.name + ".sqlite3");
  const std::string partial = work.path() + "/copy.sqlite3";
  copy_file_of(path, partial);
  const std::string sum = publish_copy(partial, target);
  return {{"backup", target}, {"sha256", sum}};
}

const DatabaseKind& kind_of(const std::string& backup) {
  if (!fs::is_regular_file(backup))
    throw UsageError(backup + ": no such file, expected a backup made by 'manage-queue backup'");
  Database db(backup, Database::Mode::immutable, 1000);
  const std::int64_t id = db.integer("PRAGMA application_id");
  for (const DatabaseKind& kind : database_kinds())
    if (kind.application_id == id) return kind;
  throw UsageError(backup +
                   ": is no database of contimg's that is backed up, expected a queue, "
                   "measurements or light curves");
}

// As with the queue: in WAL mode an exclusive lock is had only when nobody else has the file open.
void require_closed(const std::string& path) {
  if (!fs::exists(path)) return;
  try {
    Database db(path, Database::Mode::read_write, 500);
    db.text("PRAGMA locking_mode = EXCLUSIVE");
    Transaction transaction(db);
  } catch (const DataError&) {
    return;  // damaged: that is why a backup is wanted
  } catch (const TemporaryError& error) {
    throw TemporaryError(std::string(error.what()) +
                         "; expected every tool that uses it to be stopped for restore");
  }
}

void require_no_worker(Queue& queue) {
  Statement held(queue.database(),
                 "SELECT group_id, stage FROM job WHERE state = 'claimed' AND lease_expires > ?"
                 " AND stage IN ('measure', 'lightcurve')");
  if (held.bind(1, queue.now_unix_s()).step())
    throw TemporaryError(held.text(0) + ": a worker has its " + held.text(1) +
                         ", expected none; pause and wait, or stop the workers and use "
                         "reset-stuck");
}

// Groups whose stage is done, and of which the database has no epoch.
std::vector<std::string> unknown_groups(Queue& queue, const std::string& database, Stage stage) {
  std::set<std::string> known;
  Database db(database, Database::Mode::read_only, kBusy_ms);
  Statement epochs(db, "SELECT group_id FROM epoch");
  while (epochs.step()) known.insert(epochs.text(0));
  Statement done(queue.database(),
                 "SELECT group_id FROM job WHERE stage = ? AND state = 'done' ORDER BY group_id");
  done.bind(1, stage_name(stage));
  std::vector<std::string> ids;
  while (done.step())
    if (known.count(done.text(0)) == 0) ids.push_back(done.text(0));
  return ids;
}

std::string group_of(const fs::path& product, const std::string& ending) {
  const std::string name = product.filename().string();
  const bool fits = name.size() > ending.size() &&
                    name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
  return fits ? name.substr(0, name.size() - ending.size()) : "";
}

// Products on the disk that the queue, older than they are, does not know as done.
void add_unknown(Database& db, const fs::path& folder, const std::string& ending,
                 const std::string& stage, std::set<std::string>& ids) {
  Statement job(db, "SELECT state FROM job WHERE group_id = ? AND stage = ?");
  boost::system::error_code error;
  for (fs::recursive_directory_iterator i(folder, error), end; !error && i != end;
       i.increment(error)) {
    const std::string id = group_of(i->path(), ending);
    if (i->path().extension() == ".ms" || i.depth() > 3) i.disable_recursion_pending();
    if (id.empty() || i->path().string().find("/failed/") != std::string::npos) continue;
    job.reset();
    if (!job.bind(1, id).bind(2, stage).step() || job.text(0) != "done") ids.insert(id);
  }
}

void add_list(Json& report, const std::vector<std::string>& ids) {
  report["done_again"] = ids.size();
  report["groups"] = Json::array();
  for (std::size_t i = 0; i < ids.size() && i < kShown; ++i) report["groups"].push_back(ids[i]);
}

Json restore_the_queue(const contimg::Settings& settings, const std::string& backup) {
  const QueueSettings where = queue_settings(settings);
  Json report = restore_queue(where, backup);
  Database db = open_queue(where, false);
  std::set<std::string> ids;
  if (!settings.output_dir.empty()) add_unknown(db, settings.output_dir, ".ms", "convert", ids);
  if (!settings.image_dir.empty()) add_unknown(db, settings.image_dir, "-image.fits", "image", ids);
  add_list(report, {ids.begin(), ids.end()});
  return report;
}

Json restore_other(const contimg::Settings& settings, const DatabaseKind& kind,
                   const std::string& backup) {
  const std::string& path = required_path(settings, kind.path);
  require_checksum(backup);
  const QueueSettings where = queue_settings(settings);
  open_queue(where, false);
  Queue queue(where);
  require_no_worker(queue);
  require_closed(path);
  const AtomicOutput folder = workshop(path);
  const std::string partial = folder.path() + "/copy.sqlite3";
  copy_file_of(backup, partial);
  fsync_tree(partial);
  Json report = {{"restored", path},
                 {"moved_aside", move_database_aside(path, queue.now_unix_s())}};
  fs::rename(partial, path);
  fsync_tree(path);
  const Stage stage = std::string(kind.name) == "measurements" ? Stage::measure : Stage::lightcurve;
  const std::vector<std::string> ids = unknown_groups(queue, path, stage);
  for (const std::string& id : ids) redo_stages(queue, id, stage, "manage-queue restore");
  add_list(report, ids);
  return report;
}

}  // namespace

const std::vector<DatabaseKind>& database_kinds() {
  static const std::vector<DatabaseKind> kinds = {
      {"queue", kApplicationId, &contimg::Settings::queue_db},
      {"measurements", 0x63696d6d, &contimg::Settings::measurement_db},  // "cimm"
      {"lightcurves", 0x63696d6c, &contimg::Settings::lightcurve_db},    // "ciml"
  };
  return kinds;
}

Json back_up(const contimg::Settings& settings, const std::string& target, bool all) {
  const QueueSettings where = queue_settings(settings);
  Database db = open_queue(where, false);
  const double now = where.clock_unix_s();
  const bool is_file = !target.empty() && !all && !fs::is_directory(target);
  if (is_file) return backup_queue(db, target, now);
  const std::string folder =
      target.empty() ? required_path(settings, &contimg::Settings::backup_dir) : target;
  create_folders(folder);
  if (!all) return backup_queue(db, folder, now);
  Json list = Json::array({backup_queue(db, folder, now)});
  for (const DatabaseKind& kind : database_kinds()) {
    const std::string& path = settings.*kind.path;
    if (kind.application_id != kApplicationId && !path.empty() && fs::exists(path))
      list.push_back(back_up_one(kind, path, folder, now));
  }
  return list;
}

Json restore_database(const contimg::Settings& settings, const std::string& backup) {
  if (!fs::is_regular_file(backup))
    throw UsageError(backup + ": no such file, expected a backup made by 'manage-queue backup'");
  require_checksum(backup);
  const DatabaseKind& kind = kind_of(backup);
  return kind.application_id == kApplicationId ? restore_the_queue(settings, backup)
                                               : restore_other(settings, kind, backup);
}

}  // namespace contimg::queue
