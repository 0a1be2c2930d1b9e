// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/sky_geometry.h"

#include <erfa.h>
#include <erfam.h>

#include <cmath>

#include "astro/constants.h"
#include "base/clock.h"

namespace contimg::simulate {
namespace {

constexpr double kTtMinusTaiS = 32.184;

}  // namespace

SkyGeometry::SkyGeometry(double time_mjd_s, const astro::Vector3& observer_itrf_m,
                         const astro::EarthOrientation& earth) {
  const double utc_mjd = time_mjd_s / kDay_s;
  const double day = std::floor(utc_mjd);
  const double utc_s = time_mjd_s - day * kDay_s;
  const astro::Orientation orientation = earth.at(time_mjd_s);
  const double jd = day + astro::kJdOfMjd0;
  const double tt = (utc_s + astro::tai_minus_utc_s(time_mjd_s) + kTtMinusTaiS) / kDay_s;
  const double ut1 = (utc_s + orientation.ut1_utc_s) / kDay_s;

  double bias_precession_nutation[3][3], polar_motion[3][3];
  eraPnm06a(jd, tt, bias_precession_nutation);
  eraPom00(orientation.polar_x_rad, orientation.polar_y_rad, eraSp00(jd, tt), polar_motion);
  eraC2teqx(bias_precession_nutation, eraGst06a(jd, ut1, jd, tt), polar_motion, itrf_from_gcrs_);

  // TT stands for TDB: 2 ms of the Earth's motion is 1e-12 of its velocity.
  double heliocentric[2][3], barycentric[2][3];
  eraEpv00(jd, tt, heliocentric, barycentric);
  eraPn(heliocentric[0], &sun_distance_au_, sun_to_earth_);

  double diurnal_itrf[3] = {-astro::kEarthRotationRate * observer_itrf_m[1],
                            astro::kEarthRotationRate * observer_itrf_m[0], 0};
  double diurnal[3];
  eraTrxp(itrf_from_gcrs_, diurnal_itrf, diurnal);
  double speed2 = 0;
  for (int i = 0; i < 3; ++i) {
    const double annual_m_s = barycentric[1][i] * ERFA_DAU / ERFA_DAYSEC;
    velocity_c_[i] = (annual_m_s + diurnal[i]) / astro::kSpeedOfLight;
    speed2 += velocity_c_[i] * velocity_c_[i];
  }
  inverse_lorentz_ = std::sqrt(1 - speed2);
}

astro::Vector3 SkyGeometry::itrf_direction(const astro::Direction& icrs) const {
  double natural[3], deflected[3], proper[3], seen[3];
  eraS2c(icrs.ra_rad, icrs.dec_rad, natural);
  double to_earth[3] = {sun_to_earth_[0], sun_to_earth_[1], sun_to_earth_[2]};
  eraLdsun(natural, to_earth, sun_distance_au_, deflected);
  double velocity[3] = {velocity_c_[0], velocity_c_[1], velocity_c_[2]};
  eraAb(deflected, velocity, sun_distance_au_, inverse_lorentz_, proper);
  double matrix[3][3];
  eraCr(const_cast<double(*)[3]>(itrf_from_gcrs_), matrix);
  eraRxp(matrix, proper, seen);
  return {seen[0], seen[1], seen[2]};
}

astro::Direction SkyGeometry::icrs_place(const astro::Vector3& itrf_direction_wanted) const {
  double matrix[3][3], wanted[3], guess[3];
  eraCr(const_cast<double(*)[3]>(itrf_from_gcrs_), matrix);
  for (int i = 0; i < 3; ++i) wanted[i] = itrf_direction_wanted[static_cast<std::size_t>(i)];
  eraTrxp(matrix, wanted, guess);
  astro::Direction place;
  // Aberration and deflection move a place by 1e-4 and change by 1e-4 of that over it: each round
  // gains four digits.
  for (int round = 0; round < 5; ++round) {
    eraC2s(guess, &place.ra_rad, &place.dec_rad);
    place.ra_rad = eraAnp(place.ra_rad);
    const astro::Vector3 seen = itrf_direction(place);
    double error[3], correction[3];
    for (int i = 0; i < 3; ++i) error[i] = wanted[i] - seen[static_cast<std::size_t>(i)];
    eraTrxp(matrix, error, correction);
    for (int i = 0; i < 3; ++i) guess[i] += correction[i];
  }
  return place;
}

astro::Vector3 meridian_direction(double longitude_rad, double declination_rad) {
  return {std::cos(declination_rad) * std::cos(longitude_rad),
          std::cos(declination_rad) * std::sin(longitude_rad), std::sin(declination_rad)};
}

astro::Vector3 sky_motion(const astro::Vector3& itrf_direction) {
  return {astro::kEarthRotationRate * itrf_direction[1],
          -astro::kEarthRotationRate * itrf_direction[0], 0};
}

}  // namespace contimg::simulate
