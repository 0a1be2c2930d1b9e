// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <limits>

/// Figures of light curves. Pure numbers; no files, no clock.
namespace contimg::variability {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// One usable measurement of a light curve, normalised.
struct Point {
  double mjd = kUnknown;
  double flux_jy = kUnknown, error_jy = kUnknown;  ///< Error above 0.
};

/// What is kept of a light curve so that a new point costs the same after ten years as on the first
/// night. Public numbers, so that they can be stored; made by add() alone.
struct Sums {
  static constexpr std::size_t kExtremes = 4;

  std::size_t n = 0;
  double weight = 0;         ///< Sum of 1/error^2.
  double weighted_mean = 0;  ///< jy
  double chi2 = 0;           ///< Sum of ((flux - weighted mean) / error)^2 (West's update).
  double mean = 0;           ///< Unweighted, jy.
  double m2 = 0;             ///< Sum of (flux - mean)^2 (Welford's update).
  double first_mjd = kUnknown, last_mjd = kUnknown;  ///< Of points and limits.
  /// The highest by flux - error and the lowest by flux + error, best first; unused ones unknown.
  std::array<Point, kExtremes> highest = {}, lowest = {};
  std::size_t n_limit = 0;  ///< Upper limits without a flux density: they are in no sum.
  double lowest_limit_jy = kUnknown;

  /// Throws std::invalid_argument when flux density or error is not a number, or the error 0.
  void add(const Point& point);
  void add_limit(double mjd, double limit_jy);
};

/// Figures as the field defines them; unknown where too few points say.
struct Figures {
  std::size_t n = 0, n_limit = 0;
  double weighted_mean_jy = kUnknown, weighted_mean_error_jy = kUnknown;
  double mean_jy = kUnknown, std_jy = kUnknown;  ///< ddof 1
  double eta =
      kUnknown;         ///< chi2 / (n - 1) against the weighted mean. Source: Swinbank et al. 2015.
  double v = kUnknown;  ///< std / mean
  double chi2 = kUnknown;
  double log10_p =
      kUnknown;  ///< log10 of the chance of a constant source to have this chi2 or more.
  double chi2_sigma = kUnknown;  ///< The same as a one-sided Gaussian significance.
  /// Of the most significant pair among the extremes: V_s = (a - b) / hypot(error_a, error_b),
  /// m = 2 (a - b) / (a + b), a the brighter. Source: Mooley et al. 2016, ApJ 818, 105. With equal
  /// errors that is the best of all pairs; with errors that differ by 2, V_s is within a few percent.
  double vs = kUnknown, m = kUnknown;
  double highest_jy = kUnknown, lowest_jy = kUnknown;
  /// Leave-one-out: the point that deviates most from the others, in Gaussian sigma, signed. With d
  /// the deleted residual, its two-sided chance is the larger of that by the stated errors (Gauss)
  /// and that by the others' scatter (Student's t of n - 2 degrees of freedom), times n for having
  /// looked at all points; so that 3 points are never significant by chance of a small scatter.
  double loo_sigma = kUnknown, loo_mjd = kUnknown, loo_flux_jy = kUnknown;
  /// The largest that |flux - mean| / std can be, (n - 1) / sqrt(n): why loo_sigma is used instead.
  double deviation_bound = kUnknown;
  /// How far the lowest limit lies below the weighted mean, in standard errors of the mean and the
  /// limit's 1/5; above 0 a limit contradicts a constant source.
  double limit_sigma = kUnknown;
};

Figures figures_of(const Sums& sums);

/// log10 of Q(chi2 | dof), right far into the tail.
double log10_chi2_survival(double chi2, double dof);
/// The one-sided Gaussian significance of a probability given as its log10; may be negative, at
/// least -38.
double gaussian_sigma(double log10_p);
/// log10 of the two-sided probability of |t| or more under Student's t.
double log10_student_two_sided(double t, double dof);

}  // namespace contimg::variability
