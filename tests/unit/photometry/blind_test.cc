// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/blind.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "simulated.h"

namespace contimg::photometry {
namespace {

using simulated::Moments;
using simulated::Sky;
using simulated::Source;

const Ellipse kBeam = {5, 4, 0};

BlindResult search(const Sky& sky, const BlindSettings& settings = {}) {
  const Background background(sky.plane(), kBeam);
  const NoiseCorrelation noise(sky.plane(), background, noise_reach_px(kBeam));
  return find_sources(sky.plane(), background, noise, kBeam, settings);
}

const Detection* nearest(const BlindResult& found, const Source& source) {
  const Detection* best = nullptr;
  double least = 3;
  for (const Detection& d : found.detections) {
    const double distance = std::hypot(d.x - source.x, d.y - source.y);
    if (distance < least) {
      least = distance;
      best = &d;
    }
  }
  return best;
}

// The smoothing's width over the beam's, as in forced_test.cc.
class Blind : public testing::TestWithParam<double> {
 protected:
  static Sky noise(std::size_t n, std::uint64_t seed) {
    return simulated::noise(n, n, 4 * GetParam(), 5 * GetParam(), seed);
  }
};

TEST_P(Blind, FindsNearlyAllAtSevenSigmaWithTrueFluxesPlacesAndErrors) {
  Sky sky = noise(2000, 101);
  const auto sources = simulated::on_grid(sky, 55, 15, 7, 102);
  for (const Source& s : sources) add(sky, s, kBeam);
  const BlindResult found = search(sky);
  std::vector<double> flux, x, y;
  for (const Source& s : sources) {
    const Detection* d = nearest(found, s);
    if (d == nullptr) continue;
    flux.push_back((d->peak - s.peak) / d->peak_error);
    x.push_back((d->x - s.x) / d->x_error);
    y.push_back((d->y - s.y) / d->y_error);
  }
  const auto n = static_cast<double>(sources.size());
  EXPECT_GT(n, 1000);
  EXPECT_GE(static_cast<double>(flux.size()) / n, 0.95);
  for (const auto& pulls : {flux, x, y}) {
    const Moments m = simulated::moments(pulls);
    EXPECT_NEAR(m.mean, 0, 0.15);
    EXPECT_GT(m.deviation, 0.9);
    EXPECT_LT(m.deviation, 1.2);
  }
}

TEST_P(Blind, StrongSourcesAreUnbiasedAndWithinATenthOfTheBeam) {
  Sky sky = noise(1500, 111);
  const auto sources = simulated::on_grid(sky, 60, 15, 40, 112);
  for (const Source& s : sources) add(sky, s, kBeam);
  const BlindResult found = search(sky);
  EXPECT_EQ(found.detections.size(), sources.size());
  std::vector<double> flux, x, y;
  for (const Source& s : sources) {
    const Detection* d = nearest(found, s);
    ASSERT_NE(d, nullptr);
    EXPECT_TRUE(d->fitted);
    EXPECT_LT(std::hypot(d->x - s.x, d->y - s.y), 0.1 * kBeam.major_px);
    flux.push_back((d->peak - s.peak) / d->peak_error);
    x.push_back((d->x - s.x) / d->x_error);
    y.push_back((d->y - s.y) / d->y_error);
  }
  for (const auto& pulls : {flux, x, y}) {
    const Moments m = simulated::moments(pulls);
    EXPECT_NEAR(m.mean, 0, 0.15);
    EXPECT_GT(m.deviation, 0.9);
    EXPECT_LT(m.deviation, 1.2);
  }
}

TEST_P(Blind, OfWhatItHoldsForRealNextToNothingIsNoise) {
  std::size_t n_false = 0, n_found = 0, n_raw_false = 0;
  double expected = 0;
  for (std::uint64_t seed = 121; seed < 125; ++seed) {
    Sky sky = noise(1600, seed);
    auto sources = simulated::on_grid(sky, 160, 50, 7, seed + 50);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      sources[i].peak = 6 + 0.3 * static_cast<double>(i);
      add(sky, sources[i], kBeam);
    }
    const BlindResult found = search(sky);
    expected += found.expected_false;
    for (const Detection& d : found.detections) {
      bool is_true = false;
      for (const Source& s : sources) is_true |= std::hypot(d.x - s.x, d.y - s.y) < 3;
      n_raw_false += is_true ? 0 : 1;
      if (d.doubtful) continue;
      ++n_found;
      n_false += is_true ? 0 : 1;
    }
  }
  EXPECT_GT(n_found, 300U);
  EXPECT_LE(static_cast<double>(n_false), 0.01 * static_cast<double>(n_found));
  // What the search says of its own false finds is true, within what a few of them allow.
  EXPECT_LT(static_cast<double>(n_raw_false), 2.5 * expected + 4);
}

TEST_P(Blind, PureNoiseHoldsNothingForReal) {
  const BlindResult found = search(noise(2000, 131));
  for (const Detection& d : found.detections) EXPECT_TRUE(d.doubtful) << d.snr;
}

INSTANTIATE_TEST_SUITE_P(Noise, Blind, testing::Values(1.0, 1 / std::sqrt(2.0)));

TEST(FindSources, TellsPointsFromWhatIsLarger) {
  Sky sky = simulated::noise(800, 800, 3, 3.5, 141);
  const Ellipse wide = {12, 6, 0.5};
  add(sky, {200, 200, 50}, kBeam);
  add(sky, {400.3, 400.2, 50}, wide);
  const BlindResult found = search(sky);
  const Detection* point = nearest(found, {200, 200, 0});
  const Detection* large = nearest(found, {400.3, 400.2, 0});
  ASSERT_TRUE(point != nullptr && large != nullptr);
  EXPECT_TRUE(point->point);
  EXPECT_DOUBLE_EQ(point->total, point->peak);
  EXPECT_FALSE(large->point);
  EXPECT_NEAR(large->shape.major_px, 12, 4 * large->major_error_px);
  EXPECT_NEAR(large->shape.minor_px, 6, 4 * large->minor_error_px);
  EXPECT_NEAR(large->shape.angle_rad, 0.5, 0.1);
  EXPECT_NEAR(large->peak, 50, 4 * large->peak_error);
  EXPECT_NEAR(large->total, 50 * 72.0 / 20, 4 * large->total_error);
}

TEST(FindSources, SeparatesTwoInOneIslandAndKeepsNoDuplicates) {
  Sky sky = simulated::noise(400, 400, 3, 3.5, 151);
  add(sky, {200, 200, 60}, kBeam);
  add(sky, {206.4, 201.3, 30}, kBeam);
  const BlindResult found = search(sky);
  ASSERT_EQ(found.detections.size(), 2U);
  EXPECT_EQ(found.detections[0].island, found.detections[1].island);
  for (const Detection& d : found.detections) EXPECT_EQ(d.n_joint, 2U);
  EXPECT_NEAR(found.detections[0].peak, 60, 4);
  EXPECT_NEAR(found.detections[1].peak, 30, 4);
  EXPECT_NEAR(found.detections[1].x, 206.4, 0.4);
}

TEST(FindSources, MarksWhatIsBesideABrightSourceAndAtTheEdge) {
  Sky sky = simulated::noise(500, 500, 3, 3.5, 161);
  add(sky, {200, 200, 2000}, kBeam);
  add(sky, {230, 200, 15}, kBeam);
  add(sky, {400, 400, 15}, kBeam);
  add(sky, {495, 100, 30}, kBeam);
  const BlindResult found = search(sky);
  EXPECT_TRUE(nearest(found, {230, 200, 0})->near_bright);
  EXPECT_FALSE(nearest(found, {400, 400, 0})->near_bright);
  EXPECT_FALSE(nearest(found, {200, 200, 0})->near_bright);
  EXPECT_TRUE(nearest(found, {495, 100, 0})->touches_blank);
}

TEST(FindSources, NoIslandTakesLong) {
  // A slope that is one island with hundreds of peaks, and a plateau.
  Sky sky = simulated::noise(1000, 1000, 3, 3.5, 171);
  add(sky, {500, 500, 60}, {250, 200, 0});
  add(sky, {200, 800, 500}, {40, 40, 0});
  for (float& v : sky.pixels) v = std::min(v, 300.0F);
  const auto begin = std::chrono::steady_clock::now();
  const BlindResult found = search(sky);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  for (const Detection& d : found.detections)
    EXPECT_TRUE(std::isfinite(d.peak) && std::isfinite(d.x) && std::isfinite(d.peak_error));
}

TEST(FindSources, NothingInABlankImage) {
  const Sky sky = {50, 50, std::vector<float>(2500, std::numeric_limits<float>::quiet_NaN())};
  EXPECT_TRUE(search(sky).detections.empty());
}

TEST(FindSources, ThreadsChangeNothing) {
  Sky sky = simulated::noise(700, 700, 3, 3.5, 181);
  for (const Source& s : simulated::on_grid(sky, 70, 20, 9, 182)) add(sky, s, kBeam);
  BlindSettings one;
  one.n_thread = 1;
  const BlindResult a = search(sky), b = search(sky, one);
  ASSERT_EQ(a.detections.size(), b.detections.size());
  for (std::size_t i = 0; i < a.detections.size(); ++i) {
    EXPECT_EQ(a.detections[i].x, b.detections[i].x);
    EXPECT_EQ(a.detections[i].peak, b.detections[i].peak);
    EXPECT_EQ(a.detections[i].reliability, b.detections[i].reliability);
  }
}

TEST(FitGaussians, RecoversWhatWasPutInExactly) {
  const std::vector<Gaussian> truth = {{3, 10.2, 11.7, Ellipse{6, 4, 0.4}.form()},
                                       {1, 15, 13, Ellipse{5, 5, 0}.form()}};
  std::vector<FitSample> samples;
  for (int y = 0; y < 25; ++y)
    for (int x = 0; x < 25; ++x)
      samples.push_back({double(x), double(y), truth[0].at(x, y) + truth[1].at(x, y), 1});
  std::vector<Gaussian> start = truth;
  for (Gaussian& g : start) {
    g.height *= 0.8;
    g.x += 0.7;
    g.y -= 0.5;
    g.form = Ellipse{5, 5, 0}.form();
  }
  const GaussianFit fit = fit_gaussians(samples, start, Shapes::free);
  EXPECT_TRUE(fit.converged);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(fit.components[i].height, truth[i].height, 1e-4);
    EXPECT_NEAR(fit.components[i].x, truth[i].x, 1e-4);
    EXPECT_NEAR(fit.components[i].y, truth[i].y, 1e-4);
    EXPECT_NEAR(fit.components[i].form.p, truth[i].form.p, 1e-4);
    EXPECT_NEAR(fit.components[i].form.q, truth[i].form.q, 1e-4);
  }
}

TEST(FitGaussians, EndsAndSaysSoWhenThereIsNothingToFit) {
  std::vector<FitSample> samples;
  for (int i = 0; i < 49; ++i) samples.push_back({double(i % 7), double(i / 7), 0, 1});
  const GaussianFit fit =
      fit_gaussians(samples, {{1, 3, 3, Ellipse{3, 3, 0}.form()}}, Shapes::free, 20);
  EXPECT_LE(fit.n_iteration, 20);
  EXPECT_FALSE(fit_gaussians({}, {{1, 3, 3, Ellipse{3, 3, 0}.form()}}, Shapes::fixed).converged);
}

TEST(CondonErrors, OfAPointSourceAreItsPublishedLimits) {
  // Condon 1997, section 3: for a point source in noise smoothed by the beam the height's
  // error is the rms, and the place's theta / (2.355 SNR) along each axis.
  const Ellipse beam = {6, 4, 0};
  const GaussianErrors e = condon_errors({20, 0, 0, beam.form()}, beam, 0.5);
  EXPECT_NEAR(e.height, 0.5, 1e-9);
  EXPECT_NEAR(e.y, 6 / 2.3548 / 40, 1e-5);
  EXPECT_NEAR(e.x, 4 / 2.3548 / 40, 1e-5);
}

}  // namespace
}  // namespace contimg::photometry
