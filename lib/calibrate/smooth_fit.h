// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "base/span.h"

namespace contimg::calibrate {

/// How gains scatter about a smooth curve.
struct SmoothFit {
  std::vector<std::complex<float>> curve;  ///< [point], flagged points included.
  double amplitude_scatter = 0;            ///< Standard deviation of |g| / |curve| - 1.
  double phase_scatter_rad = 0;            ///< Standard deviation of arg(g / curve).
  std::size_t n_point = 0;                 ///< Points that were fitted.
  bool fitted = false;                     ///< False with fewer than two points more than terms.
};

/// Fits a polynomial of complex coefficients to one antenna's gains along frequency or time, and
/// measures their scatter about it: the figure of quality of a bandpass that needs no truth.
///
/// Given:
///   where    [point] frequencies or times, any unit
///   gains    [point]
///   flagged  [point]
///   degree   of the polynomial; 7 follows a band's slopes and roll-off, and not the noise
///
/// Both scatters are corrected for the terms fitted, n / (n - degree - 1), so that noise of sigma
/// in each part of unit gains gives sigma.
/// Source: linear least squares on Chebyshev polynomials, by orthogonalisation (textbook).
SmoothFit fit_smooth(Span<const double> where, Span<const std::complex<float>> gains,
                     Span<const std::uint8_t> flagged, std::size_t degree = 7);

}  // namespace contimg::calibrate
