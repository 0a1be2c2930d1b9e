// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/direction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "astro/array_geometry.h"
#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/error.h"

// That the apparent directions themselves are right is held by tests/unit/astro/witness.py.
namespace contimg::astro {
namespace {

const Site kTee = {-2.064427799136453, 0.6498455107238486, 1188.0519};

double length(const Vector3& vector) { return std::sqrt(dot(vector, vector)); }

Vector3 difference(const Vector3& a, const Vector3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

// Stations as surveyed and their ECEF control values (spec 4.1), given there to 1 mm.
TEST(EcefFromSite, GivesTheControlValuesToAMillimetre) {
  const struct {
    double latitude_deg, longitude_deg, height_m;
    Vector3 ecef_m;
  } stations[] = {
      {37.2333752, -118.2856408, 1182.6, {-2409761.229, -4478100.499, 3838761.518}},
      {37.2300025, -118.2812695, 1181.3, {-2409526.404, -4478482.899, 3838462.653}},
      {37.2314169, -118.2945978, 1178.1, {-2410521.902, -4477836.382, 3838585.723}},
      {37.2315343, -118.2966607, 1182.6, {-2410681.083, -4477745.802, 3838598.822}},
  };
  for (const auto& station : stations) {
    const Vector3 ecef = ecef_from_site(
        {station.longitude_deg * kDegree, station.latitude_deg * kDegree, station.height_m});
    for (std::size_t axis = 0; axis < 3; ++axis) {
      EXPECT_NEAR(ecef[axis], station.ecef_m[axis], 1e-3);
    }
  }
  EXPECT_THROW(ecef_from_site({0, 2, 0}), DataError);
}

TEST(SiteFromEcef, UndoesEcefFromSite) {
  for (const Site& site : {Site{-2.06, 0.65, 1188}, Site{3, -1.5, -50}, Site{0, 0, 0}}) {
    const Site back = site_from_ecef(ecef_from_site(site));
    EXPECT_NEAR(back.longitude_rad, site.longitude_rad, 1e-12);
    EXPECT_NEAR(back.latitude_rad, site.latitude_rad, 1e-12);
    EXPECT_NEAR(back.height_m, site.height_m, 1e-5);
  }
  EXPECT_THROW(site_from_ecef({0, 0, 0}), DataError);
  EXPECT_THROW(site_from_ecef({1e7, 0, 0}), DataError);
  EXPECT_THROW(site_from_ecef({std::nan(""), 0, 0}), DataError);
}

TEST(Separation, IsAccurateFromNothingToTheAntipode) {
  EXPECT_EQ(separation_rad({1, 0.5}, {1, 0.5}), 0);
  EXPECT_NEAR(separation_rad({1, 0.5}, {1, 0.5 + 1e-9}), 1e-9, 1e-15);
  EXPECT_NEAR(separation_rad({1, 0.5}, {1 + kPi, -0.5}), kPi, 1e-12);
  EXPECT_NEAR(separation_rad({2 * kPi - 1e-6, 0}, {1e-6, 0}), 2e-6, 1e-15);
  EXPECT_NEAR(separation_rad({0, kPi / 2 - 0.1}, {kPi, kPi / 2 - 0.1}), 0.2, 1e-12);
}

TEST(DirectionFrom, UndoesUnitVectorAndKeepsRightAscensionInATurn) {
  for (double ra = 0.01; ra < 2 * kPi; ra += 0.7) {
    for (double dec = -1.5; dec < 1.55; dec += 0.3) {
      const Direction place = direction_from(unit_vector({ra - 2 * kPi, dec}));
      ASSERT_NEAR(place.ra_rad, ra, 1e-14);
      ASSERT_NEAR(place.dec_rad, dec, 1e-14);
    }
  }
}

class ApparentFrames : public testing::Test {
 protected:
  const EarthOrientation earth_ = EarthOrientation::built_in();
  const double new_year_ = *parse_stamp("2026-01-01T03:04:05");
};

TEST_F(ApparentFrames, MeridianPointHasHourAngleZeroAndTheDeclinationAskedFor) {
  for (double dec_deg = -20; dec_deg <= 85; dec_deg += 5) {
    const ApparentFrame apparent(new_year_ + 1e5 * dec_deg, kTee, earth_);
    const Direction seen = apparent.hour_angle_dec(apparent.meridian_point(dec_deg * kDegree));
    EXPECT_NEAR(seen.ra_rad * std::cos(seen.dec_rad), 0, 1e-12);
    EXPECT_NEAR(seen.dec_rad, dec_deg * kDegree, 1e-12);
  }
}

TEST_F(ApparentFrames, HourAngleGrowsWithTimeAtTheEarthsRate) {
  const Direction source = {1.234, 0.7};
  const Direction then = ApparentFrame(new_year_, kTee, earth_).hour_angle_dec(source);
  const Direction later = ApparentFrame(new_year_ + 600, kTee, earth_).hour_angle_dec(source);
  // Diurnal aberration (0.33" here) and the pole's offset (0.5" x tan(dec)) change by up to their
  // size times the angle turned (0.044 rad): 0.033". Precession and annual aberration: 0.004".
  EXPECT_NEAR(later.ra_rad - then.ra_rad, 600 * kEarthRotationRate, 0.037 * kArcsec);
}

TEST_F(ApparentFrames, ThePlaceMovesByAYearsPrecessionAndNoMoreThanAberration) {
  // At RA 0 declination grows by 20.04" a year; aberration and nutation stay within 41" + 20".
  const Direction seen = ApparentFrame(new_year_, kTee, earth_).hour_angle_dec({0, 0.5});
  EXPECT_NEAR((seen.dec_rad - 0.5) / kArcsec, 26 * 20.04, 35);
}

TEST_F(ApparentFrames, RefuseATimeThatIsNone) {
  EXPECT_THROW(ApparentFrame(std::nan(""), kTee, earth_), DataError);
}

TEST_F(ApparentFrames, UvwOfAnEastwardBaselineIsPositiveUInTheMeridian) {
  const Vector3 here = ecef_from_site(kTee);
  // 0.0001 degree of longitude to the east: R cos(latitude) times the angle.
  Site east = kTee;
  east.longitude_rad += 1e-4 * kDegree;
  const double east_m = std::hypot(here[0], here[1]) * 1e-4 * kDegree;
  const std::vector<Vector3> positions = {here, ecef_from_site(east)};
  const auto uvw = project(meridian_frame(kTee, 0.9), positions);
  const Vector3 baseline = difference(uvw[1], uvw[0]);
  EXPECT_NEAR(baseline[0], east_m, 1e-3);
  EXPECT_NEAR(baseline[1], 0, 1e-3);
  EXPECT_NEAR(baseline[2], 0, 1e-3);
}

TEST_F(ApparentFrames, UvwOfAVerticalBaselineIsItsHeightWhenTheZenithIsTheCentre) {
  Site above = kTee;
  above.height_m += 100;
  const std::vector<Vector3> positions = {ecef_from_site(kTee), ecef_from_site(above)};
  const auto uvw = project(meridian_frame(kTee, kTee.latitude_rad), positions);
  const Vector3 baseline = difference(uvw[1], uvw[0]);
  EXPECT_NEAR(baseline[0], 0, 1e-6);
  EXPECT_NEAR(baseline[1], 0, 1e-6);
  EXPECT_NEAR(baseline[2], 100, 1e-6);
}

TEST_F(ApparentFrames, UvwFrameTurnsByThePositionAngleOfIcrsNorth) {
  // Spec 3.3: 521" sin(RA) / cos(dec) in 2026, by precession. Within the year precession adds 20",
  // nutation 9" (both over cos(dec)) and aberration 20.5" tan(dec): 50" / cos(dec) at most.
  for (double dec_deg = -20; dec_deg <= 75; dec_deg += 19) {
    for (int month = 0; month < 12; ++month) {
      const ApparentFrame apparent(new_year_ + month * 2629800.0, kTee, earth_);
      const Direction centre = apparent.meridian_point(dec_deg * kDegree);
      const UvwFrame icrs = uvw_frame(apparent, centre);
      const UvwFrame date = meridian_frame(kTee, dec_deg * kDegree);
      EXPECT_LT(length(difference(icrs.w, date.w)), 1e-11);
      const double angle_arcsec = std::atan2(dot(icrs.v, date.u), dot(icrs.v, date.v)) / kArcsec;
      const double expected_arcsec = 521 * std::sin(centre.ra_rad) / std::cos(dec_deg * kDegree);
      EXPECT_NEAR(std::abs(angle_arcsec), std::abs(expected_arcsec),
                  50 / std::cos(dec_deg * kDegree));
      if (std::abs(std::sin(centre.ra_rad)) > 0.5) {
        // The pole of date has moved towards RA 0h, which is west of a place at RA 6h: seen from
        // there ICRS north is east of north of date.
        EXPECT_GT(angle_arcsec * expected_arcsec, 0) << centre.ra_rad;
      }
    }
  }
}

TEST_F(ApparentFrames, UvwFrameIsOrthonormalEverywhereThePoleIncluded) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> turn(0, 2 * kPi), sine(-1, 1);
  for (int i = 0; i < 200; ++i) {
    const Direction centre = {turn(random), i < 2 ? (i - 0.5) * kPi : std::asin(sine(random))};
    const ApparentFrame apparent(new_year_ + i * 86400.0, kTee, earth_);
    const UvwFrame frame = uvw_frame(apparent, centre);
    EXPECT_NEAR(length(frame.u), 1, 1e-14);
    EXPECT_NEAR(length(frame.v), 1, 1e-14);
    EXPECT_NEAR(length(frame.w), 1, 1e-14);
    EXPECT_NEAR(dot(frame.u, frame.v), 0, 1e-14);
    EXPECT_NEAR(dot(frame.v, frame.w), 0, 1e-14);
    EXPECT_NEAR(length(difference(cross(frame.u, frame.v), frame.w)), 0, 1e-14);
  }
}

TEST_F(ApparentFrames, ProjectedBaselinesKeepTheirLengthAndClose) {
  const std::vector<Vector3> positions = {{-2409761.229, -4478100.499, 3838761.518},
                                          {-2409459.942, -4477959.335, 3839112.926},
                                          {-2410521.902, -4477836.382, 3838585.723}};
  const auto uvw = project(uvw_frame(ApparentFrame(new_year_, kTee, earth_), {2, 0.9}), positions);
  for (std::size_t p = 0; p < 3; ++p) {
    const std::size_t q = (p + 1) % 3;
    EXPECT_NEAR(length(difference(uvw[p], uvw[q])), length(difference(positions[p], positions[q])),
                1e-8);
  }
}

TEST_F(ApparentFrames, SmallOffsetsSeenAlongUAndVAreOffsetsInIcrs) {
  // A source 10" east and 20" north of the centre in ICRS has direction cosines (l, m) on the
  // frame's axes: aberration stretches by up to 1e-4, 2e-3" here.
  const ApparentFrame apparent(new_year_, kTee, earth_);
  const Direction centre = {5.1, 0.95};
  const UvwFrame frame = uvw_frame(apparent, centre);
  const Vector3 source = apparent.itrf_from_icrs(
      {centre.ra_rad + 10 * kArcsec / std::cos(centre.dec_rad), centre.dec_rad + 20 * kArcsec});
  EXPECT_NEAR(dot(source, frame.u) / kArcsec, 10, 0.005);
  EXPECT_NEAR(dot(source, frame.v) / kArcsec, 20, 0.005);
}

}  // namespace
}  // namespace contimg::astro
