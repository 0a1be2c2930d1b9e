// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/row_reader.h"

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <cmath>

#include "base/error.h"

namespace contimg::subband {
namespace {
namespace fs = boost::filesystem;
using Visibility = std::complex<float>;

constexpr std::size_t kRows = 21, kChannels = 5, kPolarizations = 2;

class RowReaderTest : public ::testing::Test {
 protected:
  RowReaderTest() {
    for (std::size_t i = 0; i < kRows * kChannels * kPolarizations; ++i)
      values_.emplace_back(static_cast<float>(i), -0.5f * static_cast<float>(i));
  }
  void TearDown() override { fs::remove(path_); }

  // The visibilities, stored in chunks of this shape (empty: contiguous).
  void store(const hdf5::Shape& shape, const hdf5::Shape& chunk) {
    const hdf5::Handle type = hdf5::complex64_type();
    const hdf5::File file = hdf5::File::create(path_);
    file.create_group("Data");
    file.create_dataset("Data/visdata", type.get(), shape, chunk).write(type.get(), values_.data());
  }

  void expect_all_rows() {
    RowReader<Visibility> reader(hdf5::File::open(path_), "Data/visdata", kRows, kChannels,
                                 kPolarizations);
    for (const std::size_t row : {0, 1, 20, 7, 8, 9, 16, 15, 20})  // forwards and backwards
      for (std::size_t i = 0; i < kChannels * kPolarizations; ++i)
        EXPECT_EQ(reader.row(row)[i], values_[row * kChannels * kPolarizations + i]) << row;
  }

  std::string path_ = (fs::temp_directory_path() / fs::unique_path("rows-%%%%%%%%.hdf5")).string();
  std::vector<Visibility> values_;
};

TEST_F(RowReaderTest, ReadsTheCorrelatorsChunksThatSplitChannelsAndPolarisations) {
  store({kRows, 1, kChannels, kPolarizations}, {8, 1, 2, 1});
  expect_all_rows();
}

TEST_F(RowReaderTest, ReadsThreeDimensionalData) {
  store({kRows, kChannels, kPolarizations}, {4, 5, 2});
  expect_all_rows();
}

TEST_F(RowReaderTest, ReadsContiguousData) {
  store({kRows, kChannels, kPolarizations}, {});
  expect_all_rows();
}

TEST_F(RowReaderTest, ReadsEachByteOnceWhenRowsAreReadInOrder) {
  store({kRows, 1, kChannels, kPolarizations}, {8, 1, 5, 1});
  RowReader<Visibility> reader(hdf5::File::open(path_), "Data/visdata", kRows, kChannels,
                               kPolarizations);
  for (std::size_t row = 0; row < kRows; ++row) reader.row(row);
  EXPECT_EQ(reader.bytes_read(), 3 * 2 * 8 * 5 * sizeof(Visibility));  // whole chunks
}

TEST_F(RowReaderTest, SeesAConstantBlockWithoutLookingAtItsElements) {
  std::vector<float> samples(kRows * kChannels * kPolarizations, 96);
  samples[8 * kChannels * kPolarizations] = 95;
  {
    const hdf5::File file = hdf5::File::create(path_);
    file.create_group("Data");
    file.create_dataset("Data/nsamples", H5T_NATIVE_FLOAT, {kRows, kChannels, kPolarizations},
                        {8, 5, 2})
        .write(H5T_NATIVE_FLOAT, samples.data());
  }
  RowReader<float> reader(hdf5::File::open(path_), "Data/nsamples", kRows, kChannels,
                          kPolarizations);
  EXPECT_EQ(reader.constant(3), 96);
  EXPECT_EQ(reader.row(3)[4], 96);
  EXPECT_FALSE(reader.constant(8));
  EXPECT_EQ(reader.row(8)[0], 95);
  EXPECT_EQ(reader.row(9)[0], 96);
}

TEST_F(RowReaderTest, AChunkThatWasNeverWrittenHoldsTheFillValue) {
  const auto first_of = [&](const Visibility* fill) {
    {
      const hdf5::Handle type = hdf5::complex64_type();
      hdf5::File::create(path_).create_group("Data");
      const hdf5::Handle file(H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
      const hsize_t shape[] = {kRows, kChannels, kPolarizations}, chunk[] = {8, 5, 2};
      const hdf5::Handle space(H5Screate_simple(3, shape, nullptr));
      const hdf5::Handle list(H5Pcreate(H5P_DATASET_CREATE));
      H5Pset_chunk(list.get(), 3, chunk);
      if (fill) H5Pset_fill_value(list.get(), type.get(), fill);
      const hdf5::Handle dataset(H5Dcreate2(file.get(), "Data/visdata", type.get(), space.get(),
                                            H5P_DEFAULT, list.get(), H5P_DEFAULT));
    }
    RowReader<Visibility> reader(hdf5::File::open(path_), "Data/visdata", kRows, kChannels,
                                 kPolarizations);
    EXPECT_EQ(reader.bytes_read(), 0u);
    return reader.row(4)[3];
  };
  EXPECT_EQ(first_of(nullptr), Visibility(0));
  const Visibility nan(std::nanf(""), 2);
  EXPECT_TRUE(std::isnan(first_of(&nan).real()));
}

TEST_F(RowReaderTest, AnotherShapeThanTheHeaderSaysIsADataError) {
  store({kRows, kChannels, kPolarizations}, {});
  EXPECT_THROW(RowReader<Visibility>(hdf5::File::open(path_), "Data/visdata", kRows, kChannels + 1,
                                     kPolarizations),
               DataError);
}

}  // namespace
}  // namespace contimg::subband
