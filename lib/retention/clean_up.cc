// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/clean_up.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/stop.h"
#include "base/unless_empty.h"
#include "retention/backups.h"
#include "retention/ground.h"
#include "retention/leftovers.h"
#include "retention/needs.h"
#include "retention/products.h"

namespace contimg::retention {
namespace {

namespace fs = boost::filesystem;

// A run that was killed is followed by another long before that; older records stand.
constexpr double kTakenBack_s = 30 * 86400;

void unlink_file(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    throw TemporaryError(path + ": cannot be removed: " + std::strerror(errno) +
                         "; check owner and mode of its folder");
}

/// The lock that tools take while they change a set (ms/in_place.h).
class FolderLock {
 public:
  explicit FolderLock(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)),
        held_(descriptor_ >= 0 && flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {}
  ~FolderLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return held_; }

 private:
  int descriptor_;
  bool held_;
};

void record(Database& db, const Candidate& c, double now_unix_s) {
  Statement(db,
            "INSERT OR REPLACE INTO removal (path, kind, group_id, size_byte, sha256, archived_as,"
            " removed_at, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(1, c.path)
      .bind(2, kind_name(c.kind))
      .bind(3, unless_empty(c.group_id))
      .bind(4, c.size_byte)
      .bind(5, unless_empty(c.sha256))
      .bind(6, unless_empty(c.archived_as))
      .bind(7, now_unix_s)
      .bind(8, c.why)
      .run();
  Statement(db, "UPDATE product SET removed_at = ?, removed_reason = ? WHERE path = ?")
      .bind(1, now_unix_s)
      .bind(2, "clean-up: " + c.why)
      .bind(3, c.path)
      .run();
  // Its other columns stay: by them the next run sees how old it is, should this one be killed now.
  if (c.kind == Kind::set)
    Statement(db, "UPDATE ms_index SET status = 'removed' WHERE path = ?").bind(1, c.path).run();
}

void take_back(Database& db, const std::string& path) {
  Statement(db, "DELETE FROM removal WHERE path = ?").bind(1, path).run();
  Statement(db, "UPDATE product SET removed_at = NULL, removed_reason = NULL WHERE path = ?")
      .bind(1, path)
      .run();
  Statement(db, "UPDATE ms_index SET status = 'done' WHERE path = ? AND status = 'removed'")
      .bind(1, path)
      .run();
}

/// Takes one candidate away.
class Removal {
 public:
  Removal(queue::Queue& queue, Needs& needs, Candidate& candidate)
      : queue_(queue), db_(queue.database()), needs_(needs), c_(candidate) {}

  /// False when it stays after all; the candidate then says why.
  bool run() {
    std::optional<FolderLock> lock;
    if (c_.kind == Kind::set) lock.emplace(c_.path);
    if (lock && !lock->held()) return stays("another process is changing it");
    {
      Transaction transaction(db_);
      if (const std::string why = needed(); !why.empty()) return stays(why);
      record(db_, c_, queue_.now_unix_s());
      transaction.commit();
    }
    const std::string folder = fs::path(c_.path).parent_path().string();
    std::string aside;
    {
      // Nobody can claim the group between the last look and the file's end.
      Transaction transaction(db_);
      if (const std::string why = needed(); !why.empty()) {
        take_back(db_, c_.path);
        transaction.commit();
        return stays(why);
      }
      aside = take_away();
    }
    make_durable(folder);
    if (!aside.empty()) remove_tree(aside);
    return true;
  }

 private:
  bool stays(const std::string& why) {
    c_.goes = false;
    c_.why = why;
    return false;
  }

  std::string needed() {
    if (c_.group_id.empty()) return "";
    return c_.kind == Kind::set ? needs_.of_set(c_.group_id, c_.path)
                                : needs_.of_group(c_.group_id);
  }

  // Returned: what is left to be removed.
  std::string take_away() {
    if (was_moved_aside(c_.path)) return finish();
    // What is half removed would be young, and of unknown worth, to the next run.
    if (c_.kind == Kind::set || fs::is_directory(c_.path)) return move_aside(c_.path);
    if (c_.kind != Kind::backup) {
      unlink_file(c_.path);
      return "";
    }
    // Without its checksum a backup would pass for one that was made without.
    const std::string aside = move_aside(c_.path);
    unlink_file(c_.path + ".sha256");
    return aside;
  }

  std::string finish() {
    const std::string was = c_.path.substr(0, c_.path.rfind(".removed.partial-"));
    const bool backup = fs::path(was).extension() == ".sqlite3";
    if (backup && !is_there(was)) unlink_file(was + ".sha256");
    return c_.path;
  }

  queue::Queue& queue_;
  Database& db_;
  Needs& needs_;
  Candidate& c_;
};

}  // namespace

Plan plan_removals(queue::Queue& queue, const contimg::Settings& settings) {
  Plan plan;
  const double now = queue.now_unix_s();
  add_scratch(queue.database(), settings, now, plan);
  add_logs(settings, now, plan);
  add_batches(queue.database(), settings, now, plan);
  add_backups(settings, now, plan);
  add_products(queue.database(), settings, now, plan);
  return plan;
}

Done remove_planned(queue::Queue& queue, const contimg::Settings& settings, Plan& plan) {
  Done done;
  Needs needs(queue.database(), settings);  // batches that open from now on have claimed jobs
  for (Candidate& candidate : plan.candidates) {
    if (!candidate.goes) continue;
    check_stop();
    try {
      if (!Removal(queue, needs, candidate).run()) continue;
      spdlog::info("{}: removed, {}", candidate.path, candidate.why);
      ++done.n_removed;
      done.removed_byte += candidate.size_byte;
    } catch (const Stopped&) {
      throw;
    } catch (const TemporaryError& error) {
      spdlog::warn("{}", error.what());
      ++done.n_failed;
    }
  }
  return done;
}

int take_back_records(queue::Queue& queue, const Plan& plan) {
  std::set<std::string> going;
  for (const Candidate& candidate : plan.candidates)
    if (candidate.goes) going.insert(candidate.path);
  Database& db = queue.database();
  std::vector<std::string> back;
  {
    Statement find(db,
                   "SELECT path FROM product WHERE removed_at > ?1 UNION"
                   " SELECT path FROM removal WHERE kind = 'raw' AND removed_at > ?1");
    find.bind(1, queue.now_unix_s() - kTakenBack_s);
    while (find.step())
      if (going.count(find.text(0)) == 0 && is_there(find.text(0))) back.push_back(find.text(0));
  }
  if (back.empty()) return 0;
  Transaction transaction(db);
  for (const std::string& path : back) take_back(db, path);
  transaction.commit();
  return static_cast<int>(back.size());
}

}  // namespace contimg::retention
