// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/footprint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "astro/constants.h"
#include "base/error.h"
#include "lightcurve/place.h"

namespace contimg::lightcurve {
namespace {

using astro::kDegree;

// Response that falls by 0.04 a column westwards and rises by 0.01 a row northwards.
std::string sloping() {
  std::vector<float> values;
  for (int y = 0; y < 21; ++y)
    for (int x = 0; x < 21; ++x) values.push_back(0.9F - 0.04F * x + 0.01F * y);
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

TEST(EpochFootprint, IsLinearBetweenItsPointsEastFirstSouthFirst) {
  for (const double dec_deg : {0.0, 75.0, 89.5}) {
    const astro::Direction centre{359.95 * kDegree, dec_deg * kDegree};
    const Footprint footprint(centre, 0.2, 0.2, sloping(), "g");
    const auto at = [&](double east_steps, double north_steps) {
      return footprint.response_at(
          moved(centre, {0.2 * kDegree * east_steps, 0.2 * kDegree * north_steps}));
    };
    EXPECT_NEAR(at(0, 0), 0.9 - 0.4 + 0.1, 1e-6);
    EXPECT_NEAR(at(3.5, 0), 0.6 + 0.04 * 3.5, 1e-6);
    EXPECT_NEAR(at(-9.9, 9.9), 0.6 - 0.04 * 9.9 + 0.01 * 9.9, 1e-6);
    EXPECT_TRUE(std::isnan(at(10.1, 0)));
    EXPECT_TRUE(std::isnan(at(0, -10.1)));
    EXPECT_FALSE(footprint.covers(at(0, -10.1)));
    EXPECT_NEAR(footprint.radius_rad(), std::asin(std::sqrt(2.0) * 2 * kDegree), 1e-12);
  }
}

TEST(EpochFootprint, TheOtherSideOfTheSkyIsNotSeen) {
  const Footprint footprint({0, 0}, 0.2, 0.2, sloping(), "g");
  EXPECT_TRUE(std::isnan(footprint.response_at({astro::kPi, 0})));
}

TEST(EpochFootprint, CoversFivePercentAboveTheLeast) {
  const Footprint footprint({0, 0}, 0.2, 0.2, sloping(), "g");
  EXPECT_TRUE(footprint.covers(0.2101));
  EXPECT_FALSE(footprint.covers(0.2099));
}

TEST(EpochFootprint, AnUnknownOneSawNothingAndABrokenOneIsRefused) {
  EXPECT_FALSE(Footprint().known());
  EXPECT_TRUE(std::isnan(Footprint().response_at({0, 0})));
  EXPECT_THROW(Footprint({0, 0}, 0.2, 0.2, "abcd", "g"), DataError);
}

}  // namespace
}  // namespace contimg::lightcurve
