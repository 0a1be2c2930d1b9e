// SPDX-License-Identifier: GPL-3.0-or-later
// Which set each group was given, which groups would now get another, and sets that a new pointing retires.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/unless_empty.h"
#include "queue/groups.h"
#include "registry/registry.h"
#include "registry/rows.h"

namespace contimg::registry {
namespace {

int cost(const std::string& action) { return action == "reapply" ? 0 : action == "solve" ? 1 : 2; }

std::string hours(double age_h) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f h", age_h);
  return text;
}

double age_h(const CalibrationSet& set, double mjd) {
  return std::max({set.solved_from_mjd - mjd, mjd - set.solved_until_mjd, 0.0}) * 24;
}

/// Of one group, or (empty) of all.
std::vector<Use> uses(Database& db, const std::string& group_id) {
  Statement query(db,
                  "SELECT group_id, set_id, ms_path, quality, success, applied_at"
                  " FROM calibration_use WHERE ?1 = '' OR group_id = ?1 ORDER BY group_id");
  query.bind(1, group_id);
  std::vector<Use> found;
  while (query.step())
    found.push_back({query.text(0), query.integer(1), query.text(2), query.text(3),
                     query.integer(4) != 0, query.real(5)});
  return found;
}

/// What is wrong with the set that a group has, compared with what it would get; empty: nothing.
std::string fault(const std::optional<CalibrationSet>& had, const Choice& choice,
                  const Target& target) {
  if (!had) return choice.set ? "it has no calibration, and there is one now" : "";
  if (choice.set && choice.set->id == had->id) return "";
  if (had->state == SetState::failed || (had->state == SetState::retired && had->invalid))
    return "its set " + had->label() + " is " + state_name(had->state) + ": " + had->state_reason;
  if (!choice.set) return "";
  const double gain_h = age_h(*had, target.mjd) - choice.age_h;
  if (gain_h <= 0) return "";
  return choice.set->label() + " is nearer by " + hours(gain_h);
}

}  // namespace

void Registry::record_use(const Use& use) {
  Transaction transaction(db_);
  if (use.set_id != 0) {
    Statement used(db_, "SELECT activated_at IS NOT NULL FROM calibration_set WHERE id = ?");
    if (!used.bind(1, use.set_id).step() || used.integer(0) == 0)
      throw DataError(use.group_id + ": calibrated with set " + std::to_string(use.set_id) +
                      ", which was never active; expected one that the registry chose");
  }
  Statement(db_,
            "INSERT OR REPLACE INTO calibration_use"
            " (group_id, set_id, ms_path, applied_at, quality, success) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(1, use.group_id)
      .bind(2, use.set_id == 0 ? std::nullopt : std::optional<std::int64_t>(use.set_id))
      .bind(3, unless_empty(use.ms_path))
      .bind(4, queue_.clock_unix_s())
      .bind(5, use.quality)
      .bind(6, use.success)
      .run();
  transaction.commit();
}

std::optional<Use> Registry::use_of(const std::string& group_id) {
  if (group_id.empty()) return std::nullopt;
  const std::vector<Use> found = uses(db_, group_id);
  return found.empty() ? std::nullopt : std::optional<Use>(found.front());
}

std::vector<Dependant> Registry::stale() {
  std::vector<Dependant> found;
  for (const Use& use : uses(db_, "")) {
    const auto group = queue::find_group(db_, use.group_id);
    if (!group || group->first_time_unix_s <= 0) continue;
    const Target target = target_of(use.group_id);
    const std::optional<CalibrationSet> had = use.set_id == 0 ? std::nullopt : find(use.set_id);
    const Choice choice = chosen(target, false);
    Dependant dependant;
    dependant.why = fault(had, choice, target);
    if (dependant.why.empty()) continue;
    dependant.group_id = use.group_id;
    const bool own = had && had->group_id == use.group_id;
    const bool own_again = choice.set && choice.set->group_id == use.group_id;
    dependant.action = own && !own_again ? "solve" : choice.set ? "reapply" : "wait";
    if (had) dependant.set = had->label();
    if (choice.set) dependant.new_set = choice.set->label();
    found.push_back(dependant);
  }
  std::stable_sort(found.begin(), found.end(), [](const Dependant& a, const Dependant& b) {
    return cost(a.action) < cost(b.action);
  });
  return found;
}

std::vector<CalibrationSet> Registry::pointing_seen(double dec_deg, double mjd,
                                                    const std::string& source) {
  Transaction transaction(db_);
  Statement(db_,
            "INSERT OR IGNORE INTO pointing_history (timestamp_mjd, dec, source, recorded_at)"
            " VALUES (?, ?, ?, ?)")
      .bind(1, mjd)
      .bind(2, dec_deg)
      .bind(3, source)
      .bind(4, queue_.clock_unix_s())
      .run();
  std::vector<CalibrationSet> retired;
  for (const CalibrationSet& set : list(SetState::active)) {
    if (std::abs(set.dec_deg - dec_deg) <= limits_.dec_tolerance_deg || set.solved_mjd >= mjd)
      continue;
    const double reach_days = std::min(limits_.max_age_h, limits_.bandpass_validity_h) / 24;
    Statement wanted(db_,
                     "SELECT 1 FROM ingest_queue g WHERE g.state <> 'failed'"
                     " AND g.first_time_unix_s BETWEEN ? AND ?"
                     " AND abs(g.pointing_dec_rad * ? - ?) <= ? AND NOT EXISTS"
                     " (SELECT 1 FROM calibration_use u WHERE u.group_id = g.group_id) LIMIT 1");
    const double from = std::min(set.valid_from_mjd, set.solved_from_mjd - reach_days);
    const double until =
        std::min(mjd, std::max(set.valid_until_mjd, set.solved_until_mjd + reach_days));
    wanted.bind(1, astro::unix_s_from_mjd_s(from * kDay_s));
    wanted.bind(2, astro::unix_s_from_mjd_s(until * kDay_s)).bind(3, 1 / astro::kDegree);
    wanted.bind(4, set.dec_deg).bind(5, limits_.dec_tolerance_deg);
    if (wanted.step()) continue;
    change_state(set.id, SetState::retired, "the pointing changed", false);
    retired.push_back(*find(set.id));
  }
  transaction.commit();
  return retired;
}

}  // namespace contimg::registry
