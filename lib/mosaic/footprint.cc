// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/footprint.h"

#include <algorithm>
#include <cmath>

#include "astro/constants.h"

namespace contimg::mosaic {
namespace {

constexpr std::size_t kStep = 16;  // pixels between points of an outline
constexpr double kTorn = 8;        // steps between neighbours: no projection stretches so much

std::vector<fits::Pixel> outline(const fits::Image& tile) {
  const std::size_t right = tile.n_x - 1, top = tile.n_y - 1;
  std::vector<fits::Pixel> points;
  const auto add = [&](std::size_t x, std::size_t y) {
    points.push_back({static_cast<double>(x), static_cast<double>(y)});
  };
  for (std::size_t x = 0; x < right; x += kStep) add(x, 0);
  for (std::size_t y = 0; y < top; y += kStep) add(right, y);
  for (std::size_t x = right; x > 0; x -= std::min(x, kStep)) add(x, top);
  for (std::size_t y = top; y > 0; y -= std::min(y, kStep)) add(0, y);
  points.push_back(points.front());
  return points;
}

void include(std::vector<Extent>& extents, const fits::Pixel& at, double margin) {
  if (extents.empty()) extents.push_back({at.x, at.x, at.y, at.y});
  Extent& all = extents.back();
  all = {std::min(all.x_min, at.x - margin), std::max(all.x_max, at.x + margin),
         std::min(all.y_min, at.y - margin), std::max(all.y_max, at.y + margin)};
}

// Or so close that they may share a pixel.
bool overlap(const Extent& a, const Extent& b) {
  return a.x_min <= b.x_max + 2 && b.x_min <= a.x_max + 2 && a.y_min <= b.y_max + 2 &&
         b.y_min <= a.y_max + 2;
}

}  // namespace

std::vector<Extent> footprint(const fits::Image& tile, const fits::Wcs& mosaic) {
  if (tile.n_x < 2 || tile.n_y < 2) return {};
  const std::vector<astro::Direction> places = tile.wcs.directions_at(outline(tile));
  const std::vector<fits::Pixel> points = mosaic.pixels_of(places);
  const double step =
      static_cast<double>(kStep) * std::max(1.0, tile.wcs.pixel_rad() / mosaic.pixel_rad());
  bool torn = false;
  for (std::size_t i = 1; i < points.size(); ++i)
    torn = torn ||
           std::hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y) > kTorn * step;
  std::vector<Extent> east, west;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!std::isfinite(points[i].x)) continue;
    const double offset = std::remainder(places[i].ra_rad - mosaic.centre().ra_rad, 2 * astro::kPi);
    // Between the last point and the tear there may be almost a step.
    include(torn && offset < 0 ? west : east, points[i], torn ? 2 * step : 0);
  }
  // Near the pole the parts lie side by side: one rectangle, so that no pixel is in two.
  if (!east.empty() && !west.empty() && overlap(east[0], west[0])) {
    include(east, {west[0].x_min, west[0].y_min}, 0);
    include(east, {west[0].x_max, west[0].y_max}, 0);
    return east;
  }
  east.insert(east.end(), west.begin(), west.end());
  return east;
}

fits::Box pixels_in(const Extent& extent, std::size_t n_x, std::size_t n_y) {
  const auto clamped = [](double place, std::size_t n) {
    return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(n)));
  };
  fits::Box box;
  box.x0 = clamped(std::floor(extent.x_min), n_x);
  box.y0 = clamped(std::floor(extent.y_min), n_y);
  box.n_x = clamped(std::floor(extent.x_max) + 2, n_x) - box.x0;
  box.n_y = clamped(std::floor(extent.y_max) + 2, n_y) - box.y0;
  if (extent.x_max < 0 || extent.y_max < 0 || box.n_x == 0 || box.n_y == 0) return {};
  return box;
}

}  // namespace contimg::mosaic
