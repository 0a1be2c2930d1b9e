// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>

#include "astro/direction.h"

/// Where the DSA-110's stations are said to be. Simulated headers are made from it, and real ones
/// are held against it; nothing is ever computed from it for a real file, whose header decides.
namespace contimg::subband {

inline constexpr std::size_t kStationCount = 117;

/// Geodetic WGS84 place of a DSA-110 station.
struct StationPlace {
  double latitude_deg, longitude_deg, height_m;
};

/// DSA-001 to DSA-117, index = station number - 1. Source: DSA110_Station_Coordinates.csv
/// (2022-02-15), the station list of the DSA-110 project; DSA-117 has no height there and gets
/// that of the arms, as the project's own reader gives it.
const std::array<StationPlace, kStationCount>& station_places();

/// The reference point in the correlator's headers, the "tee centre" of the array.
astro::Site correlator_site();

}  // namespace contimg::subband
