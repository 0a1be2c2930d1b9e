// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/calibration_choice.h"

#include <cmath>

#include "base/error.h"
#include "report/words.h"

namespace contimg::report {
namespace {

constexpr std::size_t kCandidates = 12;

double activated_at(Database& db, std::int64_t set_id) {
  Statement query(db, "SELECT activated_at FROM calibration_set WHERE id = ?");
  query.bind(1, set_id);
  return query.step() ? query.real(0) : kNotKnown;
}

Json candidate_row(const registry::Contender& one, const registry::Target& target,
                   const std::string& lost) {
  std::string outcome = lost.empty() ? "applied" : "lost: " + lost;
  if (lost.rfind("fits", 0) == 0) outcome = lost;
  return {{"set", one.set.label()},
          {"state", registry::state_name(one.set.state)},
          {"verdict", one.set.verdict},
          {"calibrator", one.set.calibrator},
          {"age_h", std::round(one.age_h * 1e3) / 1e3},
          {"dec_offset_deg", std::round((one.set.dec_deg - target.dec_deg) * 1e3) / 1e3},
          {"in_validity", one.in_validity},
          {"outcome", outcome}};
}

Json candidates(registry::Registry& registry, const std::string& group_id, std::int64_t applied_id,
                double applied_at_unix_s) {
  const registry::Target target = registry.target_of(group_id);
  const auto found = registry.contenders(target, kCandidates);
  const registry::Contender* applied = nullptr;
  for (const registry::Contender& one : found)
    if (applied_id > 0 && one.set.id == applied_id) applied = &one;
  Json list = Json::array();
  for (const registry::Contender& one : found)
    list.push_back(candidate_row(
        one, target,
        why_lost(one, applied, activated_at(registry.database(), one.set.id), applied_at_unix_s)));
  return list;
}

std::string summary(const Json& applied, const Json& quality) {
  if (applied.is_null()) return "not calibrated yet";
  if (applied["set_id"].is_null())
    return "no set: it is uncalibrated, and its products are not for science";
  std::string text = "set " + word(applied, "set");
  if (std::isfinite(number(quality, "age_h")))
    text += ", solved " + fixed(number(quality, "age_h"), 2) + " h away";
  if (quality.is_object() && quality.contains("in_validity"))
    text += quality["in_validity"] == true ? ", within its validity" : ", outside its validity";
  return text + ", " + word(applied, "state") +
         (word(applied, "state_reason").empty() ? "" : " (" + word(applied, "state_reason") + ")");
}

}  // namespace

std::string why_lost(const registry::Contender& one, const registry::Contender* applied,
                     double activated_at_unix_s, double applied_at_unix_s) {
  if (applied != nullptr && one.set.id == applied->set.id) return "";
  if (!one.fits()) return one.unfit;
  if (applied_at_unix_s < activated_at_unix_s)
    return "became active only after the group was calibrated, " + utc(activated_at_unix_s);
  if (applied == nullptr)
    return std::isfinite(applied_at_unix_s) ? "fits now, and did not then"
                                            : "fits; the group is not calibrated yet";
  if (applied->in_validity && !one.in_validity)
    return "outside its validity, the one applied is within";
  if (one.age_h > applied->age_h)
    return fixed(one.age_h, 2) + " h away, the one applied " + fixed(applied->age_h, 2) + " h";
  return "fits better now: see manage-caltables stale";
}

Json calibration_of(registry::Registry& registry, const std::string& group_id) {
  Json rows = ask(registry.database(),
                  "SELECT u.set_id, s.name, s.version, s.state, s.state_reason, s.verdict,"
                  " s.calibrator, s.flux_jy, s.flux_source, s.refant, s.software_version,"
                  " u.applied_at, u.success, u.quality FROM calibration_use u"
                  " LEFT JOIN calibration_set s ON s.id = u.set_id WHERE u.group_id = ?",
                  group_id);
  Json result = Json::object();
  Json applied = rows.empty() ? Json(nullptr) : rows.front();
  Json quality = parsed(word(applied, "quality"));
  if (applied.is_object()) {
    applied.erase("quality");
    if (!applied["set_id"].is_null()) {
      const auto version = applied["version"].get<std::int64_t>();
      applied["set"] =
          word(applied, "name") + (version > 1 ? " (version " + std::to_string(version) + ")" : "");
    }
  }
  result["summary"] = summary(applied, quality);
  if (applied.is_object()) {
    result["applied"] = applied;
    if (quality.is_object()) result["figures"] = quality;
    result["tables"] = ask(registry.database(),
                           "SELECT table_type, path FROM calibration_table t"
                           " JOIN calibration_use u ON u.set_id = t.set_id WHERE u.group_id = ?"
                           " ORDER BY t.order_index",
                           group_id);
  }
  const double id = applied.is_object() ? number(applied, "set_id") : kNotKnown;
  try {
    result["candidates"] = candidates(registry, group_id, std::isfinite(id) ? std::llround(id) : 0,
                                      number(applied, "applied_at"));
  } catch (const DataError& unknown) {
    result["candidates_unknown"] = unknown.what();
  }
  return result;
}

}  // namespace contimg::report
