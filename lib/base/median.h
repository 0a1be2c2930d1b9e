// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <vector>

namespace contimg {

/// The middle one of some numbers in order; of an even number of them the upper one, of none 0.
template <typename T>
double median(std::vector<T> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
}

/// Of a Gaussian: sigma as a multiple of the median absolute deviation, 1 / the normal
/// distribution's third quartile.
inline constexpr double kSigmaOfMad = 1.4826022;

}  // namespace contimg
