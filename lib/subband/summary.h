// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "astro/direction.h"

namespace contimg::subband {

enum class PhaseType {
  drift,   ///< Each integration is phased to the meridian point of its own mid time.
  phased,  ///< Everything is phased to one place on the sky.
};

/// What a subband file's header says, from a few kilobytes of it: no visibility is read.
struct Summary {
  std::string path;
  std::string telescope_name;
  astro::Site site;  ///< Header latitude, longitude, altitude.
  PhaseType phase_type = PhaseType::drift;
  double pointing_dec_rad = 0;  ///< Drift: apparent declination. Phased: the centre's.
  std::optional<astro::Direction> phase_centre;  ///< Phased data only: ICRS (FK5 taken as ICRS).
  std::string object_name;

  double first_time_mjd_s = 0;  ///< Mid of the first integration, UTC.
  double last_time_mjd_s = 0;   ///< Mid of the last integration, UTC.
  double integration_time_s = 0;
  std::size_t n_time = 0;
  std::size_t n_baseline = 0;           ///< Including autocorrelations.
  std::size_t n_baseline_time = 0;      ///< Nblts, rows of visdata.
  std::size_t n_antenna_data = 0;       ///< Antennas correlated.
  std::size_t n_antenna_telescope = 0;  ///< Stations in the header.

  std::size_t n_channel = 0;
  std::size_t n_polarization = 0;
  double first_frequency_hz = 0;  ///< As stored: the correlator's files descend.
  double last_frequency_hz = 0;
  double channel_width_hz = 0;  ///< Positive.
  double dish_diameter_m = 0;   ///< 0 when the file does not say.

  std::vector<int> polarization;   ///< [polarisation] AIPS codes: -5 XX, -1 RR ...
  std::uint64_t station_hash = 0;  ///< Of names and positions: equal if the stations are the same.

  double low_edge_hz() const;  ///< Lower edge of the subband.
  double high_edge_hz() const;
};

/// When a time can be true.
struct SummaryLimits {
  /// 2010-01-01: after MJD 55000, the origin of a correlator that has lost its clock.
  double earliest_mjd = 55197.0;
  double latest_mjd = 88069.0;  ///< 2100-01-01
};

/// Reads the summary. Throws DataError "<path>: <what>" when the file is not HDF5, lacks a
/// dataset, or has one of the wrong type or shape; when time_array is empty, not finite, or
/// lies outside [earliest, latest]; or when visdata's shape contradicts the header.
/// TemporaryError when the file cannot be opened for lack of permission.
Summary read_summary(const std::string& path, const SummaryLimits& limits = {});

/// True if the subband has the width of the correlator's (11.71875 MHz) and lies in its band,
/// whether on the grid of subbands or not. Off the grid: a host that is not in the correlator's
/// table, whose files all say sb00.
bool is_correlator_band(const Summary& summary);

/// Number of the subband in the DSA-110 correlator's band (0 is the highest), from the centre of
/// its frequencies; nothing when they do not lie on that grid (another telescope).
/// Source: 16 subbands of 11.71875 MHz downwards from 1498.7652587890625 MHz (spec 1.6).
std::optional<int> subband_from_frequency(const Summary& summary);

}  // namespace contimg::subband
