// SPDX-License-Identifier: GPL-3.0-or-later
// Which calibration set a group gets: of its declination, band and pointing the nearest in time; or why none.
#include <algorithm>
#include <cmath>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "queue/groups.h"
#include "registry/registry.h"
#include "registry/rows.h"

namespace contimg::registry {
namespace {

double unix_s_from_mjd(double mjd) { return astro::unix_s_from_mjd_s(mjd * kDay_s); }

}  // namespace

bool covers(const CalibrationSet& set, const Target& target) {
  if (target.low_edge_hz <= 0 || target.high_edge_hz <= 0) return true;
  const double half_channel_hz =
      (set.high_edge_hz - set.low_edge_hz) / std::max(1, set.n_channel) / 2;
  return target.low_edge_hz >= set.low_edge_hz - half_channel_hz &&
         target.high_edge_hz <= set.high_edge_hz + half_channel_hz;
}

struct Registry::Near {
  CalibrationSet set;
  double age_h = 0;
  bool in_validity = false;
  bool later = false;

  std::string describe(const Target& target) const {
    return set.label() + ": solved " + fixed(age_h, 2) + " h " + (later ? "later" : "earlier") +
           ", " + fixed(std::abs(set.dec_deg - target.dec_deg), 2) + " deg off in declination, " +
           (in_validity ? "within" : "outside") + " its validity";
  }
};

// A set is only for one pointing: a group at another declination between the two shows that the
// telescope was moved, even if it came back.
bool Registry::moved_between(double mjd, double other_mjd, double dec_deg) {
  const double from = std::min(mjd, other_mjd), until = std::max(mjd, other_mjd);
  Statement seen(db_,
                 "SELECT 1 FROM ingest_queue WHERE first_time_unix_s > ?1"
                 " AND first_time_unix_s < ?2 AND state <> 'failed'"
                 " AND abs(pointing_dec_rad * ?5 - ?3) > ?4"
                 " UNION ALL SELECT 1 FROM pointing_history WHERE timestamp_mjd > ?6"
                 " AND timestamp_mjd < ?7 AND abs(dec - ?3) > ?4 LIMIT 1");
  seen.bind(1, unix_s_from_mjd(from)).bind(2, unix_s_from_mjd(until)).bind(3, dec_deg);
  seen.bind(4, limits_.dec_tolerance_deg).bind(5, 1 / astro::kDegree).bind(6, from).bind(7, until);
  return seen.step();
}

std::vector<Registry::Near> Registry::near(const Target& target) {
  const double reach_h = std::min(limits_.max_age_h, limits_.bandpass_validity_h);
  Statement query(
      db_, std::string("SELECT ") + kSetColumns +
               ", max(s.solved_from_mjd - ?1, ?1 - s.solved_until_mjd, 0) * 24 AS age_h,"
               " (?1 BETWEEN s.valid_from_mjd AND s.valid_until_mjd) AS valid"
               " FROM calibration_set s WHERE s.state = 'active' AND abs(s.dec_deg - ?2) <= ?3"
               " AND (valid OR age_h <= ?4)"
               " ORDER BY valid DESC, age_h, s.created_at DESC, s.id DESC");
  query.bind(1, target.mjd).bind(2, target.dec_deg).bind(3, limits_.dec_tolerance_deg);
  query.bind(4, reach_h);
  std::vector<Near> found;
  while (query.step())
    found.push_back({read_set(query), query.real(28), query.integer(29) != 0, false});
  const auto out_of_reach = [&](const Near& near) {
    return !covers(near.set, target) ||
           moved_between(near.set.solved_mjd, target.mjd, target.dec_deg);
  };
  found.erase(std::remove_if(found.begin(), found.end(), out_of_reach), found.end());
  for (Near& near : found) near.later = near.set.solved_mjd > target.mjd;
  return found;
}

std::string Registry::why_none(const Target& target) {
  int active = 0, elsewhere = 0, candidates = 0, failed = 0, moved = 0, other_band = 0;
  double nearest_h = INFINITY;
  for (const CalibrationSet& set : list()) {
    candidates += set.state == SetState::candidate ? 1 : 0;
    failed += set.state == SetState::failed ? 1 : 0;
    if (set.state != SetState::active) continue;
    ++active;
    if (std::abs(set.dec_deg - target.dec_deg) > limits_.dec_tolerance_deg)
      ++elsewhere;
    else if (!covers(set, target))
      ++other_band;
    else if (moved_between(set.solved_mjd, target.mjd, target.dec_deg))
      ++moved;
    else
      nearest_h = std::min(nearest_h, std::max({set.solved_from_mjd - target.mjd,
                                                target.mjd - set.solved_until_mjd, 0.0}) *
                                          24);
  }
  std::string why = "no calibration: " + std::to_string(active) + " active sets";
  if (elsewhere > 0)
    why += ", " + std::to_string(elsewhere) + " of them more than " +
           fixed(limits_.dec_tolerance_deg, 2) + " deg off in declination";
  if (other_band > 0) why += ", " + std::to_string(other_band) + " of another band";
  if (moved > 0)
    why += ", " + std::to_string(moved) + " from before or after a change of the pointing";
  if (std::isfinite(nearest_h))
    why += ", the nearest " + fixed(nearest_h, 1) + " h away, expected at most " +
           fixed(std::min(limits_.max_age_h, limits_.bandpass_validity_h), 1) + " h";
  if (candidates > 0) why += "; " + std::to_string(candidates) + " candidates not judged";
  if (failed > 0) why += "; " + std::to_string(failed) + " failed sets";
  return why;
}

Choice Registry::chosen(const Target& target, bool read_tables) {
  Choice choice;
  std::vector<std::string> warnings;
  std::string temporary;
  std::vector<Near> found = near(target);
  for (Near& near : found) {
    read_table_paths(db_, near.set);
    try {
      if (read_tables) require_whole(near.set);
    } catch (const Error& fault) {
      if (dynamic_cast<const TemporaryError*>(&fault)) temporary = fault.what();
      warnings.push_back(near.set.label() + " is passed over: " + fault.what());
      continue;
    }
    choice.set = near.set;
    choice.age_h = near.age_h;
    choice.in_validity = near.in_validity;
    choice.why = near.describe(target);
    if (found.size() > 1) choice.why += "; " + std::to_string(found.size() - 1) + " more in reach";
    if (near.age_h > limits_.warn_age_h)
      warnings.push_back(near.set.label() + " is " + fixed(near.age_h, 1) + " h away, more than " +
                         fixed(limits_.warn_age_h, 1) + " h");
    break;
  }
  if (!choice.set && !temporary.empty()) throw TemporaryError(temporary);
  if (!choice.set && read_tables) choice.why = why_none(target);
  for (const std::string& warning : warnings)
    choice.warning += (choice.warning.empty() ? "" : "; ") + warning;
  return choice;
}

Choice Registry::choose(const Target& target) {
  if (!std::isfinite(target.mjd) || !std::isfinite(target.dec_deg))
    throw DataError(target.group_id + ": no time or declination, expected both to choose a set");
  return chosen(target, true);
}

Target Registry::target_of(const std::string& group_id) {
  const auto group = queue::find_group(db_, group_id);
  if (!group)
    throw UsageError(group_id + ": no such group in " + db_.path() +
                     ", expected one that 'manage-queue list' shows");
  if (group->first_time_unix_s <= 0)
    throw DataError(group_id + ": the queue does not know when it was observed, expected times " +
                    "from form-groups");
  Target target;
  target.group_id = group_id;
  target.mjd =
      astro::mjd_s_from_unix_s((group->first_time_unix_s + group->last_time_unix_s) / 2) / kDay_s;
  target.dec_deg = group->pointing_dec_rad / astro::kDegree;
  Statement band(db_,
                 "SELECT coalesce(min(low_edge_hz), 0), coalesce(max(high_edge_hz), 0)"
                 " FROM hdf5_file_index WHERE group_id = ? AND has_header AND role = 'member'");
  band.bind(1, group_id).step();
  target.low_edge_hz = band.real(0);
  target.high_edge_hz = band.real(1);
  return target;
}

}  // namespace contimg::registry
