// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/session.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/file_bytes.h"
#include "base/stop.h"
#include "metrics/step.h"
#include "queue/queue.h"

namespace contimg::metrics {
namespace {

void log_counts(const std::string& source, const LineCounts& counts) {
  spdlog::info("{}: {} recorded, {} known already, {} without work, {} of unknown groups{}", source,
               counts.recorded, counts.unchanged, counts.no_work, counts.unknown_group,
               counts.measured > 0
                   ? ", " + std::to_string(counts.measured) + " of groups that were measured"
                   : "");
}

void read_logs(Database& db, const std::vector<std::string>& paths, double now_unix_s) {
  for (const std::string& path : paths) {
    std::ifstream log(path);
    if (!log) throw UsageError(path + ": cannot be read, expected a log; check --log");
    log_counts(path, record_log(db, log, now_unix_s));
    require_sound(log, path);
  }
}

// Lines of stdin, while looking for a signal: one that comes just before a read would not end it.
class StdinLines {
 public:
  bool next(std::string& line) {
    std::size_t end = 0;
    while ((end = buffer_.find('\n', begin_)) == std::string::npos)
      if (!fill()) break;
    if (end == std::string::npos && begin_ == buffer_.size()) return false;
    end = std::min(end, buffer_.size());
    line = buffer_.substr(begin_, end - begin_);
    begin_ = std::min(end + 1, buffer_.size());
    return true;
  }

 private:
  bool fill() {
    constexpr int kPatience_ms = 200;
    pollfd waiting = {STDIN_FILENO, POLLIN, 0};
    check_stop();
    while (poll(&waiting, 1, kPatience_ms) <= 0) check_stop();
    buffer_.erase(0, begin_);
    begin_ = 0;
    char piece[65536];
    const ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
    if (n < 0 && errno != EINTR && errno != EAGAIN)
      throw TemporaryError(std::string("stdin: cannot be read, ") + std::strerror(errno));
    if (n > 0) buffer_.append(piece, static_cast<std::size_t>(n));
    return n != 0;
  }

  std::string buffer_;
  std::size_t begin_ = 0;  // of what was not given out yet
};

void require_order(const contimg::Settings& settings) {
  if (settings.quicklook_pressure < settings.convert_only_pressure) return;
  throw UsageError(
      "metrics.convert_only_pressure: not above metrics.quicklook_pressure, expected " +
      std::string("the heavier step at the higher pressure"));
}

// While nothing may be begun, the backlog says nothing of what the machine can do.
void change_step(Database& db, const contimg::Settings& settings, Figures& figures) {
  if (figures.paused || !figures.held_reason.empty()) return;
  const auto next = next_step(figures.degradation, figures.keep_up, figures.now_unix_s, settings);
  if (!next || !queue::begin_step(db, figures.degradation, *next)) return;
  spdlog::warn("from now on: {} ({})", queue::step_name(next->step), next->reason);
  figures.degradation = queue::degradation_in_force(db);
}

}  // namespace

Figures take_stock(const contimg::Settings& settings, const Request& request) {
  const queue::QueueSettings where = queue::queue_settings(settings);
  Database db = queue::open_queue(where, false);
  require_order(settings);
  const double now = where.clock_unix_s();
  if (!request.dry_run) read_logs(db, request.logs, now);
  Figures figures = read_figures(db, settings, now);
  if (!request.dry_run) change_step(db, settings, figures);
  for (const Warning& warning : figures.warnings) spdlog::warn("{}", warning.text);
  if (!request.textfile.empty() && !request.dry_run)
    write_text_file(request.textfile, prometheus_text(figures));
  return figures;
}

void record_stdin(const contimg::Settings& settings) {
  const queue::QueueSettings where = queue::queue_settings(settings);
  Database db = queue::open_queue(where, false);
  StdinLines lines;
  const auto next_line = [&](std::string& line) { return lines.next(line); };
  const LineCounts counts = record_lines(db, next_line, std::cout, where.clock_unix_s,
                                         [](const std::string& text) { spdlog::warn("{}", text); });
  log_counts("stdin", counts);
  if (counts.malformed > 0)
    throw DataError(
        "stdin: " + std::to_string(counts.malformed) +
        " lines are malformed, expected one JSON object a line as tools print with --json");
}

bool stdin_has_input() {
  struct stat what = {};
  if (fstat(STDIN_FILENO, &what) != 0) return false;
  return S_ISFIFO(what.st_mode) || S_ISSOCK(what.st_mode) || S_ISREG(what.st_mode);
}

}  // namespace contimg::metrics
