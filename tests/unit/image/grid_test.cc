// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "astro/constants.h"
#include "astro/primary_beam.h"
#include "base/error.h"

namespace contimg::image {
namespace {

constexpr double kFrequency_hz = 1.4e9;
constexpr double kLambda_m = astro::kSpeedOfLight / kFrequency_hz;

// Rows with these (u, v), wavelengths, of one weight.
ImagingSets sets_of(const std::vector<std::array<double, 2>>& uv) {
  ImagingSets sets;
  sets.sets.resize(1);
  sets.sets[0].frequency_hz = {kFrequency_hz};
  sets.sets[0].weight.resize(uv.size());
  for (std::size_t i = 0; i < uv.size(); ++i) {
    AveragedRow row;
    row.uvw_m = {uv[i][0] * kLambda_m, uv[i][1] * kLambda_m, 0};
    sets.sets[0].rows.push_back(row);
    sets.sets[0].weight[i] = 1;
    sets.longest_uv_lambda = std::max(sets.longest_uv_lambda, std::hypot(uv[i][0], uv[i][1]));
  }
  return sets;
}

std::vector<std::array<double, 2>> gaussian_uv(double u_sigma, double v_sigma) {
  std::mt19937_64 generator(1);
  std::normal_distribution<double> u(0, u_sigma), v(0, v_sigma);
  std::vector<std::array<double, 2>> uv(200'000);
  for (auto& point : uv) point = {u(generator), v(generator)};
  return uv;
}

SetLayout drift_layout() {
  SetLayout layout;
  layout.path = "x.ms";
  layout.phase_centre = {1.0, 0.28};
  layout.dish_diameter_m = 4.65;
  layout.channel_width_hz = 1e6;
  for (int c = 0; c < 188; ++c) layout.frequency_hz.push_back(1.3115e9 + 1e6 * c);
  for (int i = -12; i < 12; ++i) {
    ms::Pointing pointing;
    pointing.direction = {1.0 + (i + 0.5) * 9.4e-4, 0.28};
    layout.description.pointings.push_back(pointing);
  }
  return layout;
}

TEST(FftFriendly, IsTheNextEvenNumberOfSmallFactors) {
  EXPECT_EQ(fft_friendly(1), 2u);
  EXPECT_EQ(fft_friendly(1024), 1024u);
  EXPECT_EQ(fft_friendly(1025), 1050u);  // 2 3 25 7; 1029 = 3 343 is odd
  for (std::size_t n = 2; n < 500; ++n) {
    std::size_t slow = n;
    const auto only_small = [&](std::size_t size) {
      for (const std::size_t prime : {2u, 3u, 5u, 7u})
        while (size % prime == 0) size /= prime;
      return size == 1;
    };
    while (!(slow % 2 == 0 && only_small(slow))) ++slow;
    EXPECT_EQ(fft_friendly(n), slow);
  }
}

TEST(WeightingFrom, ReadsWhatItWritesAndRefusesTheRest) {
  EXPECT_EQ(weighting_from("briggs -0.5").text(), "briggs -0.5");
  EXPECT_EQ(weighting_from("briggs:2").robustness, 2);
  EXPECT_EQ(weighting_from("natural").text(), "natural");
  EXPECT_EQ(weighting_from("uniform").kind, Weighting::Kind::uniform);
  for (const char* wrong : {"", "briggs", "briggs x", "briggs 9", "robust 0", "natural 1"})
    EXPECT_THROW(weighting_from(wrong), UsageError) << wrong;
}

// The transform of a Gaussian of sigma s is a Gaussian of full width 2 sqrt(2 ln 2) / (2 pi s).
TEST(ForeseenBeam, IsTheTransformOfAGaussianCoverage) {
  const double factor = std::sqrt(2 * std::log(2.0)) / astro::kPi;
  const ForeseenBeam beam =
      foreseen_beam(sets_of(gaussian_uv(2000, 1000)), {Weighting::Kind::natural, 0}, 0.07);
  EXPECT_NEAR(beam.minor_rad, factor / 2000, factor / 2000 * 0.01);
  EXPECT_NEAR(beam.major_rad, factor / 1000, factor / 1000 * 0.01);
}

// Uniform weights of a disk of radius R: <u^2> = R^2 / 4, whatever the density in it.
TEST(ForeseenBeam, UnderUniformWeightsForgetsTheDensity) {
  std::mt19937_64 generator(2);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<std::array<double, 2>> uv(2'000'000);
  for (auto& point : uv) {  // density falls as 1 / r
    const double r = 1000 * unit(generator), angle = 2 * astro::kPi * unit(generator);
    point = {r * std::cos(angle), r * std::sin(angle)};
  }
  const ForeseenBeam beam = foreseen_beam(sets_of(uv), {Weighting::Kind::uniform, 0}, 0.07);
  const double expected = std::sqrt(2 * std::log(2.0)) / astro::kPi / 500;
  EXPECT_NEAR(beam.minor_rad, expected, 0.02 * expected);
  EXPECT_NEAR(beam.major_rad, expected, 0.02 * expected);
}

TEST(ForeseenBeam, OfBriggsGoesFromUniformToNatural) {
  const ImagingSets sets = sets_of(gaussian_uv(2000, 2000));
  const auto minor = [&](Weighting::Kind kind, double robustness) {
    return foreseen_beam(sets, {kind, robustness}, 0.07).minor_rad;
  };
  const double natural = minor(Weighting::Kind::natural, 0);
  const double uniform = minor(Weighting::Kind::uniform, 0);
  EXPECT_LT(uniform, 0.9 * natural);
  EXPECT_NEAR(minor(Weighting::Kind::briggs, -5), uniform, 0.01 * uniform);
  EXPECT_NEAR(minor(Weighting::Kind::briggs, 5), natural, 0.01 * natural);
  EXPECT_GT(minor(Weighting::Kind::briggs, 0.5), uniform);
  EXPECT_LT(minor(Weighting::Kind::briggs, 0.5), natural);
}

TEST(BeamExtent, OfOnePointingAndOneChannelIsWhereItsAiryPatternFallsToTheCut) {
  SetLayout layout = drift_layout();
  layout.frequency_hz = {1.4e9};
  layout.channel_width_hz = 1;
  layout.description.pointings = {ms::Pointing{0, 0, layout.phase_centre}};
  const double extent = beam_extent_rad(layout, 0.2);
  EXPECT_NEAR(astro::airy_power(std::asin(extent), 1.4e9, 4.65), 0.2, 1e-6);
}

TEST(BeamExtent, OfADriftGroupIsLargerAlongTheDriftAndRefusesWhatHasNoBeam) {
  SetLayout layout = drift_layout();
  SetLayout still = layout;
  still.description.pointings = {ms::Pointing{0, 0, layout.phase_centre}};
  EXPECT_GT(beam_extent_rad(layout, 0.2), 1.002 * beam_extent_rad(still, 0.2));
  EXPECT_LT(beam_extent_rad(layout, 0.2), 1.1 * beam_extent_rad(still, 0.2));
  layout.dish_diameter_m = 0;
  EXPECT_THROW(beam_extent_rad(layout, 0.2), DataError);
  still.description.pointings.front().direction = {2.0, 0.28};
  EXPECT_THROW(beam_extent_rad(still, 0.2), DataError);
}

TEST(ChooseGrid, HasFourPixelsAcrossTheBeamReachesBeyondTheFieldAndKeepsWhatIsGiven) {
  const ImagingSets sets = sets_of(gaussian_uv(2000, 1000));
  GridSettings settings;
  settings.weighting = weighting_from("natural");
  const Grid grid = choose_grid(sets, settings, 0.03);
  EXPECT_GE(grid.beam.minor_rad / grid.pixel_rad, 4);
  EXPECT_LE(grid.pixel_rad, 0.9 / (2 * sets.longest_uv_lambda));
  EXPECT_GE(static_cast<double>(grid.n_pixel) * grid.pixel_rad / 2, 0.03);
  EXPECT_EQ(grid.n_pixel, fft_friendly(grid.n_pixel));
  settings.coarse = true;
  EXPECT_NEAR(choose_grid(sets, settings, 0.03).pixel_rad / grid.pixel_rad, 2, 0.05);
  settings.size = 1001;
  settings.pixel_rad = 3 * astro::kArcsec;
  const Grid given = choose_grid(sets, settings, 0.03);
  EXPECT_EQ(given.n_pixel, 1008u);
  EXPECT_DOUBLE_EQ(given.pixel_rad, 3 * astro::kArcsec);
}

}  // namespace
}  // namespace contimg::image
