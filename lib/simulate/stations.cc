// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/stations.h"

#include <erfa.h>
#include <erfam.h>

#include <algorithm>

#include "astro/constants.h"
#include "base/error.h"

namespace contimg::simulate {
namespace {

constexpr std::size_t kDsa102 = 101, kDsa116 = 115;

astro::Vector3 itrf_m(double longitude_rad, double latitude_rad, double height_m) {
  double xyz[3];
  eraGd2gc(ERFA_WGS84, longitude_rad, latitude_rad, height_m, xyz);
  return {xyz[0], xyz[1], xyz[2]};
}

/// The stations of one part of the array that were correlated in January 2026.
std::vector<std::size_t> active(std::size_t first, std::size_t last) {
  std::vector<std::size_t> stations;
  for (std::size_t station = first; station <= last; ++station) {
    const std::size_t number = station + 1;
    const bool absent = number == 10 || (number >= 21 && number <= 23) ||
                        (number >= 52 && number <= 67) || number == 117;
    if (!absent) stations.push_back(station);
  }
  return stations;
}

/// Orders places 0 to n - 1 so that each one taken lies far from those before: steps of the
/// golden ratio round the list, going to the next free place.
std::vector<std::size_t> spread(const std::vector<std::size_t>& stations, std::size_t first) {
  std::vector<std::size_t> left = stations, taken;
  auto at = std::find(left.begin(), left.end(), first);
  std::size_t position = at == left.end() ? 0 : static_cast<std::size_t>(at - left.begin());
  while (!left.empty()) {
    position %= left.size();
    taken.push_back(left[position]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(position));
    position += static_cast<std::size_t>(0.618 * static_cast<double>(left.size()));
  }
  return taken;
}

}  // namespace

astro::Site header_site() { return subband::correlator_site(); }

astro::Vector3 station_itrf_m(std::size_t station) {
  const subband::StationPlace& place = subband::station_places().at(station);
  return itrf_m(place.longitude_deg * astro::kDegree, place.latitude_deg * astro::kDegree,
                place.height_m);
}

astro::Vector3 header_itrf_m() {
  const astro::Site site = header_site();
  return itrf_m(site.longitude_rad, site.latitude_rad, site.height_m);
}

std::vector<std::size_t> correlated_stations(std::size_t count, bool outriggers) {
  std::vector<std::vector<std::size_t>> parts = {spread(active(51, 101), kDsa102),
                                                 spread(active(0, 50), 23)};
  if (outriggers) parts.insert(parts.begin(), spread(active(102, 116), kDsa116));
  std::vector<std::size_t> all;
  for (std::size_t turn = 0; turn < 51; ++turn)
    for (const auto& part : parts)
      if (turn < part.size()) all.push_back(part[turn]);
  if (!outriggers) count = std::min(count, all.size());
  if (count < 2 || count > all.size())
    throw UsageError("--antennas " + std::to_string(count) + ": expected 2 to " +
                     std::to_string(all.size()));
  all.resize(count);
  std::sort(all.begin(), all.end());
  const auto dsa102 = std::find(all.begin(), all.end(), kDsa102);
  const auto dsa116 = std::find(all.begin(), all.end(), kDsa116);
  if (dsa116 != all.end()) std::iter_swap(dsa102, dsa116);
  return all;
}

std::vector<BaselineStations> correlator_baselines(const std::vector<std::size_t>& order) {
  std::vector<BaselineStations> baselines;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) baselines.push_back({order[j], order[i]});
  return baselines;
}

}  // namespace contimg::simulate
