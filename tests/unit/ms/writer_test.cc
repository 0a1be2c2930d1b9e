// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/writer.h"

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>

#include "base/error.h"
#include "ms/reader.h"

namespace contimg::ms {
namespace {
namespace fs = boost::filesystem;

constexpr std::size_t kAntennas = 3, kTimes = 2, kChannels = 4, kCorrelations = 2;
constexpr std::size_t kRows = 3 * kTimes, kValues = kRows * kChannels * kCorrelations;

Description description() {
  Description d;
  d.telescope_name = "DSA_110";
  d.first_time_mjd_s = 5.2e9;
  d.last_time_mjd_s = 5.2e9 + 20;
  for (std::size_t i = 0; i < kAntennas; ++i)
    d.antennas.push_back({std::to_string(i + 1), {-2.4e6 + 10.0 * i, -4.4e6, 3.8e6}, 4.65});
  d.spectral_windows.push_back({"band", {1.3e9, 1.31e9, 1.32e9, 1.33e9}, {1e7, 1e7, 1e7, 1e7}});
  d.correlations = {9, 12};
  d.fields.push_back({"here", {1.25, 0.5}, 5.2e9});
  d.pointings.push_back({5.2e9 + 5, 10, {1.25, 0.5}});
  d.provenance = {"made by a test"};
  d.keywords = {{"CONTIMG_GROUP_ID", "a group"}};
  return d;
}

RowKeys keys() {
  RowKeys k;
  for (std::size_t t = 0; t < kTimes; ++t)
    for (int p = 0; p < 3; ++p)
      for (int q = p + 1; q < 3; ++q) {
        k.time_mjd_s.push_back(5.2e9 + 5 + 10.0 * static_cast<double>(t));
        k.integration_time_s.push_back(10);
        k.antenna1.push_back(p);
        k.antenna2.push_back(q);
        k.data_description.push_back(0);
        k.field.push_back(0);
        k.scan.push_back(1);
        for (int axis = 0; axis < 3; ++axis) k.uvw_m.push_back(10.0 * (p - q) + axis);
      }
  return k;
}

struct Block {
  std::vector<std::complex<float>> data;
  std::unique_ptr<bool[]> flag = std::make_unique<bool[]>(kValues);
  std::vector<float> weight;
  std::unique_ptr<bool[]> flag_row = std::make_unique<bool[]>(kRows);

  Block() {
    for (std::size_t i = 0; i < kValues; ++i) data.emplace_back(i, -1.0f * i);
    for (std::size_t i = 0; i < kRows * kCorrelations; ++i) weight.push_back(i == 3 ? 0 : 96);
    flag[5] = true;
    flag_row[2] = true;
  }
  // Rows first .. first + n of it.
  RowBlock rows(std::size_t first, std::size_t n) const {
    constexpr std::size_t row = kChannels * kCorrelations;
    RowBlock block;
    block.first_row = first;
    block.n_row = n;
    block.data = {data.data() + first * row, n * row};
    block.flag = {flag.get() + first * row, n * row};
    block.weight = {weight.data() + first * kCorrelations, n * kCorrelations};
    block.flag_row = {flag_row.get() + first, n};
    return block;
  }
};

class WriterTest : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove_all(path_); }
  std::string path_ = (fs::temp_directory_path() / fs::unique_path("writer-%%%%%%%%.ms")).string();
};

void expect_block(const Rows& rows, const Block& block) {
  EXPECT_EQ(rows.data, block.data);
  EXPECT_EQ(rows.weight, block.weight);
  for (std::size_t i = 0; i < kValues; ++i) EXPECT_EQ(rows.flag[i], block.flag[i]) << i;
  for (std::size_t i = 0; i < kRows; ++i) EXPECT_EQ(rows.flag_row[i], block.flag_row[i]) << i;
}

TEST_F(WriterTest, WhatIsWrittenIsReadBack) {
  const Block block;
  {
    Writer writer = Writer::create(path_, description(), keys());
    writer.put(block.rows(0, kRows));
    writer.flush();
  }
  const Reader reader(path_);
  ASSERT_EQ(reader.n_row(), kRows);
  expect_block(reader.rows(0, kRows), block);
  const RowKeys found = reader.keys(), given = keys();
  EXPECT_EQ(found.time_mjd_s, given.time_mjd_s);
  EXPECT_EQ(found.antenna2, given.antenna2);
  EXPECT_EQ(found.uvw_m, given.uvw_m);
  const Description d = reader.description();
  EXPECT_EQ(d.correlations, description().correlations);
  EXPECT_EQ(d.antennas.at(2).position_m, description().antennas.at(2).position_m);
  EXPECT_EQ(d.spectral_windows.at(0).frequency_hz, description().spectral_windows[0].frequency_hz);
  EXPECT_EQ(d.fields.at(0).phase_centre.ra_rad, 1.25);
}

TEST_F(WriterTest, SigmaIsOneOverTheRootOfTheWeightAndMinusOneWithoutWeight) {
  Writer::create(path_, description(), keys()).put(Block().rows(0, kRows));
  const Rows rows = Reader(path_).rows(0, kRows);
  EXPECT_FLOAT_EQ(rows.sigma[0], 1 / std::sqrt(96.0f));
  EXPECT_EQ(rows.sigma[3], -1);
  EXPECT_TRUE(rows.weight_spectrum.empty());
}

TEST_F(WriterTest, AReopenedSetIsGoneOnWith) {
  const Block block;
  {
    Writer writer = Writer::create(path_, description(), keys());
    writer.put(block.rows(0, 3));
    writer.flush();
  }
  Writer::reopen(path_).put(block.rows(3, 3));
  expect_block(Reader(path_).rows(0, kRows), block);
}

TEST_F(WriterTest, AWeightSpectrumThatComesLateHoldsTheWeightsOfAllOtherRows) {
  const Block block;
  constexpr std::size_t row = kChannels * kCorrelations;
  std::vector<float> spectrum;
  for (std::size_t i = 0; i < row; ++i) spectrum.push_back(static_cast<float>(i));
  {
    Writer writer = Writer::create(path_, description(), keys());
    writer.put(block.rows(0, 3));
    writer.put_weight_spectrum(block.rows(1, 1), spectrum);
    writer.put(block.rows(3, 3));
  }
  const std::vector<float> found = Reader(path_).rows(0, kRows).weight_spectrum;
  ASSERT_EQ(found.size(), kValues);
  for (std::size_t i = 0; i < kValues; ++i) {
    const std::size_t r = i / row, c = i % kCorrelations;
    EXPECT_EQ(found[i], r == 1 ? spectrum[i % row] : block.weight[r * kCorrelations + c]) << i;
  }
}

TEST_F(WriterTest, WhatIsNoSetIsADataErrorThatNamesIt) {
  try {
    Reader reader(path_);
    FAIL() << "was opened";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find(path_), std::string::npos);
  }
}

}  // namespace
}  // namespace contimg::ms
