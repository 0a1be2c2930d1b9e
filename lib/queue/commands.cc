// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/commands.h"

#include <signal.h>
#include <spdlog/spdlog.h>

#include <boost/filesystem.hpp>
#include <cerrno>
#include <fstream>
#include <optional>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/stop.h"
#include "base/subprocess.h"

namespace contimg::queue {
namespace {

namespace fs = boost::filesystem;

constexpr int kTries = 3;
constexpr double kLost_s = 86400;  // on another host, where no process can be looked at

struct Taken {
  std::int64_t id = 0;
  int attempt = 0;
  std::string name;
  Json arguments;
};

Json command_from(Statement& row) {
  Json result = {{"id", row.integer(0)},
                 {"name", row.text(1)},
                 {"arguments", Json::parse(row.text(2), nullptr, false)},
                 {"requested_at", row.real(3)},
                 {"requested_by", row.text(4)},
                 {"state", row.text(5)}};
  result["taken_at"] = row.is_null(6) ? Json() : Json(row.real(6));
  result["done_at"] = row.is_null(7) ? Json() : Json(row.real(7));
  result["result"] = row.is_null(8) ? Json() : Json::parse(row.text(8), nullptr, false);
  return result;
}

constexpr const char* kColumns =
    "SELECT id, name, arguments, requested_at, requested_by, state, taken_at, done_at, result"
    " FROM command ";

bool worker_is_gone(const Statement& row, const Worker& here, double now) {
  if (row.text(1) != here.host) return now - row.real(3) > kLost_s;
  const auto pid = static_cast<pid_t>(row.integer(2));
  return pid <= 0 || (kill(pid, 0) != 0 && errno == ESRCH);
}

void free_lost(Queue& queue) {
  Database& db = queue.database();
  Statement held(db, "SELECT id, host, pid, taken_at FROM command WHERE state = 'taken'");
  Statement free(db,
                 "UPDATE command SET state = iif(attempt >= ?2, 'failed', 'queued'),"
                 " result = iif(attempt >= ?2, '{\"error\": \"its worker died\"}', NULL),"
                 " done_at = iif(attempt >= ?2, ?3, NULL) WHERE id = ?1");
  std::vector<std::int64_t> lost;
  while (held.step())
    if (worker_is_gone(held, queue.settings().worker, queue.now_unix_s()))
      lost.push_back(held.integer(0));
  for (const std::int64_t id : lost)
    free.bind(1, id).bind(2, kTries).bind(3, queue.now_unix_s()).run();
}

std::optional<Taken> take(Queue& queue, std::int64_t after) {
  Transaction transaction(queue.database());
  free_lost(queue);
  Statement next(queue.database(),
                 "UPDATE command SET state = 'taken', attempt = attempt + 1, taken_at = ?1,"
                 " host = ?2, pid = ?3 WHERE id = (SELECT min(id) FROM command WHERE"
                 " state = 'queued' AND id > ?4) RETURNING id, attempt, name, arguments");
  const Worker& worker = queue.settings().worker;
  next.bind(1, queue.now_unix_s()).bind(2, worker.host).bind(3, worker.pid).bind(4, after);
  std::optional<Taken> taken;
  if (next.step())
    taken = Taken{next.integer(0), static_cast<int>(next.integer(1)), next.text(2),
                  Json::parse(next.text(3))};
  next.reset();
  transaction.commit();
  return taken;
}

void record(Queue& queue, const Taken& taken, const std::string& state, const Json& result,
            bool counted) {
  Statement(queue.database(),
            "UPDATE command SET state = ?2, result = ?3, done_at = iif(?2 = 'queued', NULL, ?4),"
            " attempt = attempt - ?5 WHERE id = ?1")
      .bind(1, taken.id)
      .bind(2, state)
      .bind(3, result.dump(-1, ' ', false, Json::error_handler_t::replace))
      .bind(4, queue.now_unix_s())
      .bind(5, counted ? 0 : 1)
      .run();
}

Json obey_one(Queue& queue, const Taken& taken, const Obey& obey) {
  CommandEnd end;
  try {
    end = obey(queue, taken.name, taken.arguments);
  } catch (const Stopped&) {
    record(queue, taken, "queued", Json::object(), false);
    throw;
  } catch (const Error& error) {
    end.result = {{"error", error.what()}};
  }
  const bool again = !end.done && end.again && taken.attempt < kTries;
  const std::string state = end.done ? "done" : again ? "queued" : "failed";
  record(queue, taken, state, end.result, true);
  spdlog::info("command {} ({}): {}", taken.id, taken.name, state);
  return {{"id", taken.id}, {"name", taken.name}, {"state", state}, {"result", end.result}};
}

CommandEnd make_mosaic(const Json& arguments) {
  Command program{"make-mosaic", {"--quiet", "--json"}};
  for (const char* word : {"name", "from", "until", "tier"})
    if (arguments.contains(word)) {
      program.arguments.push_back(std::string("--") + word);
      program.arguments.push_back(arguments.at(word).get<std::string>());
    }
  program.check = check_stop;
  const contimg::Outcome outcome = run_program(program);
  CommandEnd end;
  end.done = outcome.exit_code == 0;
  end.again = outcome.exit_code == 75;
  end.result = {{"exit_code", outcome.exit_code},
                {"output", outcome.output_tail},
                {"error", outcome.error_tail},
                {"seconds", outcome.elapsed_s}};
  return end;
}

// Its rows go first: what is left by a crash in between is files that no row names, which
// 'manage-queue verify' lists.
CommandEnd drop_mosaic(Queue& queue, const std::string& name) {
  Database& db = queue.database();
  Transaction transaction(db);
  Statement find(db, "SELECT path FROM mosaics WHERE name = ?1");
  if (!find.bind(1, name).step()) throw DataError(name + ": there is no such mosaic, expected one");
  const std::string path = find.text(0), ending = "-image.fits";
  find.reset();
  const std::size_t at = path.rfind(ending);
  if (at == std::string::npos || at + ending.size() != path.size())
    throw DataError(path + ": not named as mosaics are, expected to end in " + ending);
  Statement(db, "DELETE FROM mosaics WHERE name = ?1").bind(1, name).run();
  transaction.commit();
  Json removed = Json::array();
  for (const char* part : {"-image.fits", "-rms.fits", "-weight.fits", "-sources.csv", "-image.png",
                           "-thumbnail.png"}) {
    const std::string file = path.substr(0, at) + part;
    boost::system::error_code failed;
    if (fs::remove(file, failed)) removed.push_back(file);
  }
  return {true, false, {{"removed", removed}}};
}

}  // namespace

std::string commands_mark(const std::string& queue_db) { return queue_db + ".locks/commands"; }

std::int64_t ask_command(Database& db, const std::string& name, const Json& arguments,
                         const std::string& asker, double now_unix_s) {
  Statement(db,
            "INSERT INTO command (name, arguments, requested_at, requested_by) VALUES (?, ?, ?, ?)")
      .bind(1, name)
      .bind(2, arguments.dump(-1, ' ', false, Json::error_handler_t::replace))
      .bind(3, now_unix_s)
      .bind(4, asker)
      .run();
  return db.last_insert_rowid();
}

void leave_commands_mark(const std::string& queue_db) {
  const std::string mark = commands_mark(queue_db);
  create_folders(fs::path(mark).parent_path().string());
  std::ofstream file(mark, std::ios::app);
  if (!file)
    throw TemporaryError(mark +
                         ": cannot be written, expected a folder of this user; the command "
                         "waits until the next");
}

Json command(Database& db, std::int64_t id) {
  Statement find(db, std::string(kColumns) + "WHERE id = ?1");
  return find.bind(1, id).step() ? command_from(find) : Json();
}

Json list_commands(Database& db, const std::string& name, int limit) {
  Statement find(db,
                 std::string(kColumns) + "WHERE ?1 = '' OR name = ?1 ORDER BY id DESC LIMIT ?2");
  find.bind(1, name).bind(2, limit);
  Json list = Json::array();
  while (find.step()) list.push_back(command_from(find));
  return list;
}

CommandEnd obey_command(Queue& queue, const std::string& name, const Json& arguments) {
  if (name == "mosaic") return make_mosaic(arguments);
  if (name == "drop-mosaic") return drop_mosaic(queue, arguments.at("name").get<std::string>());
  if (name == "restart") return {true, false, {{"told", "the tick ends after the groups in work"}}};
  throw DataError(name + ": no such command, expected mosaic, drop-mosaic or restart");
}

Json obey_commands(Queue& queue, const Obey& obey) {
  // Taken away before the queue is read: what comes meanwhile leaves it anew.
  boost::system::error_code ignored;
  fs::remove(commands_mark(queue.settings().path), ignored);
  Json done = Json::array();
  bool again = false;
  for (auto taken = take(queue, 0); taken; taken = take(queue, taken->id)) {
    try {
      done.push_back(obey_one(queue, *taken, obey));
    } catch (const Stopped&) {
      leave_commands_mark(queue.settings().path);
      throw;
    }
    again = again || done.back()["state"] == "queued";
  }
  if (again) leave_commands_mark(queue.settings().path);
  return done;
}

}  // namespace contimg::queue
