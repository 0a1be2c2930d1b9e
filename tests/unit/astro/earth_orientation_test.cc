// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/earth_orientation.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "astro/constants.h"
#include "base/clock.h"
#include "base/error.h"
#include "scratch.h"

namespace contimg::astro {
namespace {

std::string finals_path() {
  const char* data = std::getenv("CONTIMG_TEST_DATA");
  const std::string root = data != nullptr ? data : CONTIMG_SOURCE_DIR "/../shared/data";
  return root + "/earth/finals2000A.all";
}

bool is_there(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

#define NEED_FINALS() \
  if (!is_there(finals_path())) GTEST_SKIP() << "no " << finals_path() << " (CONTIMG_TEST_DATA)"

class EarthOrientationFiles : public testing::Test {
 protected:
  std::string written(const std::string& text) {
    path_ = scratch("earth.txt");
    std::ofstream(path_) << text;
    return path_;
  }
  void TearDown() override { std::remove(path_.c_str()); }

  static std::string message_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const DataError& error) {
      return error.what();
    }
    return "no DataError";
  }

  std::string path_;
};

// Compared with the file's own text; a leap second lies between 57753 and 57754.
TEST(EarthOrientation, ReadsThePublishedRowsOfFinals2000A) {
  NEED_FINALS();
  const auto earth = EarthOrientation::from_finals2000a(finals_path());
  std::ifstream file(finals_path());
  std::string line;
  int compared = 0;
  while (std::getline(file, line)) {
    const double mjd = std::stod(line.substr(7, 8));
    const bool wanted = std::fmod(mjd, 97) < 0.5 || (mjd > 57750 && mjd < 57758);
    if (!wanted || line.find_first_not_of(' ', 16) == std::string::npos) continue;
    const Orientation at = earth.at(mjd * kDay_s);
    ASSERT_NEAR(at.ut1_utc_s, std::stod(line.substr(58, 10)), 1e-9) << mjd;
    ASSERT_NEAR(at.polar_x_rad / kArcsec, std::stod(line.substr(18, 9)), 1e-9) << mjd;
    ASSERT_NEAR(at.polar_y_rad / kArcsec, std::stod(line.substr(37, 9)), 1e-9) << mjd;
    ++compared;
  }
  EXPECT_GT(compared, 200);
  EXPECT_EQ(earth.first_mjd(), 41684);
  EXPECT_GT(earth.last_mjd(), earth.last_measured_mjd());
  EXPECT_NE(earth.description().find("finals2000A.all, measured to 20"), std::string::npos);
}

TEST(EarthOrientation, JumpsByExactlyOneSecondAtALeapSecondAndNowhereElse) {
  NEED_FINALS();
  const auto earth = EarthOrientation::from_finals2000a(finals_path());
  const double midnight = 57754.0 * kDay_s;
  const double before = earth.at(midnight - 1e-3).ut1_utc_s;
  const double after = earth.at(midnight).ut1_utc_s;
  EXPECT_NEAR(after - before, 1, 1e-6);
  double last = before;
  for (double time = midnight - 2 * kDay_s; time < midnight; time += 600) {
    const double ut1_utc_s = earth.at(time).ut1_utc_s;
    EXPECT_LT(ut1_utc_s, -0.4);
    EXPECT_LT(std::abs(ut1_utc_s - last), 3e-3);
    last = ut1_utc_s;
  }
}

TEST(EarthOrientation, KnowsTheLeapSeconds) {
  EXPECT_EQ(tai_minus_utc_s(57753.999 * kDay_s), 36);
  EXPECT_EQ(tai_minus_utc_s(57754.0 * kDay_s), 37);
  EXPECT_EQ(tai_minus_utc_s(61365.0 * kDay_s), 37);
  EXPECT_EQ(tai_minus_utc_s(41499.0 * kDay_s), 11);
  EXPECT_THROW(tai_minus_utc_s(std::nan("")), DataError);
}

// The limits are those that earth_orientation.h states; 2 ms would be 0.4 mm of uvw over 2.7 km.
TEST(EarthOrientation, BuiltInTableStaysWithinItsStatedErrorOfTheDailyOne) {
  NEED_FINALS();
  const auto daily = EarthOrientation::from_finals2000a(finals_path());
  const auto compact = EarthOrientation::built_in();
  double worst_s = 0, worst_pole_arcsec = 0;
  for (double mjd = compact.first_mjd(); mjd <= compact.last_mjd(); mjd += 0.25) {
    const Orientation a = daily.at(mjd * kDay_s);
    const Orientation b = compact.at(mjd * kDay_s);
    worst_s = std::max(worst_s, std::abs(a.ut1_utc_s - b.ut1_utc_s));
    worst_pole_arcsec =
        std::max({worst_pole_arcsec, std::abs(a.polar_x_rad - b.polar_x_rad) / kArcsec,
                  std::abs(a.polar_y_rad - b.polar_y_rad) / kArcsec});
  }
  RecordProperty("worst_ut1_us", static_cast<int>(worst_s * 1e6));
  RecordProperty("worst_pole_uas", static_cast<int>(worst_pole_arcsec * 1e6));
  EXPECT_LT(worst_s, 0.8e-3);
  EXPECT_LT(worst_pole_arcsec, 2.5e-3);
  EXPECT_LE(compact.first_mjd(), 55197);
  EXPECT_GT(compact.last_mjd(), 61600);
}

// The error of reading between daily rows, from rows two days apart: a sixteenth of it or less
// remains at one day (the cubic's error falls with the fourth power of the step).
TEST_F(EarthOrientationFiles, InterpolatesBetweenDailyRowsToTenMicroseconds) {
  NEED_FINALS();
  const auto daily = EarthOrientation::from_finals2000a(finals_path());
  std::string text;
  for (double mjd = 58119; mjd <= 61001; mjd += 2) {
    text +=
        std::to_string(mjd) + " 0 0 " + std::to_string(daily.at(mjd * 86400).ut1_utc_s) + " I\n";
  }
  const auto coarse = EarthOrientation::load(written(text));
  double worst_s = 0;
  for (double mjd = 58120; mjd <= 61000; mjd += 2) {
    worst_s = std::max(
        worst_s, std::abs(coarse.at(mjd * 86400).ut1_utc_s - daily.at(mjd * 86400).ut1_utc_s));
  }
  RecordProperty("worst_ut1_us", static_cast<int>(worst_s * 1e6));
  EXPECT_LT(worst_s, 16 * 10e-6);
}

TEST(EarthOrientation, HoldsTheNearestEndOutsideTheTable) {
  const auto earth = EarthOrientation::built_in();
  const double end = earth.last_mjd() * kDay_s;
  EXPECT_TRUE(earth.covers(end));
  EXPECT_FALSE(earth.covers(end + 1));
  EXPECT_FALSE(earth.covers(earth.first_mjd() * kDay_s - 1));
  EXPECT_EQ(earth.at(end + 1e7).ut1_utc_s, earth.at(end).ut1_utc_s);
  EXPECT_EQ(earth.at(0).polar_x_rad, earth.at(earth.first_mjd() * kDay_s).polar_x_rad);
  EXPECT_THROW(earth.at(std::nan("")), DataError);
}

TEST_F(EarthOrientationFiles, SavesWhatItLoads) {
  NEED_FINALS();
  const auto earth = EarthOrientation::from_finals2000a(finals_path());
  const std::string path = written("");
  earth.save(path);
  const auto again = EarthOrientation::load(path);
  for (double mjd = earth.first_mjd(); mjd <= earth.last_mjd(); mjd += 10.3) {
    ASSERT_EQ(again.at(mjd * 86400).ut1_utc_s, earth.at(mjd * 86400).ut1_utc_s);
    ASSERT_EQ(again.at(mjd * 86400).polar_y_rad, earth.at(mjd * 86400).polar_y_rad);
  }
  EXPECT_EQ(again.last_measured_mjd(), earth.last_measured_mjd());
  EXPECT_EQ(again.last_mjd(), earth.last_mjd());
  EXPECT_NE(again.description().find("from finals2000A.all, measured"), std::string::npos);
}

TEST_F(EarthOrientationFiles, NamesFileAndLineOfABadRow) {
  const std::string good = "# comment\n60000 0 0.1 -0.1 I\n60001 0 0.1 -0.1 I\n";
  const struct {
    const char* row;
    const char* complaint;
  } cases[] = {
      {"60001 0 0.1 -0.1 I", "ascend"},        {"60002 0 0.1 -0.1", "expected 'MJD"},
      {"60002 0 0.1 -0.1 X", "expected 'MJD"}, {"60002 0 0,1 -0.1 I", "expected 'MJD"},
      {"60002 0 0.1 nan I", "expected 'MJD"},  {"60002 0 1.1 -0.1 I", "pole"},
      {"60002 0 0.1 -1.1 I", "UT1-UTC"},       {"60500 0 0.1 -0.1 I", "no rows for"},
      {"60002 0 0.1 -0.15 I", "jumps"},        {"6 0 0.1 -0.1 I", "MJD"},
  };
  for (const auto& bad : cases) {
    const std::string path = written(good + bad.row + "\n");
    const std::string message = message_of([&] { EarthOrientation::load(path); });
    EXPECT_EQ(message.find(path + ": line 4: "), 0U) << message;
    EXPECT_NE(message.find(bad.complaint), std::string::npos) << message;
  }
  const std::string few = message_of([&] { EarthOrientation::load(written(good)); });
  EXPECT_NE(few.find("2 rows"), std::string::npos) << few;
  const std::string order = message_of(
      [&] { EarthOrientation::load(written(good + "60002 0 0 -0.1 P\n60003 0 0 -0.1 I\n")); });
  EXPECT_NE(order.find("line 5: measured (I) after predicted"), std::string::npos) << order;
  const std::string absent = message_of([] { EarthOrientation::load("no/such/table"); });
  EXPECT_EQ(absent.find("no/such/table: "), 0U) << absent;
}

TEST_F(EarthOrientationFiles, RefusesFinalsWithALineDamaged) {
  NEED_FINALS();
  std::ifstream file(finals_path());
  std::string whole, line;
  std::string lines[40];
  for (auto& kept : lines) std::getline(file, kept);
  const auto with = [&](std::size_t at, const std::string& replacement) {
    std::string text;
    for (std::size_t i = 0; i < 40; ++i) text += (i == at ? replacement : lines[i]) + "\n";
    const std::string path = written(text);
    return message_of([&] { EarthOrientation::from_finals2000a(path); });
  };
  EXPECT_EQ(with(99, ""), "no DataError");
  EXPECT_NE(with(20, lines[19]).find("line 21: MJD"), std::string::npos);
  EXPECT_NE(with(20, lines[20].substr(0, 15)).find("line 21: no values"), std::string::npos);
  EXPECT_NE(with(20, lines[20].substr(0, 50)).find("line 21: polar motion"), std::string::npos);
  EXPECT_NE(with(20, "not the IERS").find("line 21: no MJD"), std::string::npos);
  std::string wrong_digit = lines[20];
  wrong_digit[61] = wrong_digit[61] == '9' ? '1' : '9';
  EXPECT_NE(with(20, wrong_digit).find("line 21: UT1-TAI jumps"), std::string::npos);
}

}  // namespace
}  // namespace contimg::astro
