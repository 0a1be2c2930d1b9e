// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/association.h"

#include <gtest/gtest.h>

#include <cmath>

#include "astro/constants.h"

namespace contimg::lightcurve {
namespace {

using astro::kArcsec;
using astro::kDegree;

Place place(double ra_deg, double dec_deg, double error_arcsec = 1) {
  return {{ra_deg * kDegree, dec_deg * kDegree}, error_arcsec * kArcsec, error_arcsec * kArcsec};
}

TEST(DeRuiter, IsTheDistanceInErrorsOfBoth) {
  Place a = place(10, 0), b = place(10 + 3.0 / 3600, 4.0 / 3600);
  a.ra_error_rad = 0.6 * kArcsec;
  b.ra_error_rad = 0.8 * kArcsec;  // together 1
  a.dec_error_rad = 1.2 * kArcsec;
  b.dec_error_rad = 1.6 * kArcsec;  // together 2
  EXPECT_NEAR(de_ruiter_radius(a, b), std::hypot(3.0, 4.0 / 2), 1e-6);
}

TEST(DeRuiter, IsTheSameAcrossZeroHoursAndFarNorth) {
  const double east_deg = 2.0 / 3600;
  const double expected = 2 / std::sqrt(2.0);
  EXPECT_NEAR(de_ruiter_radius(place(359.9999, 0), place(359.9999 + east_deg - 360, 0)), expected,
              1e-5);
  const double stretched = east_deg / std::cos(75 * kDegree);
  EXPECT_NEAR(de_ruiter_radius(place(359.9995, 75), place(359.9995 + stretched - 360, 75)),
              expected, 1e-5);
  // Across the pole: 2 arcseconds apart, half a turn in right ascension.
  const Place one = place(20, 90 - 1.0 / 3600), other = place(200, 90 - 1.0 / 3600);
  EXPECT_NEAR(de_ruiter_radius(one, other), expected, 1e-5);
}

TEST(PlaceOffsets, MoveThereAndBack) {
  for (const double ra_deg : {0.001, 120.0, 359.999})
    for (const double dec_deg : {-89.99, -30.0, 0.0, 75.0, 89.999}) {
      const astro::Direction from{ra_deg * kDegree, dec_deg * kDegree};
      const Offset offset{30 * kArcsec, -50 * kArcsec};
      const Offset back = offset_between(from, moved(from, offset));
      EXPECT_NEAR(back.east_rad, offset.east_rad, 1e-13);
      EXPECT_NEAR(back.north_rad, offset.north_rad, 1e-13);
    }
}

Fit fit(std::size_t detection, std::int64_t source, double separation) {
  return {detection, source, separation, separation};
}

TEST(PairUp, TheNearestPairComesFirst) {
  // Detection 0 is nearer to source 7, but detection 1 is nearer still: 0 goes to source 8.
  const auto matches = pair_up({fit(0, 7, 2), fit(0, 8, 3), fit(1, 7, 1)}, {}, {false, false});
  ASSERT_TRUE(matches[0].fit && matches[1].fit);
  EXPECT_EQ(matches[0].fit->source_id, 8);
  EXPECT_EQ(matches[1].fit->source_id, 7);
  EXPECT_FALSE(matches[0].other || matches[1].other);
}

TEST(PairUp, ASecondDetectionOfASourceIsASplit) {
  const auto matches = pair_up({fit(0, 7, 2), fit(1, 7, 1)}, {}, {false, false});
  EXPECT_FALSE(matches[0].fit);
  ASSERT_TRUE(matches[0].other);
  EXPECT_EQ(matches[0].other->source_id, 7);
  const auto taken = pair_up({fit(0, 7, 2)}, {7}, {false});
  EXPECT_FALSE(taken[0].fit);
  EXPECT_TRUE(taken[0].other);
}

TEST(PairUp, ADetectionOfTwoSourcesIsAMerge) {
  const auto matches = pair_up({fit(0, 7, 2), fit(0, 8, 1)}, {}, {false});
  EXPECT_EQ(matches[0].fit->source_id, 8);
  ASSERT_TRUE(matches[0].other);
  EXPECT_EQ(matches[0].other->source_id, 7);
}

TEST(PairUp, DoubtfulDetectionsComeLast) {
  const auto matches = pair_up({fit(0, 7, 1), fit(1, 7, 2)}, {}, {true, false});
  EXPECT_FALSE(matches[0].fit);
  EXPECT_TRUE(matches[1].fit);
}

TEST(PairUp, WhatFitsNothingIsNothing) {
  const auto matches = pair_up({}, {}, {false});
  EXPECT_FALSE(matches[0].fit || matches[0].other);
}

}  // namespace
}  // namespace contimg::lightcurve
