// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>

namespace contimg::astro {

/// sin(x) / x, 1 at 0: the mean of a phasor whose phase runs evenly from -x to x. Below 1e-4 its series,
/// whose next term is less than 1e-18.
inline double sinc(double x) { return std::abs(x) < 1e-4 ? 1 - x * x / 6 : std::sin(x) / x; }

}  // namespace contimg::astro
