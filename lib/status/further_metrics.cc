// SPDX-License-Identifier: GPL-3.0-or-later
// Metrics that only serve-status has: counts of products and work, validity of sets, histograms.
#include <cmath>

#include "base/clock.h"
#include "metrics/exposition.h"
#include "status/answers.h"

namespace contimg::status {
namespace {

using metrics::Family;
using FamilyType = Family::Type;

constexpr double kSoon_s = 3600;

// Bounds that hold what real tiles have: noise from 1 to 100 mJy, ratios from tens to thousands.
const std::vector<double> kNoise_jy = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2};
const std::vector<double> kDynamicRange = {10, 30, 100, 200, 300, 500, 1000, 2000, 5000};
const std::vector<double> kSeconds = {1, 5, 10, 30, 60, 120, 300, 600, 1200, 3600};

/// One sample for each row of a query: its last column is the value, those before are labels.
std::string by_rows(Reader& reader, Family family, const std::vector<std::string>& labels,
                    const std::string& sql) {
  Statement& rows = reader.prepared(sql);
  while (rows.step()) {
    metrics::Labels given;
    for (std::size_t i = 0; i < labels.size(); ++i)
      given.emplace_back(labels[i], rows.text(static_cast<int>(i)));
    family.add(rows.real(static_cast<int>(labels.size())), given);
  }
  return family.text();
}

std::string histogram(Reader& reader, Family family, const std::vector<double>& bounds,
                      const std::string& sql) {
  std::vector<double> counts(bounds.size() + 1, 0);
  double sum = 0;
  Statement& rows = reader.prepared(sql);
  while (rows.step()) {
    const double value = rows.real(0);
    if (!std::isfinite(value)) continue;
    std::size_t bucket = 0;
    while (bucket < bounds.size() && value > bounds[bucket]) ++bucket;
    ++counts[bucket];
    sum += value;
  }
  return family.add_histogram(bounds, counts, sum, {}).text();
}

std::string counts_of_products(Reader& reader) {
  const auto gauge = [](const char* name, const char* help) {
    return Family(name, FamilyType::gauge, help);
  };
  std::string text;
  text += by_rows(reader, gauge("dsa110_ms_count", "Measurement Sets by the last stage done."),
                  {"stage"}, "SELECT stage, count(*) FROM ms_index GROUP BY stage");
  text += by_rows(reader, gauge("dsa110_images_count", "Images by kind."), {"type"},
                  "SELECT type, count(*) FROM images GROUP BY type");
  text += gauge("dsa110_pending_jobs", "Jobs that a worker may take.")
              .add(static_cast<double>(
                  count_of(reader, "SELECT count(*) FROM job WHERE state = 'ready'")))
              .text();
  text += gauge("dsa110_running_jobs", "Jobs that a worker has.")
              .add(static_cast<double>(
                  count_of(reader, "SELECT count(*) FROM job WHERE state = 'claimed'")))
              .text();
  text += by_rows(reader, gauge("contimg_queue_depth", "Groups by state."), {"state"},
                  "SELECT state, count(*) FROM ingest_queue GROUP BY state");
  return text;
}

std::string counts_of_work(Reader& reader) {
  const auto counter = [](const char* name, const char* help) {
    return Family(name, FamilyType::counter, help);
  };
  std::string text;
  text +=
      by_rows(reader, counter("dsa110_ms_processed_total", "Tries by stage and how they ended."),
              {"status", "stage"},
              "SELECT outcome, stage, count(*) FROM job_attempt WHERE outcome <> 'running'"
              " GROUP BY outcome, stage");
  text += by_rows(reader, counter("dsa110_images_created_total", "Images that were made, by tier."),
                  {"type"}, "SELECT tier, count(*) FROM images WHERE type = 'image' GROUP BY tier");
  text += by_rows(reader, counter("dsa110_calibrations_total", "Calibration sets by state."),
                  {"status"}, "SELECT state, count(*) FROM calibration_set GROUP BY state");
  text += by_rows(reader, counter("dsa110_monitoring_alerts_total", "Notices by severity."),
                  {"severity"}, "SELECT severity, sum(seen) FROM notice GROUP BY severity");
  return text;
}

std::string validity(Reader& reader, double now_unix_s) {
  const double now_mjd = now_unix_s / kDay_s + kUnixEpoch_mjd;
  std::int64_t active = 0, soon = 0, expired = 0;
  std::optional<double> hours;
  Statement& rows =
      reader.prepared("SELECT valid_until_mjd FROM calibration_set WHERE state = 'active'");
  while (rows.step()) {
    const double left_s = (rows.real(0) - now_mjd) * kDay_s;
    ++(left_s < 0 ? expired : active);
    if (left_s >= 0 && left_s < kSoon_s) ++soon;
    if (left_s >= 0 && (!hours || left_s / kHour_s > *hours)) hours = left_s / kHour_s;
  }
  const auto gauge = [](const char* name, const char* help) {
    return Family(name, FamilyType::gauge, help);
  };
  std::string text;
  text += gauge("dsa110_validity_active_sets", "Active calibration sets that hold now.")
              .add(static_cast<double>(active))
              .text();
  text += gauge("dsa110_validity_expired_count", "Active calibration sets that hold no more.")
              .add(static_cast<double>(expired))
              .text();
  text +=
      gauge("dsa110_validity_expiring_soon_count", "Those that hold for less than an hour more.")
          .add(static_cast<double>(soon))
          .text();
  text += gauge("dsa110_validity_hours_until_expiry", "Hours for which the last one holds.")
              .add(hours)
              .text();
  return text;
}

std::string distributions(Reader& reader) {
  std::string text;
  text += histogram(
      reader, Family("dsa110_image_noise_jy", FamilyType::histogram, "Noise of images, Jy/beam."),
      kNoise_jy, "SELECT noise_jy FROM images WHERE type = 'image'");
  text += histogram(
      reader,
      Family("dsa110_image_dynamic_range", FamilyType::histogram, "Dynamic range of images."),
      kDynamicRange, "SELECT dynamic_range FROM images WHERE type = 'image'");
  text += histogram(
      reader,
      Family("contimg_conversion_seconds", FamilyType::histogram, "Seconds of conversions."),
      kSeconds, "SELECT wall_s FROM stage_metrics WHERE stage = 'convert' AND source = 'measured'");
  text += histogram(
      reader, Family("contimg_imaging_seconds", FamilyType::histogram, "Seconds of imaging."),
      kSeconds, "SELECT wall_s FROM stage_metrics WHERE stage = 'image' AND source = 'measured'");
  return text;
}

}  // namespace

std::string further_metrics(Reader& reader, double now_unix_s) {
  return counts_of_products(reader) + counts_of_work(reader) + validity(reader, now_unix_s) +
         distributions(reader);
}

}  // namespace contimg::status
