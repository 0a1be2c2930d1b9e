// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/primary_beam.h"

#include <gtest/gtest.h>

#include <cmath>

#include "astro/constants.h"

namespace contimg::astro {
namespace {

constexpr double kDish_m = 4.65;
constexpr double kMiddle_hz = 1.405e9;

double power_at_deg(double separation_deg) {
  return airy_power(separation_deg * kDegree, kMiddle_hz, kDish_m);
}

// Figures of the DSA-110 beam as documented (spec 6.3): rounded as they are there.
TEST(AiryPower, HasTheDocumentedBeam) {
  EXPECT_NEAR(power_at_deg(1.3), 0.53, 0.005);
  EXPECT_NEAR(power_at_deg(1.97), 0.20, 0.005);
  EXPECT_NEAR(power_at_deg(2.71 / 2), 0.5, 0.005);
  EXPECT_LT(power_at_deg(3.21), 1e-5);
  EXPECT_NEAR(airy_power(2.90 / 2 * kDegree, 1.311e9, kDish_m), 0.5, 0.005);
  EXPECT_NEAR(airy_power(2.54 / 2 * kDegree, 1.499e9, kDish_m), 0.5, 0.005);
}

TEST(AiryPower, EqualsTheStandardLibrarysBesselFunction) {
  for (double separation_deg = 0.01; separation_deg < 89; separation_deg += 0.037) {
    const double x =
        kPi * kDish_m * std::sin(separation_deg * kDegree) * kMiddle_hz / kSpeedOfLight;
    const double amplitude = 2 * std::cyl_bessel_j(1.0, x) / x;
    ASSERT_NEAR(power_at_deg(separation_deg), amplitude * amplitude, 1e-9) << separation_deg;
  }
}

TEST(AiryPower, IsOneOnAxisAndSmoothAcrossTheSeries) {
  EXPECT_EQ(power_at_deg(0), 1);
  // Where the power series takes over from j1: x = 1e-3.
  const double edge_rad = std::asin(1e-3 * kSpeedOfLight / (kPi * kDish_m * kMiddle_hz));
  EXPECT_NEAR(airy_power(edge_rad * 0.999, kMiddle_hz, kDish_m),
              airy_power(edge_rad * 1.001, kMiddle_hz, kDish_m), 2e-9);
  EXPECT_EQ(power_at_deg(-1.3), power_at_deg(1.3));
}

TEST(AiryPower, SeesNothingBehindTheDishAndPassesNanOn) {
  EXPECT_EQ(power_at_deg(91), 0);
  EXPECT_EQ(power_at_deg(180), 0);
  EXPECT_TRUE(std::isnan(airy_power(std::nan(""), kMiddle_hz, kDish_m)));
}

}  // namespace
}  // namespace contimg::astro
