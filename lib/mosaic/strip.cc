// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/strip.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "astro/constants.h"
#include "base/error.h"
#include "mosaic/footprint.h"

namespace contimg::mosaic {
namespace {

constexpr double kTurn = 2 * astro::kPi;
constexpr double kRounding = 1e-6;  // pixels

astro::Direction middle_of(const TileHeader& tile) {
  const fits::Pixel middle = {static_cast<double>(tile.header.n_x) / 2,
                              static_cast<double>(tile.header.n_y) / 2};
  const auto place = tile.header.wcs.direction_at(middle);
  if (!place)
    throw DataError(tile.image_path +
                    ": its middle is not on the sky, expected an image of a field");
  return *place;
}

// Opposite the middle of the largest gap.
double middle_ra_rad(const std::vector<astro::Direction>& places) {
  std::vector<double> ra_rad;
  for (const astro::Direction& place : places) ra_rad.push_back(place.ra_rad);
  std::sort(ra_rad.begin(), ra_rad.end());
  double gap = ra_rad.front() + kTurn - ra_rad.back(), end = ra_rad.front();
  for (std::size_t i = 1; i < ra_rad.size(); ++i)
    if (ra_rad[i] - ra_rad[i - 1] > gap) {
      gap = ra_rad[i] - ra_rad[i - 1];
      end = ra_rad[i];
    }
  return std::fmod(end + (kTurn - gap) / 2, kTurn);
}

// A projection of these places, its reference at pixel (0, 0).
fits::Wcs projection_of(const std::vector<astro::Direction>& places, double pixel_rad) {
  astro::Vector3 sum = {};
  double dec_rad = 0;
  for (const astro::Direction& place : places) {
    const astro::Vector3 towards = astro::unit_vector(place);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += towards[i];
    dec_rad += place.dec_rad / static_cast<double>(places.size());
  }
  const astro::Direction mean = astro::direction_from(sum);
  const bool field = std::all_of(places.begin(), places.end(), [&](const astro::Direction& place) {
    return astro::separation_rad(place, mean) <= kFieldRadius_rad;
  });
  if (field) return fits::Wcs::orthographic(mean, 0, 0, pixel_rad);
  return fits::Wcs::conic({middle_ra_rad(places), dec_rad}, pixel_rad);
}

}  // namespace

Grid grid_for(const std::vector<TileHeader>& tiles) {
  if (tiles.empty()) throw std::invalid_argument("a mosaic of no tile");
  std::vector<astro::Direction> places;
  double pixel_rad = tiles.front().header.wcs.pixel_rad();
  for (const TileHeader& tile : tiles) {
    places.push_back(middle_of(tile));
    pixel_rad = std::min(pixel_rad, tile.header.wcs.pixel_rad());
  }
  const fits::Wcs wcs = projection_of(places, pixel_rad);
  std::vector<Extent> extents;
  for (const TileHeader& tile : tiles)
    for (const Extent& extent : footprint(tile.header, wcs)) extents.push_back(extent);
  if (extents.empty()) throw std::logic_error("no tile lies in the projection made for them");
  Extent all = extents.front();
  for (const Extent& extent : extents)
    all = {std::min(all.x_min, extent.x_min), std::max(all.x_max, extent.x_max),
           std::min(all.y_min, extent.y_min), std::max(all.y_max, extent.y_max)};
  // A pixel that rounding alone puts beyond another's middle needs no pixel more.
  const double left = std::floor(all.x_min + kRounding), bottom = std::floor(all.y_min + kRounding);
  Grid grid;
  grid.wcs = wcs.on_grid({left, bottom}, 1);
  grid.n_x = static_cast<std::size_t>(std::ceil(all.x_max - kRounding) - left) + 1;
  grid.n_y = static_cast<std::size_t>(std::ceil(all.y_max - kRounding) - bottom) + 1;
  return grid;
}

}  // namespace contimg::mosaic
