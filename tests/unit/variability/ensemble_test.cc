// SPDX-License-Identifier: GPL-3.0-or-later
#include "variability/ensemble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "base/median.h"
#include "variability/gain_network.h"

namespace contimg::variability {
namespace {

TEST(EpochGain, IsTheWeightedMeanByHand) {
  // No systematic: errors of the ratios 0.01 and 0.02, so weights 4 to 1.
  const EpochGain gain = epoch_gain({{1.10, 0.01, 1, 0}, {2.30, 0.04, 2, 0}}, 2, 0);
  EXPECT_EQ(gain.reason, "");
  EXPECT_NEAR(gain.gain, (4 * 1.10 + 1.15) / 5, 1e-12);
  // chi2 = (0.01 / 0.01)^2 + (0.04 / 0.02)^2 = 5 for 1 degree: the scatter counts.
  EXPECT_NEAR(gain.error, 0.01 * std::sqrt(4.0 / 5) * std::sqrt(5.0), 1e-12);
  EXPECT_EQ(gain.n_used, 2u);
}

TEST(EpochGain, CountsTheErrorsOfReferencesAndWhatIsSystematic) {
  const std::vector<ReferenceRatio> same(4, {1, 0.03, 1, 0.04});
  EXPECT_NEAR(epoch_gain(same, 3, 0).error, 0.05 / 2, 1e-12);
  EXPECT_NEAR(epoch_gain(same, 3, 0.12).error, 0.13 / 2, 1e-12);
}

TEST(EpochGain, LeavesOutliersOut) {
  std::vector<ReferenceRatio> references;
  for (int i = 0; i < 12; ++i) references.push_back({1.08 + 0.002 * (i % 5 - 2), 0.01, 1, 0.002});
  references.push_back({3.5, 0.01, 1, 0.002});
  references.push_back({0.2, 0.01, 1, 0.002});
  const EpochGain gain = epoch_gain(references);
  EXPECT_NEAR(gain.gain, 1.08, 0.002);
  EXPECT_EQ(gain.n_used, 12u);
}

TEST(EpochGain, ANoisyReferenceIsNoOutlier) {
  // Three agree by chance to far less than their errors; the fourth is one error off.
  const EpochGain gain =
      epoch_gain({{1, 0.05, 1, 0}, {1, 0.05, 1, 0}, {1.0001, 0.05, 1, 0}, {1.05, 0.05, 1, 0}});
  EXPECT_EQ(gain.n_used, 4u);
}

TEST(EpochGain, SaysWhyThereIsNone) {
  EXPECT_EQ(epoch_gain({}).reason, "0 of 0 references usable, expected at least 3");
  const EpochGain few =
      epoch_gain({{1, 0.01, 1, 0}, {1, 0.01, 1, 0}, {0, 0.01, 1, 0}, {-1, 0.01, 1, 0}});
  EXPECT_EQ(few.reason, "2 of 4 references usable, expected at least 3");
  EXPECT_DOUBLE_EQ(few.gain, 1);
  EXPECT_TRUE(std::isnan(few.error));
  EXPECT_EQ(
      epoch_gain({{1, kUnknown, 1, 0}, {1, 0, 1, 0}, {1, 0.1, 0, 0}, {kUnknown, 1, 1, 0}}).n_used,
      0u);
  const std::vector<ReferenceRatio> wild(5, {3, 0.01, 1, 0});
  EXPECT_NE(epoch_gain(wild).reason.find("expected 0.5 to 2"), std::string::npos);
  EXPECT_EQ(epoch_gain(wild).n_used, 5u);
}

TEST(EpochGain, HasHonestErrors) {
  std::mt19937_64 random(21);
  std::normal_distribution<double> gaussian;
  double square = 0, sum = 0;
  const int n_epoch = 4000;
  for (int epoch = 0; epoch < n_epoch; ++epoch) {
    const double truth = 1 + 0.1 * gaussian(random);
    std::vector<ReferenceRatio> references;
    for (int i = 0; i < 12; ++i) {
      const double flux = 0.1 + 0.1 * i, error = 0.005;
      references.push_back({truth * flux * (1 + 0.01 * gaussian(random)) + error * gaussian(random),
                            error, flux * (1 + 0.005 * gaussian(random)), 0.005 * flux});
    }
    const EpochGain gain = epoch_gain(references, 3, 0.01);
    if (!gain.reason.empty()) continue;
    const double pull = (gain.gain - truth) / gain.error;
    square += pull * pull / n_epoch;
    sum += pull / n_epoch;
  }
  EXPECT_NEAR(sum, 0, 0.06);
  // Errors are never below what the weights give and follow a larger scatter: a little generous.
  EXPECT_GT(square, 0.7);
  EXPECT_LT(square, 1.05);
}

TEST(Normalised, CarriesTheErrors) {
  const Point point = normalised(5, 2.2, 0.05, {1.1, 0.02, 4, ""}, 0.01, 0.05);
  EXPECT_DOUBLE_EQ(point.mjd, 5);
  EXPECT_NEAR(point.flux_jy, 2, 1e-12);
  EXPECT_NEAR(std::pow(point.error_jy, 2),
              std::pow(0.05 / 1.1, 2) + std::pow(2.2 * 0.02 / 1.21, 2) + std::pow(0.02, 2), 1e-15);
  const Point raw = normalised(5, -2, 0.05, {1, kUnknown, 0, "too few"}, 0.01, 0.05);
  EXPECT_NEAR(raw.flux_jy, -2, 1e-12);
  EXPECT_NEAR(raw.error_jy, std::hypot(0.05, 0.1), 1e-12);
}

TEST(GainNetwork, SolvesALongChainExactly) {
  // Each epoch shares one source with the next: what taking turns needs its length squared for.
  std::mt19937_64 random(22);
  std::normal_distribution<double> gaussian;
  const std::size_t n = 400;
  std::vector<double> source(n + 1), epoch(n);
  for (double& value : source) value = gaussian(random);
  for (double& value : epoch) value = gaussian(random);
  std::vector<Link> links;
  for (std::size_t e = 0; e < n; ++e)
    for (const std::size_t s : {e, e + 1})
      links.push_back({s, e, source[s] + epoch[e], 1 + std::abs(gaussian(random))});
  const NetworkSolution found = solve_network(n + 1, n, links);
  const double offset = found.source[0] - source[0];
  for (std::size_t s = 0; s <= n; ++s) EXPECT_NEAR(found.source[s] - source[s], offset, 1e-7);
  for (std::size_t e = 0; e < n; ++e) EXPECT_NEAR(found.epoch[e] - epoch[e], -offset, 1e-7);
}

TEST(GainNetwork, IsAtTheBottomOfItsLeastSquares) {
  std::mt19937_64 random(23);
  std::normal_distribution<double> gaussian;
  std::vector<Link> links;
  for (std::size_t s = 0; s < 8; ++s)
    for (std::size_t e = 0; e < 6; ++e)
      if ((s + e) % 3 != 0)
        links.push_back({s, e, gaussian(random), 0.5 + std::abs(gaussian(random))});
  const NetworkSolution found = solve_network(8, 6, links);
  std::vector<double> slope_source(8), slope_epoch(6);
  for (const Link& l : links) {
    const double slope = l.weight * (l.value - found.source[l.source] - found.epoch[l.epoch]);
    slope_source[l.source] += slope;
    slope_epoch[l.epoch] += slope;
  }
  for (const double slope : slope_source) EXPECT_NEAR(slope, 0, 1e-10);
  for (const double slope : slope_epoch) EXPECT_NEAR(slope, 0, 1e-10);
}

// A drifting strip: a day has `per_day` epochs, each of which sees its own places; from day to day the
// same ones, and a neighbour's at the edges unless there is a hole in the strip.
struct Strip {
  std::vector<double> flux, gain;
  std::set<std::size_t> variable;
  std::vector<Sighting> sightings;
  std::size_t per_place = 8, per_day = 0;
};

Strip strip(std::size_t days, std::size_t per_day, bool overlapping, std::mt19937_64& random,
            double systematic = 0.01) {
  std::normal_distribution<double> gaussian;
  std::uniform_real_distribution<double> uniform;
  Strip strip;
  strip.per_day = per_day;
  for (std::size_t s = 0; s < per_day * strip.per_place; ++s) {
    strip.flux.push_back(0.3 * std::pow(10, uniform(random)));
    if (s % 19 == 3) strip.variable.insert(s);
  }
  for (std::size_t e = 0; e < days * per_day; ++e) {
    strip.gain.push_back(1 + 0.1 * gaussian(random));
    const std::size_t first = e % per_day * strip.per_place;
    const std::size_t more = overlapping ? strip.per_place / 2 : 0;
    for (std::size_t s = first; s < first + strip.per_place + more && s < strip.flux.size(); ++s) {
      double sky = strip.flux[s];
      if (strip.variable.count(s) != 0) sky *= 1 + 0.3 * gaussian(random);
      const double error = 0.004;
      const double flux = strip.gain[e] * sky * (1 + systematic * gaussian(random));
      strip.sightings.push_back({s, e, flux + error * gaussian(random), error});
    }
  }
  return strip;
}

// What a fit is off by in the epochs [from, until): the free factor is the mean's.
struct Misfit {
  double rms = 0, pull_square = 0;
  std::size_t n_none = 0;
};
Misfit misfit(const Strip& strip, const EnsembleFit& fit, std::size_t place, std::size_t n_place) {
  Misfit result;
  std::vector<double> ratios, errors;
  for (std::size_t e = 0; e < strip.gain.size(); ++e) {
    if (e % strip.per_day < place || e % strip.per_day >= place + n_place) continue;
    if (!fit.gains[e].reason.empty()) ++result.n_none;
    ratios.push_back(fit.gains[e].gain / strip.gain[e]);
    errors.push_back(fit.gains[e].error / fit.gains[e].gain);
  }
  double mean = 0;
  for (const double ratio : ratios) mean += ratio / static_cast<double>(ratios.size());
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    const double off = ratios[i] / mean - 1;
    result.rms += off * off / static_cast<double>(ratios.size());
    result.pull_square += std::pow(off / errors[i], 2) / static_cast<double>(ratios.size());
  }
  EXPECT_EQ(result.n_none, 0u);
  result.rms = std::sqrt(result.rms);
  return result;
}

void expect_variable_refused(const Strip& strip, const EnsembleFit& fit) {
  std::size_t n_steady_refused = 0;
  for (std::size_t s = 0; s < strip.flux.size(); ++s) {
    EXPECT_EQ(fit.refused[s].empty(), std::isfinite(fit.flux_jy[s])) << s;
    if (strip.variable.count(s) != 0)
      EXPECT_EQ(fit.refused[s].rfind("varies", 0), 0u) << s << ' ' << fit.refused[s];
    else
      n_steady_refused += fit.refused[s].empty() ? 0 : 1;
  }
  // Of a chi-squared of 29 degrees, 0.1 % are beyond twice their number.
  EXPECT_LE(n_steady_refused, 1u);
}

TEST(FitEnsemble, RecoversGainsOfAStrip) {
  std::mt19937_64 random(24);
  const Strip sky = strip(30, 12, true, random);
  const EnsembleFit fit = fit_ensemble(sky.flux.size(), sky.gain.size(), sky.sightings);
  expect_variable_refused(sky, fit);
  const Misfit one_place = misfit(sky, fit, 4, 1), all = misfit(sky, fit, 0, 12);
  // About 11 references of 1.1 % each.
  EXPECT_LT(one_place.rms, 0.006);
  EXPECT_GT(one_place.pull_square, 0.5);
  EXPECT_LT(one_place.pull_square, 1.4);
  EXPECT_LT(all.rms, 0.007);
}

TEST(FitEnsemble, MeasuresWhatIsSystematic) {
  std::mt19937_64 random(29);
  for (const double systematic : {0.0, 0.005, 0.01, 0.03}) {
    const Strip given = strip(30, 6, true, random, systematic);
    const EnsembleFit fit = fit_ensemble(given.flux.size(), given.gain.size(), given.sightings);
    EXPECT_NEAR(fit.systematic, systematic, 0.002 + 0.1 * systematic);
    expect_variable_refused(given, fit);
  }
}

TEST(FitEnsemble, FluxesHaveHonestErrors) {
  std::mt19937_64 random(25);
  double square = 0;
  std::size_t n = 0;
  for (int trial = 0; trial < 6; ++trial) {
    const Strip sky = strip(20, 6, true, random);
    const EnsembleFit fit = fit_ensemble(sky.flux.size(), sky.gain.size(), sky.sightings);
    double scale = 0, n_reference = 0;
    for (std::size_t s = 0; s < sky.flux.size(); ++s)
      if (fit.refused[s].empty()) {
        scale += fit.flux_jy[s] / sky.flux[s];
        ++n_reference;
      }
    scale /= n_reference;
    for (std::size_t s = 0; s < sky.flux.size(); ++s) {
      if (!fit.refused[s].empty()) continue;
      square += std::pow((fit.flux_jy[s] / scale - sky.flux[s]) / fit.flux_error_jy[s], 2);
      ++n;
    }
  }
  EXPECT_GT(square / static_cast<double>(n), 0.6);
  EXPECT_LT(square / static_cast<double>(n), 1.8);  // scale wanders along a strip
}

TEST(FitEnsemble, GivesEachConnectedSetAMedianGainOf1) {
  std::mt19937_64 random(26);
  Strip sky = strip(15, 5, false, random);
  for (std::size_t e = 0; e < sky.gain.size(); ++e)
    if (e % 5 == 2) sky.gain[e] *= 1.2;
  for (Sighting& s : sky.sightings)
    if (s.epoch % 5 == 2) s.flux_jy *= 1.2;
  const EnsembleFit fit = fit_ensemble(sky.flux.size(), sky.gain.size(), sky.sightings);
  expect_variable_refused(sky, fit);
  for (std::size_t place = 0; place < 5; ++place) {
    std::vector<double> gains;
    for (std::size_t e = place; e < fit.gains.size(); e += 5) gains.push_back(fit.gains[e].gain);
    EXPECT_NEAR(median(gains), 1, 1e-12);
    EXPECT_LT(misfit(sky, fit, place, 1).rms, 0.007);
  }
}

TEST(FitEnsemble, StandsWildSightings) {
  std::mt19937_64 random(27);
  Strip sky = strip(30, 4, true, random);
  for (std::size_t i = 0; i < sky.sightings.size(); i += 101) sky.sightings[i].flux_jy *= 1.1;
  sky.sightings[5].flux_jy = -1;
  sky.sightings[6].error_jy = 0;
  sky.sightings[7].flux_jy = kUnknown;
  sky.sightings.push_back({sky.flux.size(), 0, 1, 0.1});
  const EnsembleFit fit = fit_ensemble(sky.flux.size(), sky.gain.size(), sky.sightings);
  EXPECT_LT(misfit(sky, fit, 0, 4).rms, 0.007);
}

TEST(FitEnsemble, RefusesSourcesSeldomSeenAndEpochsWithFewOfThem) {
  std::vector<Sighting> sightings;
  for (std::size_t e = 0; e < 6; ++e)
    for (std::size_t s = 0; s < 4; ++s)
      sightings.push_back({s, e, 1.0 + static_cast<double>(s), 0.01});
  sightings.push_back({4, 0, 2, 0.01});
  sightings.push_back({4, 1, 2, 0.01});
  // An epoch of its own, with two of the good sources.
  sightings.push_back({0, 6, 1.1, 0.01});
  sightings.push_back({1, 6, 2.2, 0.01});
  const EnsembleFit fit = fit_ensemble(6, 8, sightings);
  EXPECT_EQ(fit.refused[0], "");
  EXPECT_NE(fit.refused[4].find("measured in 2 epochs"), std::string::npos);
  EXPECT_NE(fit.refused[5].find("measured in 0 epochs"), std::string::npos);
  EXPECT_EQ(fit.gains[5].reason, "");
  EXPECT_NEAR(fit.gains[5].gain, 1, 1e-9);
  EXPECT_NE(fit.gains[6].reason.find("2 of 2 references"), std::string::npos);
  EXPECT_NE(fit.gains[7].reason.find("0 of 0 references"), std::string::npos);
  EXPECT_TRUE(fit_ensemble(0, 0, {}).gains.empty());
}

}  // namespace
}  // namespace contimg::variability
