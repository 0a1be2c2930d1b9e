// SPDX-License-Identifier: GPL-3.0-or-later
// Every calibration set near a group in time, best first, each with why it is unfit; `why` shows them.
#include <algorithm>
#include <cmath>

#include "registry/registry.h"
#include "registry/rows.h"

namespace contimg::registry {
namespace {

bool ranks_before(const Contender& a, const Contender& b) {
  if (a.fits() != b.fits()) return a.fits();
  if (a.fits() && a.in_validity != b.in_validity) return a.in_validity;
  if (a.age_h < b.age_h || b.age_h < a.age_h) return a.age_h < b.age_h;
  return a.set.id > b.set.id;
}

}  // namespace

std::string Registry::why_unfit(const CalibrationSet& set, const Target& target, double age_h,
                                bool in_validity) {
  const double reach_h = std::min(limits_.max_age_h, limits_.bandpass_validity_h);
  const double off_deg = std::abs(set.dec_deg - target.dec_deg);
  if (set.state != SetState::active)
    return "is " + state_name(set.state) +
           (set.state_reason.empty() ? "" : ": " + set.state_reason);
  if (!(off_deg <= limits_.dec_tolerance_deg))
    return fixed(off_deg, 2) + " deg off in declination, expected at most " +
           fixed(limits_.dec_tolerance_deg, 2) + " deg";
  if (!in_validity && age_h > reach_h)
    return fixed(age_h, 1) + " h away, expected at most " + fixed(reach_h, 1) + " h";
  if (!covers(set, target)) return "of another band";
  if (moved_between(set.solved_mjd, target.mjd, target.dec_deg))
    return "the pointing changed in between";
  return "";
}

std::vector<Contender> Registry::contenders(const Target& target, std::size_t limit) {
  constexpr double kHoursOfDay = 24;
  const double within_d =
      2 * std::max(limits_.max_age_h, limits_.bandpass_validity_h) / kHoursOfDay;
  Statement query(db_,
                  std::string("SELECT ") + kSetColumns +
                      ", max(s.solved_from_mjd - ?1, ?1 - s.solved_until_mjd, 0) * 24 AS age_h,"
                      " (?1 BETWEEN s.valid_from_mjd AND s.valid_until_mjd)"
                      " FROM calibration_set s"
                      " WHERE s.state IN ('active', 'candidate', 'retired', 'failed')"
                      " AND s.solved_mjd BETWEEN ?1 - ?2 AND ?1 + ?2 ORDER BY age_h, s.id DESC"
                      " LIMIT ?3");
  query.bind(1, target.mjd).bind(2, within_d).bind(3, limit);
  std::vector<Contender> found;
  while (query.step())
    found.push_back({read_set(query), query.real(28), query.integer(29) != 0, ""});
  for (Contender& one : found) one.unfit = why_unfit(one.set, target, one.age_h, one.in_validity);
  std::sort(found.begin(), found.end(), ranks_before);
  return found;
}

}  // namespace contimg::registry
