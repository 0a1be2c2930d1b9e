// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/stations.h"

#include <erfa.h>
#include <erfam.h>

#include <algorithm>

#include "astro/constants.h"
#include "base/error.h"

namespace contimg::simulate {
namespace {

// clang-format off
constexpr std::array<StationPlace, kStationCount> kPlaces = {{
    {37.2333752, -118.2856408, 1182.6}, {37.2333752, -118.2855760, 1182.6},
    {37.2333752, -118.2855112, 1182.6}, {37.2333752, -118.2854464, 1182.6},
    {37.2333752, -118.2853816, 1182.6}, {37.2333752, -118.2853168, 1182.6},
    {37.2333752, -118.2852520, 1182.6}, {37.2333752, -118.2851872, 1182.6},
    {37.2333752, -118.2851224, 1182.6}, {37.2333752, -118.2850576, 1182.6},
    {37.2333752, -118.2849928, 1182.6}, {37.2333752, -118.2849280, 1182.6},
    {37.2333752, -118.2848632, 1182.6}, {37.2333752, -118.2847984, 1182.6},
    {37.2333752, -118.2847336, 1182.6}, {37.2333752, -118.2846688, 1182.6},
    {37.2333752, -118.2846040, 1182.6}, {37.2333752, -118.2845392, 1182.6},
    {37.2333752, -118.2844744, 1182.6}, {37.2333752, -118.2844096, 1182.6},
    {37.2333752, -118.2843448, 1182.6}, {37.2333752, -118.2842799, 1182.6},
    {37.2333752, -118.2835671, 1182.6}, {37.2333752, -118.2835023, 1182.6},
    {37.2333752, -118.2834375, 1182.6}, {37.2333752, -118.2833727, 1182.6},
    {37.2333752, -118.2833079, 1182.6}, {37.2333752, -118.2832431, 1182.6},
    {37.2333752, -118.2829839, 1182.6}, {37.2333752, -118.2827247, 1182.6},
    {37.2333752, -118.2826599, 1182.6}, {37.2333752, -118.2825951, 1182.6},
    {37.2333752, -118.2825303, 1182.6}, {37.2333752, -118.2824655, 1182.6},
    {37.2333752, -118.2824007, 1182.6}, {37.2333752, -118.2821415, 1182.6},
    {37.2333752, -118.2820767, 1182.6}, {37.2333752, -118.2820119, 1182.6},
    {37.2333752, -118.2819471, 1182.6}, {37.2333752, -118.2818823, 1182.6},
    {37.2333752, -118.2818175, 1182.6}, {37.2333752, -118.2817527, 1182.6},
    {37.2333752, -118.2816878, 1182.6}, {37.2333752, -118.2816230, 1182.6},
    {37.2333752, -118.2815582, 1182.6}, {37.2333752, -118.2814934, 1182.6},
    {37.2333752, -118.2814286, 1182.6}, {37.2333752, -118.2813638, 1182.6},
    {37.2333752, -118.2812990, 1182.6}, {37.2333752, -118.2812342, 1182.6},
    {37.2333752, -118.2811694, 1182.6}, {37.2334531, -118.2834051, 1182.6},
    {37.2335311, -118.2834051, 1182.6}, {37.2336091, -118.2834051, 1182.6},
    {37.2336871, -118.2834051, 1182.6}, {37.2337650, -118.2834051, 1182.6},
    {37.2338430, -118.2834051, 1182.6}, {37.2339210, -118.2834051, 1182.6},
    {37.2339989, -118.2834051, 1182.6}, {37.2340769, -118.2834051, 1182.6},
    {37.2341549, -118.2834051, 1182.6}, {37.2342328, -118.2834051, 1182.6},
    {37.2343108, -118.2834051, 1182.6}, {37.2343888, -118.2834051, 1182.6},
    {37.2344667, -118.2834051, 1182.6}, {37.2345447, -118.2834051, 1182.6},
    {37.2346227, -118.2834051, 1182.6}, {37.2347006, -118.2834051, 1182.6},
    {37.2347786, -118.2834051, 1182.6}, {37.2348566, -118.2834051, 1182.6},
    {37.2349345, -118.2834051, 1182.6}, {37.2350125, -118.2834051, 1182.6},
    {37.2350905, -118.2834051, 1182.6}, {37.2351684, -118.2834051, 1182.6},
    {37.2352464, -118.2834051, 1182.6}, {37.2353244, -118.2834051, 1182.6},
    {37.2354023, -118.2834051, 1182.6}, {37.2354803, -118.2834051, 1182.6},
    {37.2355583, -118.2834051, 1182.6}, {37.2356362, -118.2834051, 1182.6},
    {37.2357142, -118.2834051, 1182.6}, {37.2357922, -118.2834051, 1182.6},
    {37.2358702, -118.2834051, 1182.6}, {37.2359481, -118.2834051, 1182.6},
    {37.2360261, -118.2834051, 1182.6}, {37.2361041, -118.2834051, 1182.6},
    {37.2361820, -118.2834051, 1182.6}, {37.2362600, -118.2834051, 1182.6},
    {37.2363380, -118.2834051, 1182.6}, {37.2364159, -118.2834051, 1182.6},
    {37.2364939, -118.2834051, 1182.6}, {37.2365719, -118.2834051, 1182.6},
    {37.2366498, -118.2834051, 1182.6}, {37.2367278, -118.2834051, 1182.6},
    {37.2368058, -118.2834051, 1182.6}, {37.2368837, -118.2834051, 1182.6},
    {37.2369617, -118.2834051, 1182.6}, {37.2370397, -118.2834051, 1182.6},
    {37.2371176, -118.2834051, 1182.6}, {37.2371956, -118.2834051, 1182.6},
    {37.2372736, -118.2834051, 1182.6}, {37.2373515, -118.2834051, 1182.6},
    {37.2300025, -118.2812695, 1181.3}, {37.2352578, -118.2768324, 1182.4},
    {37.2429815, -118.2767433, 1184.0}, {37.2470153, -118.2767632, 1185.3},
    {37.2485647, -118.2767853, 1185.9}, {37.2499993, -118.2767328, 1186.5},
    {37.2499587, -118.2794098, 1186.2}, {37.2499316, -118.2838684, 1185.9},
    {37.2499476, -118.2861710, 1186.0}, {37.2499040, -118.2879484, 1185.3},
    {37.2499407, -118.2912521, 1186.3}, {37.2499516, -118.2958413, 1184.6},
    {37.2449792, -118.2951802, 1180.8}, {37.2314169, -118.2945978, 1178.1},
    {37.2315343, -118.2966607, 1182.6}
}};
// clang-format on

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

const std::array<StationPlace, kStationCount>& station_places() { return kPlaces; }

astro::Site header_site() { return {-2.064427799136453, 0.6498455107238486, 1188.0519}; }

astro::Vector3 station_itrf_m(std::size_t station) {
  const StationPlace& place = kPlaces.at(station);
  return itrf_m(place.longitude_deg * astro::kDegree, place.latitude_deg * astro::kDegree,
                place.height_m);
}

astro::Vector3 header_itrf_m() {
  const astro::Site site = header_site();
  return itrf_m(site.longitude_rad, site.latitude_rad, site.height_m);
}

std::vector<std::size_t> correlated_stations(std::size_t count) {
  const std::array<std::vector<std::size_t>, 3> parts = {spread(active(102, 116), kDsa116),
                                                         spread(active(51, 101), kDsa102),
                                                         spread(active(0, 50), 23)};
  std::vector<std::size_t> all;
  for (std::size_t turn = 0; turn < 51; ++turn)
    for (const auto& part : parts)
      if (turn < part.size()) all.push_back(part[turn]);
  if (count < 2 || count > all.size())
    throw UsageError("--antennas " + std::to_string(count) + ": expected 2 to " +
                     std::to_string(all.size()));
  all.resize(count);
  std::sort(all.begin(), all.end());
  const auto dsa102 = std::find(all.begin(), all.end(), kDsa102);
  const auto dsa116 = std::find(all.begin(), all.end(), kDsa116);
  std::iter_swap(dsa102, dsa116);
  return all;
}

std::vector<BaselineStations> correlator_baselines(const std::vector<std::size_t>& order) {
  std::vector<BaselineStations> baselines;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) baselines.push_back({order[j], order[i]});
  return baselines;
}

}  // namespace contimg::simulate
