// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/primary_beam.h"

#include <math.h>  // j1 is POSIX; std::cyl_bessel_j(1, x) is ten times slower

#include <cmath>

#include "astro/constants.h"

namespace contimg::astro {

double airy_power(double separation_rad, double frequency_hz, double diameter_m) {
  const double theta = std::abs(separation_rad);
  if (theta >= kPi / 2) return 0;
  const double x = kPi * diameter_m * std::sin(theta) * frequency_hz / kSpeedOfLight;
  // 2 J1(x) / x = 1 - x^2 / 8 + x^4 / 192 - ...; below 1e-3 the next term is under 1e-14.
  const double amplitude = std::abs(x) < 1e-3 ? 1 - x * x / 8 : 2 * ::j1(x) / x;
  return amplitude * amplitude;
}

}  // namespace contimg::astro
