// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "astro/direction.h"
#include "subband/dsa110_stations.h"

namespace contimg::simulate {

using subband::kStationCount;

/// The reference point in the correlator's headers, the "tee centre" of the array.
astro::Site header_site();

/// ITRF of a station, metres.
astro::Vector3 station_itrf_m(std::size_t station);
/// ITRF of the header's reference point, metres.
astro::Vector3 header_itrf_m();

/// Indices of correlated stations in the correlator's order: ascending, but for 115 (DSA-116)
/// and 101 (DSA-102), which stand in each other's place.
///
/// Given: how many (2 to 96). Fewer than 96 take turns from the outriggers, the north-south arm
/// and the east-west arm, spread over each, so that long and short baselines stay mixed; DSA-116
/// and DSA-102 are the first two. Without outriggers at most as many as the two arms have, whose
/// baselines end at 600 m. Throws UsageError.
std::vector<std::size_t> correlated_stations(std::size_t count, bool outriggers = true);

/// Pairs (station1, station2) in the correlator's order: for i, for j <= i: (order[j], order[i]);
/// autocorrelations included.
struct BaselineStations {
  std::size_t station1, station2;
};
std::vector<BaselineStations> correlator_baselines(const std::vector<std::size_t>& order);

}  // namespace contimg::simulate
