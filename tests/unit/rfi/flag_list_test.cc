// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/flag_list.h"

#include <gtest/gtest.h>

#include <fstream>

#include "astro/epoch.h"
#include "base/error.h"
#include "scratch.h"
#include "small_observation.h"

namespace contimg::rfi {
namespace {

class FlagList : public testing::Test {
 protected:
  std::vector<FlagEntry> read(const std::string& lines) {
    std::ofstream(path_) << "antennas,low_mhz,high_mhz,from,until,why\n" << lines;
    return read_flag_list(path_);
  }
  std::string complaint(const std::string& lines) {
    try {
      read(lines);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "none";
  }
  Flags flagged(const Observation& observation, const std::string& lines) {
    Flags flags(observation);
    n_used_ = flag_listed(observation, read(lines), flags);
    return flags;
  }
  std::string path_ = scratch("flag_list.csv");
  std::size_t n_used_ = 0;
};

TEST_F(FlagList, ReadsWhatItSays) {
  const auto entries = read(
      "# broken\n\n"
      "7,,,2026-01-02,2026-02-03T04:05:06,receiver, warm\n"
      " 3 & 12 ,1400.5,1401,,,\r\n"
      ",,1310,,,edge\n");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].antenna1, "7");
  EXPECT_EQ(entries[0].antenna2, "");
  EXPECT_DOUBLE_EQ(entries[0].from_mjd_s, *astro::parse_stamp("2026-01-02T00:00:00"));
  EXPECT_DOUBLE_EQ(entries[0].until_mjd_s, *astro::parse_stamp("2026-02-03T04:05:06"));
  EXPECT_EQ(entries[0].why, "receiver, warm");
  EXPECT_EQ(entries[1].antenna1, "3");
  EXPECT_EQ(entries[1].antenna2, "12");
  EXPECT_DOUBLE_EQ(entries[1].low_hz, 1400.5e6);
  EXPECT_DOUBLE_EQ(entries[1].high_hz, 1401e6);
  EXPECT_EQ(entries[2].antenna1, "");
}

TEST_F(FlagList, SaysWhereAndWhatIsWrong) {
  EXPECT_NE(complaint("7,,,,,\n1,x,,,,\n").find("flag_list.csv:3: 'x' is no frequency"),
            std::string::npos);
  EXPECT_NE(complaint("1,1500,1400,,,\n").find("low_mhz is above high_mhz"), std::string::npos);
  EXPECT_NE(complaint("1,,,2026-02-30,,\n").find("is no time"), std::string::npos);
  EXPECT_NE(complaint("1,,,2026-02-03,2026-02-03,\n").find("from is not before until"),
            std::string::npos);
  EXPECT_NE(complaint("1&,,,,,\n").find("is no baseline"), std::string::npos);
  EXPECT_NE(complaint("1,2\n").find("too few columns"), std::string::npos);
  EXPECT_NE(complaint(",-5,,,,\n").find("is no frequency"), std::string::npos);
}

TEST_F(FlagList, RefusesAnEntryThatNamesNothing) {
  EXPECT_NE(complaint(",,,,,all of it\n").find("would flag everything"), std::string::npos);
  EXPECT_NE(complaint(",,,2026-01-01,,for ever\n").find("would flag everything"),
            std::string::npos);
  EXPECT_EQ(complaint(",,,2026-01-01,2026-01-02,a day of snow\n"), "none");
}

TEST_F(FlagList, RefusesOtherTitlesAndAbsentFiles) {
  std::ofstream(path_) << "antenna,why\n7,dead\n";
  EXPECT_THROW(read_flag_list(path_), UsageError);
  EXPECT_THROW(read_flag_list(path_ + ".not"), UsageError);
  std::ofstream(path_, std::ios::trunc) << "";
  EXPECT_TRUE(read_flag_list(path_).empty());
}

TEST_F(FlagList, FlagsAnAntennaABaselineAndChannels) {
  const Observation observation = small_observation(4, 2, 8, 1);
  const Flags antenna = flagged(observation, "2,,,,,\n");
  EXPECT_EQ(count_of(observation, antenna, Reason::listed), 4u * 2 * 8);
  const Flags baseline = flagged(observation, "4&2,,,,,\n");
  EXPECT_EQ(count_of(observation, baseline, Reason::listed), 2u * 8);
  EXPECT_EQ(baseline.row(0, baseline_of(observation, 1, 3))[0], Reason::listed);
  // Channels of 0.25 MHz from 1300 MHz: 1300.3 to 1300.5 MHz lies in the second one only.
  const Flags channels = flagged(observation, ",1300.3,1300.5,,,\n");
  EXPECT_EQ(count_of(observation, channels, Reason::listed), 10u * 2);
  EXPECT_EQ(channels.row(0, 3)[1], Reason::listed);
  EXPECT_EQ(n_used_, 1u);
}

TEST_F(FlagList, ADateRangeTakesItsStartAndLeavesItsEnd) {
  Observation observation = small_observation(2, 3, 1, 1);
  for (std::size_t t = 0; t < 3; ++t)
    observation.time_mjd_s[t] =
        *astro::parse_stamp("2026-01-25T12:00:00") + 10 * static_cast<double>(t);
  const Flags flags = flagged(observation, "1,,,2026-01-25T12:00:00,2026-01-25T12:00:10,\n");
  const std::size_t b = baseline_of(observation, 0, 1);
  EXPECT_EQ(flags.row(0, b)[0], Reason::listed);
  EXPECT_EQ(flags.row(1, b)[0], Reason::none);
  flagged(observation, "1,,,2026-01-26,,\n1,,,,2026-01-25,\n9,,,,,\n");
  EXPECT_EQ(n_used_, 0u) << "other days, and an antenna that is not there";
}

}  // namespace
}  // namespace contimg::rfi
