// SPDX-License-Identifier: GPL-3.0-or-later
#include "notice/session.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <functional>

#include "diagnostics/redact.h"
#include "notice/findings.h"
#include "notice/heartbeat.h"
#include "queue/queue.h"

namespace contimg::notice {
namespace {

/// Held while it lives, unless another process has it. The file stays.
class Lock {
 public:
  explicit Lock(const std::string& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    // Where no file can be made, messages told twice are better than none.
    taken_ = file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) != 0;
  }
  ~Lock() {
    if (file_ >= 0) ::close(file_);
  }
  Lock(const Lock&) = delete;
  bool taken_by_another() const { return taken_; }

 private:
  int file_;
  bool taken_ = false;
};

std::vector<Notice> without_secrets(std::vector<Notice> notices) {
  for (Notice& notice : notices)
    for (std::string* text : {&notice.subject, &notice.text, &notice.remedy})
      *text = diagnostics::redact(*text);
  return notices;
}

void log_message(const Message& message) {
  std::string line = message.subject + ": " + message.text;
  if (!message.remedy.empty()) line += "\n" + message.remedy;
  if (message.severity == Severity::critical && message.state != Message::State::cleared)
    spdlog::critical("{}", line);
  else
    spdlog::warn("{}", line);
}

/// One ledger, wherever it is kept.
struct Ledger {
  Entries entries;
  std::function<void(const Entries&)> save;
};

/// Tells what is due of a ledger, until a hook takes too long: then it hangs for all.
void tell_due(const contimg::Settings& settings, const Request& request, double now_unix_s,
              Ledger& ledger, std::vector<Told>& told) {
  const Hook hook{settings.notify_command, 60};
  for (const Message& message : due(ledger.entries, now_unix_s, 3600 * settings.notify_repeat_h)) {
    Told one{message, to_json(message, ledger.entries, now_unix_s), ""};
    if (!request.dry_run) {
      if (hook.command.empty())
        log_message(message);
      else
        one.fault = deliver(hook, message, one.json);
      if (one.fault.empty()) {
        mark_told(ledger.entries, message, now_unix_s);
        ledger.save(ledger.entries);
      } else {
        spdlog::error("notify.command: {} with '{}', tried again at the next run", one.fault,
                      message.subject);
      }
    }
    told.push_back(one);
    if (one.fault.rfind("took too long", 0) == 0) return;
  }
}

void tell_of_queue(const contimg::Settings& settings, const Request& request,
                   std::vector<Told>& told) {
  const queue::QueueSettings where = queue::queue_settings(settings);
  Database db = queue::open_queue(where, false);
  const double now = where.clock_unix_s();
  Ledger ledger{load(db), [&](const Entries& entries) { save(db, entries); }};
  observe(ledger.entries, without_secrets(findings(db, settings, now)), now);
  if (!request.dry_run) ledger.save(ledger.entries);
  tell_due(settings, request, now, ledger, told);
}

}  // namespace

std::vector<Told> tell(const contimg::Settings& settings, const Request& request) {
  const std::string& path = required_path(settings, &contimg::Settings::queue_db);
  const std::string state =
      request.state_file.empty() ? path + ".notices.json" : request.state_file;
  std::vector<Told> told;
  const Lock lock(request.dry_run ? "" : state + ".lock");
  if (lock.taken_by_another()) {
    spdlog::info("another notify is at work");
    return told;
  }
  const double now = queue::system_clock_unix_s();
  Watchman watchman = read_watchman(state);
  const auto keep = [&] {
    try {
      if (!request.dry_run) write_watchman(state, watchman);
    } catch (const Error& error) {
      spdlog::warn("{} (what was told will be told again)", error.what());
    }
  };
  const std::vector<Notice> found =
      heartbeat_findings(path, settings.heartbeat_min, request.heartbeat_only, now, watchman);
  if (!request.heartbeat_only) watchman.last_run_unix_s = now;
  Ledger ledger{watchman.entries, [&](const Entries& entries) {
                  watchman.entries = entries;
                  keep();
                }};
  // Only --heartbeat asks whether notify runs; it does when this is not that.
  observe(ledger.entries, without_secrets(found), now);
  watchman.entries = ledger.entries;
  keep();
  tell_due(settings, request, now, ledger, told);
  if (request.heartbeat_only) return told;
  try {
    tell_of_queue(settings, request, told);
  } catch (const Error& error) {
    const auto entry = watchman.entries.find("queue");
    if (entry == watchman.entries.end() || entry->second.cleared_at) throw;
    spdlog::info("{}", error.what());  // that was told
  }
  return told;
}

}  // namespace contimg::notice
