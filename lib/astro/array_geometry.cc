// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/array_geometry.h"

#include <cmath>

#include "astro/constants.h"

namespace contimg::astro {
namespace {

Vector3 sum(double a, const Vector3& x, double b, const Vector3& y) {
  return {a * x[0] + b * y[0], a * x[1] + b * y[1], a * x[2] + b * y[2]};
}

Vector3 northward(const Direction& place) {
  const double sin_dec = std::sin(place.dec_rad);
  return {-sin_dec * std::cos(place.ra_rad), -sin_dec * std::sin(place.ra_rad),
          std::cos(place.dec_rad)};
}

}  // namespace

UvwFrame uvw_frame(const ApparentFrame& apparent, const Direction& icrs_centre) {
  // 1': the curvature of aberration over it is 1e-4 x (3e-4)^2 rad, and rounding 1e-16 / 3e-4.
  const double step = 60 * kArcsec;
  const Vector3 centre = unit_vector(icrs_centre);
  const Vector3 north = northward(icrs_centre);
  const Vector3 above = sum(std::cos(step), centre, std::sin(step), north);
  const Vector3 below = sum(std::cos(step), centre, -std::sin(step), north);
  const Vector3 w = apparent.itrf_from_icrs(icrs_centre);
  const Vector3 arc = sum(1, apparent.itrf_from_icrs(direction_from(above)), -1,
                          apparent.itrf_from_icrs(direction_from(below)));
  const Vector3 across = sum(1, arc, -dot(arc, w), w);
  const double length = std::sqrt(dot(across, across));
  const Vector3 v = {across[0] / length, across[1] / length, across[2] / length};
  return {cross(v, w), v, w};
}

UvwFrame meridian_frame(const Site& site, double apparent_dec_rad) {
  const Direction place = {site.longitude_rad, apparent_dec_rad};
  const Vector3 v = northward(place);
  const Vector3 w = unit_vector(place);
  return {cross(v, w), v, w};
}

std::vector<Vector3> project(const UvwFrame& frame, Span<const Vector3> positions_m) {
  std::vector<Vector3> uvw;
  uvw.reserve(positions_m.size());
  for (const Vector3& position : positions_m) {
    uvw.push_back({dot(frame.u, position), dot(frame.v, position), dot(frame.w, position)});
  }
  return uvw;
}

}  // namespace contimg::astro
