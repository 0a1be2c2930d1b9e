// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/resample.h"

#include <gtest/gtest.h>

#include "mosaic/resample_positions.h"
#include "synthetic_tiles.h"

namespace contimg::mosaic {
namespace {

constexpr float kBlank = std::numeric_limits<float>::quiet_NaN();

double sinc(double x) { return x == 0.0 ? 1 : std::sin(astro::kPi * x) / (astro::kPi * x); }

// A tile in memory with a beam and a noise of 1 everywhere.
TileMaps flat_maps(std::size_t side) {
  TileMaps maps;
  SyntheticTile tile;
  tile.side = side;
  maps.image = header_of(tile);
  maps.image.pixels.assign(side * side, 0.0F);
  maps.beam = maps.noise = maps.image;
  maps.beam.pixels.assign(side * side, 1.0F);
  maps.noise.pixels.assign(side * side, 1.0F);
  return maps;
}

double windowed(double x) {
  const auto bessel = [](double z) { return std::cyl_bessel_i(0.0, z); };
  return sinc(x) * bessel(5.4 * std::sqrt(1 - x * x / 16)) / bessel(5.4);
}

TEST(SincKernel, IsTheFormulaNormalised) {
  const SincKernel kernel;
  for (double fraction = 0; fraction < 1; fraction += 0.00137) {
    const SincKernel::Weights weights = kernel.at(fraction);
    double all = 0, sum = 0;
    for (int i = -3; i <= 4; ++i) all += windowed(std::min(i - fraction, 4.0));
    for (int i = -3; i <= 4; ++i) {
      const auto weight = static_cast<double>(weights[static_cast<std::size_t>(i + 3)]);
      EXPECT_NEAR(weight, windowed(i - fraction) / all, 1e-7) << fraction;
      sum += weight;
    }
    EXPECT_NEAR(sum, 1, 3e-7);
  }
  EXPECT_EQ(kernel.at(0)[3], 1.0F);
}

TEST(TileSampler, GaussianOfFourPixelsKeepsItsPeakAndItsShape) {
  double worst_peak = 0, worst = 0;
  for (double dx = 0; dx < 1; dx += 1.0 / 16)
    for (double dy = 0; dy < 1; dy += 1.0 / 16) {
      TileMaps maps = flat_maps(41);
      const auto gaussian = [&](double x, double y) {
        return std::exp(-4 * std::log(2.0) * (std::pow(x - 20 - dx, 2) + std::pow(y - 20 - dy, 2)) /
                        16);
      };
      for (std::size_t y = 0; y < 41; ++y)
        for (std::size_t x = 0; x < 41; ++x)
          maps.image.at(x, y) =
              static_cast<float>(gaussian(static_cast<double>(x), static_cast<double>(y)));
      const TileSampler sampler(maps, 0.1);
      worst_peak = std::max(worst_peak, std::abs(sampler.at(20 + dx, 20 + dy, 0, 0).sky_jy - 1));
      for (double x = 10.3; x < 30; x += 1.37)
        for (double y = 10.1; y < 30; y += 1.19)
          worst = std::max(worst, std::abs(sampler.at(x, y, 0, 0).sky_jy - gaussian(x, y)));
    }
  EXPECT_LT(worst_peak, 0.002);
  EXPECT_LT(worst, 0.002);
}

TEST(TileSampler, TakesNoPartWhereItMustNot) {
  TileMaps maps = flat_maps(40);
  maps.image.at(10, 10) = kBlank;
  maps.beam.at(30, 30) = 0.05F;
  maps.noise.at(30, 10) = kBlank;
  const TileSampler sampler(maps, 0.1);
  EXPECT_GT(sampler.at(20, 20, 0, 0).weight, 0);
  EXPECT_EQ(sampler.at(14, 10, 0, 0).weight > 0, true) << "the blank pixel is beyond the kernel";
  EXPECT_EQ(sampler.at(13, 10, 0, 0).weight, 0);
  EXPECT_EQ(sampler.at(10.4, 9.7, 0, 0).weight, 0);
  EXPECT_EQ(sampler.at(30, 30, 0, 0).weight, 0);
  EXPECT_GT(sampler.at(30.9, 30, 0, 0).weight, 0);
  EXPECT_EQ(sampler.at(30.9, 10, 0, 0).weight, 0);
  EXPECT_EQ(sampler.at(2.9, 20, 0, 0).weight, 0);
  EXPECT_GT(sampler.at(3, 20, 0, 0).weight, 0);
  EXPECT_GT(sampler.at(35.9, 20, 0, 0).weight, 0);
  EXPECT_EQ(sampler.at(36.1, 20, 0, 0).weight, 0);
  const double nowhere = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(sampler.at(nowhere, nowhere, 0, 0).weight, 0);
  EXPECT_EQ(sampler.at(-1e9, 20, 0, 0).weight, 0);
}

TEST(TileSampler, WeighsByTheBeamAndWhatSmearingLeaves) {
  TileMaps maps = flat_maps(40);
  maps.image.pixels.assign(1600, 0.3F);
  maps.beam.pixels.assign(1600, 0.5F);
  maps.noise.pixels.assign(1600, 0.02F);  // 0.01 before the beam
  maps.smearing = flat_maps(3).image;
  maps.smearing->pixels = {0.8F, 0.8F, 0.8F, 0.9F, 0.9F, 0.9F, kBlank, kBlank, kBlank};
  const TileSampler sampler(maps, 0.1);
  const Sample sample = sampler.at(20, 20, 1, 0.5);
  const double response = 0.5 * 0.85;
  EXPECT_NEAR(sample.sky_jy, 0.3 / response, 1e-6);
  EXPECT_NEAR(sample.weight, response * response / 1e-4, 1e-2);
  EXPECT_EQ(sampler.at(20, 20, 1, 1.5).weight, 0);
  EXPECT_EQ(sampler.at(20, 20, -0.1, 0.5).weight, 0);
}

struct Projections {
  astro::Direction tile, mosaic;
  bool conic;
  double pixel_rad = 20 * astro::kArcsec;
};

class Positions : public testing::TestWithParam<Projections> {};

TEST_P(Positions, AreWhatWcslibSays) {
  const Projections& p = GetParam();
  const fits::Wcs tile = fits::Wcs::orthographic(p.tile, 300, 300, p.pixel_rad);
  const fits::Wcs whole = p.conic ? fits::Wcs::conic(p.mosaic, p.pixel_rad)
                                  : fits::Wcs::orthographic(p.mosaic, 0, 0, p.pixel_rad);
  const auto middle = whole.pixel_of(p.tile);
  ASSERT_TRUE(middle);
  const fits::Wcs mosaic =
      whole.on_grid({std::floor(middle->x) - 500, std::floor(middle->y) - 200}, 1);
  const fits::Box box = {347, 53, 331, 299};
  const ResamplePositions positions(mosaic, tile, box);
  double worst = 0;
  std::vector<double> x(box.n_x), y(box.n_x);
  for (std::size_t row = box.y0; row < box.y0 + box.n_y; ++row) {
    // In two pieces, as blocks ask.
    positions.row(row, box.x0, 101, x.data(), y.data());
    positions.row(row, box.x0 + 101, box.n_x - 101, x.data() + 101, y.data() + 101);
    for (std::size_t i = 0; i < box.n_x; ++i) {
      const auto place =
          mosaic.direction_at({static_cast<double>(box.x0 + i), static_cast<double>(row)});
      const auto exact = place ? tile.pixel_of(*place) : std::nullopt;
      ASSERT_EQ(exact.has_value(), std::isfinite(x[i])) << i << ' ' << row;
      if (exact) worst = std::max(worst, std::hypot(x[i] - exact->x, y[i] - exact->y));
    }
  }
  EXPECT_LT(worst, 0.001);
  EXPECT_LE(positions.cell(), 32U);
}

constexpr double kSeventyFive_rad = 75 * astro::kDegree;
INSTANTIATE_TEST_SUITE_P(
    Everywhere, Positions,
    testing::Values(Projections{{1, 0.3}, {1.01, 0.3}, false},
                    Projections{{6.27, 0.3}, {0.2, 0.3}, true},
                    Projections{{0.1, kSeventyFive_rad}, {6.1, kSeventyFive_rad}, true},
                    Projections{{0.1, kSeventyFive_rad}, {6.2, kSeventyFive_rad}, false},
                    Projections{{0.1, 0.0}, {6.1, 0.0}, true},
                    // Across the conic's tear, and over the edge of the hemisphere.
                    Projections{{1 + astro::kPi - 0.003, 0.5}, {1, 0.5}, true},
                    Projections{{1, 0.5}, {1.1, 0.5}, false, 0.008},
                    // Pixels so large that nodes must be closer.
                    Projections{{1, 0.5}, {1.05, 0.5}, true, 800 * astro::kArcsec}));

}  // namespace
}  // namespace contimg::mosaic
