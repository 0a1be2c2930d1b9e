// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/refant.h"

#include <gtest/gtest.h>

namespace contimg::calibrate {
namespace {

TEST(ChooseRefant, TakesTheFirstHealthyOneOfTheList) {
  const std::vector<AntennaHealth> antennas{
      {"103", 0.0}, {"104", 0.5}, {"pad105", 0.49}, {"106", 0.1}, {"1106", 0.0}};
  EXPECT_EQ(choose_refant(antennas, dsa110_refants()), 2U);  // 104 is half flagged
}

TEST(ChooseRefant, KnowsNumbersFromPartsOfNumbers) {
  const std::vector<AntennaHealth> antennas{{"1104", 0.3}, {"DSA-105", 0.4}};
  EXPECT_EQ(choose_refant(antennas, dsa110_refants()), 1U);
}

TEST(ChooseRefant, FallsBackToTheHealthiest) {
  const std::vector<AntennaHealth> antennas{{"ea01", 0.3}, {"ea02", 0.1}, {"ea03", 0.1}};
  EXPECT_EQ(choose_refant(antennas, dsa110_refants()), 1U);
}

TEST(ChooseRefant, GivesNothingWhenAllAreBad) {
  const std::vector<AntennaHealth> antennas{{"104", 0.6}, {"105", 1.0}};
  EXPECT_FALSE(choose_refant(antennas, dsa110_refants()));
  EXPECT_FALSE(choose_refant(std::vector<AntennaHealth>{}, dsa110_refants()));
}

TEST(Dsa110Refants, AreTheOutriggersAndThen103) {
  const std::vector<std::string> names = dsa110_refants();
  ASSERT_EQ(names.size(), 14U);
  for (int i = 0; i < 13; ++i) EXPECT_EQ(names[i], std::to_string(104 + i));
  EXPECT_EQ(names[13], "103");
}

}  // namespace
}  // namespace contimg::calibrate
