// SPDX-License-Identifier: GPL-3.0-or-later
// Tails of the chi-squared, Gaussian and Student distributions as log10, by series and continued fractions.
#include <algorithm>
#include <cmath>

#include "variability/statistics.h"

namespace contimg::variability {
namespace {

constexpr double kLn10 = 2.302585092994045684;
constexpr double kLnSqrt2Pi = 0.918938533204672742;
constexpr double kTiny = 1e-300, kEnough = 1e-15;
constexpr int kMostTerms = 1000000;
// Where erfc() is still a normal number with all its digits.
constexpr double kErfcReach = 30;
// A probability so near 1 that a double cannot tell it from 1.
constexpr double kLeastSigma = -38;

double not_zero(double value) { return std::abs(value) < kTiny ? kTiny : value; }

// Continued fractions by Lentz's method: b0 + a1 / (b1 + a2 / (b2 + ...)).
class Fraction {
 public:
  explicit Fraction(double b0) : value_(not_zero(b0)), c_(value_) {}

  // Whether it has settled.
  bool add(double a, double b) {
    d_ = 1 / not_zero(b + a * d_);
    c_ = not_zero(b + a / c_);
    value_ *= c_ * d_;
    return std::abs(c_ * d_ - 1) < kEnough;
  }
  double value() const { return value_; }

 private:
  double value_, c_, d_ = 0;
};

// P(a, x) = x^a e^-x / Gamma(a) (1/a + x / (a (a + 1)) + ...). Source: DLMF 8.11.4.
double lower_gamma_series(double a, double x) {
  double term = 1 / a, sum = term;
  for (int n = 1; n < kMostTerms && term > sum * kEnough; ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

// Q(a, x) = x^a e^-x / Gamma(a) / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ...)). Source: DLMF 8.9.2.
double upper_gamma_fraction(double a, double x) {
  Fraction fraction(x + 1 - a);
  for (int n = 1; n < kMostTerms; ++n)
    if (fraction.add(-n * (n - a), x + 2 * n + 1 - a)) break;
  return 1 / fraction.value();
}

// I_x(a, b) = x^a (1 - x)^b / (a B(a, b)) / (1 + d1 / (1 + d2 / ...)). Source: DLMF 8.17.22.
double beta_fraction(double a, double b, double x) {
  Fraction fraction(1);
  for (int n = 0; n < kMostTerms; ++n) {
    const double m = n / 2;
    const double d = n % 2 == 0 ? -(a + m) * (a + b + m) / ((a + 2 * m) * (a + 2 * m + 1))
                                : (m + 1) * (b - m - 1) / ((a + 2 * m + 1) * (a + 2 * m + 2));
    if (fraction.add(d * x, 1)) break;
  }
  return 1 / fraction.value();
}

// ln of the Gaussian's one-sided tail; beyond erfc() the asymptotic series. Source: DLMF 7.12.1.
double ln_gaussian_tail(double z) {
  if (z < kErfcReach) return std::log(0.5 * std::erfc(z / std::sqrt(2.0)));
  const double u = 1 / (z * z);
  return -z * z / 2 - kLnSqrt2Pi - std::log(z) + std::log1p(-u + 3 * u * u - 15 * u * u * u);
}

}  // namespace

double log10_chi2_survival(double chi2, double dof) {
  if (!(dof > 0) || std::isnan(chi2)) return kUnknown;
  if (chi2 <= 0) return 0;
  const double a = dof / 2, x = chi2 / 2;
  const double ln_front = a * std::log(x) - x - std::lgamma(a);
  if (x < a + 1) return std::log1p(-std::exp(ln_front) * lower_gamma_series(a, x)) / kLn10;
  return (ln_front + std::log(upper_gamma_fraction(a, x))) / kLn10;
}

double gaussian_sigma(double log10_p) {
  if (std::isnan(log10_p)) return kUnknown;
  const double ln_p = log10_p * kLn10;
  if (ln_p > -std::log(2.0)) {
    const double rest = -std::expm1(ln_p);
    return rest > 0 ? std::max(kLeastSigma, -gaussian_sigma(std::log10(rest))) : kLeastSigma;
  }
  // The tail is at most exp(-z^2 / 2) / 2, so that this is beyond the root; its logarithm is concave,
  // so that Newton's steps from there never pass the root.
  double z = std::sqrt(-2 * ln_p);
  for (int i = 0; i < 100; ++i) {
    const double tail = ln_gaussian_tail(z);
    const double step = (tail - ln_p) * std::exp(tail + z * z / 2 + kLnSqrt2Pi);
    z += step;
    if (std::abs(step) <= 1e-14 * (1 + std::abs(z))) break;
  }
  return z;
}

double log10_student_two_sided(double t, double dof) {
  if (!(dof > 0) || std::isnan(t)) return kUnknown;
  const double a = dof / 2, b = 0.5, t2 = t * t;
  if (t2 <= 0) return 0;
  const double ln_x = -std::log1p(t2 / dof), ln_rest = -std::log1p(dof / t2);
  const double x = std::exp(ln_x), rest = std::exp(ln_rest);
  const double ln_front =
      a * ln_x + b * ln_rest - std::lgamma(a) - std::lgamma(b) + std::lgamma(a + b);
  if (x < (a + 1) / (a + b + 2)) return (ln_front + std::log(beta_fraction(a, b, x) / a)) / kLn10;
  return std::log1p(-std::exp(ln_front) * beta_fraction(b, a, rest) / b) / kLn10;
}

}  // namespace contimg::variability
