// SPDX-License-Identifier: GPL-3.0-or-later
#include "injection/completeness.h"

#include <algorithm>
#include <cmath>

namespace contimg::injection {

double probability_found(double snr, double threshold) {
  if (!(snr > 0)) return std::numeric_limits<double>::quiet_NaN();
  const double above = snr - threshold, root_2_pi = std::sqrt(2 * std::acos(-1.0));
  const double at_the_place = std::erfc(-above / std::sqrt(2.0)) / 2;
  const double freedom =
      std::exp(-above * above / 2) - std::exp(-(snr * snr + threshold * threshold) / 2);
  return std::min(1.0, at_the_place + freedom / (root_2_pi * snr));
}

Share share_of(int n_found, int n) {
  Share share;
  if (n <= 0) return share;
  const double p = static_cast<double>(n_found) / n, m = n;
  const double middle = (p + 1 / (2 * m)) / (1 + 1 / m);
  const double half = std::sqrt(p * (1 - p) / m + 1 / (4 * m * m)) / (1 + 1 / m);
  share.value = p;
  share.low = std::max(0.0, middle - half);
  share.high = std::min(1.0, middle + half);
  return share;
}

}  // namespace contimg::injection
