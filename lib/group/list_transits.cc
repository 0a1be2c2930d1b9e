// SPDX-License-Identifier: GPL-3.0-or-later
#include "group/list_transits.h"

#include <cmath>
#include <map>

#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/median.h"
#include "queue/groups.h"

namespace contimg::group {
namespace {

using queue::Json;

std::string utc(double time_unix_s) {
  return astro::format_stamp(astro::mjd_s_from_unix_s(time_unix_s)) + "Z";
}

double rounded(double value, double step) { return std::round(value / step) * step; }

Json described(const Crossing& crossing) {
  Json row;
  row["calibrator"] = crossing.source.name;
  row["alias"] = crossing.source.alias.empty() ? Json(nullptr) : Json(crossing.source.alias);
  row["transit"] = utc(crossing.transit_unix_s);
  row["enters"] = utc(crossing.enters_unix_s);
  row["leaves"] = utc(crossing.leaves_unix_s);
  row["beam"] = rounded(crossing.beam, 1e-4);
  row["flux_jy"] = rounded(crossing.source.flux_jy, 1e-4);
  row["apparent_jy"] = rounded(crossing.source.flux_jy * crossing.beam, 1e-4);
  row["dec_offset_deg"] = rounded(crossing.dec_offset_rad / astro::kDegree, 1e-4);
  return row;
}

/// The same, for programs: exact times beside the texts.
void add_exact(const Crossing& crossing, Json& row) {
  row["transit_unix_s"] = crossing.transit_unix_s;
  row["enters_unix_s"] = crossing.enters_unix_s;
  row["leaves_unix_s"] = crossing.leaves_unix_s;
}

/// Start to start of the latest observations that followed each other without a gap; otherwise
/// their length.
double period_s(Database& db, const Strip& strip) {
  Statement query(db,
                  "SELECT first_time_unix_s FROM ingest_queue WHERE first_time_unix_s > 0"
                  " ORDER BY first_time_unix_s DESC LIMIT 50");
  std::vector<double> times, steps;
  while (query.step()) times.push_back(query.real(0));
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double step = times[i - 1] - times[i];
    if (std::abs(step - strip.window_s()) < strip.integration_time_s) steps.push_back(step);
  }
  return steps.empty() ? strip.window_s() : median(steps);
}

struct Span {
  double from_unix_s, until_unix_s;
};

Span past_span(const TransitQuestion& question) {
  return {question.from_unix_s - question.days * kDay_s, question.from_unix_s};
}

void add_group(Database& db, const queue::Group& group, Json& row) {
  row["group_id"] = group.group_id;
  row["state"] = queue::group_state_name(group.state);
  row["ms"] = group.product_path.empty() ? Json(nullptr) : Json(group.product_path);
  row["files"] = Json::array();
  for (const auto& [subband, path] : queue::group_files(db, group.group_id))
    row["files"].push_back(path);
}

}  // namespace

Strip strip_of_latest_group(Database& db) {
  Statement latest(
      db,
      "SELECT g.first_time_unix_s, g.last_time_unix_s, g.integration_time_s, g.pointing_dec_rad,"
      " max(f.latitude_rad), max(f.longitude_rad), max(f.height_m), max(f.drift),"
      " max(f.dish_diameter_m), min(f.low_edge_hz), max(f.high_edge_hz), g.group_id"
      " FROM ingest_queue g JOIN hdf5_file_index f ON f.group_id = g.group_id"
      " WHERE f.has_header AND g.first_time_unix_s > 0 AND g.state <> 'failed'"
      " GROUP BY g.group_id ORDER BY g.first_time_unix_s DESC LIMIT 1");
  if (!latest.step())
    throw UsageError(db.path() +
                     ": no group says where the telescope points, expected one, or --dec");
  if (latest.integer(7) == 0)
    throw UsageError(latest.text(11) +
                     ": the telescope follows a source, expected a drift scan, or --dec");
  Strip strip;
  strip.integration_time_s = latest.real(2);
  strip.n_time =
      1 + static_cast<int>(std::lround((latest.real(1) - latest.real(0)) / latest.real(2)));
  strip.window_start_unix_s = latest.real(0) - 0.5 * latest.real(2);
  strip.apparent_dec_rad = latest.real(3);
  strip.site = {latest.real(5), latest.real(4), latest.real(6)};
  if (latest.real(8) > 0) strip.dish_diameter_m = latest.real(8);
  strip.frequency_hz = 0.5 * (latest.real(9) + latest.real(10));
  strip.period_s = period_s(db, strip);
  return strip;
}

Json coming_transits(Database* db, const TransitQuestion& question,
                     const astro::EarthOrientation& earth) {
  if (db == nullptr && !question.dec_deg)
    throw UsageError(
        "list-transits: neither a queue nor a declination, expected --queue-db, or "
        "--dec");
  const bool known =
      db != nullptr &&
      (!question.dec_deg || db->integer("SELECT count(*) FROM hdf5_file_index WHERE has_header"
                                        " AND group_id IS NOT NULL AND drift") > 0);
  Strip strip = known ? strip_of_latest_group(*db) : Strip();
  if (question.dec_deg) strip.apparent_dec_rad = *question.dec_deg * astro::kDegree;
  Json list = Json::array();
  for (const Crossing& crossing : crossings(
           transit_sources(strip, question.catalogue, question.name, question.limits), strip, earth,
           question.from_unix_s, question.from_unix_s + question.days * kDay_s, question.limits)) {
    Json row = described(crossing);
    row["window"] =
        crossing.window_start_unix_s ? Json(utc(*crossing.window_start_unix_s)) : Json(nullptr);
    row["integration"] = crossing.integration < 0 ? Json(nullptr) : Json(crossing.integration);
    add_exact(crossing, row);
    row["window_start_unix_s"] =
        crossing.window_start_unix_s ? Json(*crossing.window_start_unix_s) : Json(nullptr);
    list.push_back(row);
  }
  return list;
}

Json past_transits(Database& db, const TransitQuestion& question,
                   const astro::EarthOrientation& earth) {
  const Span span = past_span(question);
  Strip strip = strip_of_latest_group(db);
  // Sources and sky are looked up once for each declination, not for each group.
  std::map<long, std::vector<TransitSource>> sources;
  Json list = Json::array();
  for (const queue::Group& group : queue::groups_between(db, span.from_unix_s, span.until_unix_s)) {
    if (group.integration_time_s <= 0) continue;
    strip.apparent_dec_rad = group.pointing_dec_rad;
    if (question.dec_deg &&
        std::abs(group.pointing_dec_rad / astro::kDegree - *question.dec_deg) > 1)
      continue;
    const long key = std::lround(group.pointing_dec_rad / astro::kDegree * 100);
    if (sources.count(key) == 0)
      sources[key] = transit_sources(strip, question.catalogue, question.name, question.limits);
    const double half_s = 0.5 * group.integration_time_s;
    const double start = group.first_time_unix_s - half_s;
    for (const Crossing& crossing : crossings(sources[key], strip, earth, start,
                                              group.last_time_unix_s + half_s, question.limits)) {
      Json row = described(crossing);
      row["integration"] =
          static_cast<int>((crossing.transit_unix_s - start) / group.integration_time_s);
      add_exact(crossing, row);
      add_group(db, group, row);
      list.push_back(row);
    }
  }
  return list;
}

Json for_people(Json list) {
  for (Json& row : list) {
    for (const char* key :
         {"transit_unix_s", "enters_unix_s", "leaves_unix_s", "window_start_unix_s", "ms"})
      row.erase(key);
    if (row.contains("files")) row["files"] = row["files"].size();
  }
  return list;
}

}  // namespace contimg::group
