// SPDX-License-Identifier: GPL-3.0-or-later
#include "group/transits.h"

#include <gtest/gtest.h>

#include <cmath>

#include "astro/epoch.h"
#include "astro/primary_beam.h"

namespace contimg::group {
namespace {

constexpr double kSiderealDay_s = 2 * astro::kPi / astro::kEarthRotationRate;

double unix_s(const char* stamp) { return astro::unix_s_from_mjd_s(*astro::parse_stamp(stamp)); }

// On the equator the separation is the hour angle; at equal declinations sin(r/2) = cos(dec) sin(h/2).
TEST(Transits, HalfCrossingMatchesClosedForms) {
  EXPECT_NEAR(*half_crossing_rad(0, 0, 0.02), 0.02, 1e-12);
  for (const double dec : {-0.7, 0.3, 1.2})
    EXPECT_NEAR(*half_crossing_rad(dec, dec, 0.02), 2 * std::asin(std::sin(0.01) / std::cos(dec)),
                1e-9);
  EXPECT_FALSE(half_crossing_rad(0.50, 0.53, 0.02));
  EXPECT_NEAR(*half_crossing_rad(0.50, 0.52, 0.02), 0, 1e-5);
  EXPECT_NEAR(*half_crossing_rad(astro::kPi / 2 - 0.005, astro::kPi / 2 - 0.005, 0.02), astro::kPi,
              1e-12);
  EXPECT_NEAR(*half_crossing_rad(1.56, astro::kPi / 2, 0.02), astro::kPi, 1e-12);
  EXPECT_FALSE(half_crossing_rad(1.5, astro::kPi / 2, 0.02));
}

TEST(Transits, BeamRadiusIsWhereTheResponseIs) {
  for (const double response : {0.9, 0.5, 0.1})
    EXPECT_NEAR(astro::airy_power(beam_radius_rad(response, 1.4e9, 4.65), 1.4e9, 4.65), response,
                1e-6);
  // Half power of a uniformly lit dish: full width 1.029 lambda / D (Born & Wolf).
  EXPECT_NEAR(2 * beam_radius_rad(0.5, 1.4e9, 4.65), 1.029 * astro::kSpeedOfLight / 1.4e9 / 4.65,
              1e-4);
}

TEST(Transits, TransitsAreASiderealDayApartAndNotBeforeTheStart) {
  const Strip strip;
  const auto earth = astro::EarthOrientation::built_in();
  const astro::Direction icrs{3.539, 0.532};
  const double first = next_transit_unix_s(icrs, strip.site, earth, unix_s("2026-01-25T00:00:00"));
  EXPECT_GE(first, unix_s("2026-01-25T00:00:00"));
  EXPECT_LT(first, unix_s("2026-01-25T00:00:00") + kSiderealDay_s);
  EXPECT_NEAR(next_transit_unix_s(icrs, strip.site, earth, first - 0.5), first, 0.01);
  EXPECT_NEAR(next_transit_unix_s(icrs, strip.site, earth, first + 0.5) - first, kSiderealDay_s,
              0.1);
}

TEST(Transits, TheWindowHoldsTheTransit) {
  Strip strip;
  strip.apparent_dec_rad = 0.532;
  const TransitSource source{"s", "", {3.539, 0.532}, 15};
  const auto earth = astro::EarthOrientation::built_in();
  const double from = unix_s("2026-01-25T00:00:00");
  strip.window_start_unix_s = from - 1000;
  strip.period_s = 320;  // a pause of 10.8 s after each observation
  int in_gap = 0;
  for (int i = 0; i < 40; ++i) {
    *strip.window_start_unix_s += 8;
    const auto found = crossings({source}, strip, earth, from, from + 86400, {});
    ASSERT_EQ(found.size(), 1u);
    const double into = found[0].transit_unix_s - *found[0].window_start_unix_s;
    EXPECT_GE(into, 0);
    EXPECT_LT(into, 320);
    if (into >= strip.window_s()) {
      EXPECT_EQ(found[0].integration, -1);
      ++in_gap;
    } else {
      EXPECT_EQ(found[0].integration, static_cast<int>(into / strip.integration_time_s));
    }
  }
  EXPECT_GE(in_gap, 1);
}

TEST(Transits, FaintAndFarSourcesAreLeftOut) {
  Strip strip;
  strip.apparent_dec_rad = 0.532;
  const auto earth = astro::EarthOrientation::built_in();
  const double from = unix_s("2026-01-25T00:00:00");
  const auto count = [&](double dec_rad, double flux_jy) {
    return crossings({{"s", "", {3.539, dec_rad}, flux_jy}}, strip, earth, from, from + 86400, {})
        .size();
  };
  EXPECT_EQ(count(0.532, 1.2), 1u);
  EXPECT_EQ(count(0.532, 0.9), 0u);
  EXPECT_EQ(count(0.532 + 0.02, 100), 1u);
  EXPECT_EQ(count(0.532 + 0.02, 1.2), 0u);  // behind the beam below 1 Jy
  EXPECT_EQ(count(0.532 + 0.05, 100), 0u);
}

}  // namespace
}  // namespace contimg::group
