// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/disk_forecast.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "queue/queue.h"
#include "scratch.h"

namespace contimg::metrics {
namespace {

constexpr double kNow = 1.8e9, kDay = 86400;

TEST(SecondsToFloor, IsWhatIsLeftOverTheRate) {
  EXPECT_DOUBLE_EQ(*seconds_to_floor(110e9, 10e9, 1e6), 1e5);
  EXPECT_DOUBLE_EQ(*seconds_to_floor(9e9, 10e9, 1e6), 0);
  EXPECT_FALSE(seconds_to_floor(110e9, 10e9, 0));
  EXPECT_FALSE(seconds_to_floor(110e9, 10e9, -1));
}

/// A queue in a folder with the usual paths.
class Forecast : public ::testing::Test {
 protected:
  Forecast() {
    const std::string root =
        scratch(::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(root);
    settings.root = root;
    settings.queue_db = root + "/queue.sqlite3";
    settings.input_dir = root + "/incoming";
    settings.output_dir = root + "/ms";
    settings.image_dir = root + "/ms/images";  // within another: the inner one counts
    settings.disk_floor_gb = 1;
    where.path = settings.queue_db;
    where.clock_unix_s = [] { return kNow; };
    queue.emplace(where);
  }
  void product(const std::string& path, double byte, double age_s) {
    Statement(queue->database(),
              "INSERT INTO product (path, group_id, stage, kind, size_byte, created_at)"
              " VALUES (?, 'g', 'image', 'image', ?, ?)")
        .bind(1, path)
        .bind(2, byte)
        .bind(3, kNow - age_s)
        .run();
  }
  // A group of `n` files of `byte` each.
  void group(const std::string& id, int n, double byte, double age_s) {
    Database& db = queue->database();
    db.execute("INSERT INTO ingest_queue (group_id, state) VALUES ('" + id + "', 'pending')");
    for (int i = 0; i < n; ++i) {
      const std::string path = settings.input_dir + "/" + id + std::to_string(i);
      Statement(db,
                "INSERT INTO hdf5_file_index (path, filename, file_size_bytes, modified_time,"
                " indexed_at, state, seen_at_unix_s, inode, mtime_ns)"
                " VALUES (?1, ?1, ?2, 1, 1, 'valid', ?3, 1, 1)")
          .bind(1, path)
          .bind(2, byte)
          .bind(3, kNow - age_s)
          .run();
      Statement(db, "INSERT INTO subband_files VALUES (?, ?, ?)")
          .bind(1, id)
          .bind(2, i)
          .bind(3, path)
          .run();
    }
  }

  contimg::Settings settings;
  queue::QueueSettings where;
  std::optional<queue::Queue> queue;
};

TEST_F(Forecast, GrowthIsWhatCameInTheWindowOverItsLength) {
  product(settings.output_dir + "/old", 5e12, 30 * kDay);
  for (int i = 0; i < 8; ++i)
    product(settings.output_dir + "/" + std::to_string(i), 1e9, (i + 0.5) * kDay / 2);
  product(settings.image_dir + "/a", 4e8, kDay);
  product("/elsewhere/b", 1e12, kDay);
  group("2026-01-01T00:00:00", 16, 1e8, kDay);
  group("2025-01-01T00:00:00", 16, 1e8, 40 * kDay);
  const Growth growth = measured_growth(queue->database(), settings, kNow, 4 * kDay);
  EXPECT_DOUBLE_EQ(growth.rate_byte_per_s("output") * kDay, 2e9);
  EXPECT_DOUBLE_EQ(growth.rate_byte_per_s("image") * kDay, 1e8);
  EXPECT_DOUBLE_EQ(growth.rate_byte_per_s("input") * kDay, 4e8);
  EXPECT_DOUBLE_EQ(growth.rate_byte_per_s("mosaic"), 0);
}

TEST_F(Forecast, AYoungQueueIsMeasuredSinceItsFirstRecord) {
  product(settings.output_dir + "/first", 1, 2 * kDay);
  product(settings.output_dir + "/a", 6e9, kDay);
  const Growth growth = measured_growth(queue->database(), settings, kNow, 7 * kDay);
  EXPECT_DOUBLE_EQ(growth.rate_byte_per_s("output") * kDay, 3e9);
}

TEST_F(Forecast, AnEmptyQueueForeseesNothing) {
  const Growth growth = measured_growth(queue->database(), settings, kNow, 7 * kDay);
  for (const Disk& disk : disk_forecast(settings, growth)) EXPECT_FALSE(disk.floor_in_s);
}

TEST_F(Forecast, OneDiskHasTheGrowthOfAllThatLiesOnIt) {
  product(settings.output_dir + "/first", 1, 10 * kDay);
  product(settings.output_dir + "/a", 1e9, kDay);
  product(settings.image_dir + "/b", 1e9, kDay);
  const Growth growth = measured_growth(queue->database(), settings, kNow, 2 * kDay);
  const std::vector<Disk> disks = disk_forecast(settings, growth);
  ASSERT_EQ(disks.size(), 1u);
  EXPECT_EQ(disks[0].roles, (std::vector<std::string>{"input", "output", "image"}));
  EXPECT_DOUBLE_EQ(disks[0].rate_byte_per_s * kDay, 1e9);
  ASSERT_TRUE(disks[0].floor_in_s);
  EXPECT_DOUBLE_EQ(*disks[0].floor_in_s,
                   std::max(0.0, (disks[0].free_byte - 1e9) / disks[0].rate_byte_per_s));
}

}  // namespace
}  // namespace contimg::metrics
