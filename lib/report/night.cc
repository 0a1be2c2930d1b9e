// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/night.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "report/ask.h"
#include "report/coverage.h"

namespace contimg::report {
namespace {

constexpr double kNoon_s = 43200;

using Groups = std::map<std::string, NightGroup>;

Night night_from(double begin_unix_s) {
  const auto stamp = [](double unix_s) {
    return astro::format_stamp(astro::mjd_s_from_unix_s(unix_s));
  };
  Night night;
  night.begin_unix_s = begin_unix_s;
  night.end_unix_s = begin_unix_s + kDay_s;
  night.date = astro::format_date(astro::mjd_s_from_unix_s(begin_unix_s));
  night.first_id = stamp(night.begin_unix_s);
  night.end_id = stamp(night.end_unix_s);
  return night;
}

// A group without a readable header has no times but that in its name.
void place_in_time(NightGroup& group, const Json& row) {
  const double first = number(row, "first_time_unix_s"), last = number(row, "last_time_unix_s");
  const double half = number(row, "integration_time_s") / 2;
  if (first > 0 && last >= first) {
    group.begin_unix_s = first - (half > 0 ? half : 0);
    group.end_unix_s = last + (half > 0 ? half : 0);
    return;
  }
  const auto stamp = astro::parse_stamp(group.group_id);
  group.begin_unix_s = stamp ? astro::unix_s_from_mjd_s(*stamp) : kNotKnown;
  group.end_unix_s = group.begin_unix_s + kSlot_s;
}

Groups read_groups(Database& db, const Night& night) {
  Groups groups;
  for (const Json& row :
       ask(db,
           "SELECT group_id, state, observation_class, first_time_unix_s, last_time_unix_s,"
           " integration_time_s, pointing_dec_rad, last_subband_at, n_subbands, expected_subbands,"
           " missing_subbands, calibrators FROM ingest_queue WHERE group_id >= ? AND group_id < ?",
           night.first_id, night.end_id)) {
    NightGroup group;
    group.group_id = word(row, "group_id");
    group.state = word(row, "state");
    group.observation_class = word(row, "observation_class");
    group.dec_deg = number(row, "pointing_dec_rad") / astro::kDegree;
    group.arrived_unix_s = number(row, "last_subband_at");
    group.n_subbands = row["n_subbands"].get<int>();
    group.expected_subbands = row["expected_subbands"].get<int>();
    group.missing = word(row, "missing_subbands");
    group.calibrators = word(row, "calibrators");
    group.imaged_unix_s = group.finished_unix_s = kNotKnown;
    place_in_time(group, row);
    groups[group.group_id] = group;
  }
  return groups;
}

void read_jobs(Database& db, const Night& night, Groups& groups) {
  for (const Json& row : ask(db,
                             "SELECT j.group_id, j.stage, j.state, j.reason, g.error FROM job j"
                             " JOIN ingest_queue g ON g.group_id = j.group_id"
                             " WHERE j.group_id >= ? AND j.group_id < ? ORDER BY j.group_id, j.id",
                             night.first_id, night.end_id)) {
    NightGroup& group = groups[word(row, "group_id")];
    const std::string state = word(row, "state"), stage = word(row, "stage");
    if (state == "done" || !group.next_stage.empty()) continue;
    group.next_stage = stage;
    if (state != "failed" && state != "waiting") continue;
    group.trouble_stage = stage;
    group.trouble_state = state;
    const std::string error = word(row, "error");
    group.trouble_reason = stage == "convert" && !error.empty() ? error : word(row, "reason");
  }
}

void read_attempts(Database& db, const Night& night, const std::string& last_stage,
                   Groups& groups) {
  for (const Json& row : ask(db,
                             "SELECT group_id, stage, outcome, ended_at FROM job_attempt"
                             " WHERE group_id >= ? AND group_id < ?",
                             night.first_id, night.end_id)) {
    const auto found = groups.find(word(row, "group_id"));
    if (found == groups.end()) continue;
    NightGroup& group = found->second;
    const std::string outcome = word(row, "outcome"), stage = word(row, "stage");
    if (outcome == "failed" || outcome == "retry" || outcome == "expired") ++group.n_lost_attempts;
    if (outcome != "done") continue;
    const double at = number(row, "ended_at");
    if (stage == "image") group.imaged_unix_s = std::fmin(group.imaged_unix_s, at);
    if (stage == last_stage) group.finished_unix_s = std::fmin(group.finished_unix_s, at);
  }
}

void read_images(Database& db, const Night& night, Groups& groups) {
  for (const Json& row :
       ask(db,
           "SELECT i.group_id, i.path, i.tier, i.calibration_set, i.beam_major_arcsec,"
           " i.beam_minor_arcsec, i.noise_jy, q.verdict, q.reasons, q.theoretical_rms_jy,"
           " q.flux_ratio, q.astrometry_arcsec, q.flagged_share, q.dynamic_range, (SELECT p.path"
           " FROM product p WHERE p.group_id = i.group_id AND p.stage = 'image'"
           " AND p.path LIKE '%-thumbnail.png' AND p.removed_at IS NULL LIMIT 1) AS thumbnail"
           " FROM images i JOIN image_qa q ON q.image_path = i.path"
           " WHERE i.group_id >= ? AND i.group_id < ?",
           night.first_id, night.end_id)) {
    const auto found = groups.find(word(row, "group_id"));
    if (found == groups.end()) continue;
    NightGroup& group = found->second;
    group.image_path = word(row, "path");
    group.tier = word(row, "tier");
    group.calibration_set = word(row, "calibration_set");
    group.verdict = word(row, "verdict");
    group.reasons = word(row, "reasons");
    group.thumbnail = word(row, "thumbnail");
    group.noise_jy = number(row, "noise_jy");
    group.theoretical_jy = number(row, "theoretical_rms_jy");
    group.flux_ratio = number(row, "flux_ratio");
    group.astrometry_arcsec = number(row, "astrometry_arcsec");
    group.flagged_share = number(row, "flagged_share");
    group.dynamic_range = number(row, "dynamic_range");
    group.beam_major_arcsec = number(row, "beam_major_arcsec");
    group.beam_minor_arcsec = number(row, "beam_minor_arcsec");
  }
}

}  // namespace

Night night_named(const std::string& date) {
  constexpr std::size_t kDateLength = 10;
  const auto midnight =
      date.size() == kDateLength ? astro::parse_stamp(date + "T00:00:00") : std::nullopt;
  if (!midnight) throw UsageError("--night: \"" + date + "\" is no date, expected YYYY-MM-DD");
  return night_from(astro::unix_s_from_mjd_s(*midnight) + kNoon_s);
}

Night last_night(double now_unix_s) {
  const double noons = std::floor((now_unix_s - kNoon_s) / kDay_s);
  return night_from((noons - 1) * kDay_s + kNoon_s);
}

std::vector<NightGroup> groups_of(Database& db, const Night& night, const std::string& last_stage) {
  Groups groups = read_groups(db, night);
  read_jobs(db, night, groups);
  read_attempts(db, night, last_stage, groups);
  read_images(db, night, groups);
  std::vector<NightGroup> list;
  for (auto& [id, group] : groups) list.push_back(std::move(group));
  std::stable_sort(list.begin(), list.end(), [](const NightGroup& a, const NightGroup& b) {
    return a.begin_unix_s < b.begin_unix_s;
  });
  return list;
}

}  // namespace contimg::report
