// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/corrected.h"

#include <casacore/tables/Tables/ScalarColumn.h>
#include <casacore/tables/Tables/Table.h>
#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <fstream>

#include "base/error.h"
#include "ms/change.h"
#include "ms/in_place.h"
#include "ms/writer.h"

namespace contimg::ms {
namespace {
namespace fs = boost::filesystem;

// Sets are made durable many times here, which a disk would take seconds for.
fs::path memory() {
  return fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
}

constexpr std::size_t kRows = 6, kCorrelations = 2, kCell = 8;
constexpr std::size_t kValues = kRows * kCell;
constexpr const char* kStage = "calibrate";

// Three antennas, two times; weights 4.
class CorrectedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Description d;
    d.first_time_mjd_s = 5.2e9;
    d.last_time_mjd_s = 5.2e9 + 20;
    for (int i = 0; i < 3; ++i) d.antennas.push_back({std::to_string(i), {10.0 * i, 0, 0}, 4.65});
    d.spectral_windows.push_back({"band", {1.3e9, 1.31e9, 1.32e9, 1.33e9}, {1e7, 1e7, 1e7, 1e7}});
    d.correlations = {9, 12};
    d.fields.push_back({"here", {1.25, 0.5}, 5.2e9});
    d.pointings = {{5.2e9 + 5, 10, {1.25, 0.5}}, {5.2e9 + 15, 10, {1.26, 0.5}}};
    d.is_calibrator = true;
    d.provenance = {"made by a test"};
    RowKeys k;
    for (const double time : {5.0, 15.0})
      for (int p = 0; p < 3; ++p)
        for (int q = p + 1; q < 3; ++q) {
          k.time_mjd_s.push_back(5.2e9 + time);
          k.integration_time_s.push_back(10);
          k.antenna1.push_back(p);
          k.antenna2.push_back(q);
          for (auto* zero : {&k.data_description, &k.field, &k.scan}) zero->push_back(0);
          k.uvw_m.insert(k.uvw_m.end(), {10.0 * (p - q), 0, 0});
        }
    for (std::size_t i = 0; i < kValues; ++i) data_.emplace_back(i, -2.0f * i);
    flag_[5] = true;
    const std::vector<float> weight(kRows * kCorrelations, 4);
    const std::unique_ptr<bool[]> flag_row = std::make_unique<bool[]>(kRows);
    Writer writer = Writer::create(path_, d, k);
    const RowBlock block{0, kRows, data_, {flag_.get(), kValues}, weight, {flag_row.get(), kRows}};
    writer.put(block);
    if (with_spectrum_) {
      std::vector<float> spectrum(kValues, 4);
      spectrum[3] = 16;
      spectrum[4] = 0;
      writer.put_weight_spectrum(block, spectrum);
    }
    writer.flush();
  }
  void TearDown() override { fs::remove_all(path_); }

  // Corrected data are twice the data; row 2 is flagged; weights are 7.
  void put_all(CorrectedWriter& writer) const {
    std::vector<std::complex<float>> corrected;
    for (const auto& value : data_) corrected.push_back(2.0f * value);
    const std::unique_ptr<bool[]> flag = std::make_unique<bool[]>(kValues);
    std::copy_n(flag_.get(), kValues, flag.get());
    std::fill_n(flag.get() + 2 * kCell, kCell, true);
    const std::vector<float> weight(kRows * kCorrelations, 7), spectrum(kValues, 7);
    for (const std::size_t first : {3, 0})
      writer.put({first,
                  3,
                  {corrected.data() + first * kCell, 3 * kCell},
                  {flag.get() + first * kCell, 3 * kCell},
                  {weight.data(), 6},
                  {spectrum.data(), with_spectrum_ ? 3 * kCell : 0}});
  }
  void apply() const {
    const SetLock lock(path_);
    keep_starting_flags(path_, Reader(path_, Unfinished::accept));
    keep_sigma_spectrum(path_, kStage);
    CorrectedWriter writer(path_, kStage);
    put_all(writer);
    writer.finish({"{\"set\":\"x\"}", "a test", "a command", {"calibration_applied: x"}});
  }
  void expect_applied() const {
    const Reader set(path_);
    std::vector<std::complex<float>> corrected(kValues);
    set.read_corrected(0, corrected);
    for (std::size_t i = 0; i < kValues; ++i) EXPECT_EQ(corrected[i], 2.0f * data_[i]);
    const Rows rows = set.rows(0, kRows);
    EXPECT_EQ(rows.data, data_);
    EXPECT_EQ(rows.weight, std::vector<float>(kRows * kCorrelations, 7));
    EXPECT_EQ(rows.sigma, std::vector<float>(kRows * kCorrelations, 0.5));
    for (std::size_t i = 0; i < kValues; ++i)
      EXPECT_EQ(rows.flag[i], i == 5 || i / kCell == 2) << i;
    for (std::size_t row = 0; row < kRows; ++row) EXPECT_EQ(rows.flag_row[row], row == 2);
    EXPECT_EQ(set.keyword(kAppliedKeyword), "{\"set\":\"x\"}");
    EXPECT_FALSE(fs::exists(path_ + "/CONTIMG_CHANGE"));
  }

  bool with_spectrum_ = false;
  std::string path_ = (memory() / fs::unique_path("set-%%%%%%%%.ms")).string();
  std::vector<std::complex<float>> data_;
  std::unique_ptr<bool[]> flag_ = std::make_unique<bool[]>(kValues);
};

class SpectrumTest : public CorrectedTest {
 protected:
  SpectrumTest() { with_spectrum_ = true; }
};

TEST_F(CorrectedTest, WhatIsPutIsReadBackAndDataAndSigmaStay) {
  apply();
  expect_applied();
}

TEST_F(CorrectedTest, StartingFlagsAreThoseFromBeforeTheFirstCalibration) {
  for (int run = 0; run < 2; ++run) {
    const Reader set(path_);
    const std::unique_ptr<bool[]> flags = std::make_unique<bool[]>(kValues);
    StartingFlags(path_, set).read(0, {flags.get(), kValues});
    for (std::size_t i = 0; i < kValues; ++i) EXPECT_EQ(flags[i], i == 5) << i;
    apply();
  }
}

TEST_F(CorrectedTest, NewFlagsMakeACalibrationVoid) {
  apply();
  const SetLock lock(path_);
  FlagWriter writer(path_, "flag");
  writer.put(0, kRows, {flag_.get(), kValues});
  writer.finish();
  EXPECT_FALSE(has_flag_version(path_, kVersionBeforeCalibration));
  EXPECT_EQ(Reader(path_).keyword(kAppliedKeyword), "");
}

TEST_F(CorrectedTest, AnUnfinishedChangeIsRefusedTakenBackAndDoneAgain) {
  {
    CorrectedWriter writer(path_, kStage);
    put_all(writer);
  }
  EXPECT_THROW(Reader{path_}, DataError);
  {
    const SetLock lock(path_);
    const Reader set(path_, Unfinished::accept);
    EXPECT_FALSE(set.has_column("CORRECTED_DATA"));
    EXPECT_EQ(set.unfinished_stage(), kStage);
    EXPECT_EQ(set.rows(0, kRows).data, data_);
  }
  EXPECT_THROW(Reader{path_}, DataError) << "flags and weights may be half changed";
  apply();
  expect_applied();
}

TEST_F(CorrectedTest, ADamagedDescriptionIsPutBack) {
  { CorrectedWriter writer(path_, kStage); }
  std::ofstream(path_ + "/table.dat") << "cut off";
  std::ofstream(path_ + "/HISTORY/table.f0", std::ios::trunc).close();
  try {
    Reader set(path_);
    FAIL() << "accepted";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("run that stage again"), std::string::npos)
        << error.what();
  }
  apply();
  expect_applied();
}

TEST_F(CorrectedTest, RowsOfHistoryThatWereBeingAddedAreGone) {
  apply();
  const SetLock lock(path_);
  {
    const Change change(path_, kStage);
    casacore::Table history(path_ + "/HISTORY", casacore::Table::Update);
    history.addRow(500);
    history.flush(true);
  }
  take_back_unfinished(path_);
  casacore::Table history(path_ + "/HISTORY");
  EXPECT_EQ(history.nrow(), 2u);
  const casacore::Vector<double> times =
      casacore::ScalarColumn<double>(history, "TIME").getColumn();
  EXPECT_GT(times[1], 5.2e9);
}

TEST_F(CorrectedTest, DescriptionTellsPointingsAndPurpose) {
  const Description d = Reader(path_).description();
  ASSERT_EQ(d.pointings.size(), 2u);
  EXPECT_EQ(d.pointings[1].direction.ra_rad, 1.26);
  EXPECT_EQ(d.pointings[1].time_mjd_s, 5.2e9 + 15);
  EXPECT_TRUE(d.is_calibrator);
}

TEST_F(SpectrumTest, WeightsOfChannelsAreKeptBeforeTheyAreReplaced) {
  for (int run = 0; run < 2; ++run) {
    apply();
    expect_applied();
    const Reader set(path_);
    std::vector<float> sigma(kValues), weight(kValues);
    set.read_floats("SIGMA_SPECTRUM", 0, kRows, sigma);
    set.read_floats("WEIGHT_SPECTRUM", 0, kRows, weight);
    for (std::size_t i = 0; i < kValues; ++i)
      EXPECT_EQ(sigma[i], i == 3 ? 0.25f : i == 4 ? -1.0f : 0.5f) << i;
    EXPECT_EQ(weight, std::vector<float>(kValues, 7));
  }
}

}  // namespace
}  // namespace contimg::ms
