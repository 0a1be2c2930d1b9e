// SPDX-License-Identifier: GPL-3.0-or-later
#include "notice/heartbeat.h"

#include <algorithm>
#include <filesystem>

#include "base/atomic_output.h"
#include "base/file_bytes.h"
#include "notice/findings.h"
#include "queue/newest_backup.h"
#include "queue/tick.h"

namespace contimg::notice {
namespace {

constexpr int kPatience_ms = 10000;
constexpr double kCheckEvery_s = 3600, kLeastSilence_s = 900;

constexpr const char* kRestore =
    "manage-queue check says what is wrong; manage-queue restore FILE puts a backup back";

// SQLite's whole check reads the file once.
void find_damage(Database& db, double now_unix_s, Watchman& watchman, std::vector<Notice>& found) {
  if (now_unix_s - watchman.checked_unix_s.value_or(0) < kCheckEvery_s) return;
  const std::string verdict = db.text("PRAGMA quick_check(1)");
  if (verdict == "ok")
    watchman.checked_unix_s = now_unix_s;
  else
    found.push_back({"queue", Severity::critical, "the queue is damaged",
                     db.path() + ": " + verdict, kRestore});
}

// The last tick that the queue knows of. What is wrong with the queue goes to `found`.
std::optional<double> look_into(const std::string& path, double now_unix_s, Watchman& watchman,
                                std::vector<Notice>& found) {
  if (!std::filesystem::exists(path)) {
    found.push_back({"queue", Severity::critical, "the queue is gone",
                     path + ": no such file, expected the queue",
                     "put the disk back, or a backup: manage-queue restore FILE"});
    return std::nullopt;
  }
  try {
    Database db(path, Database::Mode::read_only, kPatience_ms);
    find_damage(db, now_unix_s, watchman, found);
    return queue::last_tick_unix_s(db);
  } catch (const CorruptDatabase& damage) {
    found.push_back({"queue", Severity::critical, "the queue is damaged", damage.what(), kRestore});
  } catch (const DataError& older) {
    found.push_back({"queue", Severity::critical, "the queue cannot be understood", older.what(),
                     "manage-queue migrate, if it is an older one"});
  } catch (const TemporaryError& error) {
    found.push_back({"queue", Severity::warning, "the queue cannot be read", error.what(),
                     "look for who holds it, and at the disk and its permissions"});
  }
  return std::nullopt;
}

}  // namespace

std::vector<Notice> heartbeat_findings(const std::string& queue_db, double heartbeat_min,
                                       bool ask_for_notify, double now_unix_s, Watchman& watchman) {
  std::vector<Notice> found;
  const std::optional<double> recorded = look_into(queue_db, now_unix_s, watchman, found);
  const std::optional<double> locked = queue::written_unix_s(queue_db + ".locks/tick");
  const std::optional<double> last = std::max(recorded, locked);
  const std::optional<double> since = last ? last : queue::written_unix_s(queue_db);
  const double limit_s = 60 * heartbeat_min;
  if (limit_s > 0 && since && now_unix_s - *since > limit_s)
    found.push_back({"ticks", Severity::critical, "no tick for " + in_words(now_unix_s - *since),
                     last ? "Expected one a minute: nothing is taken in or processed."
                          : "None was ever recorded, expected one a minute.",
                     "is cron running (systemctl status cron), is the line there (crontab -l), or "
                     "contimg-stream.timer? See what run-tick --verbose says"});
  const double silence_s = now_unix_s - watchman.last_run_unix_s.value_or(now_unix_s);
  if (ask_for_notify && silence_s > std::max(limit_s, kLeastSilence_s))
    found.push_back({"notify", Severity::warning, "notify has not run for " + in_words(silence_s),
                     "Expected every few minutes: what needs a person is not told.",
                     "look after its line of cron, or contimg-notify.timer"});
  return found;
}

Watchman read_watchman(const std::string& path) {
  const Json json = Json::parse(file_bytes(path).value_or(""), nullptr, false);
  if (!json.is_object()) return {};
  Watchman watchman;
  try {
    watchman.entries = entries_from(json.value("notices", Json::object()));
  } catch (const Json::exception&) {
    watchman.entries.clear();  // written by somebody else: everything is told anew
  } catch (const UsageError&) {
    watchman.entries.clear();
  }
  const auto time = [&](const char* key) -> std::optional<double> {
    if (!json.contains(key) || !json[key].is_number()) return std::nullopt;
    return json[key].get<double>();
  };
  watchman.last_run_unix_s = time("last_run_unix_s");
  watchman.checked_unix_s = time("checked_unix_s");
  return watchman;
}

void write_watchman(const std::string& path, const Watchman& watchman) {
  Json json = {{"notices", entries_json(watchman.entries)}};
  if (watchman.last_run_unix_s) json["last_run_unix_s"] = *watchman.last_run_unix_s;
  if (watchman.checked_unix_s) json["checked_unix_s"] = *watchman.checked_unix_s;
  write_text_file(path, json.dump(1) + "\n");
}

}  // namespace contimg::notice
