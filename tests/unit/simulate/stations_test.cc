// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/stations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/error.h"

namespace contimg::simulate {
namespace {

double distance_m(std::size_t a, std::size_t b) {
  const astro::Vector3 p = station_itrf_m(a), q = station_itrf_m(b);
  return std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

TEST(Stations, HaveTheSpecifiedGeocentricPositions) {
  // Control values of the specification (4.1), rounded to 1 mm.
  const std::pair<std::size_t, astro::Vector3> control[] = {
      {0, {-2409761.229, -4478100.499, 3838761.518}},
      {23, {-2409594.088, -4478190.437, 3838761.518}},
      {101, {-2409459.942, -4477959.335, 3839112.926}},
      {115, {-2410521.902, -4477836.382, 3838585.723}},
      {116, {-2410681.083, -4477745.802, 3838598.822}}};
  for (const auto& [station, expected] : control)
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_NEAR(station_itrf_m(station)[i], expected[i], 0.6e-3) << station;
}

TEST(Stations, AreThoseOfTheStationList) {
  const char* given = std::getenv("CONTIMG_TEST_DATA");
  const std::string folder = given ? given : CONTIMG_SOURCE_DIR "/../shared/data";
  std::ifstream list(folder + "/stations/DSA110_Station_Coordinates.csv");
  if (!list) GTEST_SKIP() << "no station list: set CONTIMG_TEST_DATA";
  std::size_t found = 0;
  for (std::string line; std::getline(list, line);) {
    unsigned number = 0;
    double latitude = 0, longitude = 0, height = 1182.6;
    if (std::sscanf(line.c_str(), ",DSA-%u,%lf,%lf,%lf", &number, &latitude, &longitude, &height) <
        3)
      continue;
    const subband::StationPlace& place = subband::station_places().at(number - 1);
    EXPECT_DOUBLE_EQ(place.latitude_deg, latitude);
    EXPECT_DOUBLE_EQ(place.longitude_deg, longitude);
    EXPECT_DOUBLE_EQ(place.height_m, height);
    ++found;
  }
  EXPECT_EQ(found, kStationCount);
}

TEST(Stations, SpanTheSpecifiedBaselines) {
  const auto stations = correlated_stations(96);
  double shortest = 1e9, longest = 0;
  for (const std::size_t a : stations)
    for (const std::size_t b : stations)
      if (a != b) {
        shortest = std::min(shortest, distance_m(a, b));
        longest = std::max(longest, distance_m(a, b));
      }
  EXPECT_NEAR(shortest, 5.751, 1e-3);
  EXPECT_NEAR(longest, 2601.63, 0.01);
}

TEST(CorrelatorBaselines, AreInColumnOrderWithTwoAntennasInEachOthersPlace) {
  const auto baselines = correlator_baselines(correlated_stations(96));
  ASSERT_EQ(baselines.size(), 4656u);
  std::size_t autos = 0;
  std::set<std::size_t> out_of_order;
  for (const BaselineStations& baseline : baselines) {
    autos += baseline.station1 == baseline.station2 ? 1 : 0;
    if (baseline.station1 > baseline.station2)
      out_of_order.insert(baseline.station1 == 115 ? 115 : baseline.station2);
  }
  EXPECT_EQ(autos, 96u);
  EXPECT_EQ(out_of_order, (std::set<std::size_t>{101, 115}));
  EXPECT_EQ(baselines[1].station1, baselines[0].station1);
  EXPECT_EQ(baselines[2].station1, baselines[2].station2);
}

TEST(CorrelatedStations, KeepCoreOutriggersAndTheOutOfOrderOnesInEverySubset) {
  for (std::size_t count = 3; count <= 96; ++count) {
    const auto stations = correlated_stations(count);
    const std::set<std::size_t> distinct(stations.begin(), stations.end());
    EXPECT_EQ(distinct.size(), count);
    EXPECT_TRUE(distinct.count(101) && distinct.count(115));
    EXPECT_LT(*distinct.begin(), 51u);
  }
  const auto core = correlated_stations(96, false);
  double longest = 0;
  for (const std::size_t a : core)
    for (const std::size_t b : core) longest = std::max(longest, distance_m(a, b));
  EXPECT_EQ(core.size(), 82u);
  EXPECT_LT(longest, 600);
  EXPECT_THROW(correlated_stations(97), UsageError);
  EXPECT_THROW(correlated_stations(1), UsageError);
}

}  // namespace
}  // namespace contimg::simulate
