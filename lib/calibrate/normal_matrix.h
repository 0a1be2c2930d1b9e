// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <vector>

#include "calibrate/gain_solver.h"

namespace contimg::calibrate {

/// The sums that StEFCal renews gains from, as dense antenna x antenna matrices: w R and w, real
/// and imaginary parts apart, rows padded for vector instructions.
class NormalMatrix {
 public:
  explicit NormalMatrix(std::size_t n_antenna);

  /// Fills it with the baselines whose weight is positive.
  void fill(Span<const Baseline> baselines, Span<const std::complex<float>> ratio,
            Span<const float> weight);

  /// One step: [antenna] the best gains while all others keep theirs; those of antennas without
  /// baselines stay.
  void renew(const std::vector<std::complex<float>>& gain, std::vector<std::complex<float>>& best);

  /// [antenna] sum_q(w_pq |g_q|^2), the normal equations' diagonal.
  std::vector<float> information(const std::vector<std::complex<float>>& gain);

 private:
  void sum(const std::vector<std::complex<float>>& gain);

  std::size_t n_antenna_, stride_;
  std::vector<float> re_, im_, weight_;               ///< [q, p] of baseline (p, q)
  std::vector<float> sum_re_, sum_im_, information_;  ///< [p]
};

}  // namespace contimg::calibrate
