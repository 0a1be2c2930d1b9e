// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "measure/tile_noise.h"

namespace contimg::measure {

/// Beam response and what smearing leaves, at a place.
struct Response {
  double beam = kUnknown, smearing = 1;
  double total() const { return beam * smearing; }
};
Response response_at(const TileImages& images, const astro::Direction& place);

/// Rows of all catalogue places in the tile, nearest to its middle first, then of discovered sources
/// that lie farther than half a beam from those.
std::vector<Measurement> forced_rows(const TileImages& images, const TileNoise& noise,
                                     const MeasureSettings& settings);

/// Sets kLowBeam, kSmeared and kNearBright where they are due.
void add_flags(std::vector<Measurement>& sources, const TileImages& images);

}  // namespace contimg::measure
