// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/sample.h"

#include <algorithm>

namespace contimg::fits {

double value_at(const Image& map, const astro::Direction& place) {
  const double nowhere = std::numeric_limits<double>::quiet_NaN();
  const auto pixel = map.wcs.pixel_of(place);
  if (!pixel || !(pixel->x >= 0) || !(pixel->y >= 0)) return nowhere;
  const auto x = static_cast<std::size_t>(pixel->x), y = static_cast<std::size_t>(pixel->y);
  if (x >= map.n_x || y >= map.n_y) return nowhere;
  const std::size_t right = std::min(x + 1, map.n_x - 1), up = std::min(y + 1, map.n_y - 1);
  const double dx = pixel->x - static_cast<double>(x), dy = pixel->y - static_cast<double>(y);
  const auto at = [&](std::size_t i, std::size_t j) { return static_cast<double>(map.at(i, j)); };
  return (1 - dy) * ((1 - dx) * at(x, y) + dx * at(right, y)) +
         dy * ((1 - dx) * at(x, up) + dx * at(right, up));
}

double radius_rad(const Image& image) {
  double radius = 0;
  const double right = static_cast<double>(image.n_x - 1), top = static_cast<double>(image.n_y - 1);
  for (const Pixel corner : {Pixel{0, 0}, {right, 0}, {0, top}, {right, top}})
    if (const auto place = image.wcs.direction_at(corner))
      radius = std::max(radius, astro::separation_rad(*place, image.wcs.centre()));
  return radius;
}

}  // namespace contimg::fits
