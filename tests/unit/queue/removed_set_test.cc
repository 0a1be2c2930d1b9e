// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>

#include "base/error.h"
#include "fixture.h"
#include "queue/redo.h"

namespace contimg::queue {
namespace {

/// A group whose stages convert, flag and image are done, and whose set was removed.
class RemovedSetTest : public QueueTest {
 protected:
  QueueSettings three_stages() {
    QueueSettings result = settings();
    result.stages = {Stage::convert, Stage::flag, Stage::image};
    return result;
  }
  void finish(Queue& queue, Stage stage) {
    Outcome outcome;
    if (stage == Stage::convert) outcome.products = {{"/gone/a.ms", "ms", 7, "", ""}};
    queue.claim(stage)->finish(outcome);
  }
  void finish_all(Queue& queue) {
    for (const Stage stage : queue.settings().stages) finish(queue, stage);
  }
  std::string jobs(Queue& queue) {
    return text(queue, "SELECT group_concat(state) FROM (SELECT state FROM job ORDER BY id)");
  }
  void remove_set(Queue& queue) {
    queue.database().execute("UPDATE product SET removed_at = 1, removed_reason = 'clean-up: old'");
  }
};

TEST_F(RemovedSetTest, AStageThatReadsItBeginsAtTheConversion) {
  for (const Stage stage : {Stage::flag, Stage::image}) {
    std::filesystem::remove(settings().path);
    Queue queue(three_stages());
    add(queue, "g");
    finish_all(queue);
    redo_stages(queue, "g", stage, "test");
    EXPECT_EQ(state(queue, "g"), "completed");  // its set is there
    finish(queue, stage);
    if (stage == Stage::flag) finish(queue, Stage::image);
    remove_set(queue);
    redo_stages(queue, "g", stage, "test");
    EXPECT_EQ(state(queue, "g"), "pending");
    EXPECT_EQ(jobs(queue), "ready,waiting,waiting");
    EXPECT_TRUE(queue.claim(Stage::convert)->job().redo);
  }
}

TEST_F(RemovedSetTest, ConvertedAgainItIsThereAgain) {
  Queue queue(three_stages());
  add(queue, "g");
  finish_all(queue);
  remove_set(queue);
  redo_stages(queue, "g", Stage::image, "test");
  finish_all(queue);
  EXPECT_EQ(jobs(queue), "done,done,done");
  EXPECT_EQ(text(queue, "SELECT count(*) FROM product WHERE removed_at IS NOT NULL"), "0");
  EXPECT_EQ(text(queue, "SELECT count(*) FROM dead_letter"), "0");
}

TEST_F(RemovedSetTest, ByHandItIsRefusedWithTheRemedyAndNothingFails) {
  Queue queue(three_stages());
  add(queue, "g");
  finish_all(queue);
  remove_set(queue);
  try {
    queue.claim_group(Stage::image, "g", true);
    FAIL() << "a claim";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("manage-queue rerun g"), std::string::npos);
  }
  EXPECT_EQ(jobs(queue), "done,done,done");
  EXPECT_TRUE(queue.claim_group(Stage::convert, "g", true));
}

TEST_F(RemovedSetTest, WhatIsRecordedHasASize) {
  std::filesystem::create_directories(folder / "a.ms" / "SUB");
  std::ofstream(folder / "a.ms" / "one") << "12345";
  std::ofstream(folder / "a.ms" / "SUB" / "two") << "123";
  Queue queue(three_stages());
  add(queue, "g");
  Outcome outcome;
  outcome.products = {{(folder / "a.ms").string(), "ms", 0, "", ""}, {"/none", "plot", 0, "", ""}};
  queue.claim(Stage::convert)->finish(outcome);
  EXPECT_EQ(text(queue, "SELECT size_byte FROM product WHERE kind = 'ms'"), "8");
  EXPECT_EQ(text(queue, "SELECT coalesce(size_byte, 'unknown') FROM product WHERE kind = 'plot'"),
            "unknown");
}

}  // namespace
}  // namespace contimg::queue
