// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <complex>
#include <cstdint>

namespace contimg::calibrate {

/// One row of a Measurement Set and its model.
struct RowSamples {
  const std::complex<float>* data = nullptr;   ///< [channel, correlation]
  const bool* flag = nullptr;                  ///< [channel, correlation]
  const std::complex<float>* model = nullptr;  ///< [channel]
  const float* weight = nullptr;               ///< [correlation]
  std::size_t n_channel = 0, n_correlation = 0;
  std::array<std::size_t, 2> hands{};  ///< Correlations of receptor 0 with 0, and 1 with 1.
};

/// Adds w V conj(M) to `product` and w |M|^2 to `power`, both [channel, receptor]. Samples that are
/// flagged, NaN or infinite, and weights that are not positive, are left out. Returns how many were
/// added.
///
/// Two correlations, the common case, take the vector instructions of processors that have them.
std::uint64_t add_row(const RowSamples& row, std::complex<float>* product, float* power);

}  // namespace contimg::calibrate
