// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "../subband/made_file.h"
#include "base/error.h"

namespace contimg::convert {
namespace {

class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override {
    group_.group_id = "2026-01-25T22:26:05";
    for (const char* name : {"one", "two"}) {
      group_.files.push_back(folder_.file(name));
      write(group_.files.back(), "bytes");
    }
    first_ = fingerprint(group_, layout_, "table");
  }

  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  std::string now() const { return fingerprint(group_, layout_, "table"); }

  made::Folder folder_;
  Group group_;
  Layout layout_;
  std::string first_;
};

TEST_F(CheckpointTest, IsReadAsItWasWritten) {
  const std::string path = checkpoint_path(folder_.path(), group_.group_id);
  EXPECT_EQ(path, folder_.file("2026-01-25T22:26:05.checkpoint.uvh5"));
  for (const std::size_t done : {1u, 17u}) {
    write_checkpoint(path, {"/ms/set.ms.partial-1-host-2", first_, done});
    const auto read = read_checkpoint(path);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->partial, "/ms/set.ms.partial-1-host-2");
    EXPECT_EQ(read->fingerprint, first_);
    EXPECT_EQ(read->integrations_done, done);
  }
}

TEST_F(CheckpointTest, OneThatIsMissingOrDamagedCountsAsNone) {
  const std::string path = folder_.file("damaged");
  EXPECT_FALSE(read_checkpoint(path));
  write(path, "no HDF5");
  EXPECT_FALSE(read_checkpoint(path));
  write(path, "");
  EXPECT_FALSE(read_checkpoint(path));
  hdf5::File::create(path).create_group("Checkpoint");
  EXPECT_FALSE(read_checkpoint(path));
}

TEST_F(CheckpointTest, TheFingerprintIsTheSameForTheSameInputs) { EXPECT_EQ(now(), first_); }

TEST_F(CheckpointTest, TheFingerprintChangesWithEachInput) {
  write(group_.files[1], "other bytes");
  EXPECT_NE(now(), first_);
  const std::string second = now();
  std::filesystem::last_write_time(group_.files[1], {});
  EXPECT_NE(now(), second);
  group_.files.pop_back();
  EXPECT_NE(now(), second);
}

TEST_F(CheckpointTest, TheFingerprintChangesWithTheLayoutAndTheEarth) {
  EXPECT_NE(fingerprint(group_, layout_, "another table"), first_);
  const std::vector<void (*)(Layout&)> changes = {
      [](Layout& layout) { layout.window_per_subband = true; },
      [](Layout& layout) { layout.centre_per_integration = true; },
      [](Layout& layout) { layout.keep_autocorrelations = true; },
      [](Layout& layout) { layout.expected_subbands = 16; },
      [](Layout& layout) { layout.telescope_name = "VLA"; }};
  for (const auto change : changes) {
    Layout layout;
    change(layout);
    EXPECT_NE(fingerprint(group_, layout, "table"), first_);
  }
}

TEST_F(CheckpointTest, AVanishedInputIsADataErrorThatNamesIt) {
  std::filesystem::remove(group_.files[0]);
  try {
    now();
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()).find(group_.files[0] + ": No such file"), 0u);
  }
}

}  // namespace
}  // namespace contimg::convert
