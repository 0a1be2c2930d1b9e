// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/operate.h"

#include <cmath>

#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "registry/tables.h"

namespace contimg::registry {
namespace {

std::string utc(double mjd) { return astro::format_stamp(mjd * kDay_s) + "Z"; }

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json or_null(double value) { return value > 0 ? Json(value) : Json(nullptr); }

double mjd_from(const std::string& option, const std::string& text) {
  const std::optional<double> time_mjd_s = astro::parse_stamp(text);
  if (!time_mjd_s)
    throw UsageError(option + ": \"" + text + "\" is no time, expected YYYY-MM-DDTHH:MM:SS");
  return *time_mjd_s / kDay_s;
}

Json summary(const CalibrationSet& set) {
  Json row;
  row["set"] = set.name;
  row["version"] = set.version;
  row["state"] = state_name(set.state);
  row["solved"] = utc(set.solved_mjd);
  row["valid_from"] = utc(set.valid_from_mjd);
  row["valid_until"] = utc(set.valid_until_mjd);
  row["dec_deg"] = set.dec_deg;
  row["calibrator"] = or_null(set.calibrator);
  row["verdict"] = or_null(set.verdict.substr(0, set.verdict.find(':')));
  row["reason"] = set.state_reason;
  return row;
}

Json rows_of(Database& db, const std::string& sql, std::int64_t set_id) {
  Statement query(db, sql);
  query.bind(1, set_id);
  return queue::rows(query);
}

Json facts_json(const NewSet& set, const SetFacts& facts) {
  Json report;
  report["set"] = set.name;
  report["state"] = "not registered";
  report["solved_from"] = utc(facts.solved_from_mjd);
  report["solved_until"] = utc(facts.solved_until_mjd);
  report["refant"] = or_null(facts.refant);
  report["field"] = or_null(facts.field);
  report["live_antennas"] = facts.antennas.size();
  report["tables"] = Json::array();
  for (const TableFacts& table : facts.tables)
    report["tables"].push_back({{"path", table.path}, {"type", table.type}});
  return report;
}

}  // namespace

Json list_sets(Registry& registry, const std::string& state) {
  Json list = Json::array();
  const auto wanted = state.empty() ? std::nullopt : std::optional<SetState>(state_from(state));
  for (const CalibrationSet& set : registry.list(wanted)) list.push_back(summary(set));
  return list;
}

Json show_set(Registry& registry, const std::string& name) {
  const CalibrationSet set = registry.named(name);
  Json report = summary(set);
  report["verdict"] = or_null(set.verdict);
  report["override"] = or_null(set.override_reason);
  report["group_id"] = or_null(set.group_id);
  report["ms_path"] = or_null(set.ms_path);
  report["solved_from"] = utc(set.solved_from_mjd);
  report["solved_until"] = utc(set.solved_until_mjd);
  report["flux_jy"] = or_null(set.flux_jy);
  report["frequency_hz"] = or_null(set.frequency_hz);
  report["flux_source"] = or_null(set.flux_source);
  report["low_edge_hz"] = set.low_edge_hz;
  report["high_edge_hz"] = set.high_edge_hz;
  report["n_channel"] = set.n_channel;
  report["refant"] = or_null(set.refant);
  report["live_antennas"] = set.antennas.size();
  report["software_version"] = or_null(set.software_version);
  report["quality"] = Json::parse(set.quality);
  report["tables"] = rows_of(registry.database(),
                             "SELECT order_index, table_type, path FROM calibration_table"
                             " WHERE set_id = ? ORDER BY order_index",
                             set.id);
  report["history"] = rows_of(registry.database(),
                              "SELECT at, \"from\", \"to\", actor, reason FROM calibration_history"
                              " WHERE set_id = ? ORDER BY id",
                              set.id);
  report["used_by"] = rows_of(registry.database(),
                              "SELECT group_id, applied_at, success, quality FROM calibration_use"
                              " WHERE set_id = ? ORDER BY group_id",
                              set.id);
  return report;
}

Json register_tables(Registry& registry, const Registration& registration) {
  NewSet set = registration.set;
  const SetFacts facts = read_tables(set.tables);
  if (!registration.valid_from.empty())
    set.valid_from_mjd_given = mjd_from("--valid-from", registration.valid_from);
  if (!registration.valid_until.empty())
    set.valid_until_mjd_given = mjd_from("--valid-until", registration.valid_until);
  if (set.calibrator.empty()) set.calibrator = facts.field;
  if (registration.dry_run) return facts_json(set, facts);
  const std::int64_t id = registry.add_candidate(set);
  const CalibrationSet entered = registry.judge(id, judge(facts.figures, registry.limits().gates));
  return show_set(registry, entered.name + ":" + std::to_string(entered.version));
}

Json activate_set(Registry& registry, const std::string& name, const std::string& why) {
  return summary(registry.activate(registry.named(name).id, why));
}

Json retire_set(Registry& registry, const std::string& name, const std::string& why) {
  const CalibrationSet set = registry.named(name);
  if (set.state != SetState::retired) registry.retire(set.id, why);
  return summary(*registry.find(set.id));
}

Json retire_moved(Registry& registry, double dec_deg, const std::string& at, double now_unix_s) {
  const double mjd =
      at.empty() ? astro::mjd_s_from_unix_s(now_unix_s) / kDay_s : mjd_from("--at", at);
  Json list = Json::array();
  for (const CalibrationSet& set : registry.pointing_seen(dec_deg, mjd, "operator"))
    list.push_back(summary(set));
  return list;
}

Json which_set(Registry& registry, const Question& question) {
  Target target;
  if (!question.group_id.empty()) target = registry.target_of(question.group_id);
  if (!question.at.empty()) target.mjd = mjd_from("--at", question.at);
  if (question.dec_deg) target.dec_deg = *question.dec_deg;
  if (target.mjd == 0 || (question.group_id.empty() && !question.dec_deg))
    throw UsageError("which: nothing to choose for, expected a group, or --at TIME and --dec DEG");
  const Choice choice = registry.choose(target);
  Json report;
  report["group_id"] = or_null(target.group_id);
  report["at"] = utc(target.mjd);
  report["dec_deg"] = target.dec_deg;
  report["set"] = choice.set ? Json(choice.set->name) : Json(nullptr);
  report["version"] = choice.set ? Json(choice.set->version) : Json(nullptr);
  report["why"] = choice.why;
  report["warning"] = or_null(choice.warning);
  if (choice.set) {
    report["age_h"] = choice.age_h;
    report["in_validity"] = choice.in_validity;
    report["tables"] = choice.set->tables;
  }
  const std::optional<Use> use = registry.use_of(target.group_id);
  if (!use) return report;
  const auto used = use->set_id == 0 ? std::nullopt : registry.find(use->set_id);
  report["calibrated_with"] = used ? Json(used->label()) : Json(nullptr);
  return report;
}

Json stale_groups(Registry& registry) {
  Json list = Json::array();
  for (const Dependant& dependant : registry.stale())
    list.push_back({{"group_id", dependant.group_id},
                    {"action", dependant.action},
                    {"set", or_null(dependant.set)},
                    {"new_set", or_null(dependant.new_set)},
                    {"why", dependant.why}});
  return list;
}

}  // namespace contimg::registry
