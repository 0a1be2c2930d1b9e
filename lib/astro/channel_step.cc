// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/channel_step.h"

#include <cmath>

namespace contimg::astro {
namespace {

// 6e-5 rad over the 10 us of the longest baseline.
constexpr double kTolerance_hz = 1.0;

}  // namespace

std::optional<double> even_step_hz(const std::vector<double>& frequency_hz) {
  const std::size_t n = frequency_hz.size();
  if (n < 2) return 0;
  const double step_hz = (frequency_hz.back() - frequency_hz.front()) / static_cast<double>(n - 1);
  for (std::size_t k = 0; k < n; ++k)
    if (std::abs(frequency_hz[k] - frequency_hz[0] - static_cast<double>(k) * step_hz) >
        kTolerance_hz)
      return std::nullopt;
  return step_hz;
}

}  // namespace contimg::astro
