// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/night_report.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <iterator>

#include "base/atomic_output.h"
#include "base/clock.h"
#include "base/file_bytes.h"
#include "queue/queue.h"
#include "report/night_parts.h"
#include "report/words.h"

namespace contimg::report {
namespace {

namespace fs = boost::filesystem;

constexpr std::size_t kThumbnails = 8, kWorstThumbnails = 4, kLargestThumbnail = 200000;

std::string last_of(const std::vector<std::string>& stages) {
  return stages.empty() ? "convert" : stages.back();
}

// A group may take `allowed_latency` of its durations: of the median one, for a line in a chart.
double allowed_s(const std::vector<NightGroup>& groups, const Settings& settings) {
  std::vector<double> lengths_s;
  for (const NightGroup& group : groups)
    if (group.end_unix_s > group.begin_unix_s)
      lengths_s.push_back(group.end_unix_s - group.begin_unix_s);
  std::sort(lengths_s.begin(), lengths_s.end());
  const double usual_s = lengths_s.empty() ? kSlot_s : lengths_s[lengths_s.size() / 2];
  return settings.allowed_latency * usual_s;
}

// Missing ones are passed over: a picture that is gone is no reason to have no report.
std::string small_file(const std::string& path) {
  boost::system::error_code error;
  const std::uintmax_t size = path.empty() ? 0 : fs::file_size(path, error);
  if (error || size == 0 || size > kLargestThumbnail) return "";
  return file_bytes(path).value_or("");
}

std::string folder_for(const Settings& settings, const NightRequest& request) {
  if (!request.report_dir.empty()) return request.report_dir;
  if (!settings.root.empty()) return (fs::path(settings.root) / "state" / "reports").string();
  return (fs::absolute(settings.queue_db).parent_path() / "reports").string();
}

Json figures_of(Database& db, const Settings& settings, const Night& night,
                const std::vector<NightGroup>& groups, double now_unix_s) {
  Json report;
  report["night"] = night.date;
  report["verdict"] = nullptr;
  report["begin_unix_s"] = night.begin_unix_s;
  report["end_unix_s"] = night.end_unix_s;
  report["made_at"] = now_unix_s;
  report["ended"] = now_unix_s >= night.end_unix_s;
  report["queue_db"] = db.path();
  report["slot_s"] = kSlot_s;
  report["enabled_stages"] = settings.stages;
  report["coverage"] = coverage_json(coverage_of(night, groups));
  report["keep_up"] = latency_json(groups, allowed_s(groups, settings));
  report["keep_up"]["stages"] = stage_times_json(db, night);
  const WorkTime time = work_time(groups, now_unix_s);
  report["steps"] = steps_json(db, time);
  report["failures"] = troubles_json(groups, "failed");
  report["waiting"] = troubles_json(groups, "waiting");
  report["missing_subbands"] = missing_json(groups);
  report["calibration"] = calibration_json(db, night);
  report["images"] = images_json(groups);
  report["mosaics"] = mosaics_json(db, night);
  report["variables"] = variables_json(settings, night);
  report["injection"] = injection_json(settings, night);
  report["notices"] = notices_json(db, time);
  report["disk"] = disk_json(db, settings, night);
  report["versions"] = versions_json(db, night);
  report["verdict"] = verdict_of(report);
  return report;
}

}  // namespace

Json night_figures(Database& db, const Settings& settings, const Night& night, double now_unix_s) {
  return figures_of(db, settings, night, groups_of(db, night, last_of(settings.stages)),
                    now_unix_s);
}

std::vector<Thumbnail> thumbnails_of(const std::vector<NightGroup>& groups) {
  std::vector<const NightGroup*> order, spread;
  for (const NightGroup& group : groups)
    if (group.imaged()) order.push_back(&group);
  spread = order;
  std::stable_sort(order.begin(), order.end(), is_worse);
  const auto good = std::find_if(order.begin(), order.end(),
                                 [](const NightGroup* g) { return g->verdict == "PASS"; });
  order.erase(good, order.end());
  order.resize(std::min(order.size(), kWorstThumbnails));
  const std::size_t step = std::max<std::size_t>(1, spread.size() / kThumbnails);
  for (std::size_t i = step / 2; i < spread.size(); i += step) order.push_back(spread[i]);
  std::vector<Thumbnail> thumbnails;
  for (const NightGroup* group : order) {
    const bool twice = std::any_of(thumbnails.begin(), thumbnails.end(), [&](const Thumbnail& t) {
      return t.group_id == group->group_id;
    });
    if (twice || thumbnails.size() >= kThumbnails) continue;
    std::string png = small_file(group->thumbnail);
    if (png.empty()) continue;
    thumbnails.push_back(
        {group->group_id, group->verdict,
         group->group_id + ": " + group->verdict + ", noise " + flux(group->noise_jy),
         std::move(png)});
  }
  return thumbnails;
}

std::string report_night(const Settings& settings, const NightRequest& request) {
  const queue::QueueSettings queue = queue::queue_settings(settings);
  const double now_unix_s = queue.clock_unix_s();
  const Night night = request.night.empty() ? last_night(now_unix_s) : night_named(request.night);
  Database db = queue::open_queue(queue, false);
  ReadTransaction moment(db);
  const auto groups = groups_of(db, night, last_of(settings.stages));
  Json figures = figures_of(db, settings, night, groups, now_unix_s);
  const std::string path =
      (fs::path(folder_for(settings, request)) / ("night-" + night.date + ".html")).string();
  create_folders(fs::absolute(path).parent_path().string());
  write_text_file(path, night_page(figures, thumbnails_of(groups)));
  spdlog::info("{}: {}", path, word(figures["verdict"], "word"));
  if (!request.json) return path + "\n";
  figures["page"] = path;
  return figures.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace contimg::report
