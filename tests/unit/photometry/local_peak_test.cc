// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/local_peak.h"

#include <gtest/gtest.h>

#include <random>

#include "photometry/plane.h"

namespace contimg::photometry {
namespace {

TEST(PeakNear, IsExactForAGaussianBetweenPixels) {
  fits::Image image;
  image.n_x = image.n_y = 60;
  const Ellipse::Form beam = Ellipse{5.3, 3.3, 0.7}.form();
  for (std::size_t y = 0; y < 60; ++y)
    for (std::size_t x = 0; x < 60; ++x)
      image.pixels.push_back(static_cast<float>(
          1e-9 + 2 * beam(static_cast<double>(x) - 30.3, static_cast<double>(y) - 29.6)));
  const auto peak = peak_near(image, {28, 31}, 5);
  ASSERT_TRUE(peak);
  EXPECT_NEAR(peak->value_jy, 2, 1e-4);
  EXPECT_NEAR(peak->place.x, 30.3, 1e-3);
  EXPECT_NEAR(peak->place.y, 29.6, 1e-3);
  EXPECT_FALSE(peak_near(image, {-30, 20}, 5));
}

TEST(RobustRms, OfGaussianNoiseIsItsSigmaWhateverASourceDoes) {
  std::mt19937 random(1);
  std::normal_distribution<float> noise(5, 2);
  std::vector<float> values(100000);
  for (float& value : values) value = noise(random);
  for (int i = 0; i < 100; ++i) values[static_cast<std::size_t>(i)] = 1e6f;
  EXPECT_NEAR(robust_rms(values), 2, 0.03);
}

}  // namespace
}  // namespace contimg::photometry
