// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <optional>

#include "mosaic/coadd.h"
#include "synthetic_tiles.h"

namespace contimg::mosaic {

/// What coadd() makes of tiles, and what it should.
struct Mosaic {
  Grid grid;
  CoaddReport report;
  fits::Image image, rms, weight;
};

inline fits::Image header_on(const Grid& grid) {
  fits::Image header;
  header.n_x = grid.n_x;
  header.n_y = grid.n_y;
  header.wcs = grid.wcs;
  return header;
}

inline Mosaic added_on(const Grid& grid, const std::vector<TileHeader>& tiles,
                       const CoaddSettings& settings = {}) {
  Mosaic mosaic;
  mosaic.grid = grid;
  const fits::Image header = header_on(grid);
  AtomicOutput image(scratch("m-image.fits"), this_process(0), true),
      rms(scratch("m-rms.fits"), this_process(0), true),
      weight(scratch("m-weight.fits"), this_process(0), true);
  {
    fits::ImageWriter to_image(image, header), to_rms(rms, header), to_weight(weight, header);
    mosaic.report = coadd(tiles, grid, {&to_image, &to_rms, &to_weight}, settings);
    for (fits::ImageWriter* writer : {&to_image, &to_rms, &to_weight}) writer->finish();
  }
  for (AtomicOutput* file : {&image, &rms, &weight}) file->commit();
  mosaic.image = fits::read_image(scratch("m-image.fits"));
  mosaic.rms = fits::read_image(scratch("m-rms.fits"));
  mosaic.weight = fits::read_image(scratch("m-weight.fits"));
  return mosaic;
}

inline Mosaic added(const std::vector<TileHeader>& tiles, const CoaddSettings& settings = {}) {
  return added_on(grid_for(tiles), tiles, settings);
}

inline std::vector<TileHeader> named_all(const std::vector<SyntheticTile>& tiles) {
  std::vector<TileHeader> result;
  for (const SyntheticTile& tile : tiles) result.push_back(named(tile));
  return result;
}

inline std::vector<TileHeader> written_all(const std::vector<SyntheticTile>& tiles) {
  std::vector<TileHeader> result;
  for (const SyntheticTile& tile : tiles) result.push_back(written(tile));
  return result;
}

// From the closed form of the beam. Nothing within a pixel of where a tile begins to count, which
// the nearest pixels of its maps decide.
inline std::optional<double> weight_of(const std::vector<SyntheticTile>& tiles,
                                       const std::vector<TileHeader>& headers,
                                       const astro::Direction& place, double floor) {
  double sum = 0;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const SyntheticTile& tile = tiles[i];
    const auto pixel = headers[i].header.wcs.pixel_of(place);
    if (!pixel) continue;
    const auto edge =
        std::min({pixel->x - 3, pixel->y - 3, static_cast<double>(tile.side) - 4 - pixel->x,
                  static_cast<double>(tile.side) - 4 - pixel->y});
    if (edge < -0.01) continue;
    if (edge < 0.01) return std::nullopt;
    const double response = tile.response(pixel->x, pixel->y), least = std::max(floor, tile.cut);
    if (std::abs(response / least - 1) < 0.1) return std::nullopt;
    if (response < least) continue;
    const double left = tile.smearing > 0 ? tile.smearing : 1;
    sum += std::pow(response * left / tile.rms_jy, 2);
  }
  return sum;
}

// Sees that a mosaic's weights are the closed form's. Returned: how many pixels were compared.
inline std::size_t weights_are_true(const Mosaic& mosaic, const std::vector<SyntheticTile>& tiles,
                                    double floor = 0.1) {
  const std::vector<TileHeader> headers = named_all(tiles);
  const std::size_t step = 3 + mosaic.grid.n_x * mosaic.grid.n_y / 1000000;
  std::size_t n = 0;
  for (std::size_t y = 0; y < mosaic.grid.n_y; y += step)
    for (std::size_t x = 0; x < mosaic.grid.n_x; x += step) {
      // Nothing where a conic is torn apart.
      const auto place =
          mosaic.grid.wcs.direction_at({static_cast<double>(x), static_cast<double>(y)});
      const auto expected = place ? weight_of(tiles, headers, *place, floor) : 0;
      if (!expected) continue;
      ++n;
      const auto weight = static_cast<double>(mosaic.weight.at(x, y)),
                 rms = static_cast<double>(mosaic.rms.at(x, y));
      if (*expected <= 0) {
        EXPECT_TRUE(std::isnan(weight) && std::isnan(rms) && std::isnan(mosaic.image.at(x, y)))
            << x << ' ' << y;
        continue;
      }
      // Bilinear between pixels of a Gaussian of 90: 2e-4 of the beam at most where it is low.
      EXPECT_NEAR(weight / *expected, 1, 2e-3) << x << ' ' << y;
      EXPECT_NEAR(rms * std::sqrt(weight), 1, 1e-5);
    }
  return n;
}

}  // namespace contimg::mosaic
