// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/forced.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "photometry/neighbours.h"
#include "simulated.h"

namespace contimg::photometry {
namespace {

using simulated::Sky;

const Ellipse kBeam = {5, 4, 0};  // major axis along y

struct Measured {
  std::vector<ForcedFlux> fluxes;
  Background background;
};

Measured measure(const Sky& sky, const Ellipse& beam, const std::vector<fits::Pixel>& at,
                 const ForcedSettings& settings = {}) {
  Background background(sky.plane(), beam);
  const NoiseCorrelation noise(sky.plane(), background, noise_reach_px(beam));
  return {forced_fluxes(sky.plane(), background, noise, beam, at, settings), background};
}

std::vector<fits::Pixel> places(const std::vector<simulated::Source>& sources) {
  std::vector<fits::Pixel> at;
  for (const auto& s : sources) at.push_back({s.x, s.y});
  return at;
}

TEST(ForcedFluxes, AreExactWithoutNoise) {
  Sky sky = {300, 300, std::vector<float>(90000, 0)};
  const Ellipse beam = {6, 4, 0.6};
  const std::vector<simulated::Source> sources = {
      {100.3, 100.7, 1}, {103.1, 104.2, 0.4}, {200, 50.5, 0.02}, {107, 104, 0.1}};
  for (const auto& s : sources) add(sky, s, beam);
  const std::vector<ForcedFlux> fluxes = measure(sky, beam, places(sources)).fluxes;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(fluxes[i].state, ForcedState::measured);
    EXPECT_NEAR(fluxes[i].flux, sources[i].peak, 2e-6) << i;
  }
  EXPECT_EQ(fluxes[0].n_joint, 3U);
  EXPECT_EQ(fluxes[2].n_joint, 1U);
}

// Widths of the smoothing, over the beam's: white noise through the beam, and noise whose
// correlation is the beam (an interferometer's, weighted naturally).
class ForcedPulls : public testing::TestWithParam<double> {};

TEST_P(ForcedPulls, HaveMeanZeroAndDeviationOne) {
  for (const double snr : {0.0, 5.0, 50.0}) {
    Sky sky = simulated::noise(1500, 1500, 4 * GetParam(), 5 * GetParam(), 21);
    const auto sources = simulated::on_grid(sky, 30, 8, snr, 22);
    for (const auto& s : sources) add(sky, s, kBeam);
    std::vector<double> pulls;
    for (const ForcedFlux& f : measure(sky, kBeam, places(sources)).fluxes)
      pulls.push_back((f.flux - snr) / f.error);
    const simulated::Moments m = simulated::moments(pulls);
    ASSERT_GT(m.n, 2000U);
    EXPECT_NEAR(m.mean, 0, 0.08) << snr;
    EXPECT_GT(m.deviation, 0.92) << snr;
    EXPECT_LT(m.deviation, 1.08) << snr;
  }
}

TEST_P(ForcedPulls, AreRightForNeighboursSolvedTogether) {
  Sky sky = simulated::noise(1500, 1500, 4 * GetParam(), 5 * GetParam(), 31);
  auto sources = simulated::on_grid(sky, 60, 8, 12, 32);
  const std::size_t n = sources.size();
  for (std::size_t i = 0; i < n; ++i)
    sources.push_back({sources[i].x + 3.5, sources[i].y + 2, i % 2 == 0 ? 40.0 : 0.0});
  for (const auto& s : sources) add(sky, s, kBeam);
  const std::vector<ForcedFlux> fluxes = measure(sky, kBeam, places(sources)).fluxes;
  std::vector<double> pulls;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(fluxes[i].n_joint, 2U);
    pulls.push_back((fluxes[i].flux - sources[i].peak) / fluxes[i].error);
  }
  const simulated::Moments m = simulated::moments(pulls);
  EXPECT_NEAR(m.mean, 0, 0.12);
  EXPECT_GT(m.deviation, 0.9);
  EXPECT_LT(m.deviation, 1.1);
}

INSTANTIATE_TEST_SUITE_P(Noise, ForcedPulls, testing::Values(1.0, 1 / std::sqrt(2.0)));

TEST(ForcedFluxes, ErrorIsWhatTheCorrelationMakesOfTheEstimator) {
  // Closed forms by direct sums over the pixels that count, for a circular beam of 4.5 pixels:
  // 1.06 rms when the correlation is the beam, 1.22 when it is sqrt 2 wider.
  for (const bool natural : {true, false}) {
    const double width = natural ? 4.5 / std::sqrt(2.0) : 4.5;
    const Sky sky = simulated::noise(1000, 1000, width, width, 41);
    const std::vector<fits::Pixel> at = {{500.3, 500.4}};
    ForcedSettings settings;
    settings.support_beams = 0.6;
    const ForcedFlux f = measure(sky, {4.5, 4.5, 0}, at, settings).fluxes[0];
    EXPECT_NEAR(f.error / f.rms, natural ? 1.063 : 1.221, 0.02);
    // Fewer pixels are better in such noise; one would have an error of 1 rms.
    const ForcedFlux best = measure(sky, {4.5, 4.5, 0}, at).fluxes[0];
    EXPECT_LT(best.error, 0.97 * f.error);
    EXPECT_GT(best.error, 0.98 * best.rms);
  }
}

TEST(ForcedFluxes, SayWhyThereIsNone) {
  Sky sky = simulated::noise(200, 200, 4, 5, 51);
  for (std::size_t y = 90; y < 110; ++y)
    for (std::size_t x = 90; x < 110; ++x)
      sky.pixels[y * 200 + x] = std::numeric_limits<float>::quiet_NaN();
  add(sky, {40, 40, 50}, kBeam);
  const std::vector<fits::Pixel> at = {{-3, 50},   {50, 1e9}, {100, 100}, {40, 40},
                                       {40.2, 40}, {3, 60},   {150, 150}, {86, 100}};
  const std::vector<ForcedFlux> f = measure(sky, kBeam, at).fluxes;
  EXPECT_EQ(f[0].state, ForcedState::outside);
  EXPECT_EQ(f[1].state, ForcedState::outside);
  EXPECT_EQ(f[2].state, ForcedState::blank);
  EXPECT_EQ(f[3].state, ForcedState::measured);
  EXPECT_EQ(f[4].state, ForcedState::inseparable);
  EXPECT_EQ(f[4].nearest, 3U);
  EXPECT_NEAR(f[4].flux, 50, 5);
  EXPECT_EQ(f[5].state, ForcedState::measured);
  EXPECT_TRUE(f[5].touches_blank);
  EXPECT_EQ(f[6].state, ForcedState::measured);
  EXPECT_FALSE(f[6].touches_blank);
  EXPECT_TRUE(f[7].touches_blank);
}

TEST(ForcedFluxes, AThousandPlacesInAHeapTakeNoTimeToSpeakOf) {
  const Sky sky = simulated::noise(200, 200, 4, 5, 61);
  std::mt19937_64 random(62);
  std::uniform_real_distribution<double> place(90, 110);
  std::vector<fits::Pixel> at;
  for (int i = 0; i < 1000; ++i) {
    const double x = place(random);
    at.push_back({x, place(random)});
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<ForcedFlux> fluxes = measure(sky, kBeam, at).fluxes;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  for (const ForcedFlux& f : fluxes) EXPECT_TRUE(std::isfinite(f.flux) && f.error > 0);
}

TEST(Neighbours, AreThoseThatASlowSearchFinds) {
  std::mt19937_64 random(71);
  std::uniform_real_distribution<double> place(-50, 50);
  std::vector<fits::Pixel> at;
  for (int i = 0; i < 300; ++i) {
    const double x = place(random);
    at.push_back({x, place(random)});
  }
  const Neighbours neighbours(at, 7);
  for (std::size_t i = 0; i < at.size(); ++i) {
    std::vector<std::size_t> slow;
    for (std::size_t j = 0; j < at.size(); ++j)
      if (std::hypot(at[i].x - at[j].x, at[i].y - at[j].y) <= 7) slow.push_back(j);
    EXPECT_EQ(neighbours.near(at[i]), slow);
  }
}

TEST(Neighbours, ClustersAreChainsOfNeighbours) {
  const std::vector<fits::Pixel> at = {{0, 0}, {100, 0}, {5, 0}, {10, 0}, {103, 3}, {50, 50}};
  const Neighbours neighbours(at, 6);
  EXPECT_EQ(neighbours.clusters(), (std::vector<std::vector<std::size_t>>{{0, 2, 3}, {1, 4}, {5}}));
}

}  // namespace
}  // namespace contimg::photometry
