// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "variability/statistics.h"

namespace contimg::variability {
namespace {

// ln of the integral from `from` upwards of exp(ln_density), which falls there and farther on: what
// Simpson's rule gives, over as many e-foldings as a double has.
double ln_integral(const std::function<double(double)>& ln_density, double from) {
  double until = from + 1e-6;
  while (ln_density(until) > ln_density(from) - 45) until = from + (until - from) * 1.5;
  const int n = 200000;
  const double step = (until - from) / n, front = ln_density(from);
  double sum = 0;
  for (int i = 0; i <= n; ++i) {
    const int weight = i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2;
    sum += weight * std::exp(ln_density(from + i * step) - front);
  }
  return front + std::log(sum * step / 3);
}

double integrated_chi2(double chi2, double dof) {
  const auto ln_density = [&](double x) {
    return (dof / 2 - 1) * std::log(x) - x / 2 - dof / 2 * std::log(2.0) - std::lgamma(dof / 2);
  };
  return ln_integral(ln_density, chi2) / std::log(10.0);
}

// Over u = ln t, so that the power law falls exponentially.
double integrated_student(double t, double dof) {
  const auto ln_density = [&](double u) {
    const double x = std::exp(u);
    return u - (dof + 1) / 2 * std::log1p(x * x / dof) + std::lgamma((dof + 1) / 2) -
           std::lgamma(dof / 2) - 0.5 * std::log(dof * 3.141592653589793);
  };
  return (ln_integral(ln_density, std::log(t)) + std::log(2.0)) / std::log(10.0);
}

TEST(Chi2Survival, IsWhatTablesSay) {
  // Abramowitz & Stegun, table 26.8: the value of chi-squared at which Q is 0.05 and 0.001.
  const struct {
    double dof, five_percent, per_mille;
  } rows[] = {{1, 3.84146, 10.828},  {2, 5.99147, 13.816},  {5, 11.0705, 20.515},
              {10, 18.3070, 29.588}, {30, 43.7729, 59.703}, {100, 124.342, 149.449}};
  for (const auto& row : rows) {
    EXPECT_NEAR(std::pow(10, log10_chi2_survival(row.five_percent, row.dof)), 0.05, 2e-6);
    EXPECT_NEAR(std::pow(10, log10_chi2_survival(row.per_mille, row.dof)), 0.001, 1e-6);
  }
}

TEST(Chi2Survival, HasClosedFormsForOneAndTwoDegrees) {
  for (const double chi2 : {0.01, 0.5, 1.9, 2.5, 7.0, 60.0, 900.0}) {
    EXPECT_NEAR(log10_chi2_survival(chi2, 2), -chi2 / 2 / std::log(10.0), 1e-12 * (1 + chi2));
    EXPECT_NEAR(log10_chi2_survival(chi2, 1), std::log10(std::erfc(std::sqrt(chi2 / 2))),
                1e-11 * (1 + chi2));
  }
  EXPECT_DOUBLE_EQ(log10_chi2_survival(0, 5), 0);
  EXPECT_TRUE(std::isnan(log10_chi2_survival(1, 0)));
  EXPECT_TRUE(std::isnan(log10_chi2_survival(kUnknown, 5)));
}

TEST(Chi2Survival, IsTheIntegralFarIntoTheTail) {
  for (const double dof : {1.0, 3.0, 8.0, 33.0, 500.0, 13000.0})
    for (const double sigma : {1.0, 4.0, 20.0, 60.0}) {
      const double chi2 = dof + sigma * std::sqrt(2 * dof);
      const double expected = integrated_chi2(chi2, dof);
      EXPECT_NEAR(log10_chi2_survival(chi2, dof), expected, 1e-8 * (1 + std::abs(expected)))
          << chi2 << " of " << dof;
    }
  EXPECT_NEAR(log10_chi2_survival(950, 9), integrated_chi2(950, 9), 1e-6);
  EXPECT_LT(log10_chi2_survival(950, 9), -190);
}

TEST(Chi2Survival, IsTheSumOverPoissonForEvenDegrees) {
  // Q(2 x | 2 k) = exp(-x) sum over j < k of x^j / j!.
  for (const int k : {2, 7, 40})
    for (const double x : {0.3 * k, 0.9 * k, 1.1 * k, 3.0 * k}) {
      double sum = 0, term = std::exp(-x);
      for (int j = 0; j < k; term *= x / ++j) sum += term;
      EXPECT_NEAR(std::pow(10, log10_chi2_survival(2 * x, 2 * k)), sum, 1e-12);
    }
}

TEST(GaussianSigma, UndoesTheTail) {
  for (const double sigma : {-8.0, -3.0, -1.0, 0.0, 0.5, 2.0, 5.0, 9.0, 25.0}) {
    const double log10_p = std::log10(0.5 * std::erfc(sigma / std::sqrt(2.0)));
    EXPECT_NEAR(gaussian_sigma(log10_p), sigma, sigma < -5 ? 0.2 : 1e-9) << sigma;
  }
  EXPECT_NEAR(gaussian_sigma(std::log10(2.866515719e-7)), 5, 1e-9);
  EXPECT_NEAR(gaussian_sigma(std::log10(1.349898032e-3)), 3, 1e-9);
  EXPECT_TRUE(std::isnan(gaussian_sigma(kUnknown)));
  EXPECT_DOUBLE_EQ(gaussian_sigma(0), -38);
}

TEST(GaussianSigma, IsRightFarIntoTheTail) {
  const auto ln_density = [](double x) {
    return -x * x / 2 - 0.5 * std::log(2 * 3.141592653589793);
  };
  for (const double sigma : {20.0, 29.9, 30.1, 37.0, 80.0, 300.0})
    EXPECT_NEAR(gaussian_sigma(ln_integral(ln_density, sigma) / std::log(10.0)), sigma,
                1e-8 * sigma);
  // One degree of chi-squared is a Gaussian squared, both its sides.
  EXPECT_NEAR(gaussian_sigma(log10_chi2_survival(900, 1) - std::log10(2.0)), 30, 1e-9);
}

TEST(Student, IsWhatTablesSay) {
  // Abramowitz & Stegun, table 26.10: t at which the two-sided probability is 0.05, 0.01 and 0.001.
  const struct {
    double dof, t05, t01, t001;
  } rows[] = {{1, 12.706, 63.657, 636.619}, {2, 4.303, 9.925, 31.598}, {5, 2.571, 4.032, 6.869},
              {10, 2.228, 3.169, 4.587},    {30, 2.042, 2.750, 3.646}, {120, 1.980, 2.617, 3.373}};
  for (const auto& row : rows) {
    EXPECT_NEAR(std::pow(10, log10_student_two_sided(row.t05, row.dof)), 0.05, 1e-4);
    EXPECT_NEAR(std::pow(10, log10_student_two_sided(-row.t01, row.dof)), 0.01, 2e-5);
    EXPECT_NEAR(std::pow(10, log10_student_two_sided(row.t001, row.dof)), 0.001, 2e-6);
  }
}

TEST(Student, HasClosedFormsForOneAndTwoDegrees) {
  for (const double t : {0.01, 0.4, 1.0, 3.0, 50.0, 1e6}) {
    EXPECT_NEAR(log10_student_two_sided(t, 1), std::log10(2 / 3.141592653589793 * std::atan(1 / t)),
                1e-11);
    const double root = std::sqrt(2 + t * t);
    EXPECT_NEAR(log10_student_two_sided(t, 2), std::log10(2 / (root * (root + t))), 1e-11);
  }
  EXPECT_DOUBLE_EQ(log10_student_two_sided(0, 4), 0);
}

TEST(Student, IsTheIntegralFarIntoTheTail) {
  for (const double dof : {1.0, 3.0, 6.0, 28.0, 400.0, 13000.0})
    for (const double t : {1.5, 5.0, 12.0, 40.0, 300.0}) {
      const double expected = integrated_student(t, dof);
      EXPECT_NEAR(log10_student_two_sided(t, dof), expected, 1e-7 * (1 + std::abs(expected)))
          << t << " of " << dof;
    }
  EXPECT_LT(log10_student_two_sided(40, 400), -135);
  EXPECT_LT(log10_student_two_sided(300, 13000), -1000);
}

}  // namespace
}  // namespace contimg::variability
