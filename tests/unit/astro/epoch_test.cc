// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/epoch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace contimg::astro {
namespace {

// MJD 60000 is 2023-02-25; MJD 40587 is 1970-01-01; MJD 51544.5 is J2000.
TEST(Epoch, KnowsTheDatesThatEverybodyKnows) {
  EXPECT_EQ(format_stamp(60000.0 * 86400), "2023-02-25T00:00:00");
  EXPECT_EQ(format_stamp(40587.0 * 86400), "1970-01-01T00:00:00");
  EXPECT_EQ(format_stamp(51544.5 * 86400), "2000-01-01T12:00:00");
  EXPECT_EQ(format_date(0), "1858-11-17");
  EXPECT_EQ(format_date(-1), "1858-11-16");
  EXPECT_EQ(mjd_s_from_unix_s(0), 40587.0 * 86400);
  EXPECT_EQ(mjd_s_from_unix_s(1700000000), *parse_stamp("2023-11-14T22:13:20"));
  EXPECT_EQ(unix_s_from_mjd_s(mjd_s_from_unix_s(1700000000)), 1700000000);
}

TEST(Epoch, LosesNothingOfWhatAJulianDateHolds) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> dates(2458119.5, 2462502.5);
  for (int i = 0; i < 100000; ++i) {
    const double jd = dates(random);
    ASSERT_EQ(jd_from_mjd_s(mjd_s_from_jd(jd)), jd);
  }
  EXPECT_EQ(mjd_s_from_jd(2451545.0), 51544.5 * 86400);
}

TEST(Epoch, ReadsBackEveryStampThatItWrites) {
  std::mt19937_64 random(2);
  std::uniform_int_distribution<long> seconds(-50000L * 86400, 100000L * 86400);
  for (int i = 0; i < 20000; ++i) {
    const auto time = static_cast<double>(seconds(random));
    ASSERT_EQ(*parse_stamp(format_stamp(time)), time) << format_stamp(time);
  }
}

TEST(Epoch, TruncatesStampsAndRoundsTimes) {
  const double noon = *parse_stamp("2026-02-28T11:59:59");
  EXPECT_EQ(format_stamp(noon + 0.9999), "2026-02-28T11:59:59");
  EXPECT_EQ(format_time(noon + 0.9999), "2026-02-28T12:00:00.000");
  EXPECT_EQ(format_time(noon + 0.1234), "2026-02-28T11:59:59.123");
}

TEST(Epoch, AcceptsASpaceAFractionAndZ) {
  const double time = *parse_stamp("2024-02-29T23:59:59");
  EXPECT_EQ(parse_stamp("2024-02-29 23:59:59"), time);
  EXPECT_EQ(parse_stamp("2024-02-29T23:59:59Z"), time);
  EXPECT_NEAR(*parse_stamp("2024-02-29T23:59:59.25Z"), time + 0.25, 1e-6);
  EXPECT_NEAR(*parse_stamp("2024-02-29T23:59:59.123456789012345678"), time + 0.123456789, 1e-6);
}

TEST(Epoch, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2024-02-30T00:00:00", "2023-02-29T00:00:00", "2024-13-01T00:00:00",
        "2024-01-01T24:00:00", "2024-01-01T00:60:00", "2024-01-01T00:00:60", "2024-01-01",
        "2024-1-01T00:00:00", "2024-01-01T00:00:00.", "2024-01-01T00:00:00+01:00",
        "2024-01-01T00:00:00 ", "2024/01/01T00:00:00", "0000-01-01T00:00:00", "2024-01-01T00:00:-1",
        "x024-01-01T00:00:00"}) {
    EXPECT_FALSE(parse_stamp(text)) << text;
  }
}

TEST(Epoch, SurvivesTimesThatAreNone) {
  for (const double time : {std::nan(""), std::numeric_limits<double>::infinity(), -1e300, 1e300}) {
    EXPECT_EQ(format_stamp(time), "not-a-time");
    EXPECT_EQ(format_time(time), "not-a-time");
    EXPECT_EQ(format_date(time), "not-a-time");
  }
}

}  // namespace
}  // namespace contimg::astro
