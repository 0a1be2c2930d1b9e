// SPDX-License-Identifier: GPL-3.0-or-later
// How the figures are read: counts, times and products from the queue, room from the disks.
#include <boost/filesystem.hpp>
#include <cmath>

#include "base/byte_text.h"
#include "base/clock.h"
#include "base/filesystem.h"
#include "metrics/figures.h"
#include "metrics/read_work.h"
#include "queue/newest_backup.h"
#include "queue/stage.h"
#include "queue/tick.h"

namespace contimg::metrics {

const std::vector<double> kBounds_s = {1,   2,   5,   10,  20,   30,   60,   120,
                                       180, 270, 600, 900, 1200, 1800, 3600, 7200};

namespace {

constexpr double kGrowthWindow_s = 7 * kDay_s;

using Counts = std::map<std::pair<std::string, std::string>, std::int64_t>;

Counts counted(Database& db, const std::string& sql) {
  Statement rows(db, sql);
  Counts counts;
  while (rows.step()) counts[{rows.text(0), rows.text(1)}] = rows.integer(2);
  return counts;
}

std::optional<double> real_of(Database& db, const std::string& sql) {
  Statement row(db, sql);
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return row.real(0);
}

void read_counts(Database& db, Figures& figures) {
  for (const char* state : {"collecting", "pending", "in_progress", "completed", "failed"})
    figures.groups[state] = 0;
  Statement groups(db, "SELECT state, count(*) FROM ingest_queue GROUP BY state");
  while (groups.step()) figures.groups[groups.text(0)] = groups.integer(1);
  figures.jobs = counted(db, "SELECT stage, state, count(*) FROM job GROUP BY state, stage");
  figures.attempts =
      counted(db, "SELECT stage, outcome, count(*) FROM job_attempt GROUP BY outcome, stage");
  for (const auto& [key, n] : figures.attempts) {
    if (key.second != "done") continue;
    Statement last(db,
                   "SELECT max(ended_at) FROM job_attempt WHERE outcome = 'done' AND stage = ?");
    if (last.bind(1, key.first).step()) figures.last_done_unix_s[key.first] = last.real(0);
  }
  // A counter that begins at its first event shows Prometheus no increase by it.
  for (const queue::Stage stage : queue::all_stages())
    for (const char* outcome : {"done", "failed", "expired"})
      figures.attempts.try_emplace({queue::stage_name(stage), outcome}, 0);
  figures.dead_letters = db.integer("SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL");
  figures.held_reason =
      db.text("SELECT coalesce((SELECT value FROM control WHERE key = 'held_reason'), '')");
  figures.paused = db.integer("SELECT count(*) FROM control WHERE key='paused' AND value='1'") > 0;
}

void read_running(Database& db, Figures& figures) {
  for (const queue::Stage stage : queue::all_stages())
    figures.running_s[queue::stage_name(stage)] = 0;
  Statement rows(db,
                 "SELECT stage, min(started_at) FROM job_attempt WHERE outcome = 'running'"
                 " GROUP BY stage");
  while (rows.step())
    figures.running_s[rows.text(0)] = std::max(0.0, figures.now_unix_s - rows.real(1));
}

// Bucket by bucket along the index of stage and wall_s: each row is looked at once.
StageSeconds seconds_of(Database& db, const std::string& stage) {
  Statement bucket(db,
                   "SELECT count(*), total(wall_s) FROM stage_metrics WHERE source = 'measured'"
                   " AND stage = ? AND wall_s > ? AND wall_s <= ?");
  StageSeconds result;
  double above = -1;
  for (std::size_t i = 0; i <= kBounds_s.size(); ++i) {
    const double bound = i < kBounds_s.size() ? kBounds_s[i] : HUGE_VAL;
    bucket.bind(1, stage).bind(2, above).bind(3, bound).step();
    result.counts.push_back(bucket.real(0));
    result.sum_s += bucket.real(1);
    bucket.reset();
    above = bound;
  }
  return result;
}

Latency latency_of(Database& db, queue::Stage stage, double since_unix_s) {
  const std::vector<double> all = latencies_s(db, stage, since_unix_s);
  return {all.size(), percentile(all, 0.5), percentile(all, 0.9), percentile(all, 0.99)};
}

void read_products(Database& db, Figures& figures) {
  const double now = figures.now_unix_s;
  const auto oldest = real_of(db,
                              "SELECT min(coalesce(last_subband_at, received_at)) FROM ingest_queue"
                              " WHERE state = 'pending'");
  if (oldest) figures.oldest_pending_s = now - *oldest;
  const auto solved =
      real_of(db, "SELECT max(solved_mjd) FROM calibration_set WHERE state = 'active'");
  if (solved) figures.calibration_age_s = now - (*solved - kUnixEpoch_mjd) * kDay_s;
  constexpr const char* kNewest =
      " FROM images i LEFT JOIN image_qa q ON q.image_path = i.path"
      " WHERE i.type = 'image' ORDER BY i.id DESC LIMIT 1";
  figures.image_rms_jy = real_of(db, std::string("SELECT i.noise_jy") + kNewest);
  figures.flux_ratio = real_of(db, std::string("SELECT q.flux_ratio") + kNewest);
  figures.flagged_share = real_of(db, std::string("SELECT q.flagged_share") + kNewest);
}

// Of the disk that a path, or the nearest folder above it that exists, is on.
std::optional<double> size_byte(const std::string& path) {
  namespace fs = boost::filesystem;
  boost::system::error_code error;
  fs::path place = fs::absolute(path);
  while (!fs::exists(place, error) && place.has_parent_path()) place = place.parent_path();
  const fs::space_info space = fs::space(place, error);
  if (error || space.capacity == 0) return std::nullopt;
  return static_cast<double>(space.capacity);
}

void read_disks(const contimg::Settings& settings, Figures& figures) {
  const std::pair<const char*, std::string> places[] = {
      {"output", settings.output_dir}, {"image", settings.image_dir}, {"queue", settings.queue_db}};
  for (const auto& [role, path] : places) {
    if (path.empty()) continue;
    const double free_byte = available_byte(path);
    if (free_byte < 0) continue;
    figures.disk_free_gb[role] = free_byte / kBytesPerGb;
    if (const auto size = size_byte(path)) figures.disk_free_share[role] = free_byte / *size;
  }
}

void read_keep_up(Database& db, const contimg::Settings& settings, Figures& figures) {
  figures.degradation = queue::degradation_in_force(db);
  WorkQuestion question;
  question.now_unix_s = figures.now_unix_s;
  question.rate_window_s = 60 * settings.rate_window_min;
  question.stages = queue::stages_from(settings.stages);
  question.step = figures.degradation.step;
  question.relief_unix_s = queue::last_relief_unix_s(db);
  question.usual_duration_s = 60 * settings.chunk_duration_min;
  figures.work = read_work(db, question);
  figures.keep_up = keep_up(figures.work, settings.allowed_latency);
}

}  // namespace

Figures read_figures(Database& db, const contimg::Settings& settings, double now_unix_s) {
  const ReadTransaction one_moment(db);
  Figures figures;
  figures.now_unix_s = now_unix_s;
  read_counts(db, figures);
  read_running(db, figures);
  figures.last_tick_unix_s = queue::last_tick_unix_s(db);
  if (!settings.backup_dir.empty())
    figures.last_backup_unix_s = queue::newest_backup_unix_s(settings.backup_dir);
  for (const queue::Stage stage : queue::all_stages())
    figures.seconds[queue::stage_name(stage)] = seconds_of(db, queue::stage_name(stage));
  const double since = now_unix_s - 3600 * settings.latency_window_h;
  figures.latency["image"] = latency_of(db, queue::Stage::image, since);
  figures.latency["measure"] = latency_of(db, queue::Stage::measure, since);
  read_products(db, figures);
  read_disks(settings, figures);
  figures.disks =
      disk_forecast(settings, measured_growth(db, settings, now_unix_s, kGrowthWindow_s));
  figures.warnings = current_warnings(db, now_unix_s, 60 * settings.rate_window_min,
                                      settings.collecting_timeout_s);
  read_keep_up(db, settings, figures);
  return figures;
}

}  // namespace contimg::metrics
