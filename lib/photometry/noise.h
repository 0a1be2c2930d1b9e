// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "photometry/background.h"

namespace contimg::photometry {

/// How the noise of neighbouring pixels goes together: the correlation rho of two pixels of an image
/// by their distance, as measured in the image itself. Noise of an interferometer is correlated over a
/// beam (like the dirty beam where all visibilities weigh by their noise, over sqrt 2 beams where
/// white noise was convolved with the beam); what the error of a sum over pixels is hangs on it.
class NoiseCorrelation {
 public:
  /// Of white noise: 1 at distance 0.
  NoiseCorrelation() : rho_{1} {}
  /// Measures it from some 400 000 pixels, without those further from the level than 4 rms, at
  /// distances up to `reach_px` in both directions. An image without noise has white noise.
  NoiseCorrelation(const Plane& plane, const Background& background, std::size_t reach_px);

  /// 0 beyond the reach.
  double at(std::ptrdiff_t dx, std::ptrdiff_t dy) const {
    if (dy < 0 || (dy == 0 && dx < 0)) dx = -dx, dy = -dy;
    if (dx < -reach_ || dx > reach_ || dy > reach_) return 0;
    return rho_[static_cast<std::size_t>(dy * (2 * reach_ + 1) + dx + reach_)];
  }
  /// The Gaussian with the same curvature at its top; what white noise was smoothed with is
  /// sqrt 2 narrower. White noise has a width of 0.
  Ellipse shape() const;
  /// Peaks above `snr` that the noise of `n_pixel` pixels has on average.
  /// Source: Adler, The Geometry of Random Fields, 1981, theorem 6.3.1, for high levels:
  /// area sqrt(det L) (2 pi)^(-3/2) snr exp(-snr^2 / 2), L: minus the correlation's second
  /// derivatives.
  double expected_peaks(double snr, double n_pixel) const;

 private:
  Ellipse::Form curvature() const;

  std::ptrdiff_t reach_ = 0;
  std::vector<double> rho_;  // [dy, dx + reach], dy >= 0
};

}  // namespace contimg::photometry
