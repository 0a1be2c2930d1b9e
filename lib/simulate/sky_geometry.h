// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "astro/direction.h"
#include "astro/earth_orientation.h"

/// Where sources are seen from the ground, by a route of the simulator's own, so that it can check
/// the converter: classical equinox-based matrices, not the CIO-based astrometry of astro.
namespace contimg::simulate {

/// The sky over a site at one instant, in ITRF axes.
///
/// ICRS place -> light deflection by the Sun (eraLdsun) -> aberration by the site's barycentric
/// velocity, annual (eraEpv00) and diurnal (omega x r) together (eraAb) -> precession-nutation IAU
/// 2006/2000A with bias (eraPnm06a) -> Greenwich apparent sidereal time (eraGst06a) -> polar motion
/// (eraPom00). No refraction, no parallax.
class SkyGeometry {
 public:
  /// Given: UTC, MJD in seconds; the observer's ITRF, metres.
  SkyGeometry(double time_mjd_s, const astro::Vector3& observer_itrf_m,
              const astro::EarthOrientation& earth);

  /// Unit vector towards the source, ITRF axes.
  astro::Vector3 itrf_direction(const astro::Direction& icrs) const;
  /// ICRS place that is seen in an ITRF direction, by iteration to 1e-15 rad.
  astro::Direction icrs_place(const astro::Vector3& itrf_direction) const;

 private:
  double itrf_from_gcrs_[3][3];
  double sun_to_earth_[3];  // unit vector
  double sun_distance_au_;
  double velocity_c_[3];  // of the site, barycentric, in units of c
  double inverse_lorentz_;
};

/// ITRF direction with hour angle 0 at a longitude and the given declination.
astro::Vector3 meridian_direction(double longitude_rad, double declination_rad);

/// Apparent motion of a direction in ITRF axes as the Earth turns, 1/s: -omega x direction.
astro::Vector3 sky_motion(const astro::Vector3& itrf_direction);

}  // namespace contimg::simulate
