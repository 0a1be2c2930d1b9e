// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/options.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace contimg::mosaic {
namespace {

// 2026-01-25 is MJD 61065.
constexpr double kDay_mjd = 61065;

Selection hour(const std::string& text) {
  Selection selection;
  selection.hour = text;
  return selection;
}

TEST(WindowOf, AnHourHasAMarginAndAName) {
  for (const char* text : {"2026-01-25T22", "2026-01-25T22:00:00Z", "2026-01-25T22:59"}) {
    const TimeWindow window = window_of(hour(text), 0);
    EXPECT_NEAR(window.from_mjd, kDay_mjd + 22.0 / 24, 1e-9);
    EXPECT_NEAR(window.until_mjd, kDay_mjd + 23.0 / 24, 1e-9);
    EXPECT_EQ(window.margin, 2u);
    EXPECT_EQ(default_name(*window.label_mjd, 0.2845, "science"),
              "2026-01-25T22:00:00_dec+16.3_science");
  }
}

TEST(WindowOf, ANightIsFromNoonToNoon) {
  Selection selection;
  selection.night = "2026-01-25";
  const TimeWindow window = window_of(selection, 0);
  EXPECT_DOUBLE_EQ(window.from_mjd, kDay_mjd + 0.5);
  EXPECT_DOUBLE_EQ(window.until_mjd, kDay_mjd + 1.5);
  EXPECT_EQ(window.margin, 0u);
}

TEST(WindowOf, LastHoursEndNow) {
  Selection selection;
  selection.last_h = 6;
  const TimeWindow window = window_of(selection, (kDay_mjd - 40587) * 86400);
  EXPECT_NEAR(window.from_mjd, kDay_mjd - 0.25, 1e-9);
  EXPECT_FALSE(window.label_mjd);
}

TEST(WindowOf, ARangeMayBeOpen) {
  Selection selection;
  selection.from = "2026-01-25T12:00";
  EXPECT_DOUBLE_EQ(window_of(selection, 0).from_mjd, kDay_mjd + 0.5);
  selection.until = "2026-01-26";
  EXPECT_DOUBLE_EQ(window_of(selection, 0).until_mjd, kDay_mjd + 1);
  selection.until = "2026-01-25";
  EXPECT_THROW(window_of(selection, 0), UsageError);
}

TEST(WindowOf, RefusesNoneSeveralAndNonsense) {
  EXPECT_THROW(window_of({}, 0), UsageError);
  Selection both = hour("2026-01-25T22");
  both.night = "2026-01-25";
  EXPECT_THROW(window_of(both, 0), UsageError);
  for (const char* text : {"2026-01-25", "22", "2026-13-25T22", "tomorrow"})
    EXPECT_THROW(window_of(hour(text), 0), UsageError) << text;
}

TEST(DefaultName, HasNoMinusZero) {
  EXPECT_EQ(default_name(kDay_mjd, -1e-5, "quicklook"), "2026-01-25T00:00:00_dec+0.0_quicklook");
  EXPECT_EQ(default_name(kDay_mjd, -0.05, "science"), "2026-01-25T00:00:00_dec-2.9_science");
}

}  // namespace
}  // namespace contimg::mosaic
