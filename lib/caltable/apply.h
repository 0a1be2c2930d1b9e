// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <vector>

#include "base/span.h"

namespace contimg::caltable {

/// What visibilities are multiplied by to calibrate them, for all antennas of a spectral window at
/// one time: 1 / g, [antenna, channel, receptor], 0 where an antenna has no solution.
struct InverseGains {
  std::size_t n_channel = 0;
  std::vector<std::complex<float>> inverse;
  std::vector<float> power;           ///< |1 / g|^2, same shape; 0 where flagged.
  std::vector<std::uint8_t> flagged;  ///< Same shape, 0 or 1.
};

/// Receptors (of antenna 1, of antenna 2) that a correlation multiplies, from its Stokes code as in
/// POLARIZATION: RR and XX are (0, 0), RL and XY (0, 1), LR and YX (1, 0), LL and YY (1, 1).
/// Throws std::invalid_argument for other codes.
std::array<std::uint8_t, 2> receptors_of(int correlation_type);

/// One row of a Measurement Set, calibrated in place or from another place.
struct RowToCorrect {
  std::size_t antenna1 = 0, antenna2 = 0;
  Span<const std::complex<float>> data;  ///< [channel, correlation]
  Span<const float> sigma;               ///< [correlation]
  Span<std::complex<float>> corrected;   ///< [channel, correlation]; may be data's place.
  Span<bool> flag;                       ///< [channel, correlation]; only added to.
  Span<float> weight;                    ///< [correlation]
};

/// Calibrates one row: V_true = V_obs / (g1 conj(g2)), as V_obs = g1 V_true conj(g2)
/// (docs/conventions.md section 8).
///
/// Given: the gains; [correlation] receptors_of() each. Returned, in the row:
///   corrected  where a solution is flagged the data stay as they are
///   flag       set where a solution of either antenna is flagged
///   weight     1 / (mean variance of the channels that have solutions), the variance of a channel
///              being (sigma / |g1 g2|)^2; 0 where sigma is not positive (flagged), or no channel
///              has solutions. The gains alone decide, not the data's flags: applying twice is
///              applying once.
///
/// For gains alike in all channels that is |g1 g2|^2 / sigma^2. Derived here: the average of n
/// channels of variance v_i has variance sum(v_i) / n^2, as n channels of the mean variance have.
void apply(const InverseGains& gains, Span<const std::array<std::uint8_t, 2>> receptors,
           const RowToCorrect& row);

/// The weights of a row's single channels, |g1 g2|^2 / sigma^2, [channel, correlation]; 0 where a
/// solution is flagged or sigma is not positive.
void weight_spectrum(const InverseGains& gains, Span<const std::array<std::uint8_t, 2>> receptors,
                     std::size_t antenna1, std::size_t antenna2, Span<const float> sigma,
                     Span<float> weight_spectrum);

}  // namespace contimg::caltable
