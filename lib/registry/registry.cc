// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/registry.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "base/unless_empty.h"
#include "caltable/recorded.h"
#include "registry/rows.h"
#include "registry/tables.h"

namespace contimg::registry {
namespace {

namespace fs = boost::filesystem;

constexpr const char* kStateNames[] = {"candidate", "active", "retired", "failed"};

std::string lines_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  return text;
}

void require_complete(const NewSet& set) {
  if (set.name.empty() || set.name.find_first_of("/\n") != std::string::npos)
    throw UsageError("calibration set \"" + set.name +
                     "\": no name for a set, expected one without '/'");
  if (!std::isfinite(set.dec_deg) || std::abs(set.dec_deg) > 90)
    throw UsageError(set.name +
                     ": no declination of the pointing, expected -90 to 90 degrees (--dec)");
  if (!set.quality.empty() && !nlohmann::json::accept(set.quality))
    throw DataError(set.name + ": its quality is no JSON, expected an object");
}

/// The set as its row will have it: what was not said comes from the tables.
CalibrationSet completed(const NewSet& given, const SetFacts& facts, const Limits& limits) {
  CalibrationSet set;
  static_cast<NewSet&>(set) = given;
  set.solved_from_mjd = facts.solved_from_mjd;
  set.solved_until_mjd = facts.solved_until_mjd;
  set.low_edge_hz = facts.low_edge_hz;
  set.high_edge_hz = facts.high_edge_hz;
  set.n_channel = facts.n_channel;
  if (set.solved_mjd <= 0) set.solved_mjd = (set.solved_from_mjd + set.solved_until_mjd) / 2;
  if (set.solved_mjd < set.solved_from_mjd - 1 || set.solved_mjd > set.solved_until_mjd + 1)
    throw DataError(set.name + ": solved at MJD " + std::to_string(set.solved_mjd) +
                    " by what is said, but at " + std::to_string(set.solved_from_mjd) +
                    " by its tables, expected the same day");
  set.solved_from_mjd = std::min(set.solved_from_mjd, set.solved_mjd);
  set.solved_until_mjd = std::max(set.solved_until_mjd, set.solved_mjd);
  const double validity_days =
      (facts.has_gains ? std::min(limits.gain_validity_h, limits.bandpass_validity_h)
                       : limits.bandpass_validity_h) /
      24;
  set.valid_from_mjd = set.valid_from_mjd_given.value_or(set.solved_from_mjd - validity_days);
  set.valid_until_mjd = set.valid_until_mjd_given.value_or(set.solved_until_mjd + validity_days);
  if (!(set.valid_from_mjd <= set.solved_from_mjd && set.solved_until_mjd <= set.valid_until_mjd))
    throw UsageError(set.name + ": its validity leaves out the data it was solved on, expected " +
                     "both ends around them");
  if (set.refant.empty()) set.refant = facts.refant;
  if (set.antennas.empty()) set.antennas = facts.antennas;
  if (set.ms_path.empty()) set.ms_path = facts.ms_name;
  std::sort(set.antennas.begin(), set.antennas.end());
  if (set.quality.empty()) set.quality = "{}";
  return set;
}

/// The solver's own words with the gates' beside them.
std::string judged_quality(const std::string& quality, const Verdict& verdict) {
  nlohmann::ordered_json all = nlohmann::ordered_json::parse(quality.empty() ? "{}" : quality);
  if (!all.is_object()) all = {{"solver", all}};
  all.update(verdict.json());
  return all.dump();
}

}  // namespace

std::string state_name(SetState state) { return kStateNames[static_cast<int>(state)]; }

SetState state_from(const std::string& name) {
  for (int i = 0; i < 4; ++i)
    if (name == kStateNames[i]) return static_cast<SetState>(i);
  throw UsageError(name + ": no state of a set, expected candidate, active, retired or failed");
}

std::string CalibrationSet::label() const {
  return version > 1 ? name + " (version " + std::to_string(version) + ")" : name;
}

Limits limits_from(const Settings& settings) {
  return {settings.bandpass_validity_h, settings.gain_validity_h,   settings.max_age_h,
          settings.warn_age_h,          settings.dec_tolerance_deg, gate_limits(settings)};
}

const std::vector<std::string>& lookup_options() {
  static const std::vector<std::string> options = {"--bandpass-validity-h", "--gain-validity-h",
                                                   "--max-age-h", "--warn-age-h",
                                                   "--dec-tolerance-deg"};
  return options;
}

const std::vector<std::string>& gate_options() {
  static const std::vector<std::string> options = {"--flagged-warn",
                                                   "--flagged-fail",
                                                   "--min-antennas",
                                                   "--snr-warn",
                                                   "--snr-fail",
                                                   "--min-beam",
                                                   "--dec-offset-warn-deg",
                                                   "--dec-offset-fail-deg",
                                                   "--refant-flagged-fail",
                                                   "--scatter-warn-deg",
                                                   "--scatter-fail-deg",
                                                   "--unconverged-warn",
                                                   "--unconverged-fail"};
  return options;
}

Registry::Registry(const queue::QueueSettings& queue, const Limits& limits)
    : queue_(queue), limits_(limits), db_(queue::open_queue(queue, false)) {}

std::string Registry::table_stem(const std::string& folder, const std::string& name) {
  Statement query(db_,
                  "SELECT coalesce(max(version), 0) FROM calibration_set"
                  " WHERE name = ? AND activated_at IS NOT NULL");
  query.bind(1, name).step();
  const std::int64_t version = query.integer(0) + 1;
  const std::string file = version > 1 ? name + ".v" + std::to_string(version) : name;
  return (fs::path(folder) / file).string();
}

std::int64_t Registry::insert(const CalibrationSet& set, const std::string& config_hash) {
  const double now = queue_.clock_unix_s();
  Statement row(
      db_,
      "INSERT INTO calibration_set (name, version, state, state_reason, group_id, ms_path,"
      " solved_mjd, solved_from_mjd, solved_until_mjd, valid_from_mjd, valid_until_mjd, dec_deg,"
      " calibrator, flux_jy, frequency_hz, flux_source, refant, antennas, antennas_hash,"
      " software_version, quality, changed_by, created_at, updated_at, low_edge_hz, high_edge_hz,"
      " n_channel, config_hash)"
      " SELECT ?1, 1 + coalesce(max(version), 0), 'candidate', 'not judged yet', ?2, ?3, ?4, ?5,"
      " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?20, ?21, ?22, ?23,"
      " ?24"
      " FROM calibration_set WHERE name = ?1");
  const auto known = [](double value) {
    return value > 0 ? std::optional<double>(value) : std::nullopt;
  };
  row.bind(1, set.name).bind(2, unless_empty(set.group_id)).bind(3, unless_empty(set.ms_path));
  row.bind(4, set.solved_mjd).bind(5, set.solved_from_mjd).bind(6, set.solved_until_mjd);
  row.bind(7, set.valid_from_mjd).bind(8, set.valid_until_mjd).bind(9, set.dec_deg);
  row.bind(10, unless_empty(set.calibrator)).bind(11, known(set.flux_jy));
  row.bind(12, known(set.frequency_hz)).bind(13, unless_empty(set.flux_source));
  row.bind(14, unless_empty(set.refant)).bind(15, nlohmann::json(set.antennas).dump());
  row.bind(16, sha256(lines_of(set.antennas))).bind(17, unless_empty(set.software_version));
  row.bind(18, set.quality).bind(19, queue_.worker.text()).bind(20, now);
  row.bind(21, set.low_edge_hz).bind(22, set.high_edge_hz).bind(23, set.n_channel);
  row.bind(24, config_hash).run();
  return db_.last_insert_rowid();
}

std::int64_t Registry::add_candidate(const NewSet& given) {
  require_complete(given);
  const SetFacts facts = read_tables(given.tables);
  const CalibrationSet set = completed(given, facts, limits_);
  Transaction transaction(db_);
  for (const TableFacts& table : facts.tables) {
    Statement owner(db_,
                    "SELECT s.name FROM calibration_table t JOIN calibration_set s"
                    " ON s.id = t.set_id WHERE t.path = ? AND s.state = 'active' AND s.name <> ?");
    if (owner.bind(1, table.path).bind(2, set.name).step())
      throw DataError(table.path + ": belongs to the active set " + owner.text(0) +
                      ", expected tables of its own for " + set.name);
  }
  for (const CalibrationSet& other :
       select_sets(db_, "s.state = 'active' AND s.name = ?", set.name)) {
    std::vector<std::pair<std::string, std::string>> tables;
    for (const TableFacts& table : facts.tables) tables.emplace_back(table.path, table.fingerprint);
    if (tables == recorded_tables(db_, other.id)) return other.id;
  }
  Statement(db_, "DELETE FROM calibration_set WHERE name = ? AND activated_at IS NULL")
      .bind(1, set.name)
      .run();
  const std::int64_t id = insert(set, facts.config_hash);
  for (std::size_t i = 0; i < facts.tables.size(); ++i)
    Statement(db_, "INSERT INTO calibration_table VALUES (?, ?, ?, ?, ?)")
        .bind(1, id)
        .bind(2, i)
        .bind(3, facts.tables[i].path)
        .bind(4, facts.tables[i].type)
        .bind(5, facts.tables[i].fingerprint)
        .run();
  transaction.commit();
  return id;
}

void Registry::require_whole(const CalibrationSet& set) {
  for (const auto& [path, recorded] : recorded_tables(db_, set.id))
    if (caltable::fingerprint(path) != recorded)
      throw DataError(path + ": is not as it was when it was registered, expected the table that " +
                      "was judged");
  read_tables(set.tables);
}

CalibrationSet Registry::existing(std::int64_t id) {
  const std::vector<CalibrationSet> sets = select_sets(db_, "s.id = " + std::to_string(id));
  if (!sets.empty()) return sets.front();
  throw UsageError("calibration set " + std::to_string(id) +
                   ": none of this number, expected one that was registered");
}

void Registry::change_state(std::int64_t id, SetState state, const std::string& why, bool invalid) {
  Statement(db_,
            "UPDATE calibration_set SET state = ?, state_reason = ?, invalid = ?, changed_by = ?,"
            " updated_at = max(?, updated_at + 1e-6) WHERE id = ?")
      .bind(1, state_name(state))
      .bind(2, why)
      .bind(3, invalid)
      .bind(4, queue_.worker.text())
      .bind(5, queue_.clock_unix_s())
      .bind(6, id)
      .run();
}

void Registry::make_active(const CalibrationSet& set, const std::string& reason) {
  for (const CalibrationSet& other :
       select_sets(db_, "s.state = 'active' AND s.name = ?", set.name))
    change_state(other.id, SetState::retired,
                 "superseded by version " + std::to_string(set.version), true);
  Statement(db_, "UPDATE calibration_set SET activated_at = ? WHERE id = ?")
      .bind(1, queue_.clock_unix_s())
      .bind(2, set.id)
      .run();
  change_state(set.id, SetState::active, reason, false);
  Statement(db_,
            "UPDATE job SET not_before = ?1 WHERE stage = 'calibrate' AND state = 'waiting'"
            " AND not_before > ?1 AND reason LIKE 'no_calibration%'")
      .bind(1, queue_.clock_unix_s())
      .run();
}

CalibrationSet Registry::judge(std::int64_t id, const Verdict& verdict) {
  require_whole(existing(id));  // before the transaction: others wait for that
  Transaction transaction(db_);
  const CalibrationSet set = existing(id);
  if (set.state != SetState::candidate) return existing(id);
  Statement(db_, "UPDATE calibration_set SET verdict = ?, quality = ? WHERE id = ?")
      .bind(1, verdict.text())
      .bind(2, judged_quality(set.quality, verdict))
      .bind(3, id)
      .run();
  if (verdict.usable())
    make_active(set, "passed its gates");
  else if (verdict.grade == Grade::fail)
    change_state(id, SetState::failed, "did not pass its gates", true);
  else
    change_state(id, SetState::candidate, "its quality is not known", false);
  transaction.commit();
  return existing(id);
}

CalibrationSet Registry::activate(std::int64_t id, const std::string& override_reason) {
  require_whole(existing(id));
  Transaction transaction(db_);
  const CalibrationSet set = existing(id);
  if (set.state == SetState::active) return existing(id);
  if (override_reason.empty())
    throw UsageError(set.label() + ": is " + state_name(set.state) + " (" + set.state_reason +
                     "), its gates say " + (set.verdict.empty() ? "nothing" : set.verdict) +
                     "; expected a reason to use it all the same (--override WHY)");
  Statement(db_,
            "UPDATE calibration_set SET override_reason = ?,"
            " verdict = coalesce(verdict, 'UNKNOWN: not judged') WHERE id = ?")
      .bind(1, override_reason)
      .bind(2, id)
      .run();
  make_active(set, "activated by an operator: " + override_reason);
  transaction.commit();
  return existing(id);
}

void Registry::fail(std::int64_t id, const std::string& why) {
  Transaction transaction(db_);
  change_state(existing(id).id, SetState::failed, why, true);
  transaction.commit();
}

void Registry::retire(std::int64_t id, const std::string& why) {
  Transaction transaction(db_);
  change_state(existing(id).id, SetState::retired, why, true);
  transaction.commit();
}

std::vector<CalibrationSet> Registry::list(std::optional<SetState> state) {
  if (!state) return select_sets(db_, "1");
  return select_sets(db_, "s.state = ?", state_name(*state));
}

std::optional<CalibrationSet> Registry::find(std::int64_t id) {
  const auto sets = select_sets(db_, "s.id = " + std::to_string(id));
  return sets.empty() ? std::nullopt : std::optional<CalibrationSet>(sets.front());
}

CalibrationSet Registry::named(const std::string& name) {
  std::vector<CalibrationSet> sets = select_sets(db_, "s.name = ?", name);
  if (sets.empty()) sets = select_sets(db_, "s.name || ':' || s.version = ?", name);
  if (sets.empty())
    throw UsageError(
        name + ": no such calibration set, expected one that 'manage-caltables list' " + "shows");
  const auto better = [](const CalibrationSet& a, const CalibrationSet& b) {
    const bool a_active = a.state == SetState::active, b_active = b.state == SetState::active;
    return a_active != b_active ? b_active : a.version < b.version;
  };
  return *std::max_element(sets.begin(), sets.end(), better);
}

}  // namespace contimg::registry
