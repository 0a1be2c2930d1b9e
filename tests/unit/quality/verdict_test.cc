// SPDX-License-Identifier: GPL-3.0-or-later
#include "quality/verdict.h"

#include <gtest/gtest.h>

#include <limits>

namespace contimg::quality {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

Grade grade_of(const Gate& gate) { return judge({gate}).grade; }

TEST(Judge, ALimitIsMetByAFigureEqualToIt) {
  EXPECT_EQ(grade_of({"a", 2, 2, 3, Better::lower}), Grade::pass);
  EXPECT_EQ(grade_of({"a", 3, 2, 3, Better::lower}), Grade::warn);
  EXPECT_EQ(grade_of({"a", 3.1, 2, 3, Better::lower}), Grade::fail);
  EXPECT_EQ(grade_of({"a", 3, 3, 2, Better::higher}), Grade::pass);
  EXPECT_EQ(grade_of({"a", 2, 3, 2, Better::higher}), Grade::warn);
  EXPECT_EQ(grade_of({"a", 1.9, 3, 2, Better::higher}), Grade::fail);
}

TEST(Judge, DistancesHaveTwoSides) {
  EXPECT_EQ(grade_of({"a", -2.5, 2, 3, Better::nearer_zero}), Grade::warn);
  EXPECT_EQ(grade_of({"a", -2.5, 2, 3, Better::lower}), Grade::pass);
  EXPECT_EQ(grade_of({"a", 0.9, 0.15, 0.2, Better::nearer_one}), Grade::pass);
  EXPECT_EQ(grade_of({"a", 0.83, 0.15, 0.2, Better::nearer_one}), Grade::warn);
  EXPECT_EQ(grade_of({"a", 1.25, 0.15, 0.2, Better::nearer_one}), Grade::fail);
  EXPECT_EQ(judge({{"flux_ratio", 1.25, 0.15, 0.2, Better::nearer_one}}).text(),
            "FAIL: flux_ratio 1.25, expected within 0.2 of 1");
}

TEST(Judge, UnknownIsWorseThanAWarningUnlessTheFigureIsNotRequired) {
  const Gate warned{"a", 2.5, 2, 3, Better::lower};
  EXPECT_EQ(judge({warned, {"b", kNoNumber, 1, 2, Better::lower}}).grade, Grade::unknown);
  EXPECT_EQ(judge({warned, {"b", std::nullopt, 1, 2, Better::lower}}).text(),
            "UNKNOWN: a 2.5, expected at most 2; b is not known");
  const Verdict passed_over = judge({warned, {"b", std::nullopt, 1, 2, Better::lower, false}});
  EXPECT_EQ(passed_over.text(), "WARN: a 2.5, expected at most 2");
  EXPECT_EQ(passed_over.json()["gates"]["b"]["grade"], "UNKNOWN");
  EXPECT_TRUE(passed_over.json()["gates"]["b"]["value"].is_null());
}

TEST(Judge, TheWorstDecides) {
  const Gate failed{"a", 9, 2, 3, Better::lower}, good{"c", 1, 2, 3, Better::lower};
  EXPECT_EQ(judge({good, failed, {"b", std::nullopt, 1, 2, Better::lower}}).grade, Grade::fail);
  EXPECT_EQ(judge({good}).text(), "PASS");
  EXPECT_TRUE(judge({good}).usable());
  EXPECT_FALSE(judge({failed}).usable());
}

}  // namespace
}  // namespace contimg::quality
