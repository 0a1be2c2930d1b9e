// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <stdexcept>

#include "base/hdf5.h"
#include "scratch.h"

namespace contimg::subband {
namespace {

using Complex = std::complex<float>;

CorrelatorHeader small_header(std::size_t n_time, std::size_t n_channel) {
  CorrelatorHeader header;
  header.site = {-2, 0.6, 1200};
  header.history = "test";
  header.fringestop_table = "table";
  header.station_name = {"1", "2", "117"};
  header.station_offset_m = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  header.n_antenna = 2;
  header.applied_delay_ns = {1, 2, 3, 4, 0, 0};
  header.station1 = {0, 0, 2};
  header.station2 = {0, 2, 2};
  header.uvw_m = std::vector<float>(9, 1.5F);
  for (std::size_t t = 0; t < n_time; ++t)
    header.time_jd.push_back(2460951.5 + static_cast<double>(t));
  header.integration_time_s = 12.884902000427246;
  for (std::size_t k = 0; k < n_channel; ++k)
    header.frequency_hz.push_back(1.4e9 - 1e6 * static_cast<double>(k));
  header.channel_width_hz = 1e6;
  header.polarization = {-5, -6};
  return header;
}

std::vector<Complex> counted(std::size_t n) {
  std::vector<Complex> values;
  for (std::size_t i = 0; i < n; ++i)
    values.emplace_back(static_cast<float>(i), -static_cast<float>(i) / 2);
  return values;
}

bool exists(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0;
}

TEST(AutomaticChunk, IsThatOfTheCorrelatorsFiles) {
  // Specification 1.3.
  EXPECT_EQ(automatic_chunk({0, 1, 48, 2}, 8), (hdf5::Shape{128, 1, 12, 1}));
  EXPECT_EQ(automatic_chunk({0, 1, 48, 2}, 1), (hdf5::Shape{256, 1, 24, 1}));
  EXPECT_EQ(automatic_chunk({0, 1, 48, 2}, 4), (hdf5::Shape{256, 1, 12, 1}));
  EXPECT_EQ(automatic_chunk({0}, 8), (hdf5::Shape{1024}));
  EXPECT_EQ(automatic_chunk({0, 3}, 4), (hdf5::Shape{512, 3}));
}

TEST(AutomaticChunk, NeverExceedsAFixedAxis) {
  for (hsize_t n_channel = 1; n_channel <= 48; ++n_channel) {
    const hdf5::Shape chunk = automatic_chunk({0, 1, n_channel, 2}, 8);
    EXPECT_LE(chunk[2], n_channel);
    EXPECT_LE(chunk[3], 2u);
  }
}

TEST(Writer, ReturnsEveryVisibilityInItsPlaceWhateverTheBlocks) {
  // 400 times 3 rows need several chunks along every axis, the last ones partly filled.
  const std::size_t n_time = 400, n_channel = 13, row_size = 2 * n_channel;
  const std::vector<Complex> values = counted(n_time * 3 * row_size);
  const std::string path = scratch("writer_blocks.hdf5");
  Writer writer(path, small_header(n_time, n_channel));
  std::size_t row = 0;
  for (std::size_t count = 1; row < writer.n_row(); count = 2 * count + 1) {
    const std::size_t taken = std::min(count, writer.n_row() - row);
    writer.append(Span<const Complex>(values.data() + row * row_size, taken * row_size));
    row += taken;
  }
  writer.finish();
  const hdf5::File file = hdf5::File::open(path);
  const hdf5::Dataset data = file.dataset("Data/visdata");
  ASSERT_EQ(data.shape(), (hdf5::Shape{1200, 1, 13, 2}));
  std::vector<Complex> back(values.size());
  const hdf5::Handle type = hdf5::complex64_type();
  data.read(type.get(), {0, 0, 0, 0}, data.shape(), back.data());
  EXPECT_EQ(back, values);
  for (const float n : file.dataset("Data/nsamples").read_all<float>()) ASSERT_EQ(n, 96.0F);
}

TEST(Writer, GivesTheFileItsNameOnlyWhenFinished) {
  const std::string path = scratch("writer_name.hdf5");
  std::remove(path.c_str());
  {
    Writer writer(path, small_header(2, 4));
    EXPECT_FALSE(exists(path));
    EXPECT_TRUE(exists(scratch("writer_name_incomplete.hdf5")));
    const std::vector<Complex> values = counted(6 * 8);
    writer.append(values);
    writer.finish();
    EXPECT_TRUE(exists(path));
    EXPECT_FALSE(exists(scratch("writer_name_incomplete.hdf5")));
  }
}

TEST(Writer, RefusesMoreRowsThanAnnouncedAndFewer) {
  Writer writer(scratch("writer_rows.hdf5"), small_header(2, 4));
  const std::vector<Complex> many = counted(7 * 8), part = counted(5);
  EXPECT_THROW(writer.append(many), std::invalid_argument);
  EXPECT_THROW(writer.append(part), std::invalid_argument);
  EXPECT_THROW(writer.finish(), std::invalid_argument);
}

TEST(Writer, LeavesTheIncompleteFileWhenItDies) {
  const std::string path = scratch("writer_dies.hdf5");
  { Writer writer(path, small_header(2, 4)); }
  EXPECT_FALSE(exists(path));
  EXPECT_TRUE(exists(incomplete_path(path)));
}

}  // namespace
}  // namespace contimg::subband
