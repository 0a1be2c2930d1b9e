// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "astro/direction.h"

namespace contimg::measure {

/// A source that a blind search of an earlier epoch found, and that light curves follow since.
struct DiscoveredSource {
  std::string name;  ///< Stays, while the place improves.
  astro::Direction position;
};

/// The discovered sources of a database of light curves (docs/formats/lightcurves.md) in a cone, in
/// order of their ids. None when there is no such file yet.
/// Throws UsageError when the file is something else.
std::vector<DiscoveredSource> discovered_in(const std::string& lightcurve_db,
                                            const astro::Direction& centre, double radius_rad);

}  // namespace contimg::measure
