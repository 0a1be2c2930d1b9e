// SPDX-License-Identifier: GPL-3.0-or-later
// Notices about the machine and the queue as a whole: holds, disks, slowness, backups, ticks, calibration.
#include <algorithm>
#include <filesystem>

#include "base/byte_text.h"
#include "base/clock.h"
#include "metrics/disk_forecast.h"
#include "notice/findings.h"
#include "queue/newest_backup.h"
#include "queue/report.h"

namespace contimg::notice {
namespace {

constexpr double kPausedFor_s = kHour_s, kUnderPressureFor_s = 2 * kHour_s;
constexpr double kWaitsFor_s = kHour_s;  // of groups, for a calibration

double control_since(Database& db, const char* key, double otherwise) {
  Statement row(db, "SELECT updated_at FROM control WHERE key = ?");
  return row.bind(1, key).step() && !row.is_null(0) ? row.real(0) : otherwise;
}

void find_holds(Database& db, const metrics::Figures& figures, std::vector<Notice>& found) {
  const double now = figures.now_unix_s;
  const double paused_s = now - control_since(db, "paused", now);
  if (figures.paused && paused_s >= kPausedFor_s)
    found.push_back({"paused", Severity::warning, "the queue is paused",
                     "For " + in_words(paused_s) + ": " +
                         db.text("SELECT coalesce((SELECT value FROM control"
                                 " WHERE key = 'paused_reason'), '')"),
                     "manage-queue resume"});
  if (!figures.held_reason.empty())
    found.push_back({"no-room", Severity::critical, "nothing is begun for want of room",
                     figures.held_reason, "free space: clean-up shows what can go"});
}

void find_full_disks(Database& db, const contimg::Settings& settings, double now_unix_s,
                     std::vector<Notice>& found) {
  const metrics::Growth growth = metrics::measured_growth(db, settings, now_unix_s, kDay_s);
  // What came in minutes says nothing of a day.
  const bool measured = growth.end_unix_s - growth.begin_unix_s >= kHour_s;
  for (const metrics::Disk& disk : metrics::disk_forecast(settings, growth)) {
    // A disk that does not fill may be below its floor all the same.
    const double at_this_rate_s = measured ? disk.floor_in_s.value_or(2 * kDay_s) : 2 * kDay_s;
    const double left_s = disk.free_byte < disk.floor_byte ? 0 : at_this_rate_s;
    if (disk.free_byte < 0 || left_s > kDay_s) continue;
    const bool soon = left_s < kDay_s / 4;
    const std::string when = left_s > 0 ? "in " + in_words(left_s) : "now";
    found.push_back({"disk/" + disk.roles.front(), soon ? Severity::critical : Severity::warning,
                     "the disk of " + disk.folder + " is full " + when,
                     gigabytes(disk.free_byte) + " free, expected more than " +
                         gigabytes(disk.floor_byte) + " (disk.floor_gb); it takes " +
                         gigabytes(disk.rate_byte_per_s * kDay_s) + " a day.",
                     "free space: clean-up shows what can go"});
  }
}

void find_slowness(Database& db, const contimg::Settings& settings, const metrics::Figures& figures,
                   std::vector<Notice>& found) {
  const metrics::KeepUp& keep_up = figures.keep_up;
  if (keep_up.verdict == metrics::KeepUp::Verdict::falling_behind) {
    const bool late = keep_up.pressure >= settings.convert_only_pressure;
    found.push_back({"falling-behind", late ? Severity::critical : Severity::warning,
                     "work falls behind the sky",
                     in_words(keep_up.backlog_s) + " of sky time wait; " +
                         std::to_string(keep_up.n_late) + " groups are late.",
                     "see: record-metrics --json; docs/operations/keep-up.md"});
  }
  const double lasted_s = figures.now_unix_s - figures.degradation.since_unix_s;
  if (figures.degradation.step != queue::Step::full && lasted_s >= kUnderPressureFor_s)
    found.push_back(
        {"under-pressure", Severity::warning,
         "work is left out: " + queue::step_name(figures.degradation.step),
         "For " + in_words(lasted_s) + ": " + figures.degradation.reason,
         "more workers, or submit-backlog; it ends by itself when the backlog is gone"});
  const int stale = queue::stale_groups(db, figures.now_unix_s);
  if (stale > 0)
    found.push_back({"stale-groups", Severity::warning,
                     std::to_string(stale) + " groups in progress show no sign of life",
                     "Found " + std::to_string(stale) + " stale in-progress groups (>15 min).",
                     "manage-queue reset-stuck, then again with --yes"});
}

void find_old_backup(Database& db, const contimg::Settings& settings, double now_unix_s,
                     std::vector<Notice>& found) {
  if (settings.backup_dir.empty()) return;
  const auto newest = queue::newest_backup_unix_s(settings.backup_dir);
  // Without any, the queue itself tells since when there should be one.
  const double begun =
      std::stod(db.text("SELECT min(coalesce((SELECT min(received_at) FROM ingest_queue), 9e99),"
                        " coalesce((SELECT min(started_at) FROM tick), 9e99))"));
  const double since = newest.value_or(begun);
  if (now_unix_s - since <= kDay_s) return;
  found.push_back({"backup", Severity::warning, "the last backup is too old",
                   settings.backup_dir +
                       (newest ? ": the newest is of " + in_words(now_unix_s - since) + " ago."
                               : ": there is none.") +
                       " Expected one a day at least.",
                   "manage-queue backup " + settings.backup_dir + "; look after the line of cron"});
}

void find_bad_ticks(Database& db, std::vector<Notice>& found) {
  Statement rows(db,
                 "SELECT exit_code FROM tick WHERE exit_code IS NOT NULL"
                 " ORDER BY started_at DESC LIMIT 3");
  int n = 0, wrong = 0;
  while (rows.step()) ++n, wrong += rows.integer(0) == 2 ? 1 : 0;
  if (n < 3 || wrong < 3) return;
  found.push_back(
      {"ticks-fail", Severity::critical, "every tick fails",
       "The last three ended with exit code 2: the configuration is wrong, or a program "
       "is missing.",
       "run-tick --verbose; check-config"});
}

}  // namespace

void find_machine(Database& db, const contimg::Settings& settings, const metrics::Figures& figures,
                  std::vector<Notice>& found) {
  find_holds(db, figures, found);
  find_full_disks(db, settings, figures.now_unix_s, found);
  find_slowness(db, settings, figures, found);
  find_old_backup(db, settings, figures.now_unix_s, found);
  find_bad_ticks(db, found);
}

void find_calibration(Database& db, const contimg::Settings& settings,
                      const metrics::Figures& figures, std::vector<Notice>& found) {
  const auto& stages = settings.stages;
  if (std::find(stages.begin(), stages.end(), "calibrate") == stages.end()) return;
  Statement waiting(db,
                    "SELECT count(*), min(a.ended_at) FROM job j JOIN job_attempt a"
                    " ON a.group_id = j.group_id AND a.stage = j.stage AND a.reason = j.reason"
                    " WHERE j.stage = 'calibrate' AND j.state = 'waiting'"
                    " AND j.reason = 'no_calibration' AND a.attempt = (SELECT min(b.attempt)"
                    " FROM job_attempt b WHERE b.group_id = j.group_id AND b.stage = j.stage"
                    " AND b.reason = j.reason)");
  waiting.step();
  const double waits_s = waiting.is_null(1) ? 0 : figures.now_unix_s - waiting.real(1);
  if (waits_s >= kWaitsFor_s) {
    const bool soon = waits_s > 3600 * settings.max_wait_h / 2;
    found.push_back(
        {"calibration-waiting", soon ? Severity::critical : Severity::warning,
         waiting.text(0) + " groups wait for a calibration set",
         "The first for " + in_words(waits_s) + ".",
         "list-transits says when a calibrator comes; manage-caltables list shows the sets"});
  }
  const double age_s = figures.calibration_age_s.value_or(0);
  if (age_s > 3600 * settings.max_age_h)
    found.push_back({"calibration-old", Severity::warning,
                     "the newest calibration set is " + in_words(age_s) + " old",
                     "Expected at most calibration.max_age_h.",
                     "list-transits says when a calibrator comes; manage-caltables list shows why "
                     "newer sets were not taken"});
}

}  // namespace contimg::notice
