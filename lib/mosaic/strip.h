// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "astro/constants.h"
#include "fits/image.h"

namespace contimg::mosaic {

/// A tile as make-mosaic knows it before it opens a pixel.
struct TileHeader {
  std::string group_id;
  std::string image_path;  ///< `<stem>-image.fits`; `-pb`, `-rms` and `-smearing` lie beside it.
  double mid_mjd = 0;
  fits::Image header;  ///< Without pixels.
};

/// The grid of a mosaic: the strip's own projection, north up in its middle.
struct Grid {
  fits::Wcs wcs;
  std::size_t n_x = 0, n_y = 0;
};

/// Tiles whose centres lie within this of their mean are one field rather than a strip.
constexpr double kFieldRadius_rad = 4 * astro::kDegree;

/// The grid that holds all tiles, pixels as small as the smallest tile's:
///   - of a field (kFieldRadius_rad) orthographic (SIN) about the mean of the tiles' centres, as
///     vectors;
///   - of a strip conformal conic (COO), true along the mean declination, north up at the right
///     ascension opposite the middle of the largest gap between tiles.
/// So 359 and 1 degree are 2 degrees apart, at any declination, and a strip may go all the way
/// round.
/// Given: at least one tile. Throws std::invalid_argument for none, DataError for a tile of which
/// nothing is on the sky.
Grid grid_for(const std::vector<TileHeader>& tiles);

}  // namespace contimg::mosaic
