// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::astro {

/// Power response (1 on axis) of a uniformly lit circular dish, (2 J1(x) / x)^2 with
/// x = pi D sin(theta) / lambda. Half power at 1.029 lambda / D full width.
///
/// Given: separation from the pointing, frequency, dish diameter. Returned: 0 from 90 degrees on,
/// where a dish has its back to the source; NaN for NaN. Source: Airy pattern; Born &
/// Wolf, Principles of Optics, 8.5.2.
double airy_power(double separation_rad, double frequency_hz, double diameter_m);

}  // namespace contimg::astro
