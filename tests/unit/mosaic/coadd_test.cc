// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/coadd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/filesystem.hpp>

#include "base/error.h"
#include "coadded.h"

namespace contimg::mosaic {
namespace {

using astro::kDegree;

struct Place {
  const char* name;
  astro::Direction middle;
  double apart_deg;
};

class Strip : public testing::TestWithParam<Place> {
 protected:
  std::vector<SyntheticTile> tiles() const {
    const Place& p = GetParam();
    return strip_of(p.name, 12, p.middle, p.apart_deg * kDegree);
  }
};

TEST_P(Strip, PointSourceComesBackFromTwelveTilesAndTheNoiseIsWhatTheWeightsSay) {
  std::vector<SyntheticTile> all = tiles();
  const Grid grid = grid_for(named_all(all));
  const double flux_jy = 0.5;
  // Wherever they fall in the tiles, here they are in the middle of a pixel.
  std::vector<fits::Pixel> at;
  std::vector<astro::Direction> sources;
  for (const std::size_t tile : {2U, 5U, 8U})
    for (const double up_deg : {-0.3, 0.2}) {
      const double ra_rad = all[tile].centre.ra_rad + 0.4 * GetParam().apart_deg * kDegree;
      const auto near = grid.wcs.pixel_of({ra_rad, GetParam().middle.dec_rad + up_deg * kDegree});
      ASSERT_TRUE(near);
      at.push_back({std::round(near->x), std::round(near->y)});
      sources.push_back(*grid.wcs.direction_at(at.back()));
    }
  unsigned seed = 0;
  for (SyntheticTile& tile : all) {
    tile.noise_seed = ++seed;
    tile.rms_jy = 1e-3 * (1 + 0.1 * seed);
    tile.sky_jy = [&, pixel_rad = tile.pixel_rad](const astro::Direction& place) {
      double sum = 0;
      for (const astro::Direction& source : sources)
        sum += flux_jy * source_at(source, place, pixel_rad);
      return sum;
    };
  }
  const Mosaic mosaic = added(written_all(all));
  for (const fits::Pixel& pixel : at) {
    const auto x = static_cast<std::size_t>(pixel.x), y = static_cast<std::size_t>(pixel.y);
    const auto rms = static_cast<double>(mosaic.rms.at(x, y));
    ASSERT_LT(rms, 0.01 * flux_jy);
    EXPECT_NEAR(mosaic.image.at(x, y), flux_jy, 0.002 * flux_jy + 4 * rms) << x << ' ' << y;
  }
  EXPECT_NEAR(mosaic.report.noise_ratio, 1, 0.05);
  EXPECT_GT(weights_are_true(mosaic, all), 1000U);
  double shares = 0;
  std::size_t n_pixel = 0;
  for (const MemberReport& member : mosaic.report.members) {
    shares += member.weight_share;
    n_pixel += member.n_pixel;
    EXPECT_GT(member.weight_share, 0.01);
  }
  EXPECT_NEAR(shares, 1, 1e-12);
  EXPECT_GT(n_pixel, mosaic.report.n_pixel);
}

// The same brightness everywhere: whatever is not flat is a seam.
TEST_P(Strip, ConstantSkyHasNoSeam) {
  std::vector<SyntheticTile> all = tiles();
  double rms_jy = 1e-3;
  for (SyntheticTile& tile : all) {
    tile.rms_jy = rms_jy *= 1.3;
    tile.sky_jy = [](const astro::Direction&) { return 2; };
  }
  const Mosaic mosaic = added(written_all(all));
  std::size_t n = 0;
  for (const float value : mosaic.image.pixels) {
    if (!std::isfinite(value)) continue;
    ++n;
    ASSERT_NEAR(value, 2, 2 * 1e-3);
  }
  EXPECT_EQ(n, mosaic.report.n_pixel);
  // Weighed by the truth, image / rms is image sqrt(sum of weights), across edges of tiles too.
  weights_are_true(mosaic, all);
}

INSTANTIATE_TEST_SUITE_P(Sky, Strip,
                         testing::Values(Place{"north", {1, 16.3 * kDegree}, 0.4},
                                         Place{"across", {0, 16.3 * kDegree}, 1.1},
                                         Place{"high", {359.8 * kDegree, 75 * kDegree}, 1.6},
                                         Place{"higher", {0.2 * kDegree, 75 * kDegree}, 5},
                                         Place{"equator", {6.28, 0}, 1}),
                         [](const testing::TestParamInfo<Place>& place) {
                           return std::string(place.param.name);
                         });

TEST(Coadd, OrderOfTilesAndNumberOfThreadsDoNotMatter) {
  std::vector<SyntheticTile> all = strip_of("order", 6, {0, 0.6}, 0.5 * kDegree);
  unsigned seed = 20;
  for (SyntheticTile& tile : all) tile.noise_seed = ++seed;
  std::vector<TileHeader> tiles = written_all(all);
  const Grid grid = grid_for(tiles);
  CoaddSettings settings;
  settings.n_thread = 1;
  const Mosaic first = added_on(grid, tiles, settings);
  std::rotate(tiles.begin(), tiles.begin() + 2, tiles.end());
  std::swap(tiles[0], tiles[3]);
  settings.n_thread = 3;
  const Mosaic second = added_on(grid, tiles, settings);
  for (std::size_t i = 0; i < first.image.pixels.size(); ++i) {
    ASSERT_EQ(std::isnan(first.image.pixels[i]), std::isnan(second.image.pixels[i]));
    if (std::isnan(first.image.pixels[i])) continue;
    ASSERT_EQ(first.image.pixels[i], second.image.pixels[i]);
    ASSERT_EQ(first.weight.pixels[i], second.weight.pixels[i]);
  }
  EXPECT_EQ(first.report.members[2].group_id, "order-102");
  for (const MemberReport& a : first.report.members)
    for (const MemberReport& b : second.report.members)
      if (a.group_id == b.group_id) {
        EXPECT_EQ(a.weight_share, b.weight_share);
      }
}

TEST(Coadd, TileOutsideTouchesNothing) {
  std::vector<SyntheticTile> all = strip_of("outside", 3, {2, -0.3}, 0.5 * kDegree);
  all[2].centre = {5, 0.9};
  all[0].noise_seed = 1;
  all[1].noise_seed = 2;
  const std::vector<TileHeader> tiles = written_all(all);
  const std::vector<TileHeader> inside = {tiles[0], tiles[1]};
  const Grid grid = grid_for(inside);
  const Mosaic with = added_on(grid, tiles), without = added_on(grid, inside);
  EXPECT_EQ(with.report.members[2].n_pixel, 0U);
  EXPECT_EQ(with.report.members[2].box.n_x, 0U);
  EXPECT_EQ(with.report.n_pixel, without.report.n_pixel);
  for (std::size_t i = 0; i < with.image.pixels.size(); ++i)
    ASSERT_TRUE(with.image.pixels[i] == without.image.pixels[i] ||
                std::isnan(without.image.pixels[i]));
}

TEST(Coadd, SmearingRaisesFluxDensitiesAndLowersWeights) {
  std::vector<SyntheticTile> all = strip_of("smeared", 2, {2, 0.3}, 0.5 * kDegree);
  all[0].smearing = 0.8;
  all[1].smearing = 0.9;
  for (SyntheticTile& tile : all) tile.sky_jy = [](const astro::Direction&) { return 1; };
  const Mosaic mosaic = added(written_all(all));
  for (const float value : mosaic.image.pixels)
    if (std::isfinite(value)) {
      ASSERT_NEAR(value, 1, 1e-3);
    }
  EXPECT_GT(weights_are_true(mosaic, all), 1000U);
}

TEST(Coadd, BeamFloorCutsTilesOff) {
  std::vector<SyntheticTile> all = strip_of("floor", 2, {2, 0.3}, 0.5 * kDegree);
  const std::vector<TileHeader> tiles = written_all(all);
  CoaddSettings settings;
  settings.beam_floor = 0.5;
  const Mosaic mosaic = added(tiles, settings);
  EXPECT_GT(weights_are_true(mosaic, all, 0.5), 1000U);
  EXPECT_LT(mosaic.report.n_pixel, added(tiles).report.n_pixel);
}

TEST(Coadd, MissingMapIsNamedBeforeAnythingIsRead) {
  for (const std::string map : {"rms", "pb", "image"}) {
    std::vector<SyntheticTile> all = strip_of("missing-" + map, 2, {2, 0.3}, 0.5 * kDegree);
    const std::vector<TileHeader> tiles = written_all(all);
    const std::string path = all[1].stem() + "-" + map + ".fits";
    boost::filesystem::remove(path);
    CoaddSettings settings;
    settings.check = [] { FAIL() << "work was begun"; };
    try {
      coadd(tiles, grid_for(tiles), {}, settings);
      ADD_FAILURE() << map;
    } catch (const DataError& error) {
      EXPECT_EQ(std::string(error.what()).find(path + ": not there"), 0U) << error.what();
    }
  }
}

TEST(Coadd, MapOfAnotherSizeIsRefused) {
  std::vector<SyntheticTile> all = strip_of("size", 2, {2, 0.3}, 0.5 * kDegree);
  const std::vector<TileHeader> tiles = written_all(all);
  fits::Image beam = fits::read_image(all[0].stem() + "-pb.fits");
  beam.n_x = beam.n_y = 64;
  beam.pixels.resize(64 * 64);
  fits::write_image(all[0].stem() + "-pb.fits", beam);
  try {
    coadd(tiles, grid_for(tiles), {});
    ADD_FAILURE();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("-pb.fits: 64 x 64 pixels, expected 128 x 128"),
              std::string::npos)
        << error.what();
  }
}

TEST(Coadd, StoppedWorkLeavesNoProduct) {
  const std::vector<TileHeader> tiles =
      written_all(strip_of("stopped", 4, {2, 0.3}, 0.5 * kDegree));
  const Grid grid = grid_for(tiles);
  const std::string path = scratch("stopped.fits");
  int n_left = 3;
  CoaddSettings settings;
  settings.check = [&] {
    if (--n_left == 0) throw TemporaryError("stop");
  };
  {
    AtomicOutput output(path, this_process(0), true);
    fits::ImageWriter writer(output, header_on(grid));
    EXPECT_THROW(coadd(tiles, grid, {&writer}, settings), TemporaryError);
  }
  EXPECT_EQ(n_left, 0);
  EXPECT_FALSE(boost::filesystem::exists(path));
  EXPECT_TRUE(partials_of(path).empty());
}

TEST(Coadd, MemoryIsThatOfTilesHoweverLongTheStrip) {
  const auto most = [](std::size_t n) {
    std::vector<SyntheticTile> all = strip_of("long" + std::to_string(n), n, {2, 0.3}, 4 * kDegree);
    for (SyntheticTile& tile : all) tile.side = 256;
    const std::vector<TileHeader> tiles = written_all(all);
    const Grid grid = grid_for(tiles);
    const CoaddReport report = coadd(tiles, grid, {});
    EXPECT_GE(report.most_resident, std::size_t{256 * 256});
    // A tile, and the squares of 512 pixels that its edges lie in.
    EXPECT_LE(report.most_resident, std::size_t{1024 * 1024});
    return grid.n_x * grid.n_y;
  };
  EXPECT_GT(most(24), std::size_t{3 * 1024 * 1024});
  most(3);
}

// All the way round, one tile lies across the tear.
TEST(Coadd, TileThatTheProjectionTearsCountsOnce) {
  for (const double dec_deg : {20, 60, 75}) {
    std::vector<SyntheticTile> all =
        strip_of("torn" + std::to_string(dec_deg), 24, {0.3, dec_deg * kDegree}, 15 * kDegree);
    // As many from end to end as round, and one across the ends.
    all.push_back(all.back());
    all.back().name += "-across";
    all.back().centre.ra_rad += 7.5 * kDegree;
    for (SyntheticTile& tile : all) {
      tile.pixel_rad = 300 * astro::kArcsec;
      tile.sky_jy = [](const astro::Direction&) { return 3; };
    }
    const Mosaic mosaic = added(written_all(all));
    EXPECT_GT(weights_are_true(mosaic, all), 1000U);
    for (const float value : mosaic.image.pixels)
      if (std::isfinite(value)) {
        ASSERT_NEAR(value, 3, 3e-3);
      }
    std::vector<std::size_t> n;
    for (const MemberReport& member : mosaic.report.members) n.push_back(member.n_pixel);
    // A pixel's worth along the tear may be lost or won.
    EXPECT_NEAR(static_cast<double>(n.back()), static_cast<double>(n[12]), 300) << dec_deg;
  }
}

TEST(Coadd, OverviewKeepsPointSourcesAndTheirPlaces) {
  std::vector<SyntheticTile> all = strip_of("overview", 24, {6.2, 0.5}, 2.5 * kDegree);
  const Grid grid = grid_for(named_all(all));
  ASSERT_GT(std::max(grid.n_x, grid.n_y), kOverview);
  const astro::Direction bright = named(all[7]).header.wcs.centre();
  unsigned seed = 0;
  for (SyntheticTile& tile : all) {
    tile.noise_seed = ++seed;
    tile.sky_jy = [&, pixel_rad = tile.pixel_rad](const astro::Direction& place) {
      return 0.2 * source_at(bright, place, pixel_rad);
    };
  }
  const Mosaic mosaic = added(written_all(all));
  const fits::Image& small = mosaic.report.overview;
  ASSERT_LE(std::max(small.n_x, small.n_y), kOverview);
  ASSERT_EQ(small.pixels.size(), small.n_x * small.n_y);
  ASSERT_EQ(mosaic.report.overview_rms.pixels.size(), small.pixels.size());
  const auto at = small.wcs.pixel_of(bright);
  ASSERT_TRUE(at);
  const auto x = static_cast<std::size_t>(std::lround(at->x)),
             y = static_cast<std::size_t>(std::lround(at->y));
  EXPECT_NEAR(small.at(x, y), 0.2, 0.02);
  EXPECT_LT(small.at(x + 8, y), 0.02);
  // The same patch of sky, blank where the mosaic is.
  const auto there = mosaic.grid.wcs.pixel_of(*small.wcs.direction_at({0, 0}));
  const auto factor = std::round(small.wcs.pixel_rad() / grid.wcs.pixel_rad());
  EXPECT_NEAR(there->x, (factor - 1) / 2, 1e-6);
  std::size_t n = 0;
  for (const float value : small.pixels) n += std::isfinite(value) ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(n) * factor * factor, static_cast<double>(mosaic.report.n_pixel),
              0.15 * static_cast<double>(mosaic.report.n_pixel));
  const auto rms = static_cast<double>(mosaic.report.overview_rms.at(x, y));
  EXPECT_NEAR(rms, 1e-3, 3e-4);
}

TEST(Coadd, NoTileIsABlankMosaic) {
  const Grid grid = grid_for(named_all(strip_of("none", 1, {2, 0.3}, 0)));
  const Mosaic mosaic = added_on(grid, {});
  EXPECT_EQ(mosaic.report.n_pixel, 0U);
  EXPECT_EQ(mosaic.report.noise_ratio, 0);
  EXPECT_TRUE(std::all_of(mosaic.image.pixels.begin(), mosaic.image.pixels.end(),
                          [](float value) { return std::isnan(value); }));
}

}  // namespace
}  // namespace contimg::mosaic
