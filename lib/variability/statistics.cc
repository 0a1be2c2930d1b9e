// SPDX-License-Identifier: GPL-3.0-or-later
#include "variability/statistics.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "variability/deviation.h"

namespace contimg::variability {
namespace {

// What a limit is, in errors of a flux density that was not seen.
constexpr double kLimitSigma = 5;

bool unused(const Point& point) { return std::isnan(point.flux_jy); }

double weight_of(const Point& point) { return 1 / (point.error_jy * point.error_jy); }

// Puts a point at its place among the extremes. Of equal ones the earlier is first, so that the
// order of arrival does not matter.
template <typename Rank>
void insert(std::array<Point, Sums::kExtremes>& extremes, Point point, Rank rank) {
  for (Point& held : extremes) {
    if (unused(held)) {
      held = point;
      return;
    }
    const double gain = rank(point) - rank(held);
    if (gain > 0 || (gain >= 0 && point.mjd < held.mjd)) std::swap(held, point);
  }
}

void widen(Sums& sums, double mjd) {
  if (!(sums.first_mjd <= mjd)) sums.first_mjd = mjd;
  if (!(sums.last_mjd >= mjd)) sums.last_mjd = mjd;
}

// The most significant pair among the extremes.
void judge_pairs(const Sums& sums, Figures& figures) {
  for (const Point& a : sums.highest)
    for (const Point& b : sums.lowest) {
      if (unused(a) || unused(b)) continue;
      const double difference = a.flux_jy - b.flux_jy;
      const double vs = difference / std::hypot(a.error_jy, b.error_jy);
      if (difference < 0 || figures.vs >= vs) continue;
      figures.vs = vs;
      const double sum = a.flux_jy + b.flux_jy;
      figures.m = sum > 0 ? 2 * difference / sum : kUnknown;
    }
}

// A point against the others. Leaving it out takes w (f - mean)^2 W / (W - w) from chi2: West's
// update, undone.
struct Deleted {
  double d = 0;        // Residual over its stated error.
  double scatter = 0;  // The others' reduced chi2.
};
Deleted deleted(const Sums& sums, const Point& point) {
  const double weight = weight_of(point), others = sums.weight - weight;
  const double residual = (point.flux_jy - sums.weighted_mean) * sums.weight / others;
  const double variance = 1 / weight + 1 / others;
  const double chi2 = std::max(0.0, sums.chi2 - residual * residual / variance);
  return {residual / std::sqrt(variance), chi2 / (static_cast<double>(sums.n) - 2)};
}

void judge_alone(const Sums& sums, Figures& figures) {
  double least_p = 1;
  const auto n = static_cast<double>(sums.n);
  for (const auto* extremes : {&sums.highest, &sums.lowest})
    for (const Point& point : *extremes) {
      if (unused(point)) continue;
      const Deleted alone = deleted(sums, point);
      const double log10_p = log10_deviation(alone.d, alone.scatter, n - 2);
      if (log10_p >= least_p) continue;
      least_p = log10_p;
      figures.loo_sigma = std::copysign(two_sided_sigma(log10_p, n), alone.d);
      figures.loo_mjd = point.mjd;
      figures.loo_flux_jy = point.flux_jy;
    }
}

}  // namespace

void Sums::add(const Point& point) {
  if (!std::isfinite(point.flux_jy) || !(point.error_jy > 0) || std::isinf(point.error_jy))
    throw std::invalid_argument("a point of a light curve without a flux density or an error");
  ++n;
  const double w = weight_of(point);
  weight += w;
  const double from_weighted = point.flux_jy - weighted_mean;
  weighted_mean += from_weighted * w / weight;
  chi2 += w * from_weighted * (point.flux_jy - weighted_mean);
  const double from_mean = point.flux_jy - mean;
  mean += from_mean / static_cast<double>(n);
  m2 += from_mean * (point.flux_jy - mean);
  widen(*this, point.mjd);
  insert(highest, point, [](const Point& p) { return p.flux_jy - p.error_jy; });
  insert(lowest, point, [](const Point& p) { return -p.flux_jy - p.error_jy; });
}

void Sums::add_limit(double mjd, double limit_jy) {
  ++n_limit;
  widen(*this, mjd);
  if (!(lowest_limit_jy <= limit_jy)) lowest_limit_jy = limit_jy;
}

Figures figures_of(const Sums& sums) {
  Figures figures;
  figures.n = sums.n;
  figures.n_limit = sums.n_limit;
  if (sums.n == 0) return figures;
  const auto n = static_cast<double>(sums.n);
  figures.weighted_mean_jy = sums.weighted_mean;
  figures.weighted_mean_error_jy = 1 / std::sqrt(sums.weight);
  figures.mean_jy = sums.mean;
  figures.highest_jy = sums.highest[0].flux_jy;
  figures.lowest_jy = sums.lowest[0].flux_jy;
  if (sums.n_limit > 0)
    figures.limit_sigma =
        (sums.weighted_mean - sums.lowest_limit_jy) /
        std::hypot(figures.weighted_mean_error_jy, sums.lowest_limit_jy / kLimitSigma);
  if (sums.n < 2) return figures;
  figures.std_jy = std::sqrt(sums.m2 / (n - 1));
  if (sums.mean > 0) figures.v = figures.std_jy / sums.mean;
  figures.chi2 = sums.chi2;
  figures.eta = sums.chi2 / (n - 1);
  figures.log10_p = log10_chi2_survival(sums.chi2, n - 1);
  figures.chi2_sigma = gaussian_sigma(figures.log10_p);
  figures.deviation_bound = (n - 1) / std::sqrt(n);
  judge_pairs(sums, figures);
  if (sums.n >= 3) judge_alone(sums, figures);
  return figures;
}

}  // namespace contimg::variability
