// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "astro/direction.h"
#include "base/sqlite.h"

namespace contimg::lightcurve {

/// A place and its errors, on the sky (ra times cos dec).
struct Place {
  astro::Direction direction;  ///< ICRS
  double ra_error_rad = 0, dec_error_rad = 0;
};

/// Where a place lies, seen from another: orthographic, so that poles and 0 h are nothing special.
struct Offset {
  double east_rad = 0, north_rad = 0;
};
Offset offset_between(const astro::Direction& from, const astro::Direction& to);
/// The place with that offset.
astro::Direction moved(const astro::Direction& from, const Offset& offset);

/// Binds six parameters from `first`: least and largest x, y and z of what lies within a radius, as
/// the R*Trees have them.
void bind_box(Statement& statement, int first, const astro::Direction& centre, double radius_rad);

/// The condition of an R*Tree's row being in the box that bind_box(statement, 1, ...) bound.
extern const char* const kInBox;

}  // namespace contimg::lightcurve
