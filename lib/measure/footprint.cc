// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/footprint.h"

#include <algorithm>

#include "measure/forced_rows.h"

namespace contimg::measure {

Footprint footprint_of(const TileImages& images) {
  Footprint footprint;
  constexpr std::size_t n = Footprint::kSide, middle = n / 2;
  const std::size_t n_image = std::max(images.image.n_x, images.image.n_y);
  // The phase centre is pixel n_image / 2, so there is one pixel less towards west and north.
  const double half_rad = (static_cast<double>(n_image) / 2 - 1) * images.image.wcs.pixel_rad();
  footprint.step_rad = half_rad / static_cast<double>(middle);
  const fits::Wcs grid =
      fits::Wcs::orthographic(images.image.wcs.centre(), n - 1, n - 1, footprint.step_rad);
  for (std::size_t y = 0; y < n; ++y)
    for (std::size_t x = 0; x < n; ++x) {
      const auto place = grid.direction_at({static_cast<double>(x), static_cast<double>(y)});
      const Response response = place ? response_at(images, *place) : Response();
      footprint.response.push_back(static_cast<float>(response.total()));
    }
  return footprint;
}

}  // namespace contimg::measure
