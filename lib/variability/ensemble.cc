// SPDX-License-Identifier: GPL-3.0-or-later
#include "variability/ensemble.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/median.h"

namespace contimg::variability {
namespace {

constexpr double kClip = 3;  // Robust sigma.
constexpr double kLeastGain = 0.5, kMostGain = 2;

struct Ratio {
  double value = 0, error = 0;  // The error without what grows with the gain.
};

bool usable(const ReferenceRatio& r) {
  return std::isfinite(r.flux_jy) && r.flux_jy > 0 && std::isfinite(r.error_jy) && r.error_jy > 0 &&
         std::isfinite(r.reference_jy) && r.reference_jy > 0;
}

// The errors belong to the middle gain, not to each ratio: else those measured too low would weigh
// more and draw the mean down.
std::vector<Ratio> ratios_of(const std::vector<ReferenceRatio>& references, double systematic) {
  std::vector<double> values;
  for (const ReferenceRatio& r : references)
    if (usable(r)) values.push_back(r.flux_jy / r.reference_jy);
  const double middle = median(values);
  std::vector<Ratio> ratios;
  for (const ReferenceRatio& r : references) {
    if (!usable(r)) continue;
    const double reference_share =
        r.reference_error_jy > 0 ? r.reference_error_jy / r.reference_jy : 0;
    ratios.push_back(
        {r.flux_jy / r.reference_jy,
         std::hypot(r.error_jy / r.reference_jy, middle * reference_share, middle * systematic)});
  }
  return ratios;
}

std::vector<Ratio> clipped(const std::vector<Ratio>& ratios) {
  std::vector<double> values, deviations;
  for (const Ratio& r : ratios) values.push_back(r.value);
  const double middle = median(values);
  for (const Ratio& r : ratios) deviations.push_back(std::abs(r.value - middle));
  const double robust_sigma = kSigmaOfMad * median(deviations);
  std::vector<Ratio> kept;
  // A ratio within its own error is no outlier, however well a few others happen to agree.
  for (const Ratio& r : ratios)
    if (std::abs(r.value - middle) <= kClip * std::max(robust_sigma, r.error)) kept.push_back(r);
  return kept;
}

EpochGain none(std::size_t n_used, const std::string& reason) {
  EpochGain gain;
  gain.n_used = n_used;
  gain.reason = reason;
  return gain;
}

}  // namespace

EpochGain epoch_gain(const std::vector<ReferenceRatio>& references, std::size_t min_references,
                     double systematic) {
  const std::vector<Ratio> ratios = clipped(ratios_of(references, systematic));
  if (ratios.empty() || ratios.size() < min_references)
    return none(ratios.size(),
                std::to_string(ratios.size()) + " of " + std::to_string(references.size()) +
                    " references usable, expected at least " + std::to_string(min_references));
  double weight = 0, mean = 0, chi2 = 0;
  for (const Ratio& r : ratios) weight += 1 / (r.error * r.error);
  for (const Ratio& r : ratios) mean += r.value / (r.error * r.error) / weight;
  for (const Ratio& r : ratios) chi2 += std::pow((r.value - mean) / r.error, 2);
  const auto n = static_cast<double>(ratios.size());
  const double scatter = n > 1 ? std::max(1.0, chi2 / (n - 1)) : 1;
  if (mean < kLeastGain || mean > kMostGain) {
    char text[96];
    std::snprintf(text, sizeof text,
                  "the references average %.3g of what they are, expected %g to %g", mean,
                  kLeastGain, kMostGain);
    return none(ratios.size(), text);
  }
  return {mean, std::sqrt(scatter / weight), ratios.size(), ""};
}

Point normalised(double mjd, double flux_jy, double error_jy, const EpochGain& gain,
                 double systematic, double unnormalised) {
  if (!gain.reason.empty()) return {mjd, flux_jy, std::hypot(error_jy, unnormalised * flux_jy)};
  const double flux = flux_jy / gain.gain;
  return {mjd, flux,
          std::hypot(error_jy / gain.gain, flux * gain.error / gain.gain, systematic * flux)};
}

}  // namespace contimg::variability
