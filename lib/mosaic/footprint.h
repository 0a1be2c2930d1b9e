// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "fits/image.h"
#include "fits/image_stream.h"

namespace contimg::mosaic {

/// Where a tile lies in another projection: middles of pixels, from 0.
struct Extent {
  double x_min = 0, x_max = 0, y_min = 0, y_max = 0;
};

/// The rectangles that hold a tile's outline, projected by `mosaic`: one; two where the projection
/// tears the tile, 12 hours from its centre; none where the tile is nowhere in it.
/// Given: the tile's header.
std::vector<Extent> footprint(const fits::Image& tile, const fits::Wcs& mosaic);

/// The pixels of a grid of n_x x n_y that an extent touches; nothing of size 0.
fits::Box pixels_in(const Extent& extent, std::size_t n_x, std::size_t n_y);

}  // namespace contimg::mosaic
