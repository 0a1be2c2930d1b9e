// SPDX-License-Identifier: GPL-3.0-or-later
#include "variability/candidate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace contimg::variability {
namespace {

using Shape = std::function<double(std::size_t)>;

class Sky {
 public:
  explicit Sky(std::uint64_t seed) : random_(seed) {}

  std::vector<Point> curve(std::size_t n, const Shape& shape, double error = 0.05,
                           double claimed = 0) {
    std::normal_distribution<double> gaussian;
    std::vector<Point> points;
    for (std::size_t i = 0; i < n; ++i)
      points.push_back({60000 + static_cast<double>(i), shape(i) + error * gaussian(random_),
                        claimed > 0 ? claimed : error});
    return points;
  }

 private:
  std::mt19937_64 random_;
};

double steady(std::size_t) { return 1; }
Shape episode(std::size_t first, std::size_t n, double depth) {
  return [=](std::size_t i) { return i >= first && i < first + n ? 1 + depth : 1.0; };
}

Figures figures(const std::vector<Point>& points) {
  Sums sums;
  for (const Point& point : points) sums.add(point);
  return figures_of(sums);
}

std::vector<Candidate> judge(const std::vector<Point>& points,
                             const CandidateSettings& settings = {}) {
  return candidates(points, figures(points), settings);
}

const Candidate* of_kind(const std::vector<Candidate>& found, const std::string& kind) {
  for (const Candidate& candidate : found)
    if (candidate.kind == kind) return &candidate;
  return nullptr;
}

TEST(Candidates, NoneAmongTenThousandSteadySources) {
  Sky sky(31);
  std::size_t n_look = 0, n_found = 0;
  const std::size_t lengths[] = {10, 20, 50, 100, 500};
  for (int trial = 0; trial < 10000; ++trial) {
    const auto points = sky.curve(lengths[trial % 5], steady);
    n_look += worth_a_look(figures(points)) ? 1 : 0;
    n_found += judge(points).size();
  }
  EXPECT_EQ(n_found, 0u);
  // 2.3 % above 2 sigma of chi-squared, at most 4.6 % of leave-one-out.
  EXPECT_LT(n_look, 700u);
  EXPECT_GT(n_look, 200u);
}

// At 3 sigma: one-sided for chi-squared, two-sided for episodes; V is always enough here.
TEST(Candidates, AlarmAsOftenAsTheThresholdSays) {
  Sky sky(32);
  CandidateSettings settings;
  settings.sigma = 3;
  settings.modulation = 0;
  const int n_curve = 20000;
  int n_variable = 0, n_episode = 0, n_by_scatter = 0;
  const auto n_found = [&](const std::vector<Candidate>& found) {
    return found.size() > (of_kind(found, "variable") != nullptr ? 1u : 0u) ? 1 : 0;
  };
  for (int trial = 0; trial < n_curve; ++trial) {
    const std::size_t n = 10 + static_cast<std::size_t>(trial) % 40;
    const auto honest = judge(sky.curve(n, steady), settings);
    n_variable += of_kind(honest, "variable") != nullptr ? 1 : 0;
    n_episode += n_found(honest);
    // With errors that are far too small only the scatter decides.
    n_by_scatter += n_found(judge(sky.curve(n, steady, 0.05, 1e-6), settings));
  }
  const double one_sided = n_curve * 1.35e-3, two_sided = n_curve * 2.7e-3;
  EXPECT_NEAR(n_variable, one_sided, 4 * std::sqrt(one_sided));
  EXPECT_LT(n_episode, two_sided);
  // Episodes that overlap are fewer trials than their number.
  EXPECT_LT(n_by_scatter, two_sided);
  EXPECT_GT(n_by_scatter, 0.1 * two_sided);
}

TEST(Candidates, FindAFlareAndADip) {
  Sky sky(33);
  for (int trial = 0; trial < 50; ++trial) {
    const auto flare = judge(sky.curve(30, episode(17, 2, 0.8)));
    ASSERT_NE(of_kind(flare, "flare"), nullptr);
    EXPECT_NEAR(of_kind(flare, "flare")->depth, 0.8, 0.2);
    EXPECT_GE(of_kind(flare, "flare")->since_mjd, 60016);
    EXPECT_LE(of_kind(flare, "flare")->until_mjd, 60019);
    EXPECT_EQ(of_kind(flare, "dip"), nullptr);
    // Two points are too few for an extreme scattering event.
    const auto dip = judge(sky.curve(30, episode(17, 2, -0.6)));
    EXPECT_TRUE(of_kind(dip, "dip") != nullptr || of_kind(dip, "ese") != nullptr);
    EXPECT_EQ(of_kind(dip, "flare"), nullptr);
  }
}

TEST(Candidates, FindAnExtremeScatteringEvent) {
  Sky sky(34);
  for (int trial = 0; trial < 50; ++trial) {
    const auto found = judge(sky.curve(40, episode(15, 7, -0.3)));
    const Candidate* ese = of_kind(found, "ese");
    ASSERT_NE(ese, nullptr);
    EXPECT_EQ(of_kind(found, "dip"), nullptr);
    EXPECT_NEAR(ese->depth, -0.3, 0.08);
    EXPECT_NEAR(ese->since_mjd, 60015, 2);
    EXPECT_NEAR(ese->until_mjd, 60021, 2);
    EXPECT_NE(ese->reason.find("consecutive of 40 points average"), std::string::npos);
    EXPECT_NE(ese->reason.find("% below the others (sigma"), std::string::npos);
  }
}

TEST(Candidates, ADipAtTheEdgeIsNoScatteringEventYet) {
  Sky sky(35);
  for (int trial = 0; trial < 20; ++trial) {
    const auto found = judge(sky.curve(40, episode(34, 6, -0.3)));
    ASSERT_NE(of_kind(found, "dip"), nullptr);
    EXPECT_NEAR(of_kind(found, "dip")->until_mjd, 60039, 0.1);
  }
}

TEST(Candidates, FindSinusoidsAndSteps) {
  Sky sky(36);
  for (int trial = 0; trial < 50; ++trial) {
    const auto wave = judge(sky.curve(
        30, [](std::size_t i) { return 1 + 0.3 * std::sin(0.7 * static_cast<double>(i)); }));
    ASSERT_NE(of_kind(wave, "variable"), nullptr);
    EXPECT_DOUBLE_EQ(of_kind(wave, "variable")->since_mjd, 60000);
    EXPECT_DOUBLE_EQ(of_kind(wave, "variable")->until_mjd, 60029);
    EXPECT_NE(of_kind(wave, "variable")->reason.find("expected at most 5 and 0.05"),
              std::string::npos);
    const auto step = judge(sky.curve(30, [](std::size_t i) { return i < 16 ? 1 : 1.3; }));
    ASSERT_NE(of_kind(step, "variable"), nullptr);
  }
}

TEST(Candidates, PercentsOfABrightSourceAndNoiseOfAFaintOneAreNotEnough) {
  Sky sky(37);
  for (int trial = 0; trial < 200; ++trial) {
    const auto percents = sky.curve(
        60, [](std::size_t i) { return 1 + 0.02 * std::sin(0.3 * static_cast<double>(i)); }, 0.001);
    EXPECT_GT(figures(percents).chi2_sigma, 5);
    EXPECT_TRUE(judge(percents).empty());
    const auto faint = sky.curve(60, steady, 0.5);
    EXPECT_GT(figures(faint).v, 0.3);
    EXPECT_TRUE(judge(faint).empty());
  }
}

TEST(Candidates, ErrorsThatAreTooSmallMakeNoEpisodes) {
  Sky sky(38);
  for (int trial = 0; trial < 500; ++trial) {
    const auto found = judge(sky.curve(50, steady, 0.15, 0.05));
    EXPECT_EQ(found.size(), 1u);
    EXPECT_NE(of_kind(found, "variable"), nullptr);
  }
}

TEST(Candidates, AFlareFromNothingIsFound) {
  Sky sky(39);
  const auto found = judge(sky.curve(
      30, [](std::size_t i) { return i / 3 == 5 ? 1.0 : -0.01; }, 0.02));
  ASSERT_NE(of_kind(found, "flare"), nullptr);
  EXPECT_DOUBLE_EQ(of_kind(found, "flare")->since_mjd, 60015);
  EXPECT_DOUBLE_EQ(of_kind(found, "flare")->until_mjd, 60017);
}

TEST(Candidates, ALimitFarBelowWhatWasMeasuredIsATransient) {
  Sums sums;
  std::vector<Point> points = {{1, 0.5, 0.01}, {1.1, 0.51, 0.01}};
  for (const Point& point : points) sums.add(point);
  for (int day = 2; day < 5; ++day) sums.add_limit(day, 0.05);
  // 0.505 less 0.05, over the errors of the mean and of a limit of 5 sigma.
  const double expected = (0.505 - 0.05) / std::hypot(0.01 / std::sqrt(2.0), 0.01);
  const std::vector<Candidate> found = candidates(points, figures_of(sums));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, "transient");
  EXPECT_NEAR(found[0].significance, expected, 1e-9);
  EXPECT_TRUE(worth_a_look(figures_of(sums)));
  // Limits that a source of this flux density keeps to say nothing; nor do too few.
  Sums above;
  for (const Point& point : points) above.add(point);
  for (int day = 2; day < 5; ++day) above.add_limit(day, 0.49);
  EXPECT_TRUE(candidates(points, figures_of(above)).empty());
  Sums seldom;
  for (const Point& point : points) seldom.add(point);
  for (int day = 2; day < 5; ++day) seldom.add({1.0 * day, 0.5, 0.01});
  seldom.add_limit(6, 0.05);
  EXPECT_TRUE(candidates(points, figures_of(seldom)).empty());
  Sums few;
  for (const Point& point : points) few.add(point);
  few.add_limit(2, 0.05);
  EXPECT_TRUE(candidates(points, figures_of(few)).empty());
}

TEST(Candidates, NeedPointsEnough) {
  Sky sky(40);
  EXPECT_TRUE(judge({}).empty());
  EXPECT_TRUE(judge(sky.curve(4, episode(1, 1, 5))).empty());
  EXPECT_FALSE(judge(sky.curve(5, episode(1, 1, 5))).empty());
  CandidateSettings settings;
  settings.min_points = 3;
  for (std::size_t n = 1; n < 5; ++n)
    EXPECT_EQ(judge(sky.curve(n, episode(0, 1, 5)), settings).empty(), n < 4) << n;
}

// What is variable and what is one point prompts a look at once; so do strong episodes of short curves.
TEST(WorthALook, HidesOnlyWeakEpisodesOfSeveralPoints) {
  Sky sky(41);
  std::mt19937_64 random(42);
  std::uniform_real_distribution<double> uniform;
  int n_found = 0, n_single = 0;
  for (int trial = 0; trial < 5000; ++trial) {
    const auto n = static_cast<std::size_t>(5 + 400 * uniform(random));
    const auto first = static_cast<std::size_t>(uniform(random) * static_cast<double>(n));
    const auto length = static_cast<std::size_t>(1 + 10 * uniform(random));
    const auto points = sky.curve(n, episode(first, length, uniform(random) - 0.5));
    const auto found = judge(points);
    if (found.empty()) continue;
    ++n_found;
    bool must = of_kind(found, "variable") != nullptr;
    for (const Candidate& candidate : found)
      must = must || candidate.since_mjd == candidate.until_mjd;
    n_single += must ? 1 : 0;
    EXPECT_TRUE(!must || worth_a_look(figures(points)));
  }
  EXPECT_GT(n_found, 1000);
  EXPECT_GT(n_single, 500);
}

// An episode of 24 points, 9 standard errors low: found in a curve of any length, although its figures
// say little where that is long.
TEST(Candidates, AreFoundInLongCurvesWhoseFiguresSayNothing) {
  Sky sky(43);
  const struct {
    std::size_t n;
    double d;
  } rows[] = {{90, 12}, {500, 9}, {13000, 9}};
  int n_prompted = 0;
  for (const auto& row : rows) {
    int n_found = 0;
    for (int trial = 0; trial < 20; ++trial) {
      const double depth = -row.d * 0.1 / std::sqrt(24.0);
      const auto points = sky.curve(row.n, episode(row.n / 2, 24, depth), 0.1);
      n_found += of_kind(judge(points), "ese") != nullptr ? 1 : 0;
      if (row.n == 13000) n_prompted += worth_a_look(figures(points)) ? 1 : 0;
    }
    EXPECT_GE(n_found, 17) << row.n;
  }
  EXPECT_LT(n_prompted, 10);
}

TEST(WorthALook, PromptsForStrongEpisodesOfLongCurves) {
  Sky sky(44);
  for (const auto& [n, d] : {std::pair(30, 14), std::pair(500, 12), std::pair(13000, 26)})
    for (int trial = 0; trial < 10; ++trial) {
      const auto points =
          sky.curve(static_cast<std::size_t>(n),
                    episode(static_cast<std::size_t>(n) / 2, 6, -d * 0.05 / std::sqrt(6.0)));
      EXPECT_TRUE(worth_a_look(figures(points))) << n;
    }
}

}  // namespace
}  // namespace contimg::variability
