// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/settings.h"
#include "metrics/disk_forecast.h"
#include "metrics/keep_up.h"
#include "metrics/warnings.h"
#include "queue/degradation.h"

namespace contimg::metrics {

using Json = nlohmann::ordered_json;

/// Measured seconds of one stage's tries, in buckets.
struct StageSeconds {
  std::vector<double> counts;  ///< One a bound of kBounds_s, and one above the last.
  double sum_s = 0;
};
/// Upper bounds of the buckets.
extern const std::vector<double> kBounds_s;

/// Latency from the last subband to the end of a stage.
struct Latency {
  std::size_t n = 0;
  std::optional<double> p50_s, p90_s, p99_s;
};

/// Everything that record-metrics tells, of one moment. Absent: not known.
struct Figures {
  double now_unix_s = 0;
  bool paused = false;
  std::string held_reason;  ///< Why nothing is begun, such as no room; empty: it is.
  std::map<std::string, std::int64_t> groups;                            ///< By state.
  std::map<std::pair<std::string, std::string>, std::int64_t> jobs;      ///< By stage and state.
  std::map<std::pair<std::string, std::string>, std::int64_t> attempts;  ///< By stage and outcome.
  std::map<std::string, double> last_done_unix_s;                        ///< By stage.
  std::map<std::string, StageSeconds> seconds;                           ///< By stage.
  std::map<std::string, Latency> latency;  ///< By stage: image, measure.
  std::int64_t dead_letters = 0;
  std::optional<double> oldest_pending_s, calibration_age_s, image_rms_jy, flux_ratio;
  std::optional<double> flagged_share;  ///< Of the data of the newest image.
  std::optional<double> last_tick_unix_s, last_backup_unix_s;
  std::map<std::string, double> running_s;        ///< By stage: the longest try in work; 0: none.
  std::map<std::string, double> disk_free_gb;     ///< By path's role: output, image, queue.
  std::map<std::string, double> disk_free_share;  ///< The same, over the size of the disk.
  std::vector<Disk> disks;                        ///< How long each lasts.
  std::vector<Warning> warnings;
  queue::Degradation degradation;
  Work work;
  KeepUp keep_up;
};

/// Reads them all as of one moment of the queue.
Figures read_figures(Database& db, const contimg::Settings& settings, double now_unix_s);

/// The textfile. docs/formats/metrics.md names each metric.
std::string prometheus_text(const Figures& figures);

/// The same as one object. Given: the latency allowed, for deadlines; how many of the waiting groups
/// to list, those with the least slack first; 0: all.
Json to_json(const Figures& figures, double allowed_latency, std::size_t limit);

}  // namespace contimg::metrics
