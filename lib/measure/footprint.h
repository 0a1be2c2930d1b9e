// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "measure/tile_images.h"

namespace contimg::measure {

/// The response of a tile on a coarse grid that reaches to the image's border: enough to tell whether
/// a place was seen, and how well, when the images are gone. `min_beam` is not set.
Footprint footprint_of(const TileImages& images);

}  // namespace contimg::measure
