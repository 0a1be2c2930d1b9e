// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/structured.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/error.h"

namespace contimg::simulate {
namespace {

TEST(Structured, EventsAreInsideLongEnoughAndLogUniform) {
  std::map<std::string, int> kinds;
  double weak = 0, n = 0;
  for (std::size_t station = 1; station < 400; ++station)
    for (const StructuredEvent& event : structured_events({}, 5, 0, 0, station, 24, 768)) {
      ++kinds[event.kind];
      EXPECT_LE(event.first_integration + event.n_integration, 24u);
      EXPECT_LE(event.first_channel + event.n_channel, 768u);
      EXPECT_GE(std::max(event.n_integration, event.n_channel), 8u);
      EXPECT_GE(event.sigma, 0.5);
      EXPECT_LE(event.sigma, 30);
      weak += event.sigma < std::sqrt(0.5 * 30);
      ++n;
    }
  EXPECT_EQ(kinds.size(), 3u);
  // Half are below the geometric mean; 3000 draws scatter by 0.01.
  EXPECT_NEAR(weak / n, 0.5, 0.04);
}

TEST(Structured, TheSameSeedGivesTheSameAndAnotherBaselineOthers) {
  const auto one = structured_events({}, 5, 2, 7, 9, 24, 768);
  const auto again = structured_events({}, 5, 2, 7, 9, 24, 768);
  const auto other = structured_events({}, 5, 2, 7, 10, 24, 768);
  ASSERT_EQ(one.size(), again.size());
  ASSERT_FALSE(one.empty());
  EXPECT_EQ(one[0].sigma, again[0].sigma);
  EXPECT_EQ(one[0].first_channel, again[0].first_channel);
  EXPECT_NE(one[0].sigma, other.at(0).sigma);
}

TEST(Structured, SmallGroupsAreFilledAsFarAsTheyReach) {
  for (const std::size_t n : {1, 3, 9})
    for (std::size_t station = 1; station < 60; ++station)
      for (const StructuredEvent& event : structured_events({1, 2, 700}, 5, 0, 0, station, n, n)) {
        EXPECT_LE(event.first_integration + event.n_integration, n);
        EXPECT_LE(event.first_channel + event.n_channel, n);
        EXPECT_GT(event.n_integration * event.n_channel, 0u);
      }
}

TEST(Structured, Text) {
  EXPECT_FALSE(parse_structured("narrow:flux-jy=3"));
  EXPECT_EQ(parse_structured("structured")->max_sigma, 30);
  EXPECT_EQ(parse_structured("structured:max-sigma=8:events=2")->events, 2);
  EXPECT_THROW(parse_structured("structured:max-sigma=loud"), UsageError);
  EXPECT_THROW(parse_structured("structured:events=0"), UsageError);
}

}  // namespace
}  // namespace contimg::simulate
