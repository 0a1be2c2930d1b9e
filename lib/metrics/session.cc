// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/session.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "base/atomic_output.h"
#include "base/error.h"
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
  }
}

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
  const LineCounts counts = record_lines(db, std::cin, std::cout, where.clock_unix_s,
                                         [](const std::string& text) { spdlog::warn("{}", text); });
  log_counts("stdin", counts);
  check_stop();  // a signal ends the reading as the end of the input does
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
