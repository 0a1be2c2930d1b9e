// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/time_axis.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "astro/epoch.h"

namespace contimg::lightcurve {
namespace {

TEST(DateTicks, AreFewAndRoundForEverySpan) {
  for (double span = 0.01; span < 20000; span *= 1.13) {
    const double from = 61065.935, until = from + span;
    const Ticks dates = date_ticks(from, until);
    EXPECT_GE(dates.size(), span < 0.02 ? 1u : 2u) << span;
    EXPECT_LE(dates.size(), 9u) << span;
    for (const auto& [mjd, label] : dates) {
      EXPECT_GE(mjd, from - 1e-6);
      EXPECT_LE(mjd, until + 1e-6);
      // The label is the tick's own time, whole.
      const std::string stamp = label.size() == 10
                                    ? label + "T00:00:00"
                                    : label.substr(0, 10) + "T" + label.substr(11) + ":00";
      ASSERT_TRUE(astro::parse_stamp(stamp)) << label;
      EXPECT_NEAR(*astro::parse_stamp(stamp) / 86400, mjd, 1e-6) << label;
    }
    const Ticks mjds = mjd_ticks(from, until);
    EXPECT_LE(mjds.size(), 10u) << span;
    EXPECT_GE(mjds.size(), span < 0.03 ? 1u : 2u) << span;
    for (const auto& [mjd, label] : mjds)
      EXPECT_NEAR(std::strtod(label.c_str(), nullptr), mjd, 1e-6) << span;
  }
}

TEST(DateTicks, AreMonthsAndYearsOfALongCurve) {
  const Ticks years = date_ticks(61041, 61041 + 3653);
  ASSERT_GE(years.size(), 5u);
  EXPECT_EQ(years[0].second, "2026-01-01");
  EXPECT_EQ(years[1].second, "2028-01-01");
  const Ticks months = date_ticks(61065, 61065 + 330);
  EXPECT_EQ(months[0].second.substr(7), "-01");
}

TEST(GnuplotTicks, AreACommand) {
  EXPECT_EQ(gnuplot_ticks({{1.5, "it's"}, {2, "b"}}), "('it''s' 1.500000000, 'b' 2.000000000)");
  EXPECT_EQ(gnuplot_ticks({}), "()");
}

}  // namespace
}  // namespace contimg::lightcurve
