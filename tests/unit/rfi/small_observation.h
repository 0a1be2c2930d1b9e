// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>

#include "rfi/observation.h"

namespace contimg::rfi {

/// Antennas "1", "2", ... of 4.65 m in a row to the east, 100 m apart, seen from above; all
/// baselines, autocorrelations included; integrations of 12.9 s from MJD 60000, channels of 0.25
/// MHz from 1300 MHz (lower edge) up.
inline Observation small_observation(std::size_t n_antenna, std::size_t n_time,
                                     std::size_t n_channel, std::size_t n_correlation = 2) {
  constexpr double kWidth_hz = 0.25e6;
  Observation observation;
  for (std::size_t a = 0; a < n_antenna; ++a) {
    observation.antennas.push_back(std::to_string(a + 1));
    observation.dish_diameter_m.push_back(4.65);
    for (std::size_t b = a; b < n_antenna; ++b) {
      observation.antenna1.push_back(a);
      observation.antenna2.push_back(b);
    }
  }
  for (std::size_t t = 0; t < n_time; ++t)
    observation.time_mjd_s.push_back(60000 * 86400.0 + 12.9 * static_cast<double>(t));
  for (std::size_t c = 0; c < n_channel; ++c) {
    observation.frequency_hz.push_back(1300e6 + (static_cast<double>(c) + 0.5) * kWidth_hz);
    observation.channel_width_hz.push_back(kWidth_hz);
  }
  for (std::size_t t = 0; t < n_time; ++t)
    for (std::size_t b = 0; b < observation.n_baseline(); ++b) {
      const double apart = 100 * (static_cast<double>(observation.antenna1[b]) -
                                  static_cast<double>(observation.antenna2[b]));
      observation.uvw_m.insert(observation.uvw_m.end(), {apart, 0, 0});
    }
  observation.n_correlation = n_correlation;
  return observation;
}

/// Place of the baseline of two antennas, counted from 0, the first not after the second.
inline std::size_t baseline_of(const Observation& observation, std::size_t first,
                               std::size_t second) {
  for (std::size_t b = 0; b < observation.n_baseline(); ++b)
    if (observation.antenna1[b] == first && observation.antenna2[b] == second) return b;
  return observation.n_baseline();
}

/// How many samples have a reason.
inline std::size_t count_of(const Observation& observation, const Flags& flags, Reason reason) {
  std::size_t n = 0;
  for (std::size_t t = 0; t < observation.n_time(); ++t)
    for (std::size_t b = 0; b < observation.n_baseline(); ++b)
      for (const Reason found : flags.row(t, b)) n += found == reason;
  return n;
}

}  // namespace contimg::rfi
