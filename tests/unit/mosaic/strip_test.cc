// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <stdexcept>

#include "mosaic/footprint.h"
#include "synthetic_tiles.h"

namespace contimg::mosaic {
namespace {

using astro::kDegree;

std::vector<TileHeader> headers(const std::vector<SyntheticTile>& tiles) {
  std::vector<TileHeader> result;
  for (const SyntheticTile& tile : tiles) result.push_back(named(tile));
  return result;
}

std::string projection(const Grid& grid) {
  return std::get<std::string>(grid.wcs.cards().front().value);
}

// Every pixel of every tile is in the grid, and the grid is no larger than it must be.
void holds_all(const std::vector<TileHeader>& tiles, const Grid& grid) {
  double left = 1e9, right = -1e9, bottom = 1e9, top = -1e9;
  for (const TileHeader& tile : tiles)
    for (std::size_t y = 0; y < tile.header.n_y; ++y)
      for (std::size_t x = 0; x < tile.header.n_x; ++x) {
        const auto place =
            tile.header.wcs.direction_at({static_cast<double>(x), static_cast<double>(y)});
        const auto pixel = grid.wcs.pixel_of(*place);
        ASSERT_TRUE(pixel);
        left = std::min(left, pixel->x);
        right = std::max(right, pixel->x);
        bottom = std::min(bottom, pixel->y);
        top = std::max(top, pixel->y);
      }
  EXPECT_GE(left, -0.01);
  EXPECT_GE(bottom, -0.01);
  EXPECT_LE(right, static_cast<double>(grid.n_x) - 0.99);
  EXPECT_LE(top, static_cast<double>(grid.n_y) - 0.99);
  EXPECT_LT(left, 1.01);
  EXPECT_LT(bottom, 1.01);
  EXPECT_GT(right, static_cast<double>(grid.n_x) - 3.01);
  EXPECT_GT(top, static_cast<double>(grid.n_y) - 3.01);
}

TEST(GridFor, OneTileIsItsOwnGrid) {
  const auto tiles = headers(strip_of("one", 1, {1, 0.5}, 0));
  const Grid grid = grid_for(tiles);
  holds_all(tiles, grid);
  EXPECT_EQ(projection(grid), "RA---SIN");
  EXPECT_EQ(grid.n_x, 128U);
  EXPECT_EQ(grid.n_y, 128U);
}

TEST(GridFor, ShortStripIsOrthographicAndALongOneConic) {
  const auto few = headers(strip_of("few", 5, {1, 0.5}, 1.3 * kDegree));
  const auto many = headers(strip_of("many", 24, {1, 0.5}, 1.3 * kDegree));
  const Grid field = grid_for(few), strip = grid_for(many);
  EXPECT_EQ(projection(field), "RA---SIN");
  EXPECT_EQ(projection(strip), "RA---COO");
  holds_all(few, field);
  holds_all(many, strip);
  // As long as the strip: 23 steps along the parallel and a tile.
  const double chord = 23 * 1.3 * kDegree * std::cos(0.5) / (60 * astro::kArcsec) + 128;
  EXPECT_NEAR(static_cast<double>(strip.n_x), chord, 0.02 * chord);
}

TEST(GridFor, PixelsAreAsSmallAsTheSmallest) {
  auto tiles = strip_of("sizes", 3, {1, 0.5}, 0.5 * kDegree);
  tiles[1].pixel_rad = 40 * astro::kArcsec;
  EXPECT_NEAR(grid_for(headers(tiles)).wcs.pixel_rad(), 40 * astro::kArcsec, 1e-15);
}

// The sky is round: nothing depends on where right ascension begins.
TEST(GridFor, ZeroHoursIsAPlaceLikeAnyOther) {
  for (const double dec : {0.0, 16.3 * kDegree, -30 * kDegree, 75 * kDegree})
    for (const std::size_t n : {std::size_t{2}, std::size_t{3}, std::size_t{30}}) {
      const auto elsewhere = headers(strip_of("there", n, {astro::kPi, dec}, 2 * kDegree));
      const auto across = headers(strip_of("here", n, {0, dec}, 2 * kDegree));
      const Grid a = grid_for(elsewhere), b = grid_for(across);
      // A tile's edge may fall on either side of a pixel's middle.
      EXPECT_NEAR(static_cast<double>(a.n_x), static_cast<double>(b.n_x), 1) << dec << ' ' << n;
      EXPECT_NEAR(static_cast<double>(a.n_y), static_cast<double>(b.n_y), 1) << dec << ' ' << n;
      EXPECT_LT(std::abs(std::remainder(b.wcs.centre().ra_rad, 2 * astro::kPi)), 1e-9);
      holds_all(across, b);
    }
}

TEST(GridFor, TilesAboutThePoleAreOneField) {
  std::vector<SyntheticTile> tiles = strip_of("pole", 6, {0, 88.5 * kDegree}, 60 * kDegree);
  const Grid grid = grid_for(headers(tiles));
  EXPECT_EQ(projection(grid), "RA---SIN");
  EXPECT_NEAR(grid.wcs.centre().dec_rad, astro::kPi / 2, 1e-9);
  holds_all(headers(tiles), grid);
}

TEST(GridFor, StripMayGoAllTheWayRound) {
  const auto tiles = headers(strip_of("round", 24, {0, 60 * kDegree}, 15 * kDegree));
  const Grid grid = grid_for(tiles);
  EXPECT_EQ(projection(grid), "RA---COO");
  std::size_t n_torn = 0;
  for (const TileHeader& tile : tiles) {
    const auto place = grid.wcs.pixel_of(tile.header.wcs.centre());
    ASSERT_TRUE(place);
    EXPECT_TRUE(place->x >= 0 && place->x < static_cast<double>(grid.n_x) && place->y >= 0 &&
                place->y < static_cast<double>(grid.n_y));
    n_torn += footprint(tile.header, grid.wcs).size() - 1;
  }
  EXPECT_LE(n_torn, 1U);
}

TEST(GridFor, NoTileIsRefused) { EXPECT_THROW(grid_for({}), std::invalid_argument); }

TEST(Footprint, TornTileHasTwoPartsThatHoldIt) {
  SyntheticTile tile;
  tile.name = "torn";
  tile.centre = {1 + astro::kPi, 0.5};
  const fits::Wcs wcs = fits::Wcs::conic({1, 0.5}, tile.pixel_rad);
  const fits::Image header = header_of(tile);
  const std::vector<Extent> parts = footprint(header, wcs);
  ASSERT_EQ(parts.size(), 2U);
  for (std::size_t y = 0; y < tile.side; ++y)
    for (std::size_t x = 0; x < tile.side; ++x) {
      const auto place = header.wcs.direction_at({static_cast<double>(x), static_cast<double>(y)});
      const auto pixel = wcs.pixel_of(*place);
      ASSERT_TRUE(pixel);
      int n = 0;
      for (const Extent& part : parts)
        n += pixel->x >= part.x_min && pixel->x <= part.x_max && pixel->y >= part.y_min &&
             pixel->y <= part.y_max;
      ASSERT_EQ(n, 1) << x << ' ' << y;
    }
}

TEST(PixelsIn, AreThoseOfTheGrid) {
  const fits::Box inside = pixels_in({3.2, 7.9, 1, 2}, 20, 10);
  EXPECT_EQ(inside.x0, 3U);
  EXPECT_EQ(inside.n_x, 6U);
  EXPECT_EQ(inside.y0, 1U);
  EXPECT_EQ(inside.n_y, 3U);
  const fits::Box cut = pixels_in({-5, 100, -5, 3}, 20, 10);
  EXPECT_EQ(cut.x0, 0U);
  EXPECT_EQ(cut.n_x, 20U);
  EXPECT_EQ(cut.n_y, 5U);
  for (const Extent& outside :
       {Extent{-9, -1, 0, 5}, Extent{21, 30, 0, 5}, Extent{0, 5, 10.5, 30}}) {
    EXPECT_EQ(pixels_in(outside, 20, 10).n_x, 0U);
    EXPECT_EQ(pixels_in(outside, 20, 10).n_y, 0U);
  }
}

}  // namespace
}  // namespace contimg::mosaic
