// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/timeline.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace contimg::convert {
namespace {

constexpr double kT0_mjd_s = 5.2755e9;
constexpr double kLength_s = 10;

subband::Header header(const std::vector<double>& times_s,
                       const std::vector<std::pair<int, int>>& pairs) {
  subband::Header result;
  result.summary.path = "file.hdf5";
  result.stations.resize(4);
  for (std::size_t i = 0; i < 4; ++i) result.stations[i].name = std::string(1, char('a' + i));
  for (const double time_s : times_s)
    for (const auto& [p, q] : pairs) {
      result.time_mjd_s.push_back(kT0_mjd_s + time_s);
      result.integration_time_s.push_back(kLength_s);
      result.station1.push_back(p);
      result.station2.push_back(q);
    }
  return result;
}

TEST(JoinTimeline, TakesTheUnionOfIntegrationsAndBaselines) {
  const Timeline timeline =
      join_timeline({header({0, 10}, {{0, 1}, {2, 1}}), header({10, 20}, {{0, 3}})}, false);
  EXPECT_EQ(timeline.time_mjd_s, (std::vector<double>{kT0_mjd_s, kT0_mjd_s + 10, kT0_mjd_s + 20}));
  EXPECT_EQ(timeline.baseline,
            (std::vector<std::pair<std::int32_t, std::int32_t>>{{0, 1}, {0, 3}, {1, 2}}));
}

TEST(JoinTimeline, TimesWithinAQuarterOfAnIntegrationAreOne) {
  EXPECT_EQ(
      join_timeline({header({0}, {{0, 1}}), header({2.4}, {{0, 1}})}, false).time_mjd_s.size(), 1u);
  EXPECT_EQ(
      join_timeline({header({0}, {{0, 1}}), header({2.6}, {{0, 1}})}, false).time_mjd_s.size(), 2u);
}

TEST(JoinTimeline, KeepsAutocorrelationsOnlyOnRequest) {
  const std::vector<subband::Header> headers = {header({0}, {{0, 0}, {0, 1}, {1, 1}})};
  EXPECT_EQ(join_timeline(headers, false).baseline.size(), 1u);
  EXPECT_EQ(join_timeline(headers, true).baseline.size(), 3u);
}

TEST(FindRows, FindsRowsInAnyOrderAndSaysWhatIsReversedOrAbsent) {
  const subband::Header whole = header({0, 10}, {{0, 1}, {0, 2}});
  const subband::Header ragged = header({10}, {{2, 0}});
  const Timeline timeline = join_timeline({whole, ragged}, false);
  const std::vector<RowSource> rows = find_rows(ragged, timeline);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].row, -1);
  EXPECT_EQ(rows[1].row, -1);
  EXPECT_EQ(rows[2].row, -1);
  EXPECT_EQ(rows[3].row, 0);
  EXPECT_TRUE(rows[3].reversed);
  EXPECT_FALSE(find_rows(whole, timeline)[3].reversed);
}

TEST(FindRows, RefusesABaselineTwiceInOneIntegration) {
  const subband::Header twice = header({0}, {{0, 1}, {1, 0}});
  const Timeline timeline = join_timeline({twice}, false);
  try {
    find_rows(twice, timeline);
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()), "file.hdf5: has baseline a-b twice in integration 0");
  }
}

TEST(IntegrationAt, IsTheNearestWithinAQuarter) {
  const Timeline timeline = join_timeline({header({0, 10, 20}, {{0, 1}})}, false);
  EXPECT_EQ(integration_at(timeline, kT0_mjd_s - 2.4), 0u);
  EXPECT_EQ(integration_at(timeline, kT0_mjd_s + 9), 1u);
  EXPECT_EQ(integration_at(timeline, kT0_mjd_s + 11), 1u);
  EXPECT_EQ(integration_at(timeline, kT0_mjd_s + 22.4), 2u);
  for (const double time_s : {-2.6, 5.0, 17.0, 22.6, 1e9})
    EXPECT_EQ(integration_at(timeline, kT0_mjd_s + time_s), 3u) << time_s;
}

}  // namespace
}  // namespace contimg::convert
