// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "subband/summary.h"

namespace contimg::subband {

/// A station of the header.
struct Station {
  std::string name;
  std::int64_t number = 0;      ///< What ant_1_array and ant_2_array hold.
  astro::Vector3 position_m{};  ///< Geocentric ITRF: header location plus antenna_positions.
  double diameter_m = 0;        ///< 0 when the file does not say.
};

/// Everything in a subband file but the visibilities, flags and nsamples.
struct Header {
  Summary summary;
  std::vector<Station> stations;                 ///< [station], in the file's order.
  std::vector<double> frequency_hz;              ///< [channel], as stored.
  std::vector<double> channel_width_hz;          ///< [channel], positive.
  std::vector<int> polarization;                 ///< [polarisation] AIPS codes: -5 XX, -1 RR ...
  std::vector<double> time_mjd_s;                ///< [row] mid-integration, UTC.
  std::vector<double> integration_time_s;        ///< [row]
  std::vector<std::int32_t> station1, station2;  ///< [row] index into stations.
  std::vector<astro::Vector3> first_uvw_m;       ///< [row], of the first Nbls rows only.
  std::string history;
};

/// Reads the header whole (about 5 MB of a full-size file). Throws as read_summary(), and
/// DataError when per-row arrays disagree in length, an antenna number has no station, a time or
/// frequency is not finite, or positions are missing.
Header read_header(const std::string& path, const SummaryLimits& limits = {});

/// Reads uvw of all rows, metres, r(ant_2) - r(ant_1). Throws DataError without Header/uvw_array.
std::vector<astro::Vector3> read_uvw(const std::string& path);

}  // namespace contimg::subband
