// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/import_earth_orientation.h"

#include <gtest/gtest.h>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"

namespace contimg::astro {
namespace {

// That files are read, replaced and refused as promised: tests/cli/import-earth-orientation.bats.
TEST(TableAge, WarnsFromThirtyDaysBeforeThePredictionsEnd) {
  const auto earth = EarthOrientation::built_in();
  const double end = unix_s_from_mjd_s(earth.last_mjd() * kDay_s);
  EXPECT_EQ(table_age(earth, end - 31 * kDay_s).warning, "");
  const TableAge late = table_age(earth, end - 10 * kDay_s);
  EXPECT_NE(late.warning.find("in 10 days"), std::string::npos) << late.warning;
  EXPECT_NEAR(late.until_end_days, 10, 1e-6);
  EXPECT_NEAR(late.since_measured_days, earth.last_mjd() - 10 - earth.last_measured_mjd(), 1e-6);
  const TableAge over = table_age(earth, end + kDay_s);
  EXPECT_NE(over.warning.find("predictions ended on 20"), std::string::npos) << over.warning;
}

}  // namespace
}  // namespace contimg::astro
