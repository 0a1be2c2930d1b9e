// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/place.h"

#include <algorithm>
#include <cmath>

namespace contimg::lightcurve {
namespace {

struct Axes {
  astro::Vector3 east, north;
};

Axes axes_at(const astro::Direction& place) {
  const double sin_ra = std::sin(place.ra_rad), cos_ra = std::cos(place.ra_rad);
  const double sin_dec = std::sin(place.dec_rad), cos_dec = std::cos(place.dec_rad);
  return {{-sin_ra, cos_ra, 0}, {-sin_dec * cos_ra, -sin_dec * sin_ra, cos_dec}};
}

}  // namespace

const char* const kInBox =
    "x1 >= ?1 AND x0 <= ?2 AND y1 >= ?3 AND y0 <= ?4 AND z1 >= ?5 AND z0 <= ?6";

Offset offset_between(const astro::Direction& from, const astro::Direction& to) {
  const Axes axes = axes_at(from);
  const astro::Vector3 v = astro::unit_vector(to);
  return {astro::dot(axes.east, v), astro::dot(axes.north, v)};
}

astro::Direction moved(const astro::Direction& from, const Offset& offset) {
  const Axes axes = axes_at(from);
  const astro::Vector3 origin = astro::unit_vector(from);
  const double towards = std::sqrt(
      std::max(0.0, 1 - offset.east_rad * offset.east_rad - offset.north_rad * offset.north_rad));
  astro::Vector3 v = {};
  for (std::size_t i = 0; i < 3; ++i)
    v[i] = towards * origin[i] + offset.east_rad * axes.east[i] + offset.north_rad * axes.north[i];
  return astro::direction_from(v);
}

void bind_box(Statement& statement, int first, const astro::Direction& centre, double radius_rad) {
  // A chord is shorter than its arc.
  const astro::Vector3 v = astro::unit_vector(centre);
  for (int axis = 0; axis < 3; ++axis) {
    const double at = v[static_cast<std::size_t>(axis)];
    statement.bind(first + 2 * axis, at - radius_rad).bind(first + 2 * axis + 1, at + radius_rad);
  }
}

}  // namespace contimg::lightcurve
