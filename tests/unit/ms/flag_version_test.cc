// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/flag_version.h"

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <fstream>
#include <memory>

#include "base/error.h"

namespace contimg::ms {
namespace {
namespace fs = boost::filesystem;

class FlagVersion : public testing::Test {
 protected:
  FlagVersion() { fs::create_directories(set_); }
  ~FlagVersion() override { fs::remove_all(set_); }

  // Three rows of 3 x 3 flags, which fill no whole byte; true where the number is a multiple of 4.
  static bool expected(std::size_t i) { return i % 4 == 0; }
  void write() const {
    FlagVersionWriter writer(set_, "first", shape_);
    const auto flags = std::make_unique<bool[]>(27);
    for (std::size_t i = 0; i < 27; ++i) flags[i] = expected(i);
    writer.put({flags.get(), 9});
    writer.put({flags.get() + 9, 18});
    writer.finish();
  }
  FlagShape shape_{3, 3, 3};
  std::string set_ = (fs::temp_directory_path() / fs::unique_path("version-%%%%%%%%.ms")).string();
};

TEST_F(FlagVersion, GivesBackWhatItWasGiven) {
  EXPECT_FALSE(has_flag_version(set_, "first"));
  write();
  EXPECT_TRUE(has_flag_version(set_, "first"));
  const FlagVersionReader reader(set_, "first", shape_);
  const auto flags = std::make_unique<bool[]>(18);
  reader.read(1, {flags.get(), 18});
  for (std::size_t i = 0; i < 18; ++i) EXPECT_EQ(flags[i], expected(i + 9)) << i;
}

TEST_F(FlagVersion, IsNotThereBeforeItIsWhole) {
  {
    FlagVersionWriter writer(set_, "first", shape_);
    const bool flags[9] = {};
    writer.put({flags, 9});
    EXPECT_THROW(writer.finish(), DataError);
  }
  EXPECT_FALSE(has_flag_version(set_, "first"));
}

TEST_F(FlagVersion, OfAnotherShapeOrCutShortIsRefused) {
  EXPECT_THROW(FlagVersionReader(set_, "first", shape_), DataError);
  write();
  EXPECT_THROW(FlagVersionReader(set_, "first", {3, 3, 2}), DataError);
  const std::string path = set_ + "/FLAG_VERSIONS/first.bits";
  fs::resize_file(path, fs::file_size(path) - 1);
  EXPECT_THROW(FlagVersionReader(set_, "first", shape_), DataError);
}

}  // namespace
}  // namespace contimg::ms
