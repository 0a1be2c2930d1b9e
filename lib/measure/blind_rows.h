// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "measure/forced_rows.h"

namespace contimg::measure {

/// What the blind search says of a tile.
struct BlindRows {
  std::vector<Measurement> rows;  ///< Detections that are no forced source's.
  /// Share of detections that are sources, of those that are not flagged as unreliable.
  double reliability = 1;
};

/// Searches the tile. A detection within half a beam of a forced source (or three of its errors) is
/// that source's: the source gets its place's errors, its offset from the catalogue's place, and
/// whether it is extended.
BlindRows blind_rows(const TileImages& images, const TileNoise& noise,
                     const MeasureSettings& settings, std::vector<Measurement>& forced);

/// "J225507.2+155736", truncated as names by place are, ICRS.
std::string name_by_place(const astro::Direction& place);

}  // namespace contimg::measure
