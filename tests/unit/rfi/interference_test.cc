// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/interference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>

#include "base/error.h"
#include "scratch.h"
#include "small_observation.h"

namespace contimg::rfi {
namespace {

using Data = std::vector<std::complex<float>>;

// Noise of 1 in each part on one baseline of an observation of two antennas; flagged shares of it.
class Interference : public testing::Test {
 protected:
  void set_size(std::size_t n_time, std::size_t n_channel, std::size_t n_correlation = 2) {
    observation_ = small_observation(2, n_time, n_channel, n_correlation);
    flags_ = std::make_unique<Flags>(observation_);
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    data_.resize(n_time * n_channel * n_correlation);
    for (auto& value : data_) value = {normal(random), normal(random)};
  }
  std::complex<float>& at(std::size_t t, std::size_t c, std::size_t p) {
    return data_[(t * observation_.n_channel() + c) * observation_.n_correlation + p];
  }
  // A rectangle of strength sigma in all correlations.
  void add(std::size_t t0, std::size_t n_time, std::size_t c0, std::size_t n_channel,
           double sigma) {
    for (std::size_t t = t0; t < t0 + n_time; ++t)
      for (std::size_t c = c0; c < c0 + n_channel; ++c)
        for (std::size_t p = 0; p < observation_.n_correlation; ++p)
          at(t, c, p) += std::complex<float>(
              std::polar(sigma, 1.1 * static_cast<double>(t) + 0.2 * static_cast<double>(c + p)));
  }
  void find(const std::string& strategy = "") {
    InterferenceFinder(strategy, observation_).flag({kCross, 1, data_}, *flags_);
  }
  double share(std::size_t t0, std::size_t n_time, std::size_t c0, std::size_t n_channel) const {
    double n = 0;
    for (std::size_t t = t0; t < t0 + n_time; ++t)
      for (std::size_t c = c0; c < c0 + n_channel; ++c)
        n += flags_->row(t, kCross)[c * observation_.n_correlation] == Reason::interference;
    return n / static_cast<double>(n_time * n_channel);
  }

  static constexpr std::size_t kCross = 1;  // 1&1, 1&2, 2&2
  Observation observation_;
  std::unique_ptr<Flags> flags_;
  Data data_;
};

TEST_F(Interference, LinesBurstsAndCarriersAreFoundAndNoiseIsNot) {
  set_size(24, 768);
  add(0, 24, 100, 2, 4);
  add(10, 2, 300, 200, 4);
  add(3, 8, 600, 1, 6);
  find();
  EXPECT_GT(share(0, 24, 100, 2), 0.99);
  EXPECT_GT(share(10, 2, 300, 200), 0.99);
  EXPECT_GE(share(3, 8, 600, 1), 0.9);
  EXPECT_LT(share(0, 24, 620, 148), 0.01);
  EXPECT_LT(share(0, 24, 0, 90), 0.01);
}

TEST_F(Interference, NoiseAloneLosesNextToNothing) {
  for (const auto& [n_time, n_channel] :
       {std::pair<std::size_t, std::size_t>{24, 768}, {24, 64}, {3, 64}, {1, 768}, {24, 16}}) {
    set_size(n_time, n_channel);
    find();
    EXPECT_LT(share(0, n_time, 0, n_channel), 0.02) << n_time << " x " << n_channel;
  }
}

TEST_F(Interference, ABrightSourceNeitherHidesItNorIsTakenForIt) {
  set_size(24, 768);
  for (std::size_t t = 0; t < 24; ++t)
    for (std::size_t c = 0; c < 768; ++c)
      for (std::size_t p = 0; p < 2; ++p) {
        const double x = static_cast<double>(c) / 768;
        const double bandpass = 1 + 0.1 * std::cos(20 * x) + (c / 48 % 2 == 0 ? 0.05 : -0.05);
        at(t, c, p) += std::complex<float>(std::polar(15 * bandpass, 9 * x + 0.3 * p));
      }
  add(0, 24, 100, 2, 4);
  add(10, 1, 300, 100, 4);
  find();
  EXPECT_GT(share(0, 24, 100, 2), 0.95);
  EXPECT_GT(share(10, 1, 300, 100), 0.95);
  EXPECT_LT(share(12, 12, 110, 658), 0.01);
}

TEST_F(Interference, GapsAreNotFlaggedAndDoNotDisturb) {
  set_size(24, 768);
  add(0, 24, 100, 2, 4);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t t = 0; t < 24; ++t)
    for (std::size_t c = 200; c < 700; ++c) {
      flags_->row(t, kCross)[2 * c] = Reason::before;  // in one correlation only
      at(t, c, 0) = nan;
    }
  find();
  EXPECT_GT(share(0, 24, 100, 2), 0.99);
  EXPECT_LT(share(0, 24, 0, 90), 0.01);
  EXPECT_LT(share(0, 24, 710, 58), 0.01);
  EXPECT_EQ(flags_->row(5, kCross)[2 * 300], Reason::before);
  EXPECT_EQ(flags_->row(5, kCross)[2 * 300 + 1], Reason::none);
}

TEST_F(Interference, OneTwoThreeAndFourCorrelations) {
  for (const std::size_t n : {1, 2, 3, 4}) {
    set_size(24, 128, n);
    for (std::size_t t = 0; t < 24; ++t) at(t, 50, n - 1) += 10;
    find();
    EXPECT_GT(share(0, 24, 50, 1), 0.99) << n << " correlations, interference in the last";
    EXPECT_EQ(flags_->row(0, kCross)[50 * n + n - 1], Reason::interference);
  }
}

TEST_F(Interference, AutocorrelationsAndBaselinesWithNothingGoodArePassedOver) {
  set_size(24, 64);
  add(0, 24, 10, 2, 20);
  InterferenceFinder finder("", observation_);
  finder.flag({0, 1, data_}, *flags_);
  for (std::size_t t = 0; t < 24; ++t) flag_all(flags_->row(t, kCross), Reason::listed);
  finder.flag({kCross, 1, data_}, *flags_);
  EXPECT_EQ(count_of(observation_, *flags_, Reason::interference), 0u);
}

TEST_F(Interference, AStrategyOfOnesOwn) {
  set_size(4, 8);
  const std::string path = scratch("strategy.lua");
  EXPECT_THROW(find(path + ".not"), UsageError);
  std::ofstream(path) << "function execute(input)\n  input:set_mask_for_channel_range(0, 1)\nend\n";
  EXPECT_THROW(find(path), UsageError) << "no such function";
  std::ofstream(path, std::ios::trunc) << "function execute(input\n";
  EXPECT_THROW(find(path), UsageError) << "a syntax error";
  std::ofstream(path, std::ios::trunc) << "function execute(input)\n  input:flag_zeros()\nend\n";
  find(path);
  EXPECT_EQ(count_of(observation_, *flags_, Reason::interference), 0u);
  EXPECT_FALSE(aoflagger_version().empty());
}

}  // namespace
}  // namespace contimg::rfi
