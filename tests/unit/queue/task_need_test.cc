// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/task_need.h"

#include "fixture.h"

namespace contimg::queue {
namespace {

class TaskNeedTest : public QueueTest {
 protected:
  void SetUp() override {
    QueueTest::SetUp();
    queue = std::make_unique<Queue>(settings());
  }
  // A try of a stage as it is recorded.
  void measured(const std::string& stage, int n, double wall_s, double max_rss_kb,
                const std::string& outcome = "done", const std::string& source = "measured") {
    ++token;
    const std::string group = "2025-10-05T12:00:" + std::to_string(token);
    queue->database().execute(
        "INSERT INTO job_attempt (claim_token, group_id, stage, attempt,"
        " started_at, ended_at, outcome) VALUES (" +
        std::to_string(token) + ", '" + group + "', '" + stage + "', 1, 1, 2, '" + outcome + "')");
    queue->database().execute(
        "INSERT INTO stage_metrics (group_id, stage, attempt, ended_at, wall_s,"
        " max_rss_kb, source) VALUES ('" +
        group + "', '" + stage + "', 1, " + std::to_string(n) + ", " + std::to_string(wall_s) +
        ", " + std::to_string(max_rss_kb) + ", '" + source + "')");
  }
  std::vector<StageNeed> needs(std::vector<Stage> stages) {
    return measured_needs(queue->database(), stages);
  }
  std::unique_ptr<Queue> queue;
  int token = 0;
};

// Of 1 ... n the p-th percentile by nearest rank is ceil(p n / 100).
TEST(NearestRank, OfTheFirstWholeNumbersIsTheirRank) {
  for (int n = 1; n <= 120; ++n) {
    std::vector<double> values;
    for (int i = n; i >= 1; --i) values.push_back(i);
    for (const int p : {1, 50, 95, 100})
      EXPECT_EQ(nearest_rank(values, p), (p * n + 99) / 100) << p << " of " << n;
  }
}

TEST_F(TaskNeedTest, IsTheMarginTimesTheSumOfTimesAndTheLargestMemory) {
  for (int i = 1; i <= 100; ++i) measured("convert", i, i, 1000.0 * i);
  for (int i = 1; i <= 20; ++i) measured("flag", i, 10.0 * i, 500.0 * i);
  const auto stages = needs({Stage::convert, Stage::flag});
  EXPECT_EQ(stages[0].n_measured, 100);
  EXPECT_EQ(stages[0].wall_s, 95);
  EXPECT_EQ(stages[0].max_rss_kb, 95000);
  EXPECT_EQ(stages[1].wall_s, 190);
  const TaskNeed need = task_need(stages, 3);
  EXPECT_EQ(need.time_min, 15 + 2);  // 3 * 285 s = 14.25 min
  EXPECT_EQ(need.memory_mb, 279);    // 3 * 95000 / 1024 = 278.3
  EXPECT_TRUE(need.time_measured && need.memory_measured);
}

TEST_F(TaskNeedTest, OnlyTheLatestTriesThatWereDoneAndMeasuredCount) {
  for (int i = 1; i <= kLatestTries; ++i) measured("image", 1000 + i, 60, 2048);
  for (int i = 1; i <= 50; ++i) measured("image", i, 9000, 1e8);  // long ago
  for (int i = 1; i <= 50; ++i) measured("image", 5000, 9000, 1e8, "failed");
  for (int i = 1; i <= 50; ++i) measured("image", 5000, 9000, 1e8, "done", "estimated");
  const auto stages = needs({Stage::image});
  EXPECT_EQ(stages[0].n_measured, kLatestTries);
  EXPECT_EQ(stages[0].wall_s, 60);
  EXPECT_EQ(task_need(stages, 1).time_min, 1 + 2);
  EXPECT_EQ(task_need(stages, 1).memory_mb, 2);
}

TEST_F(TaskNeedTest, WithoutHistoryItIsTheDefaultWhateverTheMargin) {
  measured("flag", 1, 30, 0);  // its memory was not measured
  const auto stages = needs({Stage::convert, Stage::flag});
  const TaskNeed need = task_need(stages, 4);
  EXPECT_EQ(need.time_min, 30 + 2 + 2);
  EXPECT_EQ(need.memory_mb, 8192);
  EXPECT_FALSE(need.time_measured || need.memory_measured);
  const Json said = estimate(queue->database(), {Stage::flag}, 4);
  EXPECT_EQ(said["time_source"], "measured");
  EXPECT_EQ(said["memory_source"], "default");
  EXPECT_EQ(said["stages"][0]["max_rss_kb"], nullptr);
}

}  // namespace
}  // namespace contimg::queue
