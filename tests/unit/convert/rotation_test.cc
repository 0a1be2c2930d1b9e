// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/rotation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace contimg::convert {
namespace {

using Visibility = std::complex<float>;

std::vector<double> even_channels(std::size_t n) {
  std::vector<double> frequency_hz;
  for (std::size_t k = 0; k < n; ++k)
    frequency_hz.push_back(1311387329.1015625 + 244140.625 * static_cast<double>(k));
  return frequency_hz;
}

// Closed form, in extended precision.
double largest_error(const std::vector<double>& frequency_hz, double delta_w_m) {
  PhasorTable table(frequency_hz);
  table.compute(delta_w_m);
  long double largest = 0;
  for (std::size_t k = 0; k < frequency_hz.size(); ++k) {
    const long double phase = -2 * std::acos(-1.0L) * frequency_hz[k] * delta_w_m / 299792458.0L;
    largest = std::max(
        largest, std::hypot(table.re()[k] - std::cos(phase), table.im()[k] - std::sin(phase)));
  }
  return static_cast<double>(largest);
}

TEST(PhasorTable, EvenChannelsAreWithinTwoMicroradiansOfTheClosedForm) {
  for (const std::size_t n : {1, 7, 8, 48, 768})
    for (const double delta_w_m : {0.0, 1e-3, 17.2, -2700.0, 2700.0})
      EXPECT_LT(largest_error(even_channels(n), delta_w_m), 2e-6) << n << " " << delta_w_m;
}

TEST(PhasorTable, UnevenChannelsAreWithinAFloatsRoundingOfTheClosedForm) {
  std::vector<double> frequency_hz = even_channels(48);
  frequency_hz[20] += 1000;
  EXPECT_LT(largest_error(frequency_hz, 2700), 2e-7);
}

std::vector<Visibility> random_row(std::size_t n) {
  std::mt19937 random(110);
  std::normal_distribution<float> normal;
  std::vector<Visibility> row(n);
  for (Visibility& value : row) value = {normal(random), normal(random)};
  return row;
}

// One row through transform_row() against the definition in the header.
void expect_definition(std::size_t n_polarization, const std::vector<std::size_t>& order,
                       bool descending, bool conjugate) {
  constexpr std::size_t kChannels = 12;
  PhasorTable phasors(even_channels(kChannels));
  phasors.compute(345.6);
  const std::vector<Visibility> in = random_row(kChannels * n_polarization);
  RowTransform transform;
  transform.n_channel = kChannels;
  transform.n_polarization = n_polarization;
  transform.polarization_of = order;
  transform.descending = descending;
  transform.conjugate = conjugate;
  std::vector<Visibility> out(kChannels * order.size());
  EXPECT_TRUE(transform_row(transform, &phasors, in.data(), out.data()));
  for (std::size_t k = 0; k < kChannels; ++k)
    for (std::size_t c = 0; c < order.size(); ++c) {
      const std::size_t channel = descending ? kChannels - 1 - k : k;
      Visibility value = in[channel * n_polarization + order[c]];
      if (conjugate) value = std::conj(value);
      value *= Visibility(phasors.re()[k], phasors.im()[k]);
      EXPECT_LT(std::abs(out[k * order.size() + c] - value), 1e-6f * std::abs(value) + 1e-7f);
    }
}

TEST(TransformRow, DoesAsItsDefinitionForEveryOrderOfChannelsAndPolarisations) {
  for (const bool descending : {false, true})
    for (const bool conjugate : {false, true}) {
      expect_definition(2, {0, 1}, descending, conjugate);
      expect_definition(2, {1, 0}, descending, conjugate);
      expect_definition(1, {0}, descending, conjugate);
      expect_definition(4, {0, 2, 3, 1}, descending, conjugate);
    }
}

TEST(TransformRow, TellsWhenAValueIsNotFinite) {
  PhasorTable phasors(even_channels(4));
  phasors.compute(1);
  const std::vector<std::size_t> order = {0, 1};
  RowTransform transform;
  transform.n_channel = 4;
  transform.n_polarization = 2;
  transform.polarization_of = order;
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    for (std::size_t i = 0; i < 8; ++i) {
      std::vector<Visibility> in(8, Visibility(1, 1)), out(8);
      in[i].imag(bad);
      EXPECT_FALSE(transform_row(transform, &phasors, in.data(), out.data()));
      EXPECT_FALSE(transform_row(transform, nullptr, in.data(), out.data()));
    }
}

}  // namespace
}  // namespace contimg::convert
