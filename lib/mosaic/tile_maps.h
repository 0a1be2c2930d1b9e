// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "mosaic/strip.h"

namespace contimg::mosaic {

/// The pixels of a tile that go into a mosaic.
struct TileMaps {
  fits::Image image;                    ///< Jy/beam, before the primary beam.
  fits::Image beam;                     ///< Power response, on the same grid.
  fits::Image noise;                    ///< Jy/beam: local rms over the response, the same grid.
  std::optional<fits::Image> smearing;  ///< What it leaves, on a grid of its own; none is 1.
};

/// Reads all maps: `<stem>-<map>.fits` beside `<stem>-image.fits`. Throws DataError naming the file that is not there, is no image, or has not the
/// image's grid, and for an image of another name.
TileMaps read_maps(const TileHeader& tile);

/// Throws what read_maps() would, as far as names and headers tell.
void check_maps(const TileHeader& tile);

}  // namespace contimg::mosaic
