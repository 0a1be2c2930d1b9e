// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::astro {

inline constexpr double kPi = 3.14159265358979323846;
inline constexpr double kSpeedOfLight = 299792458.0;  ///< m/s, exact (SI).
inline constexpr double kDegree = kPi / 180;          ///< rad
inline constexpr double kArcsec = kPi / 648000;       ///< rad
inline constexpr double kJdOfMjd0 = 2400000.5;        ///< JD = MJD + this.
/// Earth's rotation rate with respect to the CIO, rad per UT1 second (IERS Conventions 2010,
/// eq. 5.15: 2 pi x 1.00273781191135448 per day).
inline constexpr double kEarthRotationRate = 2 * kPi * 1.00273781191135448 / 86400.0;

}  // namespace contimg::astro
