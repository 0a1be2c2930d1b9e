// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "base/span.h"

namespace contimg::noise {

/// Measures noise from what changes between neighbouring integrations of one baseline, where the
/// sky does not.
///
/// A visibility is v = s + e; the real and the imaginary part of the noise e have the standard
/// deviation sigma, the signal s stays. Of d = v2 - v1 then E|d|^2 = 4 sigma^2, so that
/// sigma = sqrt(mean |d|^2 / 4). Differences that share an integration are correlated; the mean
/// needs no independence. Derived here.
///
/// Notes: a signal that turns by phi between two integrations adds |s|^2 phi^2 to |d|^2.
class DifferenceSums {
 public:
  DifferenceSums(std::size_t n_channel, std::size_t n_correlation);

  /// Adds one pair of rows of one baseline.
  /// Given: visibilities in Jy and flags (true is bad), each [channel, correlation]. A difference
  /// counts when neither of its two samples is flagged.
  void add(Span<const std::complex<float>> before, Span<const bool> before_flags,
           Span<const std::complex<float>> after, Span<const bool> after_flags);

  std::uint64_t n_difference(std::size_t channel, std::size_t correlation) const;
  /// sigma; NaN without a difference.
  double noise_jy(std::size_t channel, std::size_t correlation) const;

 private:
  std::size_t n_correlation_;
  std::vector<double> sum_jy2_;   // [channel, correlation]
  std::vector<std::uint64_t> n_;  // [channel, correlation]
};

}  // namespace contimg::noise
