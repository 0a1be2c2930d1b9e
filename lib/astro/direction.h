// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <memory>

#include "astro/earth_orientation.h"

namespace contimg::astro {

using Vector3 = std::array<double, 3>;

/// A place on the sphere; which frame is said where it is used.
struct Direction {
  double ra_rad = 0;   ///< Longitude: right ascension, or Earth longitude.
  double dec_rad = 0;  ///< Latitude.
};

/// Where the array's reference point is, as the file's header gives it: WGS84 geodetic.
struct Site {
  double longitude_rad = 0;  ///< East positive.
  double latitude_rad = 0;
  double height_m = 0;
};

/// Geocentric ITRF (ECEF) position of a site, metres. Throws DataError unless it is a place.
Vector3 ecef_from_site(const Site& site);

/// The other way round: where a geocentric position is. Throws DataError for one that is not near
/// the Earth's surface (within 100 km).
Site site_from_ecef(const Vector3& position_m);

double dot(const Vector3& a, const Vector3& b);
Vector3 cross(const Vector3& a, const Vector3& b);
Vector3 unit_vector(const Direction& direction);
Direction direction_from(const Vector3& vector);  ///< ra in [0, 2 pi).

/// Angle between two places, accurate at all separations (Vincenty).
double separation_rad(const Direction& a, const Direction& b);

/// Turns the ICRS place of a distant source into the direction in which it is seen from a site,
/// in the frame of the Earth's crust (ITRF): precession, nutation (IAU 2006/2000A), light
/// deflection, annual and diurnal aberration, UT1, polar motion; no refraction. And back.
///
/// One object serves one instant; making it costs about a millisecond, using it microseconds.
/// Source: SOFA/ERFA astrometry tools (eraApco13, eraAtciq, eraAtioq and their inverses).
class ApparentFrame {
 public:
  ApparentFrame(double time_mjd_s, const Site& site, const EarthOrientation& earth);

  /// Unit vector in ITRF axes, towards the source.
  Vector3 itrf_from_icrs(const Direction& icrs) const;
  Direction icrs_from_itrf(const Vector3& itrf) const;

  /// ICRS place of the point that culminates now: hour angle 0 at the site's longitude and the
  /// given apparent declination. What a drift-scan telescope points at.
  Direction meridian_point(double apparent_dec_rad) const;

  /// Apparent hour angle (west positive, in [-pi, pi)) and declination of an ICRS place.
  Direction hour_angle_dec(const Direction& icrs) const;

 private:
  struct Parameters;
  std::shared_ptr<const Parameters> parameters_;  // shared: copies are cheap and immutable
};

}  // namespace contimg::astro
