// SPDX-License-Identifier: GPL-3.0-or-later
// Sections of a night's report by SQL: stages, calibration, mosaics, notices, disks, versions, variables.
#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <map>

#include "astro/epoch.h"
#include "base/atomic_output.h"
#include "base/clock.h"
#include "base/version.h"
#include "metrics/keep_up.h"
#include "queue/stage.h"
#include "report/is_there.h"
#include "report/night_parts.h"

namespace contimg::report {
namespace {

constexpr const char* kOfNight = " group_id >= ?1 AND group_id < ?2";

double mjd(double unix_s) { return astro::mjd_s_from_unix_s(unix_s) / kDay_s; }

Json of_night(Database& db, const Night& night, const std::string& sql) {
  return ask(db, sql, night.first_id, night.end_id);
}

std::string within_night(const std::string& table) {
  return " " + table + ".group_id >= ?1 AND " + table + ".group_id < ?2 ";
}

// Those with a point in the night: few candidates, one look-up for each epoch.
Json candidates_of(Database& db, const Night& night) {
  return ask(db,
             "SELECT c.source_id, s.name, c.kind, c.significance, c.reason, s.ra_deg, s.dec_deg"
             " FROM candidate c JOIN source s ON s.id = c.source_id"
             " WHERE EXISTS (SELECT 1 FROM epoch e JOIN point p ON p.season = e.season"
             " AND p.source_id = c.source_id AND p.epoch_id = e.id"
             " WHERE e.mid_mjd >= ?1 AND e.mid_mjd < ?2 AND e.state = 'joined')"
             " ORDER BY c.significance DESC LIMIT 20",
             mjd(night.begin_unix_s), mjd(night.end_unix_s));
}

}  // namespace

WorkTime work_time(const std::vector<NightGroup>& groups, double now_unix_s) {
  WorkTime time{kNotKnown, kNotKnown};
  bool open = false;
  for (const NightGroup& group : groups) {
    time.from_unix_s = std::fmin(time.from_unix_s, group.arrived_unix_s);
    time.until_unix_s = std::fmax(time.until_unix_s, group.arrived_unix_s);
    time.until_unix_s = std::fmax(time.until_unix_s, group.finished_unix_s);
    open = open || !group.next_stage.empty();
  }
  if (open) time.until_unix_s = std::fmax(time.until_unix_s, now_unix_s);
  return time;
}

Json stage_times_json(Database& db, const Night& night) {
  std::map<std::string, std::vector<double>> wall_s;
  std::map<std::string, double> memory_kb;
  for (const Json& row : of_night(db, night,
                                  std::string("SELECT stage, wall_s, max_rss_kb FROM stage_metrics"
                                              " WHERE source = 'measured' AND wall_s IS NOT NULL"
                                              " AND") +
                                      kOfNight)) {
    wall_s[word(row, "stage")].push_back(number(row, "wall_s"));
    double& memory = memory_kb[word(row, "stage")];
    if (number(row, "max_rss_kb") > memory) memory = number(row, "max_rss_kb");
  }
  Json list = Json::array();
  for (const std::string& stage : queue::stage_names()) {
    const auto found = wall_s.find(stage);
    if (found == wall_s.end()) continue;
    list.push_back({{"stage", stage},
                    {"n", found->second.size()},
                    {"p50_s", *metrics::percentile(found->second, 0.5)},
                    {"p90_s", *metrics::percentile(found->second, 0.9)},
                    {"max_s", *metrics::percentile(found->second, 1)},
                    {"max_memory_byte", memory_kb[stage] * 1024}});
  }
  return list;
}

// The step in force when the work began is one of them, when it was none of `full`.
Json steps_json(Database& db, const WorkTime& time) {
  if (!std::isfinite(time.from_unix_s)) return Json::array();
  return ask(db,
             "SELECT step, since AS since_unix_s, reason, pressure, backlog_s FROM degradation d"
             " WHERE (since >= ?1 AND since <= ?2) OR (step <> 'full' AND id ="
             " (SELECT max(id) FROM degradation WHERE since < ?1)) ORDER BY id",
             time.from_unix_s, time.until_unix_s);
}

Json calibration_json(Database& db, const Night& night) {
  Json result;
  result["sets_used"] = of_night(
      db, night,
      "SELECT CASE WHEN s.id IS NULL THEN '(none)' WHEN s.version > 1 THEN s.name || ' (version '"
      " || s.version || ')' ELSE s.name END AS name, s.state, s.calibrator, count(*) AS n_groups,"
      " max(CASE WHEN json_valid(u.quality) THEN json_extract(u.quality, '$.age_h') END)"
      " AS max_age_h, avg(CASE WHEN json_valid(u.quality) THEN"
      " json_extract(u.quality, '$.age_h') END) AS mean_age_h FROM calibration_use u"
      " LEFT JOIN calibration_set s ON s.id = u.set_id WHERE" +
          within_night("u") + "GROUP BY u.set_id ORDER BY min(u.group_id)");
  result["solved"] =
      ask(db,
          "SELECT name, version, state, state_reason, calibrator, flux_jy, dec_deg, solved_mjd,"
          " verdict, json_array_length(antennas) AS n_antennas,"
          " json_extract(quality, '$.gates.median_snr.value') AS median_snr,"
          " json_extract(quality, '$.gates.flagged_share.value') AS flagged_share,"
          " json_extract(quality, '$.gates.phase_scatter_deg.value') AS phase_scatter_deg"
          " FROM calibration_set WHERE state IN ('active', 'candidate', 'retired', 'failed')"
          " AND solved_mjd >= ? AND solved_mjd < ? ORDER BY solved_mjd",
          mjd(night.begin_unix_s), mjd(night.end_unix_s));
  result["transits"] = of_night(db, night,
                                std::string("SELECT group_id, calibrators, state FROM ingest_queue"
                                            " WHERE observation_class = 'calibrator' AND") +
                                    kOfNight + " ORDER BY group_id");
  return result;
}

Json mosaics_json(Database& db, const Night& night) {
  return of_night(db, night,
                  "SELECT m.name, m.tier, m.n_images, m.verdict, q.reasons, m.noise_jy,"
                  " q.flux_ratio, q.astrometry_arcsec, m.path FROM mosaics m"
                  " LEFT JOIN mosaic_qa q ON q.mosaic = m.name WHERE m.name IN"
                  " (SELECT DISTINCT mosaic FROM mosaic_members WHERE" +
                      std::string(kOfNight) + ") ORDER BY m.start_mjd");
}

Json notices_json(Database& db, const WorkTime& time) {
  if (!std::isfinite(time.from_unix_s)) return Json::array();
  return ask(db,
             "SELECT severity, subject, text, remedy, first_seen_at, last_seen_at, seen, cleared_at"
             " FROM notice WHERE last_seen_at >= ?1 AND first_seen_at <= ?2"
             " ORDER BY severity, first_seen_at",
             time.from_unix_s, time.until_unix_s);
}

Json disk_json(Database& db, const Settings& settings, const Night& night) {
  Json disk;
  const auto sum = [&](const char* column, const char* table, const char* condition) {
    const Json rows = of_night(db, night,
                               std::string("SELECT total(") + column + ") AS sum FROM " + table +
                                   " WHERE" + kOfNight + condition);
    return number(rows.front(), "sum");
  };
  disk["raw_byte"] = sum("file_size_bytes", "hdf5_file_index", "");
  disk["products_byte"] = sum("size_byte", "product", " AND removed_at IS NULL");
  disk["removed_byte"] = sum("size_byte", "product", " AND removed_at IS NOT NULL");
  disk["free"] = Json::array();
  const std::string queue_folder =
      boost::filesystem::absolute(settings.queue_db).parent_path().string();
  const std::pair<const char*, std::string> places[] = {{"incoming files", settings.input_dir},
                                                        {"Measurement Sets", settings.output_dir},
                                                        {"images", settings.image_dir},
                                                        {"queue", queue_folder}};
  for (const auto& [what, path] : places)
    if (!path.empty())
      disk["free"].push_back(
          {{"what", what}, {"path", path}, {"free_byte", static_cast<double>(free_bytes(path))}});
  return disk;
}

Json versions_json(Database& db, const Night& night) {
  Json list = Json::array({{{"what", "this report"}, {"version", kVersion}, {"n", 1}}});
  const auto add = [&](const std::string& what, const std::string& sql) {
    for (const Json& row : of_night(db, night, sql))
      if (!word(row, "version").empty())
        list.push_back({{"what", what}, {"version", row["version"]}, {"n", row["n"]}});
  };
  add("products",
      "SELECT json_extract(provenance, '$.tool') AS version, count(*) AS n"
      " FROM product WHERE json_valid(provenance) AND" +
          std::string(kOfNight) + " GROUP BY version ORDER BY version");
  add("imager",
      "SELECT 'WSClean ' || json_extract(engine, '$.version') AS version, count(*) AS n"
      " FROM image_qa WHERE" +
          std::string(kOfNight) + " GROUP BY version ORDER BY version");
  add("calibration sets",
      "SELECT s.software_version AS version, count(DISTINCT s.id) AS n FROM calibration_use u"
      " JOIN calibration_set s ON s.id = u.set_id WHERE" +
          within_night("u") + "GROUP BY version ORDER BY version");
  return list;
}

Json variables_json(const Settings& settings, const Night& night) {
  if (!is_there(settings.lightcurve_db)) return nullptr;
  Database db(settings.lightcurve_db, Database::Mode::read_only, kBusyTimeout_ms);
  Json result = ask(db,
                    "SELECT count(*) AS n_epoch, total(n_point) AS n_point, total(n_missing) AS"
                    " n_missing, total(n_new) AS n_new_source, count(gain) AS n_normalised,"
                    " min(gain) AS min_gain, max(gain) AS max_gain FROM epoch"
                    " WHERE mid_mjd >= ? AND mid_mjd < ? AND state = 'joined'",
                    mjd(night.begin_unix_s), mjd(night.end_unix_s))
                    .front();
  result["candidates"] = candidates_of(db, night);
  return result;
}

}  // namespace contimg::report
