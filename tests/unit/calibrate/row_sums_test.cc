// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/row_sums.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace contimg::calibrate {
namespace {

constexpr std::size_t kChannels = 37;

/// Two hands and four, side by side, against sums in double precision.
void adds_as_it_should(std::size_t n_correlation, std::array<std::size_t, 2> hands,
                       std::vector<float> weight) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(),
                       std::numeric_limits<float>::infinity()};
  std::vector<std::complex<float>> data, model;
  const auto flag = std::make_unique<bool[]>(kChannels * n_correlation);
  for (std::size_t i = 0; i < kChannels * n_correlation; ++i) {
    data.emplace_back(i % 11 == 3 ? bad[i % 2] : normal(random), normal(random));
    flag[i] = i % 7 == 2;
  }
  for (std::size_t c = 0; c < kChannels; ++c) model.emplace_back(normal(random), normal(random));
  std::vector<std::complex<float>> product(2 * kChannels, {1, 2});
  std::vector<float> power(2 * kChannels, 3);
  const std::uint64_t good = add_row(
      {data.data(), flag.get(), model.data(), weight.data(), kChannels, n_correlation, hands},
      product.data(), power.data());
  std::uint64_t expected_good = 0;
  for (std::size_t i = 0; i < 2 * kChannels; ++i) {
    const std::size_t at = i / 2 * n_correlation + hands[i % 2];
    std::complex<double> sum(1, 2), m(model[i / 2]);
    double size = 3;
    const double w = weight[hands[i % 2]];
    if (!flag[at] && at % 11 != 3 && w > 0) {
      sum += w * std::complex<double>(data[at]) * std::conj(m);
      size += w * std::norm(m);
      ++expected_good;
    }
    EXPECT_LT(std::abs(std::complex<double>(product[i]) - sum), 1e-4) << i;
    EXPECT_NEAR(power[i], size, 1e-4) << i;
  }
  EXPECT_EQ(good, expected_good);
}

TEST(AddRow, AddsTwoHands) { adds_as_it_should(2, {0, 1}, {2, 0.5}); }
TEST(AddRow, AddsExchangedHands) { adds_as_it_should(2, {1, 0}, {2, 0.5}); }
TEST(AddRow, AddsTheParallelHandsOfFour) { adds_as_it_should(4, {0, 3}, {2, 7, 8, 0.5}); }
TEST(AddRow, LeavesOutWhatHasNoWeight) { adds_as_it_should(2, {0, 1}, {0, 0.5}); }

}  // namespace
}  // namespace contimg::calibrate
