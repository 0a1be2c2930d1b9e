// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/quality_sources.h"

#include <algorithm>
#include <cmath>

#include "skymodel/catalogue.h"

namespace contimg::image {
namespace {

// To the farthest corner.
double radius_rad(const fits::Image& image) {
  double radius = 0;
  const double right = static_cast<double>(image.n_x - 1), top = static_cast<double>(image.n_y - 1);
  for (const fits::Pixel corner : {fits::Pixel{0, 0}, {right, 0}, {0, top}, {right, top}})
    if (const auto place = image.wcs.direction_at(corner))
      radius = std::max(radius, astro::separation_rad(*place, image.wcs.centre()));
  return radius;
}

}  // namespace

double value_at(const fits::Image& map, const astro::Direction& place) {
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

std::vector<ExpectedSource> expected_sources(const std::string& catalogue, const fits::Image& beam,
                                             const fits::Image* smearing, double frequency_hz,
                                             double min_response, double min_apparent_jy) {
  skymodel::Catalogue sources(catalogue);
  skymodel::Cone cone;
  cone.centre = beam.wcs.centre();
  cone.radius_rad = radius_rad(beam);
  cone.frequency_hz = frequency_hz;
  cone.minimum_flux_jy = min_apparent_jy;
  std::vector<ExpectedSource> expected;
  for (const skymodel::ConeMatch& match : sources.cone(cone)) {
    ExpectedSource source;
    source.position = match.source.position;
    source.response = value_at(beam, source.position);
    const double left = smearing == nullptr ? 1 : value_at(*smearing, source.position);
    source.apparent_jy = match.apparent_jy * source.response * left;
    if (source.response >= min_response && source.apparent_jy >= min_apparent_jy)
      expected.push_back(source);
  }
  return expected;
}

}  // namespace contimg::image
