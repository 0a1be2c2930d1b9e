// SPDX-License-Identifier: GPL-3.0-or-later
#include "noise/difference_sums.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>

namespace contimg::noise {
namespace {

using Row = std::vector<std::complex<float>>;

struct Flags {
  explicit Flags(std::size_t n) : values(new bool[n]()), size(n) {}
  Span<const bool> span() const { return {values.get(), size}; }
  std::unique_ptr<bool[]> values;
  std::size_t size;
};

TEST(DifferenceSums, IsHalfTheLengthOfOneDifference) {
  DifferenceSums sums(2, 1);
  const Flags good(2);
  sums.add(Row{{1, 2}, {5, 5}}, good.span(), Row{{4, 6}, {5, 5}}, good.span());
  EXPECT_EQ(sums.n_difference(0, 0), 1U);
  EXPECT_DOUBLE_EQ(sums.noise_jy(0, 0), 2.5);
  EXPECT_DOUBLE_EQ(sums.noise_jy(1, 0), 0);
}

TEST(DifferenceSums, RecoversTheNoiseUnderASignalThatStays) {
  const std::size_t n = 40000;
  const double sigma_jy[2] = {0.3, 7};
  DifferenceSums sums(1, 2);
  const Flags good(2);
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  const auto row = [&] {
    Row values;
    for (const double sigma : sigma_jy)
      values.emplace_back(static_cast<float>(100 + sigma * normal(random)),
                          static_cast<float>(-50 + sigma * normal(random)));
    return values;
  };
  Row before = row();
  for (std::size_t i = 0; i < n; ++i) {
    Row after = row();
    sums.add(before, good.span(), after, good.span());
    before = std::move(after);
  }
  // |d|^2 / 4 has the variance sigma^4; neighbours have the correlation 1/4. Hence the variance of
  // the mean is 1.5 sigma^4 / n, and the error of sigma half the relative one: five of those.
  const double allowed = 5 * 0.5 * std::sqrt(1.5 / static_cast<double>(n));
  for (std::size_t c = 0; c < 2; ++c)
    EXPECT_NEAR(sums.noise_jy(0, c) / sigma_jy[c], 1, allowed) << c;
}

TEST(DifferenceSums, LeavesOutWhatIsFlaggedInEitherIntegration) {
  DifferenceSums sums(3, 1);
  const Flags good(3), bad(3);
  bad.values[1] = true;
  const Row quiet(3), loud = {{0, 2}, {1e6F, 0}, {2, 0}};
  sums.add(quiet, good.span(), loud, bad.span());
  sums.add(loud, bad.span(), quiet, good.span());
  EXPECT_EQ(sums.n_difference(0, 0), 2U);
  EXPECT_EQ(sums.n_difference(1, 0), 0U);
  EXPECT_TRUE(std::isnan(sums.noise_jy(1, 0)));
  EXPECT_DOUBLE_EQ(sums.noise_jy(2, 0), 1);
}

}  // namespace
}  // namespace contimg::noise
