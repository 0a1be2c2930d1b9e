// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg {

/// What an operator can set of [mosaic], a part of Settings (base/settings.h).
struct MosaicSettings {
  int min_members = 5, max_members = 1000;
  double strip_tolerance_deg = 1;  ///< Between the declinations of a mosaic's tiles.
  double mosaic_beam_floor = 0.1;  ///< Pixels below this response of a tile take no part.
};

}  // namespace contimg
