// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <vector>

namespace contimg::image {

/// One row of a Measurement Set.
struct SampledRow {
  const std::complex<float>* data = nullptr;  ///< [channel, correlation]
  const bool* flag = nullptr;                 ///< [channel, correlation]
  const float* weight = nullptr;              ///< [correlation]
  const float* weight_spectrum = nullptr;     ///< [channel, correlation], or none.
  std::size_t n_channel = 0, n_correlation = 0;
  std::array<std::size_t, 2> hands{};  ///< Correlations XX and YY, or RR and LL.
};

/// What add_stokes_i() uses meanwhile; one for each thread.
struct StokesScratch {
  std::vector<float> weighted;  ///< [channel] real, imaginary
  std::vector<float> weight;    ///< [channel]
};

/// Adds w I of every `factor` channels to `sum` and w to `weight`, both [channel / factor]:
/// I = (V_0 + V_1) / 2 of the two hands, w = 4 / (1 / w_0 + 1 / w_1), the inverse of its variance
/// where w_0 and w_1 are those of the hands'. Samples of which a hand is flagged, NaN, infinite or
/// without a positive weight are left out.
///
/// Returned: the sum of the weights added, and how many samples they were.
struct AddedWeight {
  double weight = 0;
  std::size_t n_good = 0;
};
AddedWeight add_stokes_i(const SampledRow& row, std::size_t factor, StokesScratch& scratch,
                         std::complex<float>* sum, float* weight);

}  // namespace contimg::image
