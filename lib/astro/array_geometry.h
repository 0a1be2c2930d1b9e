// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "astro/direction.h"
#include "base/span.h"

/// Coordinates of baselines. docs/conventions.md gives the signs; in short: the uvw of a baseline
/// in a Measurement Set is r(ANTENNA1) - r(ANTENNA2), in the correlator's files r2 - r1, where r
/// is what project() gives for the antennas.
namespace contimg::astro {

/// Axes of (u, v, w): orthonormal, right-handed, unit vectors in ITRF axes.
struct UvwFrame {
  Vector3 u;  ///< East of the centre as seen: v x w.
  Vector3 v;  ///< North as seen.
  Vector3 w;  ///< Towards the centre.
};

/// Gives the axes for an ICRS phase centre at the instant and site of `apparent`.
///
/// w points to where the centre is seen. v points to where ICRS north is seen: the difference of
/// the apparent places of the two points 1' north and south of the centre in ICRS, made
/// perpendicular to w. Sound at the poles, where north is that of the centre's meridian `ra_rad`.
/// Source: the field rotation of uvw as pyuvdata has it (spec 3.3 (d)), with vectors.
UvwFrame uvw_frame(const ApparentFrame& apparent, const Direction& icrs_centre);

/// Gives the axes at hour angle 0 and an apparent declination: v towards the ITRF pole, u east.
/// Those of the uvw which the correlator stores. They do not depend on time.
UvwFrame meridian_frame(const Site& site, double apparent_dec_rad);

/// Projects ITRF positions (any origin), metres, onto the axes: (u, v, w) of each, metres.
std::vector<Vector3> project(const UvwFrame& frame, Span<const Vector3> positions_m);

}  // namespace contimg::astro
