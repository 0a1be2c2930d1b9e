// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/curve.h"

#include <gtest/gtest.h>

#include <cmath>

#include "astro/constants.h"
#include "base/error.h"
#include "made_epochs.h"

namespace contimg::lightcurve {
namespace {

using astro::kArcsec;
using astro::kDegree;
using made::Measured;

class Reading : public testing::Test {
 protected:
  Reading() : measured_(name() + ".m.sqlite3"), path_(scratch(name() + ".l.sqlite3")) {}
  static std::string name() {
    return testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  Curves updated() {
    UpdateSettings settings;
    settings.measurement_db = measured_.path();
    settings.lightcurve_db = path_;
    update_all(settings);
    return Curves(path_);
  }

  Measured measured_;
  std::string path_;
};

TEST_F(Reading, ASourceIsFoundByNameAliasIdAndPlace) {
  measured_.add("a", 61000, {{"blind", "J0", 0.001, 75, 0.1}, {"forced", "c", 359.9, 75, 0.2}}, 0,
                75);
  measured_.add("b", 61001, {{"forced", "NVSS", 0.001, 75, 0.1}}, 0, 75);
  Curves curves = updated();
  ASSERT_TRUE(curves.find("NVSS"));
  EXPECT_EQ(curves.find("NVSS")->names, (std::vector<std::string>{"J0", "NVSS"}));
  EXPECT_EQ(curves.find("#1")->name, "c");
  EXPECT_FALSE(curves.find("#9") || curves.find("#") || curves.find("j0") || curves.source(0));
  const astro::Direction across{359.999 * kDegree, 75 * kDegree};
  const auto near = curves.cone(across, 3 * kArcsec);
  ASSERT_EQ(near.size(), 1U);
  EXPECT_EQ(near[0].source.name, "J0");
  EXPECT_NEAR(near[0].separation_rad, 0.002 * kDegree * std::cos(75 * kDegree), 1e-10);
  EXPECT_EQ(curves.cone(across, 1 * kArcsec).size(), 0U);
  const auto both = curves.cone(across, 0.2 * kDegree);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[1].source.name, "c");
  EXPECT_EQ(curves.cone(across, 0.2 * kDegree, 1).size(), 1U);
}

TEST_F(Reading, EpochsFromBeforeASourceWasKnownAreLimits) {
  measured_.add("a", 61000, {{"forced", "c", 0.1, 0, 0.2}});
  measured_.add("far", 61001, {{"forced", "far", 40, 0, 0.2}}, 40);
  measured_.add("b", 61002, {{"blind", "J0", 0.2, 0.1, 0.05}, {"forced", "c", 0.1, 0, 0.2}});
  measured_.add("late", 61003, {{"forced", "c", 0.1, 0, 0.2}});
  Curves curves = updated();
  const std::int64_t id = curves.find("J0")->id;
  const auto points = curves.curve_of(id);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0].kind, "before");
  EXPECT_EQ(points[0].group_id, "a");
  EXPECT_NEAR(points[0].limit_jy, 0.005, 1e-9);
  EXPECT_FALSE(points[0].reason.empty());
  EXPECT_FALSE(points[0].usable);
  EXPECT_EQ(points[1].kind, "blind");
  EXPECT_TRUE(points[1].usable);
  EXPECT_EQ(points[2].kind, "missing");
  EXPECT_EQ(points[2].reason, "not detected by the blind search above 5 sigma");
  EXPECT_EQ(curves.curve_of(id, false).size(), 2U);
  EXPECT_TRUE(curves.curve_of(99).empty());
}

TEST_F(Reading, ErrorsHoldWhatIsNotNormalised) {
  measured_.add("a", 61000, {{"forced", "c", 0.1, 0, 0.2, 0.003}});
  measured_.add("b", 61001, {{"forced", "c", 0.1, 0, 0.2, 0.003, 256}});
  Curves curves = updated();
  const auto points = curves.curve_of(curves.find("c")->id);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_NEAR(points[0].error_jy, std::hypot(0.003, 0.05 * 0.2), 1e-12);
  EXPECT_EQ(points[0].raw_error_jy, 0.003);
  EXPECT_FALSE(points[0].gain_reason.empty());
  EXPECT_TRUE(std::isnan(points[0].gain));
  EXPECT_FALSE(points[1].usable);
  EXPECT_EQ(points[1].flags, 256U);
  EXPECT_EQ(curves.figures(curves.find("c")->id).n, 1U);
}

TEST_F(Reading, TheFieldAndItsCandidatesAgree) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 20; ++i)
    measured_.add("g" + std::to_string(i), 61000 + i, made::line_of_sources(random, 1, 0.4 * i));
  Curves curves = updated();
  const auto field = curves.field();
  ASSERT_EQ(field.size(), 12U);
  for (const FieldRow& row : field) EXPECT_EQ(row.candidate, row.source.name == "s11");
  EXPECT_TRUE(curves.field(21).empty());
  const auto candidates = curves.candidates();
  ASSERT_FALSE(candidates.empty());
  EXPECT_EQ(candidates[0].source.name, "s11");
  EXPECT_EQ(candidates[0].figures.n, 20U);
  for (std::size_t i = 1; i < candidates.size(); ++i)
    EXPECT_LE(candidates[i].significance, candidates[i - 1].significance);
}

TEST(ReadingNothing, SaysSo) {
  EXPECT_THROW(Curves(scratch("absent.sqlite3")), DataError);
  Measured other("other.sqlite3");
  EXPECT_THROW(Curves(other.path()), UsageError);
}

}  // namespace
}  // namespace contimg::lightcurve
