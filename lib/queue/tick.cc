// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/tick.h"

#include "base/error.h"

namespace contimg::queue {
namespace {
constexpr double kKept_s = 7 * 86400.0;
}

std::int64_t begin_tick(Queue& queue) {
  Database& db = queue.database();
  const double now = queue.now_unix_s();
  Transaction transaction(db);
  Statement(db, "DELETE FROM tick WHERE started_at < ?").bind(1, now - kKept_s).run();
  Statement(db, "INSERT INTO tick (started_at, ended_at, host) VALUES (?1, ?1, ?2)")
      .bind(1, now)
      .bind(2, queue.settings().worker.host)
      .run();
  const std::int64_t id = db.last_insert_rowid();
  transaction.commit();
  return id;
}

void mark_tick(Queue& queue, std::int64_t id, std::optional<int> exit_code) {
  Statement mark(queue.database(), "UPDATE tick SET ended_at = ?1, exit_code = ?2 WHERE id = ?3");
  mark.bind(1, queue.now_unix_s()).bind(2, exit_code).bind(3, id).run();
}

Json record_tick(Queue& queue, const std::string& id, const std::string& exit_code) {
  for (const std::string& word : {id, exit_code})
    if (word.find_first_not_of("0123456789") != std::string::npos || word.size() > 9)
      throw UsageError(word + ": not a number, expected that of a tick, and its exit code");
  if (id.empty()) return Json::array({{{"tick", begin_tick(queue)}}});
  mark_tick(queue, std::stoll(id),
            exit_code.empty() ? std::nullopt : std::optional<int>(std::stoi(exit_code)));
  return Json::array();
}

std::optional<double> last_tick_unix_s(Database& db) {
  Statement last(db,
                 "SELECT max(coalesce(ended_at, started_at)) FROM (SELECT * FROM tick"
                 " ORDER BY started_at DESC LIMIT 100)");
  if (!last.step() || last.is_null(0)) return std::nullopt;
  return last.real(0);
}

}  // namespace contimg::queue
