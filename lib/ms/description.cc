// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/description.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace contimg::ms {

astro::Direction pointing_at(const Description& set, double time_mjd_s) {
  if (set.pointings.empty()) return set.fields.at(0).phase_centre;
  return std::min_element(set.pointings.begin(), set.pointings.end(),
                          [&](const Pointing& a, const Pointing& b) {
                            return std::abs(a.time_mjd_s - time_mjd_s) <
                                   std::abs(b.time_mjd_s - time_mjd_s);
                          })
      ->direction;
}

astro::Site array_site(const Description& set) {
  if (set.antennas.empty()) throw DataError("a set without antennas");
  astro::Vector3 sum{};
  for (const Antenna& antenna : set.antennas)
    for (std::size_t axis = 0; axis < 3; ++axis) sum[axis] += antenna.position_m[axis];
  for (double& value : sum) value /= static_cast<double>(set.antennas.size());
  return astro::site_from_ecef(sum);
}

}  // namespace contimg::ms
