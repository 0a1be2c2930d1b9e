// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/sources.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "astro/constants.h"
#include "fits/image.h"
#include "scratch.h"

namespace contimg::mosaic {
namespace {

constexpr double kNoise_jy = 1e-3;
const fits::Beam kBeam{50 * astro::kArcsec, 25 * astro::kArcsec, 20 * astro::kDegree};

// Offsets on the sky of a place close by.
std::pair<double, double> east_north_rad(const astro::Direction& of, const astro::Direction& from) {
  const double turn = std::remainder(of.ra_rad - from.ra_rad, 2 * astro::kPi);
  return {std::cos(of.dec_rad) * std::sin(turn),
          std::sin(of.dec_rad) * std::cos(from.dec_rad) -
              std::cos(of.dec_rad) * std::sin(from.dec_rad) * std::cos(turn)};
}

// The beam as it stands on the sky, whichever way the pixels lie there.
void add_source(fits::Image& image, const astro::Direction& place, double flux_jy) {
  const auto at = image.wcs.pixel_of(place);
  ASSERT_TRUE(at);
  for (int dy = -20; dy <= 20; ++dy)
    for (int dx = -20; dx <= 20; ++dx) {
      const fits::Pixel pixel{std::round(at->x) + dx, std::round(at->y) + dy};
      const auto direction = image.wcs.direction_at(pixel);
      if (!direction || pixel.x < 0 || pixel.y < 0) continue;
      const auto [east, north] = east_north_rad(*direction, place);
      const double sine = std::sin(kBeam.position_angle_rad);
      const double cosine = std::cos(kBeam.position_angle_rad);
      const double along = (north * cosine + east * sine) / kBeam.major_rad;
      const double across = (east * cosine - north * sine) / kBeam.minor_rad;
      image.at(static_cast<std::size_t>(pixel.x), static_cast<std::size_t>(pixel.y)) +=
          static_cast<float>(flux_jy *
                             std::exp(-4 * std::log(2.0) * (along * along + across * across)));
    }
}

// Sources all around the pole, where north points everywhere; the first box of several ends between.
class MeasureSources : public testing::Test {
 protected:
  MeasureSources() : image_path_(scratch("m-image.fits")), rms_path_(scratch("m-rms.fits")) {
    image_.n_x = 1900;
    image_.n_y = 700;
    image_.wcs =
        fits::Wcs::orthographic({0.001, 89 * astro::kDegree}, 1900, 700, 8 * astro::kArcsec);
    image_.beam = kBeam;
    image_.unit = "Jy/beam";
    std::mt19937 random(5);
    std::normal_distribution<float> noise(0, static_cast<float>(kNoise_jy));
    for (std::size_t i = 0; i < 1900 * 700; ++i) image_.pixels.push_back(noise(random));
    for (int i = 0; i < 16; ++i) {
      OverlapSource source;
      source.name = "s" + std::to_string(i);
      const fits::Pixel place{100.3 + 110.7 * i, i % 2 == 0 ? 203.6 : 489.2};
      source.position = *image_.wcs.direction_at(place);
      source.n_tile = 2;
      source.catalogue_flux_jy = 0.3;
      sources_.push_back(source);
    }
  }
  void measure() {
    fits::write_image(image_path_, image_);
    fits::Image rms = image_;
    rms.pixels.assign(rms.pixels.size(), static_cast<float>(rms_jy_));
    fits::write_image(rms_path_, rms);
    measure_sources(image_path_, rms_path_, kBeam, {}, sources_);
  }

  std::string image_path_, rms_path_;
  fits::Image image_;
  double rms_jy_ = kNoise_jy;
  std::vector<OverlapSource> sources_;
};

TEST_F(MeasureSources, FluxDensitiesAreRightWhereverNorthPoints) {
  for (const OverlapSource& source : sources_) add_source(image_, source.position, 0.3);
  measure();
  double mean = 0;
  for (const OverlapSource& source : sources_) {
    EXPECT_NEAR(source.flux_jy, 0.3, 5 * source.error_jy) << source.name;
    EXPECT_GT(source.error_jy, 0.3 * kNoise_jy);
    EXPECT_LT(source.error_jy, 1.3 * kNoise_jy);
    EXPECT_NEAR(source.east_rad, 0, 2 * astro::kArcsec);
    EXPECT_NEAR(source.north_rad, 0, 2 * astro::kArcsec);
    EXPECT_TRUE(source.isolated);
    EXPECT_EQ(source.flags() + source.reason, "");
    mean += source.flux_jy / 0.3 / 16;
  }
  EXPECT_NEAR(mean, 1, 2e-3);
}

TEST_F(MeasureSources, WhatIsNotThereGetsALimitAndBlankPixelsAReason) {
  add_source(image_, sources_[1].position, 0.3);
  for (std::size_t y = 0; y < 350; ++y)
    for (std::size_t x = 0; x < 150; ++x) image_.at(x, y) = std::nanf("");
  measure();
  EXPECT_EQ(sources_[0].reason, "blank pixels");
  EXPECT_FALSE(sources_[0].measured());
  EXPECT_EQ(sources_[1].reason, "");
  EXPECT_EQ(sources_[5].reason, "below 3 sigma");
  EXPECT_NEAR(sources_[5].limit_jy, std::max(0.0, sources_[5].flux_jy) + 3 * sources_[5].error_jy,
              1e-12);
}

TEST_F(MeasureSources, TheErrorIsNotLessThanTheMapOfNoiseSays) {
  add_source(image_, sources_[4].position, 0.3);
  measure();
  const double error_jy = sources_[4].error_jy;
  rms_jy_ = 5 * kNoise_jy;
  measure();
  EXPECT_NEAR(sources_[4].error_jy / error_jy, 5, 0.5);
  EXPECT_NEAR(sources_[4].rms_jy, 5 * kNoise_jy, 1e-7);
}

TEST_F(MeasureSources, NeighboursAreNotIsolated) {
  sources_[1].position = *image_.wcs.direction_at({108.0, 203.6});
  sources_[2].position = *image_.wcs.direction_at({316.0, 203.6});
  sources_[3].position = *image_.wcs.direction_at({324.0, 203.6});
  sources_[3].catalogue_flux_jy = 0.02;
  for (const OverlapSource& source : sources_)
    add_source(image_, source.position, source.catalogue_flux_jy);
  measure();
  EXPECT_FALSE(sources_[0].isolated);
  EXPECT_TRUE(sources_[0].blended);
  EXPECT_TRUE(sources_[2].isolated);  // the other has less than a tenth of it
  EXPECT_FALSE(sources_[3].isolated);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(sources_[i].flux_jy, sources_[i].catalogue_flux_jy, 6 * sources_[i].error_jy) << i;
}

}  // namespace
}  // namespace contimg::mosaic
