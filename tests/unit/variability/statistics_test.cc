// SPDX-License-Identifier: GPL-3.0-or-later
#include "variability/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

namespace contimg::variability {
namespace {

using Curve = std::vector<Point>;

Sums sums_of(const Curve& points) {
  Sums sums;
  for (const Point& point : points) sums.add(point);
  return sums;
}

Curve noise(std::size_t n, std::mt19937_64& random, double error = 0.05, double spread = 0) {
  std::normal_distribution<double> gaussian;
  std::uniform_real_distribution<double> uniform(-1, 1);
  Curve points;
  for (std::size_t i = 0; i < n; ++i) {
    const double own = error * std::pow(2, spread * uniform(random) / 2);
    points.push_back({60000.0 + static_cast<double>(i), 1 + own * gaussian(random), own});
  }
  return points;
}

// The definition of leave-one-out, with everything summed again without each point.
double direct_loo_sigma(const Curve& points) {
  double least = 1e9, sigma = kUnknown;
  for (std::size_t i = 0; i < points.size(); ++i) {
    double weight = 0, mean = 0, chi2 = 0;
    const auto n = static_cast<double>(points.size());
    for (std::size_t j = 0; j < points.size(); ++j)
      if (j != i) weight += std::pow(points[j].error_jy, -2);
    for (std::size_t j = 0; j < points.size(); ++j)
      if (j != i) mean += points[j].flux_jy * std::pow(points[j].error_jy, -2) / weight;
    for (std::size_t j = 0; j < points.size(); ++j)
      if (j != i) chi2 += std::pow((points[j].flux_jy - mean) / points[j].error_jy, 2);
    const double d =
        (points[i].flux_jy - mean) / std::hypot(points[i].error_jy, std::sqrt(1 / weight));
    const double t = d / std::sqrt(chi2 / (n - 2));
    const double p = n * std::max(std::erfc(std::abs(d) / std::sqrt(2.0)),
                                  std::pow(10, log10_student_two_sided(t, n - 2)));
    if (p >= least) continue;
    least = p;
    sigma = std::copysign(std::max(0.0, gaussian_sigma(std::log10(std::min(1.0, p) / 2))), d);
  }
  return sigma;
}

TEST(Figures, AreWhatThreePointsGiveByHand) {
  const Figures f = figures_of(sums_of({{1, 1.0, 0.1}, {2, 2.0, 0.2}, {3, 1.5, 0.1}}));
  // Weights 100, 25, 100: mean (100 + 50 + 150) / 225 = 4/3; chi2 100/9 + 100/9 + 25/9.
  EXPECT_EQ(f.n, 3u);
  EXPECT_NEAR(f.weighted_mean_jy, 4.0 / 3, 1e-15);
  EXPECT_NEAR(f.weighted_mean_error_jy, 1.0 / 15, 1e-15);
  EXPECT_NEAR(f.mean_jy, 1.5, 1e-15);
  EXPECT_NEAR(f.std_jy, 0.5, 1e-15);
  EXPECT_NEAR(f.v, 1.0 / 3, 1e-15);
  EXPECT_NEAR(f.chi2, 225.0 / 9, 1e-12);
  EXPECT_NEAR(f.eta, 12.5, 1e-12);
  EXPECT_NEAR(f.log10_p, -12.5 / std::log(10.0), 1e-12);
  EXPECT_NEAR(f.vs, 1 / std::sqrt(0.05), 1e-12);
  EXPECT_NEAR(f.m, 2.0 / 3, 1e-12);
  EXPECT_NEAR(f.deviation_bound, 2 / std::sqrt(3.0), 1e-15);
  EXPECT_DOUBLE_EQ(f.highest_jy, 2);
  EXPECT_DOUBLE_EQ(f.lowest_jy, 1);
}

TEST(Figures, AreUnknownWhereTooFewPointsSay) {
  const Figures none = figures_of({});
  EXPECT_TRUE(std::isnan(none.weighted_mean_jy) && std::isnan(none.eta) && std::isnan(none.vs));
  const Figures one = figures_of(sums_of({{1, 2.0, 0.1}}));
  EXPECT_DOUBLE_EQ(one.weighted_mean_jy, 2);
  EXPECT_TRUE(std::isnan(one.eta) && std::isnan(one.v) && std::isnan(one.chi2_sigma));
  EXPECT_TRUE(std::isnan(one.loo_sigma) && std::isnan(one.vs) && std::isnan(one.limit_sigma));
  const Figures two = figures_of(sums_of({{1, 2.0, 0.1}, {2, 1.0, 0.1}}));
  EXPECT_NEAR(two.eta, 50, 1e-9);
  EXPECT_TRUE(std::isnan(two.loo_sigma));
  const Figures negative = figures_of(sums_of({{1, -2.0, 0.1}, {2, 1.0, 0.1}}));
  EXPECT_TRUE(std::isnan(negative.v) && std::isnan(negative.m));
  EXPECT_NEAR(negative.vs, 3 / std::hypot(0.1, 0.1), 1e-12);
}

TEST(Figures, AreTheDirectSums) {
  std::mt19937_64 random(7);
  for (const std::size_t n : {3u, 4u, 10u, 100u, 3000u}) {
    const Curve points = noise(n, random, 0.05, 2);
    double w = 0, wf = 0, wff = 0, mean = 0, square = 0;
    for (const Point& p : points) {
      const double weight = 1 / (p.error_jy * p.error_jy);
      w += weight;
      wf += weight * p.flux_jy;
      wff += weight * p.flux_jy * p.flux_jy;
      mean += p.flux_jy / static_cast<double>(n);
    }
    for (const Point& p : points) square += std::pow(p.flux_jy - mean, 2);
    const Figures f = figures_of(sums_of(points));
    EXPECT_NEAR(f.weighted_mean_jy, wf / w, 1e-12);
    // Swinbank et al. 2015: eta = n / (n - 1) (mean(w f^2) - mean(w f)^2 / mean(w)).
    EXPECT_NEAR(f.eta, (wff - wf * wf / w) / static_cast<double>(n - 1), 1e-8);
    EXPECT_NEAR(f.v, std::sqrt(square / static_cast<double>(n - 1)) / mean, 1e-10);
  }
}

TEST(Figures, StayRightAfterTenYears) {
  // A bright source: what a sum of squares would lose to rounding.
  std::mt19937_64 random(8);
  std::normal_distribution<double> gaussian;
  Sums sums;
  long double mean = 0, chi2 = 0;
  std::vector<double> fluxes;
  for (int i = 0; i < 13000; ++i) fluxes.push_back(5000 + 1e-4 * gaussian(random));
  for (const double flux : fluxes) mean += static_cast<long double>(flux) / 13000;
  for (std::size_t i = 0; i < fluxes.size(); ++i) {
    sums.add({60000 + 0.3 * static_cast<double>(i), fluxes[i], 1e-4});
    chi2 += (fluxes[i] - mean) * (fluxes[i] - mean) * 1e8L;
  }
  EXPECT_NEAR(figures_of(sums).chi2 / static_cast<double>(chi2), 1, 1e-6);
}

TEST(Sums, DoNotDependOnTheOrder) {
  std::mt19937_64 random(9);
  Curve points = noise(200, random, 0.05, 2);
  points[20].flux_jy = points[70].flux_jy = 1.6;
  points[20].error_jy = points[70].error_jy = 0.05;
  const Sums before = sums_of(points);
  std::shuffle(points.begin(), points.end(), random);
  const Sums after = sums_of(points);
  const Figures a = figures_of(before), b = figures_of(after);
  EXPECT_NEAR(a.chi2, b.chi2, 1e-9);
  EXPECT_NEAR(a.weighted_mean_jy, b.weighted_mean_jy, 1e-13);
  EXPECT_NEAR(a.std_jy, b.std_jy, 1e-13);
  EXPECT_NEAR(a.loo_sigma, b.loo_sigma, 1e-9);
  EXPECT_NEAR(a.vs, b.vs, 1e-12);
  for (std::size_t i = 0; i < Sums::kExtremes; ++i) {
    EXPECT_DOUBLE_EQ(before.highest[i].mjd, after.highest[i].mjd);
    EXPECT_DOUBLE_EQ(before.lowest[i].mjd, after.lowest[i].mjd);
  }
  EXPECT_DOUBLE_EQ(before.first_mjd, after.first_mjd);
  EXPECT_DOUBLE_EQ(before.last_mjd, after.last_mjd);
}

TEST(Sums, RefuseWhatIsNoMeasurement) {
  Sums sums;
  EXPECT_THROW(sums.add({1, 1, 0}), std::invalid_argument);
  EXPECT_THROW(sums.add({1, 1, -1}), std::invalid_argument);
  EXPECT_THROW(sums.add({1, kUnknown, 1}), std::invalid_argument);
  EXPECT_EQ(sums.n, 0u);
}

TEST(Limits, AreInNoSumButContradictAConstantSource) {
  Sums sums = sums_of({{1, 1.0, 0.1}, {2, 1.1, 0.1}, {3, 0.9, 0.1}});
  const Figures without = figures_of(sums);
  sums.add_limit(9, 0.5);
  sums.add_limit(0, 2);
  const Figures with = figures_of(sums);
  EXPECT_EQ(with.n, 3u);
  EXPECT_EQ(with.n_limit, 2u);
  EXPECT_DOUBLE_EQ(with.chi2, without.chi2);
  EXPECT_NEAR(with.limit_sigma, 0.5 / std::hypot(0.1 / std::sqrt(3.0), 0.1), 1e-12);
  EXPECT_DOUBLE_EQ(sums.first_mjd, 0);
  EXPECT_DOUBLE_EQ(sums.last_mjd, 9);
}

TEST(Vs, IsTheBestOfAllPairsWhenErrorsAreEqual) {
  std::mt19937_64 random(10);
  for (int trial = 0; trial < 200; ++trial) {
    const Curve points = noise(2 + static_cast<std::size_t>(trial) % 40, random);
    double vs = 0, m = 0;
    for (const Point& a : points)
      for (const Point& b : points) {
        const double pair = (a.flux_jy - b.flux_jy) / std::hypot(a.error_jy, b.error_jy);
        if (pair <= vs) continue;
        vs = pair;
        m = 2 * (a.flux_jy - b.flux_jy) / (a.flux_jy + b.flux_jy);
      }
    const Figures figures = figures_of(sums_of(points));
    EXPECT_NEAR(figures.vs, vs, 1e-12);
    EXPECT_NEAR(figures.m, m, 1e-12);
  }
}

TEST(Vs, IsWithinPercentsWhenErrorsDifferByTwo) {
  std::mt19937_64 random(11);
  double least = 1, sum = 0;
  for (int trial = 0; trial < 500; ++trial) {
    const Curve points = noise(40, random, 0.05, 1);
    double vs = 0;
    for (const Point& a : points)
      for (const Point& b : points)
        vs = std::max(vs, (a.flux_jy - b.flux_jy) / std::hypot(a.error_jy, b.error_jy));
    const double ratio = figures_of(sums_of(points)).vs / vs;
    EXPECT_LE(ratio, 1 + 1e-12);
    least = std::min(least, ratio);
    sum += ratio;
  }
  EXPECT_GT(least, 0.9);
  EXPECT_GT(sum / 500, 0.99);
}

TEST(LeaveOneOut, IsTheDirectSum) {
  std::mt19937_64 random(12);
  for (const std::size_t n : {3u, 4u, 8u, 30u, 200u})
    for (int trial = 0; trial < 20; ++trial) {
      const Curve points = noise(n, random);
      EXPECT_NEAR(figures_of(sums_of(points)).loo_sigma, direct_loo_sigma(points), 1e-6) << n;
    }
}

// With errors that are too small the scatter alone counts, and the rate is what the significance
// says; with honest ones, where both have to agree, it is never more.
TEST(LeaveOneOut, AlarmsAsOftenAsItsSignificanceSays) {
  std::mt19937_64 random(13);
  std::normal_distribution<double> gaussian;
  for (const std::size_t n : {3u, 5u, 10u, 30u}) {
    const int n_curve = 60000;
    int above_2 = 0, above_3 = 0, honest_above_2 = 0, honest_above_3 = 0;
    for (int curve = 0; curve < n_curve; ++curve) {
      Sums small, honest;
      for (std::size_t i = 0; i < n; ++i) {
        const double flux = 1 + 0.05 * gaussian(random);
        small.add({static_cast<double>(i), flux, 1e-8});
        honest.add({static_cast<double>(i), flux, 0.05});
      }
      const double sigma = std::abs(figures_of(small).loo_sigma);
      const double honest_sigma = std::abs(figures_of(honest).loo_sigma);
      above_2 += sigma > 2 ? 1 : 0;
      above_3 += sigma > 3 ? 1 : 0;
      honest_above_2 += honest_sigma > 2 ? 1 : 0;
      honest_above_3 += honest_sigma > 3 ? 1 : 0;
    }
    const double expected_2 = n_curve * std::erfc(2 / std::sqrt(2.0));
    const double expected_3 = n_curve * std::erfc(3 / std::sqrt(2.0));
    // Adding up the points' chances counts twice what two points share: at most p^2 / 2.
    EXPECT_NEAR(above_2, expected_2, 0.03 * expected_2 + 4 * std::sqrt(expected_2)) << n;
    EXPECT_NEAR(above_3, expected_3, 4 * std::sqrt(expected_3)) << n;
    EXPECT_LT(honest_above_2, expected_2 + 4 * std::sqrt(expected_2)) << n;
    EXPECT_LT(honest_above_3, expected_3 + 4 * std::sqrt(expected_3)) << n;
  }
}

TEST(LeaveOneOut, FindsAFlareThatTheOldMeasureCannot) {
  std::mt19937_64 random(14);
  double sum = 0;
  for (int trial = 0; trial < 50; ++trial) {
    Curve points = noise(8, random);
    points[5].flux_jy = 1.5;
    const Figures figures = figures_of(sums_of(points));
    double deviation = 0;
    for (const Point& p : points)
      deviation = std::max(deviation, std::abs(p.flux_jy - figures.mean_jy) / figures.std_jy);
    EXPECT_LE(deviation, figures.deviation_bound);
    EXPECT_LT(figures.deviation_bound, 2.5);
    sum += figures.loo_sigma;
    EXPECT_GT(figures.loo_sigma, 2);
    EXPECT_DOUBLE_EQ(figures.loo_mjd, points[5].mjd);
    points[5].flux_jy = 0.5;
    EXPECT_LT(figures_of(sums_of(points)).loo_sigma, -2);
  }
  EXPECT_GT(sum / 50, 3);
}

TEST(LeaveOneOut, TheOldMeasureReachesItsBoundAndNoMore) {
  for (const std::size_t n : {3u, 11u, 27u}) {
    Curve points;
    for (std::size_t i = 0; i < n; ++i) points.push_back({static_cast<double>(i), 1, 0.01});
    points[1].flux_jy = 1e6;
    const Figures figures = figures_of(sums_of(points));
    EXPECT_NEAR((1e6 - figures.mean_jy) / figures.std_jy, figures.deviation_bound, 1e-9);
  }
}

}  // namespace
}  // namespace contimg::variability
