// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace contimg::mosaic {

/// Lanczos' kernel, sinc(x) sinc(x / 4) for |x| < 4, tabulated: eight weights whose sum is 1, for the
/// pixels -3 to 4 about a place that lies a fraction of a pixel after pixel 0. Interpolated (linear)
/// between 1024 fractions: right to 1e-6.
/// Source: Duchon 1979, J. Appl. Meteorol. 18, 1016; normalised so that a constant stays constant.
class LanczosKernel {
 public:
  static constexpr std::size_t kReach = 4, kWidth = 2 * kReach;
  using Weights = std::array<float, kWidth>;

  LanczosKernel();

  /// Given: 0 <= fraction < 1.
  Weights at(double fraction) const {
    const double place = fraction * kFractions;
    const auto row = static_cast<std::size_t>(place);
    const auto t = static_cast<float>(place - static_cast<double>(row));
    const Weights &low = table_[row], &high = table_[row + 1];
    Weights result;
    for (std::size_t i = 0; i < kWidth; ++i) result[i] = low[i] + t * (high[i] - low[i]);
    return result;
  }

 private:
  static constexpr std::size_t kFractions = 1024;
  std::vector<Weights> table_;
};

}  // namespace contimg::mosaic
