// SPDX-License-Identifier: GPL-3.0-or-later
#include "noise/difference_sums.h"

#include <cmath>
#include <limits>

namespace contimg::noise {

DifferenceSums::DifferenceSums(std::size_t n_channel, std::size_t n_correlation)
    : n_correlation_(n_correlation),
      sum_jy2_(n_channel * n_correlation),
      n_(n_channel * n_correlation) {}

void DifferenceSums::add(Span<const std::complex<float>> before, Span<const bool> before_flags,
                         Span<const std::complex<float>> after, Span<const bool> after_flags) {
  for (std::size_t i = 0; i < n_.size(); ++i) {
    if (before_flags[i] || after_flags[i]) continue;
    sum_jy2_[i] += std::norm(std::complex<double>(after[i]) - std::complex<double>(before[i]));
    ++n_[i];
  }
}

std::uint64_t DifferenceSums::n_difference(std::size_t channel, std::size_t correlation) const {
  return n_[channel * n_correlation_ + correlation];
}

double DifferenceSums::noise_jy(std::size_t channel, std::size_t correlation) const {
  const std::size_t i = channel * n_correlation_ + correlation;
  if (n_[i] == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::sqrt(sum_jy2_[i] / (4.0 * static_cast<double>(n_[i])));
}

}  // namespace contimg::noise
