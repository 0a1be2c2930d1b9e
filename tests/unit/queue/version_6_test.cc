// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_6.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fixture.h"
#include "queue/degradation.h"
#include "queue/schema.h"

namespace contimg::queue {
namespace {

void add_file(Database& db, const std::string& path, double seen_at_unix_s) {
  Statement(
      db,
      "INSERT INTO hdf5_file_index (path, filename, file_size_bytes, modified_time, indexed_at,"
      " inode, mtime_ns, state, seen_at_unix_s) VALUES (?1, ?1, 1, 1, 1, 1, 1, 'valid', ?2)")
      .bind(1, path)
      .bind(2, seen_at_unix_s)
      .run();
}

TEST_F(QueueTest, AQueueOfVersionFiveLearnsWhenItsGroupsWereWhole) {
  Database db(settings().path, Database::Mode::create, 1000);
  migrate(db, {migrations().begin(), migrations().begin() + 5});
  db.execute(
      "INSERT INTO ingest_queue (group_id, state) VALUES ('a', 'pending'), ('b', 'pending')");
  add_file(db, "a0", 100);
  add_file(db, "a1", 250);
  db.execute("INSERT INTO subband_files VALUES ('a', 0, 'a0'), ('a', 1, 'a1')");
  db.execute(
      "INSERT INTO stage_metrics (group_id, stage, attempt, wall_s, bytes_written, source)"
      " VALUES ('a', 'convert', 1, 12.5, 0, 'parsed')");
  db.execute("INSERT INTO performance_metrics VALUES ('a', 1, 2, 3, 6, 'direct', 9)");
  EXPECT_EQ(migrate(db), 5);
  EXPECT_EQ(db.text("SELECT last_subband_at FROM ingest_queue WHERE group_id = 'a'"), "250.0");
  EXPECT_EQ(db.text("SELECT last_subband_at IS NULL FROM ingest_queue WHERE group_id = 'b'"), "1");
  EXPECT_EQ(db.text("SELECT wall_s || source || (bytes_written IS NULL) FROM stage_metrics"),
            "12.5log1");
  EXPECT_EQ(db.text("SELECT total_time || source FROM performance_metrics"), "6.0measured");
}

TEST_F(QueueTest, TheArrivalFollowsTheFilesOfAGroup) {
  Queue queue(settings());
  Database& db = queue.database();
  add(queue, "a");
  add_file(db, "a0", 100);
  add_file(db, "a1", 250);
  set_group_files(db, "a", {{0, "a0"}});
  EXPECT_EQ(text(queue, "SELECT last_subband_at FROM ingest_queue"), "100.0");
  set_group_files(db, "a", {{0, "a0"}, {1, "a1"}});
  EXPECT_EQ(text(queue, "SELECT last_subband_at FROM ingest_queue"), "250.0");
  set_group_files(db, "a", {{0, "a0"}});
  EXPECT_EQ(text(queue, "SELECT last_subband_at FROM ingest_queue"), "100.0");
  EXPECT_EQ(state(queue, "a"), "pending");
  EXPECT_EQ(db.integer("SELECT count(*) FROM state_history"), 1);
}

TEST_F(QueueTest, WhatAStageDidNotMeasureIsNull) {
  Queue queue(settings());
  add(queue, "a");
  auto claim = queue.claim(Stage::convert);
  Outcome outcome;
  outcome.metrics = StageMetrics{now, 12, 20, 1000, 5000, 0};
  claim->finish(outcome);
  EXPECT_EQ(
      text(queue, "SELECT bytes_read || (bytes_written IS NULL) || source FROM stage_metrics"),
      "50001measured");
}

TEST_F(QueueTest, AStepIsInForceUntilTheNextOneAndTakenByOneProcess) {
  Queue queue(settings());
  Database& db = queue.database();
  const Degradation none = degradation_in_force(db);
  EXPECT_EQ(none.step, Step::full);
  EXPECT_FALSE(last_relief_unix_s(db));
  Degradation next;
  next.step = Step::quicklook_first;
  next.reason = "pressure 1.20";
  next.since_unix_s = 1000;
  next.pressure = 1.2;
  EXPECT_TRUE(begin_step(db, none, next));
  EXPECT_FALSE(begin_step(db, none, next)) << "another process was first";
  const Degradation first = degradation_in_force(db);
  EXPECT_EQ(first.step, Step::quicklook_first);
  EXPECT_EQ(first.reason, "pressure 1.20");
  EXPECT_EQ(*first.pressure, 1.2);
  EXPECT_FALSE(first.capacity);
  EXPECT_FALSE(last_relief_unix_s(db)) << "it grew heavier, not lighter";
  next.step = Step::full;
  next.since_unix_s = 3000;
  EXPECT_TRUE(begin_step(db, first, next));
  EXPECT_EQ(*last_relief_unix_s(db), 3000);
  next.step = Step::quicklook_first;
  next.since_unix_s = 4000;
  EXPECT_TRUE(begin_step(db, degradation_in_force(db), next));
  EXPECT_EQ(*last_relief_unix_s(db), 3000) << "the last time that it grew lighter";
  EXPECT_EQ(db.text("SELECT step FROM degradation_in_force"), "quicklook first, deep later");
  EXPECT_THROW(step_from("half"), UsageError);
}

TEST(Degradation, UnderPressureTheChainEndsEarly) {
  const std::vector<Stage> all = {Stage::convert, Stage::calibrate, Stage::image, Stage::measure};
  EXPECT_EQ(*last_stage(Step::full, all), Stage::measure);
  EXPECT_EQ(*last_stage(Step::quicklook_first, all), Stage::image);
  EXPECT_EQ(*last_stage(Step::convert_and_calibrate, all), Stage::calibrate);
  EXPECT_EQ(*last_stage(Step::convert_and_calibrate, {Stage::convert, Stage::image}),
            Stage::convert);
  EXPECT_FALSE(last_stage(Step::full, {}));
}

}  // namespace
}  // namespace contimg::queue
