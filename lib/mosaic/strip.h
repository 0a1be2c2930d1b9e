// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fits/image.h"

namespace contimg::mosaic {

/// A tile as make-mosaic knows it before it opens a pixel.
struct TileHeader {
  std::string group_id;
  std::string image_path;  ///< `<stem>-image.fits`; `-pb`, `-rms` and `-smearing` lie beside it.
  double mid_mjd = 0;
  double rms_jy = 0;
  fits::Image header;  ///< Without pixels.
};

/// The grid of a mosaic: the strip's own projection, north up in its middle.
struct Grid {
  fits::Wcs wcs;
  std::size_t n_x = 0, n_y = 0;
};

/// The grid that holds all tiles: conformal conic (COO) about the strip's declination for strips that
/// are longer than `most_gnomonic_rad`, else orthographic (SIN) about the middle; pixels as small as
/// the smallest tile's. Right ascensions are averaged on the circle, places on the sphere: 359 and 1
/// degree are 2 degrees apart, at any declination.
/// Given: at least one tile. Throws std::invalid_argument for none.
Grid grid_for(const std::vector<TileHeader>& tiles);

}  // namespace contimg::mosaic
