// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/series.h"

#include <gtest/gtest.h>

#include "calibrate/average_ratio.h"
#include "calibrate/smooth_fit.h"
#include "simulated_array.h"

namespace contimg::calibrate {
namespace {

constexpr std::size_t kChannels = 64;

/// Gains of 2 with a ripple of 10 percent and phases that bend along the band, other ones for each
/// antenna; antenna 0 has no phase.
SimulatedArray rippled(std::size_t n_antenna) {
  SimulatedArray array(n_antenna, kChannels);
  for (std::size_t a = 0; a < n_antenna; ++a) {
    for (std::size_t c = 0; c < kChannels; ++c) {
      const double x = 2.0 * c / kChannels - 1, k = static_cast<double>(a);
      array.gain[a * kChannels + c] =
          std::polar(2 + 0.2 * std::sin(3 * x + k), a == 0 ? 0 : 0.1 * k + 0.5 * x * x);
    }
  }
  return array;
}

double worst(const SeriesSolution& series, const SimulatedArray& array) {
  double most = 0;
  for (std::size_t i = 0; i < series.gain.size(); ++i)
    if (!series.flagged[i])
      most = std::max(most, std::abs(std::complex<double>(series.gain[i]) - array.gain[i]));
  return most;
}

TEST(SolveSeries, RecoversEachChannel) {
  SimulatedArray array = rippled(12);
  array.observe(0);
  const SeriesSolution series = solve_series(12, array.baselines, array.view(), {});
  EXPECT_LT(worst(series, array), 1e-4);  // the tolerance of a solve, times gains of 2
  for (const std::uint8_t flagged : series.flagged) EXPECT_FALSE(flagged);
}

TEST(SolveSeries, KeepsPhasesTogetherWhereTheRefantIsFlagged) {
  SimulatedArray array = rippled(12);
  array.observe(0);
  for (std::size_t b = 0; b < array.baselines.size(); ++b)
    if (array.has(b, 0)) array.weight[b * kChannels + 20] = 0;
  const SeriesSolution series = solve_series(12, array.baselines, array.view(), {});
  EXPECT_TRUE(series.flagged[20]);
  EXPECT_FALSE(series.quality[20].referenced);
  // the true gains turn by less than 0.03 rad from channel to channel
  for (std::size_t a = 1; a < 12; ++a)
    EXPECT_NEAR(std::abs(std::complex<double>(series.gain[a * kChannels + 20]) -
                         array.gain[a * kChannels + 20]),
                0, 0.06);
}

TEST(FillGaps, FillsUpToThreeChannelsAndNoMore) {
  SimulatedArray array = rippled(12);
  array.observe(0);
  for (std::size_t b = 0; b < array.baselines.size(); ++b)
    for (const std::size_t c : {0, 10, 11, 12, 30, 31, 32, 33, 50})
      array.weight[b * kChannels + c] = 0;
  SeriesSolution series = solve_series(12, array.baselines, array.view(), {});
  EXPECT_EQ(fill_gaps(series, 3), 12U * 4);
  for (const std::size_t c : {0, 30, 31, 32, 33})
    EXPECT_TRUE(series.flagged[5 * kChannels + c]) << c;
  for (const std::size_t c : {10, 11, 12, 50}) {
    EXPECT_FALSE(series.flagged[5 * kChannels + c]) << c;
    EXPECT_TRUE(series.interpolated[5 * kChannels + c]) << c;
  }
  // A line across 4 channels of 1/32 misses a curve by at most (4/32)^2 / 8 of its second
  // derivative, here 2 x 1 (phase) and 0.2 x 9 (amplitude).
  EXPECT_LT(worst(series, array), (4 / 32.0) * (4 / 32.0) / 8 * (2 + 1.8));
}

TEST(FillGaps, TakesPhasesTheShortWayRound) {
  SeriesSolution series;
  series.n_antenna = 1;
  series.n_step = 3;
  series.gain = {std::polar(1.0F, 3.0F), 1, std::polar(3.0F, -3.0F)};
  series.error = {0.1F, 0, 0.1F};
  series.snr = {10, 0, 30};
  series.flagged = {0, 1, 0};
  series.interpolated = {0, 0, 0};
  EXPECT_EQ(fill_gaps(series, 3), 1U);
  EXPECT_NEAR(std::abs(series.gain[1] - std::complex<float>(-2, 0)), 0, 1e-6);
  EXPECT_NEAR(series.error[1], 0.1 / std::sqrt(2.0), 1e-6);
}

TEST(SolveBandpass, HasMeanAmplitudeOneAndLosesNoScale) {
  SimulatedArray array = rippled(12);
  array.observe(0);
  const Bandpass bandpass = solve_bandpass(12, array.baselines, array.view(), {});
  for (std::size_t a = 0; a < 12; ++a) {
    double mean = 0;
    for (std::size_t c = 0; c < kChannels; ++c) {
      const std::size_t i = a * kChannels + c;
      mean += std::abs(bandpass.series.gain[i]) / kChannels;
      EXPECT_NEAR(std::abs(std::complex<double>(bandpass.series.gain[i]) *
                               static_cast<double>(bandpass.scale[a]) -
                           array.gain[i]),
                  0, 1e-4);
    }
    EXPECT_NEAR(mean, 1, 1e-6);
  }
}

TEST(SolveBandpass, FlagsAChannelOfNoise) {
  SimulatedArray array = rippled(12);
  array.observe(0.1);
  std::normal_distribution<float> noise(0, 5);
  for (std::size_t b = 0; b < array.baselines.size(); ++b)
    array.ratio[b * kChannels] = {noise(array.random), noise(array.random)};
  GainSettings settings;
  settings.min_snr = 10;
  const Bandpass bandpass = solve_bandpass(12, array.baselines, array.view(), settings);
  for (std::size_t a = 0; a < 12; ++a) {
    EXPECT_TRUE(bandpass.series.flagged[a * kChannels]) << a;
    EXPECT_FALSE(bandpass.series.flagged[a * kChannels + 1]) << a;
  }
}

TEST(RatioSums, GiveTheGainsOfAChangingModel) {
  // V = G M with another M each time: R is G whatever the weights; flagged and NaN ones are left out
  const std::complex<float> gain(0.3F, -1.2F);
  RatioSums sums(2);
  for (int i = 1; i <= 5; ++i) {
    const std::complex<float> model = std::polar(0.5F * i, 0.7F * i);
    std::vector<std::complex<float>> observed{gain * model, gain * model};
    bool flag[2] = {false, i == 2};
    if (i == 2) observed[1] = 1e9F;
    if (i == 3) observed[0] = std::nanf("");
    const std::vector<std::complex<float>> models{model, model};
    const std::vector<float> weight{1.0F * i};
    sums.add(0, observed, models, Span<const bool>(flag, 2), weight);
  }
  sums.divide();
  for (const std::size_t i : {0, 1}) EXPECT_NEAR(std::abs(sums.product[i] - gain), 0, 1e-6);
  EXPECT_NEAR(sums.power[0], 1 * 0.25 + 2 * 1 + 4 * 4 + 5 * 6.25, 1e-4);
}

TEST(FitSmooth, FollowsAPolynomialExactly) {
  std::vector<double> where;
  std::vector<std::complex<float>> gains;
  for (int i = 0; i < 100; ++i) {
    const double x = i / 50.0 - 1;
    where.push_back(1311e6 + 1e6 * i);
    gains.emplace_back(1 + 0.1 * x - 0.2 * x * x * x, 0.3 * x + 0.1 * std::pow(x, 7));
  }
  std::vector<std::uint8_t> flagged(100, 0);
  gains[40] = 1e6F;
  flagged[40] = 1;
  const SmoothFit fit = fit_smooth(where, gains, flagged);
  ASSERT_TRUE(fit.fitted);
  EXPECT_EQ(fit.n_point, 99U);
  EXPECT_LT(fit.amplitude_scatter, 1e-6);  // the rounding of float
  EXPECT_LT(fit.phase_scatter_rad, 1e-6);
  EXPECT_NEAR(std::abs(fit.curve[40] - std::complex<float>(1 - 0.02F + 0.0016F, -0.06F)), 0, 1e-5);
}

TEST(FitSmooth, MeasuresTheNoise) {
  std::mt19937 random(5);
  std::normal_distribution<double> noise(0, 0.02);
  std::vector<double> where;
  std::vector<std::complex<float>> gains;
  for (int i = 0; i < 2000; ++i) {
    where.push_back(i);
    gains.emplace_back(1 + noise(random), noise(random));
  }
  const SmoothFit fit = fit_smooth(where, gains, std::vector<std::uint8_t>(2000, 0));
  // known to 1 / sqrt(2 x 2000) = 1.6 percent
  EXPECT_NEAR(fit.amplitude_scatter, 0.02, 0.02 * 0.05);
  EXPECT_NEAR(fit.phase_scatter_rad, 0.02, 0.02 * 0.05);
  EXPECT_FALSE(fit_smooth(where, gains, std::vector<std::uint8_t>(2000, 1)).fitted);
}

}  // namespace
}  // namespace contimg::calibrate
