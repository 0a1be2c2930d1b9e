// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/delay_solver.h"

#include <gtest/gtest.h>

#include "astro/constants.h"
#include "simulated_array.h"

namespace contimg::calibrate {
namespace {

constexpr std::size_t kChannels = 256;
constexpr double kWidth_hz = 187.5e6 / kChannels;

struct Delayed {
  explicit Delayed(std::size_t n_antenna) : array(n_antenna, kChannels) {
    std::uniform_real_distribution<double> delay(-300e-9, 300e-9), phase(-3, 3);
    for (std::size_t c = 0; c < kChannels; ++c) frequency_hz.push_back(1311.25e6 + c * kWidth_hz);
    const double middle_hz = (frequency_hz.front() + frequency_hz.back()) / 2;
    for (std::size_t a = 0; a < n_antenna; ++a) {
      delay_s.push_back(a == 0 ? 0 : delay(array.random));
      const double phase_rad = phase(array.random);
      for (std::size_t c = 0; c < kChannels; ++c)
        array.gain[a * kChannels + c] = std::polar(
            1.0, phase_rad + 2 * astro::kPi * delay_s[a] * (frequency_hz[c] - middle_hz));
    }
  }
  DelaySolution solve(const DelaySettings& settings = {}) const {
    return solve_delays(array.n_antenna, array.baselines, array.view(), frequency_hz, settings);
  }
  SimulatedArray array;
  std::vector<double> frequency_hz, delay_s;
};

TEST(SolveDelays, RecoversDelaysWithoutNoise) {
  Delayed sky(10);
  sky.array.observe(0);
  const DelaySolution s = sky.solve();
  EXPECT_TRUE(s.converged);
  for (std::size_t a = 0; a < 10; ++a) {
    EXPECT_FALSE(s.flagged[a]) << a;
    EXPECT_NEAR(s.delay_s[a], sky.delay_s[a], 1e-13) << a;  // 1e-4 rad across the band, float data
  }
}

TEST(SolveDelays, AreWithinTheNoiseLimit) {
  // Bound, derived here: the phase f_p of a channel has information (2 / sigma^2) (N I - J) over
  // antennas (see gain_solver_test.cc), so phases less their mean over antennas have variance
  // sigma^2 / 2 (1 - 1 / N) / N, and a slope fitted over channels has that divided by
  // sum((2 pi)^2 (f - f_mean)^2). The refant's own error, which all share, goes with the mean.
  constexpr double kSigma = 5;
  constexpr std::size_t kAntennas = 40, kTrials = 20;
  const double spread =
      std::pow(2 * astro::kPi * kWidth_hz, 2) * kChannels * (kChannels * kChannels - 1.0) / 12;
  const double bound_s = kSigma * std::sqrt((1 - 1.0 / kAntennas) / (2 * kAntennas * spread));
  double square = 0, reported = 0;
  for (unsigned seed = 0; seed < kTrials; ++seed) {
    Delayed sky(kAntennas);
    sky.array.random.seed(seed);
    sky.array.observe(kSigma);
    const DelaySolution s = sky.solve();
    EXPECT_TRUE(s.converged);
    double mean_s = 0;
    for (std::size_t a = 0; a < kAntennas; ++a)
      mean_s += (s.delay_s[a] - sky.delay_s[a]) / kAntennas;
    for (std::size_t a = 0; a < kAntennas; ++a) {
      EXPECT_FALSE(s.flagged[a]);
      square += std::pow(s.delay_s[a] - sky.delay_s[a] - mean_s, 2) / (kAntennas * kTrials);
      reported += s.error_s[a] / (kAntennas * kTrials);
    }
  }
  const double excess = std::sqrt(square) / bound_s;
  RecordProperty("rms_over_bound", std::to_string(excess));
  // 800 delays: the rms is known to 1 / sqrt(2 x 780) = 2.5 percent.
  EXPECT_NEAR(excess, 1, 0.1);
  EXPECT_NEAR(reported / bound_s, 1, 0.1);
}

TEST(SolveDelays, ReachAntennasWithoutABaselineToTheRefant) {
  Delayed sky(10);
  sky.array.observe(0.1);
  for (std::size_t b = 0; b < sky.array.baselines.size(); ++b)
    if (sky.array.has(b, 0) && sky.array.has(b, 5))
      for (std::size_t c = 0; c < kChannels; ++c) sky.array.weight[b * kChannels + c] = 0;
  const DelaySolution s = sky.solve();
  EXPECT_FALSE(s.flagged[5]);
  EXPECT_NEAR(s.delay_s[5], sky.delay_s[5], 0.1e-9);
}

TEST(SolveDelays, FlagDeadAntennasAndSurviveNaN) {
  Delayed sky(10);
  for (std::size_t c = 0; c < kChannels; ++c) sky.array.gain[3 * kChannels + c] = 0;
  sky.array.observe(1);
  sky.array.ratio[100] = std::nanf("");
  const DelaySolution s = sky.solve();
  for (std::size_t a = 0; a < 10; ++a) EXPECT_EQ(s.flagged[a], a == 3) << a;
  sky.array.weight.assign(sky.array.weight.size(), 0);
  for (const std::uint8_t flagged : sky.solve().flagged) EXPECT_TRUE(flagged);
}

TEST(SolveDelays, FlagAllWhenTheRefantIsDead) {
  Delayed sky(10);
  for (std::size_t c = 0; c < kChannels; ++c) sky.array.gain[c] = 0;
  sky.array.observe(1);
  for (const std::uint8_t flagged : sky.solve().flagged) EXPECT_TRUE(flagged);
}

}  // namespace
}  // namespace contimg::calibrate
