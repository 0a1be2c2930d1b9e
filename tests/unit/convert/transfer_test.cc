// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/transfer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "astro/constants.h"
#include "astro/earth_orientation.h"
#include "base/error.h"
#include "ms/reader.h"
#include "observed_group.h"

namespace contimg::convert {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Converted {
  Plan plan;
  Findings findings;
  ms::Rows rows;
};

class TransferTest : public testing::Test {
 protected:
  Converted convert(const Group& group, std::size_t n_thread, const Layout& layout = {}) {
    Converted result;
    result.plan = plan_conversion(group, layout, astro::EarthOrientation::built_in());
    const std::string set = folder_.file("set" + std::to_string(n_set_++) + ".ms");
    {
      ms::Writer writer = ms::Writer::create(set, result.plan.description, result.plan.keys);
      result.findings = transfer(result.plan, writer, 0, n_thread, [](std::size_t) {});
      writer.flush();
    }
    result.rows = ms::Reader(set).rows(0, result.plan.n_row());
    return result;
  }

  // Values of every kind: flagged, without samples, not finite, and samples that vary or do not.
  std::vector<made::Values> damaged_values() const {
    std::vector<made::Values> values = {made::plain_values(1), made::plain_values(2)};
    std::mt19937 random(3);
    for (made::Values& file : values) {
      for (int i = 0; i < 60; ++i) file.flag[random() % made::n_value()] = 1;
      for (int i = 0; i < 20; ++i) file.samples[random() % made::n_value()] = 0;
      for (int i = 0; i < 10; ++i) file.samples[random() % made::n_value()] = -3;
      for (int i = 0; i < 10; ++i) file.samples[random() % made::n_value()] = kNan;
      for (int i = 0; i < 20; ++i) file.data[random() % made::n_value()] = {kNan, 1};
      for (int i = 0; i < 200; ++i)
        file.samples[random() % made::n_value()] = static_cast<float>(random() % 90 + 1);
    }
    return values;
  }

  contimg::made::Folder folder_;
  int n_set_ = 0;
};

// The set's rows: time, then pairs p < q sorted; its channels ascend, the files' descend, and
// subband 1 lies below subband 0.
template <typename Check>
void for_each_value(const Check& check) {
  std::size_t row = 0;
  for (std::size_t t = 0; t < made::kTimes; ++t)
    for (int p = 0; p < made::kAntennas; ++p)
      for (int q = p + 1; q < made::kAntennas; ++q, ++row) {
        const auto pairs = made::pairs();
        const auto pair = static_cast<std::size_t>(
            std::find(pairs.begin(), pairs.end(), std::pair(p, q)) - pairs.begin());
        for (std::size_t k = 0; k < 2 * made::kChannels; ++k)
          for (std::size_t c = 0; c < made::kPolarizations; ++c) {
            const std::size_t file = k < made::kChannels ? 1 : 0;
            const std::size_t channel = made::kChannels - 1 - k % made::kChannels;
            check(row, k, c, file, made::at(t, pair, channel, c));
          }
      }
}

bool is_good(const made::Values& file, std::size_t i) {
  return file.flag[i] == 0 && file.samples[i] > 0 && std::isfinite(file.data[i].real());
}

TEST_F(TransferTest, EveryVisibilityIsConjugatedOrderedAndRotatedByItsOwnDelay) {
  const std::vector<made::Values> values = {made::plain_values(5), made::plain_values(6)};
  const Converted set = convert(made::write_group(folder_, values), 2);
  ASSERT_EQ(set.rows.data.size(), set.plan.n_row() * 2 * made::kChannels * made::kPolarizations);
  for_each_value([&](std::size_t row, std::size_t k, std::size_t c, std::size_t file,
                     std::size_t i) {
    const double turns =
        set.plan.band.frequency_hz[k] * set.plan.delta_w_m[row] / astro::kSpeedOfLight;
    const std::complex<double> expected = std::conj(std::complex<double>(values[file].data[i])) *
                                          std::polar(1.0, -2 * astro::kPi * turns);
    const std::complex<double> found =
        set.rows.data[(row * 2 * made::kChannels + k) * made::kPolarizations + c];
    ASSERT_LT(std::abs(found - expected), 4e-6 * (1 + std::abs(expected))) << row << ' ' << k;
  });
}

TEST_F(TransferTest, WhatIsFlaggedHasNoSamplesOrIsNotFiniteIsFlagged) {
  const std::vector<made::Values> values = damaged_values();
  const Converted set = convert(made::write_group(folder_, values), 2);
  std::uint64_t n_flagged = 0;
  for_each_value(
      [&](std::size_t row, std::size_t k, std::size_t c, std::size_t file, std::size_t i) {
        const std::size_t at = (row * 2 * made::kChannels + k) * made::kPolarizations + c;
        ASSERT_EQ(set.rows.flag[at], !is_good(values[file], i)) << row << ' ' << k << ' ' << c;
        if (!std::isfinite(values[file].data[i].real())) {
          ASSERT_EQ(set.rows.data[at], std::complex<float>(0));
        }
        n_flagged += set.rows.flag[at];
      });
  EXPECT_GT(n_flagged, 50u);
  EXPECT_EQ(set.findings.n_flagged, n_flagged);
  EXPECT_EQ(set.findings.n_written, set.rows.data.size());
}

TEST_F(TransferTest, WeightsAreTheSamplesOfGoodChannels) {
  const std::vector<made::Values> values = damaged_values();
  const Converted set = convert(made::write_group(folder_, values), 3);
  std::vector<double> sum(set.rows.weight.size()), n_good(set.rows.weight.size());
  ASSERT_EQ(set.rows.weight_spectrum.size(), set.rows.data.size());
  for_each_value([&](std::size_t row, std::size_t k, std::size_t c, std::size_t file,
                     std::size_t i) {
    const bool good = is_good(values[file], i);
    const float samples = good ? values[file].samples[i] : 0;
    ASSERT_EQ(set.rows.weight_spectrum[(row * 2 * made::kChannels + k) * made::kPolarizations + c],
              samples);
    sum[row * made::kPolarizations + c] += samples;
    n_good[row * made::kPolarizations + c] += good;
  });
  for (std::size_t i = 0; i < sum.size(); ++i) {
    ASSERT_GT(n_good[i], 0);
    EXPECT_NEAR(set.rows.weight[i], sum[i] / n_good[i], 1e-4);
    EXPECT_NEAR(set.rows.sigma[i], 1 / std::sqrt(sum[i] / n_good[i]), 1e-6);
  }
}

TEST_F(TransferTest, EqualSamplesNeedNoWeightSpectrum) {
  std::vector<made::Values> values = {made::plain_values(1), made::plain_values(2)};
  values[0].flag[made::at(1, 1, 2, 0)] = 1;
  const Converted set = convert(made::write_group(folder_, values), 2);
  EXPECT_TRUE(set.rows.weight_spectrum.empty());
  for (const float weight : set.rows.weight) EXPECT_EQ(weight, 96);
}

TEST_F(TransferTest, OneOrFourThreadsMakeTheSameSet) {
  const Group group = made::write_group(folder_, damaged_values());
  const Converted one = convert(group, 1);
  for (const std::size_t n_thread : {2u, 3u, 4u}) {
    const Converted other = convert(group, n_thread);
    EXPECT_EQ(one.rows.data, other.rows.data);
    EXPECT_EQ(one.rows.weight, other.rows.weight);
    EXPECT_EQ(one.rows.weight_spectrum, other.rows.weight_spectrum);
    EXPECT_TRUE(std::equal(one.rows.flag.get(), one.rows.flag.get() + one.rows.data.size(),
                           other.rows.flag.get()));
    EXPECT_EQ(one.findings.n_flagged, other.findings.n_flagged);
  }
}

TEST_F(TransferTest, AnErrorOfAReadingThreadEndsTheTransferAndNamesTheFile) {
  const Group group = made::write_group(folder_, {made::plain_values(1), made::plain_values(2)});
  Plan plan = plan_conversion(group, {}, astro::EarthOrientation::built_in());
  plan.subbands[1].path = folder_.file("gone.hdf5");
  ms::Writer writer = ms::Writer::create(folder_.file("set.ms"), plan.description, plan.keys);
  try {
    transfer(plan, writer, 0, 2, [](std::size_t) {});
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("gone.hdf5"), std::string::npos) << error.what();
  }
}

TEST(PlanConversion, RefusesAPolarisationNamedTwice) {
  contimg::made::Folder folder;
  const Group group = made::write_group(folder, {made::plain_values(1)});
  hdf5::File::modify(group.files[0]).remove("Header/polarization_array");
  hdf5::File::modify(group.files[0])
      .write_array("Header/polarization_array", std::vector<std::int64_t>{-6, -6}, {2});
  EXPECT_THROW(plan_conversion(group, {}, astro::EarthOrientation::built_in()), DataError);
}

}  // namespace
}  // namespace contimg::convert
