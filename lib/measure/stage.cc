// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/stage.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "astro/constants.h"
#include "base/atomic_output.h"
#include "base/clock.h"
#include "base/error.h"
#include "measure/database.h"
#include "measure/source_table.h"
#include "queue/process_metrics.h"

namespace contimg::measure {
namespace {

namespace fs = boost::filesystem;
using Json = nlohmann::ordered_json;

using astro::kArcsec;

struct Counts {
  std::size_t forced = 0, detected = 0, limits = 0, blind = 0;
};

Counts counts_of(const Tile& tile) {
  Counts counts;
  for (const Measurement& source : tile.sources) {
    if (source.kind == Kind::blind) {
      ++counts.blind;
      continue;
    }
    ++counts.forced;
    if (source.detected())
      ++counts.detected;
    else if (std::isfinite(source.limit_jy))
      ++counts.limits;
  }
  return counts;
}

std::vector<std::string> write_tables(const Tile& tile, const std::string& image_path,
                                      const StageSettings& settings) {
  const std::string folder = settings.source_dir.empty()
                                 ? fs::absolute(image_path).parent_path().string()
                                 : settings.source_dir;
  create_folders(folder);
  const std::string stem = (fs::path(folder) / tile.epoch.group_id).string();
  std::vector<std::string> paths = {stem + ".csv"};
  if (settings.fits_table) write_fits_table(paths.emplace_back(stem + ".fits"), tile);
  if (settings.votable) write_votable(paths.emplace_back(stem + ".xml"), tile);
  if (settings.region) write_regions(paths.emplace_back(stem + ".reg"), tile);
  write_csv(paths.front(), tile);
  return paths;
}

// JSON has no NaN.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json tie_json(const EpochTie& tie) {
  Json json = {{"n_reference", tie.n_source},
               {"flux_scale", number(tie.slope)},
               {"flux_scale_error", number(tie.slope_error)},
               {"flux_offset_jy", number(tie.offset_jy)},
               {"offset_east_arcsec", number(tie.east_rad / kArcsec)},
               {"offset_north_arcsec", number(tie.north_rad / kArcsec)},
               {"position_rms_arcsec", number(tie.position_rms_rad / kArcsec)}};
  if (!tie.reason.empty()) json["reason"] = tie.reason;
  return json;
}

}  // namespace

const std::vector<std::string>& setting_options() {
  static const std::vector<std::string> options = {
      "--queue-db",      "--catalogue",   "--source-dir",  "--measurement-db",
      "--lightcurve-db", "--omp-threads", "--max-retries", "--in-progress-timeout",
      "--order",         "--profile"};
  return options;
}

StageSettings settings_from(const contimg::Settings& settings, const StageSettings& start) {
  StageSettings result = start;
  result.measure.catalogue = settings.catalogue;
  result.measure.lightcurve_db = settings.lightcurve_db;
  result.measure.n_thread = static_cast<std::size_t>(std::max(1, settings.omp_threads));
  result.source_dir = settings.source_dir;
  result.measurement_db = settings.measurement_db;
  return result;
}

StageReport measure_image(const std::string& image_path, const StageSettings& settings) {
  const Clock::time_point begin = Clock::now();
  StageReport report;
  const TileImages images = read_tile(image_path);
  if (!settings.force_quality) require_science(images.epoch);
  report.tile = measure_tile(images, settings.measure, &report.times);
  if (settings.measure.check) settings.measure.check();
  report.paths = write_tables(report.tile, image_path, settings);
  report.csv_path = report.paths.front();
  if (!settings.measurement_db.empty())
    report.epoch_id = MeasurementDatabase(settings.measurement_db).record(report.tile);
  report.times.total_s = seconds_since(begin);
  return report;
}

std::string claimed_image(queue::Queue& queue, const queue::Claim& claim) {
  Statement found(queue.database(),
                  "SELECT path FROM product WHERE group_id = ?1 AND stage = 'image' AND "
                  "kind = 'image' ORDER BY created_at DESC");
  found.bind(1, claim.job().group_id);
  if (!found.step())
    throw DataError(claim.job().group_id +
                    ": the queue knows no image of it, expected one from image-ms");
  return found.text(0);
}

queue::Outcome outcome_of(const StageReport& report) {
  queue::Outcome outcome;
  for (const std::string& path : report.paths)
    outcome.products.push_back({fs::absolute(path).lexically_normal().string(), "sources",
                                static_cast<std::int64_t>(fs::file_size(path)), "",
                                to_json(report)});
  outcome.metrics = queue::process_metrics(report.times.total_s);
  return outcome;
}

std::string to_json(const StageReport& report) {
  const Counts counts = counts_of(report.tile);
  const Epoch& epoch = report.tile.epoch;
  const Json line = {{"stage", "measure"},
                     {"group_id", epoch.group_id},
                     {"product", report.csv_path},
                     {"state", "completed"},
                     {"seconds", report.times.total_s},
                     {"image", epoch.image_path},
                     {"n_forced", counts.forced},
                     {"n_detected", counts.detected},
                     {"n_limit", counts.limits},
                     {"n_blind", counts.blind},
                     {"rms_jy", number(epoch.rms_jy)},
                     {"reliability", number(epoch.reliability)},
                     {"tie", tie_json(epoch.tie)},
                     {"epoch_id", report.epoch_id}};
  return line.dump();
}

void log_report(const StageReport& report, bool profile) {
  const Counts counts = counts_of(report.tile);
  const Epoch& epoch = report.tile.epoch;
  spdlog::info(
      "{}: {} catalogue sources, {} detected, {} limits; {} found that are in no "
      "catalogue; noise {:.3g} mJy; in {:.1f} s",
      epoch.group_id, counts.forced, counts.detected, counts.limits, counts.blind,
      1e3 * epoch.rms_jy, report.times.total_s);
  const EpochTie& tie = epoch.tie;
  if (tie.reason.empty())
    spdlog::info(
        "{}: flux scale {:.3f} +- {:.3f} of the catalogue's from {} sources; places {:.2f}"
        " arcsec east, {:.2f} north",
        epoch.group_id, tie.slope, tie.slope_error, tie.n_source, tie.east_rad / kArcsec,
        tie.north_rad / kArcsec);
  else
    spdlog::warn("{}: not tied to the catalogue: {}", epoch.group_id, tie.reason);
  if (profile)
    spdlog::info("{}: noise {:.2f} s, catalogue {:.2f} s, search {:.2f} s", epoch.group_id,
                 report.times.noise_s, report.times.forced_s, report.times.blind_s);
}

}  // namespace contimg::measure
