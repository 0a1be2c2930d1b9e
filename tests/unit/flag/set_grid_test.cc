// SPDX-License-Identifier: GPL-3.0-or-later
#include "flag/set_grid.h"

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>

#include "base/error.h"
#include "flag/report.h"
#include "ms/writer.h"

namespace contimg::flag {
namespace {
namespace fs = boost::filesystem;

// Three antennas, two windows of four channels, two correlations; rows as told.
struct Row {
  double time_mjd_s;
  int window, antenna1, antenna2;
};

class SetGridTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(path_); }

  // DATA of a row is its number, and the number of the sample in it.
  void write(const std::vector<Row>& rows) {
    ms::Description d;
    d.telescope_name = "DSA_110";
    for (int i = 0; i < 3; ++i) d.antennas.push_back({std::to_string(i + 1), {}, 4.65});
    d.spectral_windows = {{"low", {1.30e9, 1.31e9, 1.32e9, 1.33e9}, {1e7, 1e7, 1e7, 1e7}},
                          {"high", {1.34e9, 1.35e9, 1.36e9, 1.37e9}, {1e7, 1e7, 1e7, 1e7}}};
    d.correlations = {9, 12};
    d.fields.push_back({"here", {1.25, 0.5}, 5.2e9});
    d.pointings.push_back({5.2e9, 10, {1.25, 0.5}});
    ms::RowKeys k;
    for (const Row& row : rows) {
      k.time_mjd_s.push_back(row.time_mjd_s);
      k.integration_time_s.push_back(10);
      k.antenna1.push_back(row.antenna1);
      k.antenna2.push_back(row.antenna2);
      k.data_description.push_back(row.window);
      k.field.push_back(0);
      k.scan.push_back(1);
      k.uvw_m.insert(k.uvw_m.end(), {row.time_mjd_s - 5.2e9, 1.0 * row.antenna2, 7});
    }
    ms::Writer writer = ms::Writer::create(path_, d, k);
    const std::size_t n = rows.size();
    std::vector<std::complex<float>> data;
    for (std::size_t row = 0; row < n; ++row)
      for (int i = 0; i < 8; ++i) data.emplace_back(static_cast<float>(row), i);
    const std::vector<float> weight(2 * n, 1);
    const auto flag = std::make_unique<bool[]>(8 * n);
    const auto flag_row = std::make_unique<bool[]>(n);
    ms::RowBlock block;
    block.n_row = n;
    block.data = data;
    block.flag = {flag.get(), 8 * n};
    block.weight = weight;
    block.flag_row = {flag_row.get(), n};
    writer.put(block);
    writer.flush();
  }
  std::string path_ = (fs::temp_directory_path() / fs::unique_path("grid-%%%%%%%%.ms")).string();
};

TEST_F(SetGridTest, JoinsWindowsAndOrdersScatteredRows) {
  // Two times x two windows x baselines 1&2, 1&3, out of order, one row missing.
  write({{5.2e9 + 10, 1, 0, 2},
         {5.2e9, 0, 0, 1},
         {5.2e9, 1, 0, 1},
         {5.2e9 + 10, 0, 0, 1},
         {5.2e9, 0, 0, 2},
         {5.2e9 + 10, 1, 0, 1},
         {5.2e9, 1, 0, 2}});
  const ms::Reader set(path_);
  const SetGrid grid(set);
  const rfi::Observation& o = grid.observation();
  EXPECT_EQ(o.n_time(), 2u);
  EXPECT_EQ(o.n_baseline(), 2u);
  EXPECT_EQ(o.antenna2, (std::vector<std::size_t>{1, 2}));
  ASSERT_EQ(o.n_channel(), 8u);
  EXPECT_DOUBLE_EQ(o.frequency_hz[4], 1.34e9);
  EXPECT_DOUBLE_EQ(o.uvw_m[3 * (1 * 2 + 0)], 10);
  EXPECT_EQ(o.antennas[2], "3");

  std::vector<std::complex<float>> data;
  grid.read(set, 0, 2, data);
  ASSERT_EQ(data.size(), 2u * 2 * 16);
  const auto at = [&](std::size_t t, std::size_t b, std::size_t i) {
    return data[(t * 2 + b) * 16 + i];
  };
  EXPECT_EQ(at(0, 0, 0), std::complex<float>(1, 0));
  EXPECT_EQ(at(0, 0, 8), std::complex<float>(2, 0));
  EXPECT_EQ(at(0, 1, 15), std::complex<float>(6, 7));
  EXPECT_EQ(at(1, 1, 9), std::complex<float>(0, 1));
  EXPECT_EQ(at(1, 1, 3), std::complex<float>(0, 0)) << "no such row";

  std::size_t n_row = 0;
  for (const SetGrid::Run& run : grid.runs(0, 2)) n_row += run.n_row;
  EXPECT_EQ(n_row, 7u);
  grid.read(set, 1, 1, data);
  EXPECT_EQ(data[0], std::complex<float>(4, 0));
}

TEST_F(SetGridTest, RefusesTwiceTheSameAndWhatIsScattered) {
  write({{5.2e9, 0, 0, 1}, {5.2e9, 0, 0, 1}});
  EXPECT_THROW(SetGrid{ms::Reader(path_)}, DataError);
  fs::remove_all(path_);
  std::vector<Row> rows;
  for (int i = 0; i < 12; ++i) rows.push_back({5.2e9 + 10 * i, 0, i % 3, i % 3});
  for (int i = 12; i < 40; ++i) rows.push_back({5.2e9 + 10 * i, i % 2, 0, 1});
  write(rows);
  EXPECT_THROW(SetGrid{ms::Reader(path_)}, DataError);
}

TEST(PlotPath, StandsBesideTheSet) {
  EXPECT_EQ(plot_path("a/b.ms"), "a/b.flags.png");
  EXPECT_EQ(plot_path("a/b.ms//"), "a/b.flags.png");
  EXPECT_EQ(plot_path("b"), "b.flags.png");
}

}  // namespace
}  // namespace contimg::flag
