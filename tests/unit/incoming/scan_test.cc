// SPDX-License-Identifier: GPL-3.0-or-later
#include "incoming/scan.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "../subband/made_file.h"
#include "queue/queue.h"

using namespace contimg;
using incoming::Scanner;
using incoming::ScanReport;

namespace {

constexpr const char* kName = "2026-01-25T22:26:05_sb03.hdf5";

/// A folder, a queue beside it, and a clock that the test turns.
class ScannerTest : public testing::Test {
 protected:
  ScannerTest() : queue_(settings()), ledger_(queue_.database()) {
    std::filesystem::create_directory(folder_.file("in"));
  }

  queue::QueueSettings settings() {
    queue::QueueSettings queue_settings;
    queue_settings.path = folder_.file("queue.sqlite3");
    return queue_settings;
  }

  Scanner scanner(double settle_time_s) {
    incoming::ScanSettings scan;
    scan.folder = folder_.file("in");
    scan.settle_time_s = settle_time_s;
    scan.now_unix_s = [this] { return now_unix_s_; };
    return Scanner(ledger_, scan,
                   [this](const queue::FileRecord& record) { recorded_.push_back(record); });
  }

  std::string path() const { return folder_.file("in") + "/" + kName; }

  void set_mtime(double time_unix_s) {
    const timespec time{static_cast<time_t>(time_unix_s), 0};
    const timespec both[2] = {time, time};
    ASSERT_EQ(utimensat(AT_FDCWD, path().c_str(), both, 0), 0);
  }

  made::Folder folder_;
  queue::Queue queue_;
  queue::FileLedger ledger_;
  double now_unix_s_ = 1.8e9;
  std::vector<queue::FileRecord> recorded_;
};

}  // namespace

TEST_F(ScannerTest, LeavesAFileAloneUntilItHasStoodStill) {
  made::File().write(path());
  set_mtime(now_unix_s_ - 4);
  EXPECT_EQ(scanner(5).scan().n_growing, 1u);
  EXPECT_TRUE(recorded_.empty());
  now_unix_s_ += 1.5;
  const ScanReport report = scanner(5).scan();
  EXPECT_EQ(report.n_valid, 1u);
  ASSERT_EQ(recorded_.size(), 1u);
  EXPECT_EQ(recorded_[0].subband, 3);
  EXPECT_EQ(scanner(5).scan().n_known, 1u);
}

TEST_F(ScannerTest, SettlesAFileWhoseClockRunsAheadOnceItIsUnchanged) {
  made::File().write(path());
  set_mtime(now_unix_s_ + 1e6);
  EXPECT_EQ(scanner(5).scan().n_growing, 1u);
  now_unix_s_ += 4;
  EXPECT_EQ(scanner(5).scan().n_growing, 1u);
  now_unix_s_ += 2;
  EXPECT_EQ(scanner(5).scan().n_valid, 1u);
}

TEST_F(ScannerTest, DoesNotCondemnAClosedFileBeforeItHasStoodStill) {
  std::ofstream(path()) << "half";
  set_mtime(now_unix_s_);
  Scanner each = scanner(5);
  EXPECT_EQ(each.look({path()}, true).n_growing, 1u);
  EXPECT_EQ(each.growing().count(path()), 1u);
  made::File().write(path());
  set_mtime(now_unix_s_ + 1);
  EXPECT_EQ(each.look({path()}, true).n_valid, 1u);
  EXPECT_TRUE(each.growing().empty());
}

TEST_F(ScannerTest, CondemnsABadFileOnceItHasStoodStill) {
  std::ofstream(path()) << "half";
  set_mtime(now_unix_s_ - 6);
  EXPECT_EQ(scanner(5).scan().n_invalid, 1u);
  ASSERT_EQ(recorded_.size(), 1u);
  EXPECT_NE(recorded_[0].reason.find("not an HDF5 file"), std::string::npos);
  EXPECT_EQ(scanner(5).scan().n_known, 1u);
}

TEST_F(ScannerTest, KeepsWhatTheHeaderSaidOfAFileThatVanished) {
  made::File().write(path());
  scanner(0).scan();
  std::filesystem::remove(path());
  EXPECT_EQ(scanner(0).scan().n_vanished, 1u);
  EXPECT_EQ(scanner(0).scan().n_vanished, 0u);
  EXPECT_EQ(queue_.database().integer("SELECT subband_num FROM hdf5_file_index"), 3);
  EXPECT_EQ(queue_.database().text("SELECT state FROM hdf5_file_index"), "vanished");
}

TEST_F(ScannerTest, CallsAHostOutsideTheCorrelatorsTableInvalid) {
  made::File file;
  file.frequency_offset_hz = -3.2e6;
  file.write(path());
  EXPECT_EQ(scanner(0).scan().n_invalid, 1u);
  ASSERT_EQ(recorded_.size(), 1u);
  EXPECT_NE(recorded_[0].reason.find("those of no subband"), std::string::npos);
}
