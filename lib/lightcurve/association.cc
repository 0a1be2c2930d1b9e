// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/association.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_set>

namespace contimg::lightcurve {

double de_ruiter_radius(const Place& a, const Place& b) {
  const Offset offset = offset_between(a.direction, b.direction);
  return std::hypot(offset.east_rad / std::hypot(a.ra_error_rad, b.ra_error_rad),
                    offset.north_rad / std::hypot(a.dec_error_rad, b.dec_error_rad));
}

std::vector<Match> pair_up(std::vector<Fit> fits, const std::vector<std::int64_t>& taken,
                           const std::vector<bool>& doubtful) {
  std::sort(fits.begin(), fits.end(), [&](const Fit& a, const Fit& b) {
    const bool doubt_a = doubtful[a.detection], doubt_b = doubtful[b.detection];
    return std::tie(doubt_a, a.separation_rad, a.source_id, a.detection) <
           std::tie(doubt_b, b.separation_rad, b.source_id, b.detection);
  });
  std::unordered_set<std::int64_t> used(taken.begin(), taken.end());
  std::vector<Match> matches(doubtful.size());
  for (const Fit& fit : fits)
    if (!matches[fit.detection].fit && used.insert(fit.source_id).second)
      matches[fit.detection].fit = fit;
  for (const Fit& fit : fits) {
    Match& match = matches[fit.detection];
    const bool is_used = used.count(fit.source_id) != 0;
    if (!match.other && is_used != match.fit.has_value()) match.other = fit;
  }
  return matches;
}

}  // namespace contimg::lightcurve
