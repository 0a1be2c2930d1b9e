// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/ready.h"

#include <sys/wait.h>

#include "base/error.h"
#include "base/filesystem.h"
#include "fixture.h"
#include "queue/heartbeat.h"
#include "queue/repair.h"

namespace contimg::queue {
namespace {

class ReadyTest : public QueueTest {
 protected:
  QueueSettings settings() {
    QueueSettings result = QueueTest::settings();
    result.stages = {Stage::convert, Stage::flag, Stage::calibrate};
    return result;
  }
  void add_calibrator(Queue& queue, const std::string& id) {
    add(queue, id);
    queue.database().execute(
        "UPDATE ingest_queue SET observation_class = 'calibrator'"
        " WHERE group_id = '" +
        id + "'");
  }
  void finish(Queue& queue, Stage stage, const std::string& id) {
    queue.claim_group(stage, id)->finish({});
  }
  std::string ready(Queue& queue, int limit = 0) {
    std::string words;
    for (const Json& row : ready_groups(queue, {{}, 0}, limit))
      words += (words.empty() ? "" : " ") + row["group_id"].get<std::string>() + ":" +
               row["stage"].get<std::string>();
    return words;
  }
  std::string held(Queue& queue) { return status(queue.database(), now).value("held_reason", ""); }

  // A process that has ended, so that nobody has its number.
  static int dead_pid() {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    return child;
  }
};

TEST_F(ReadyTest, CalibratorsComeFirstThenWhatWasBegunThenTheLeastRetriedThenTheOldest) {
  Queue queue(settings());
  for (const char* id : {"a", "b", "c", "d", "e"}) add(queue, id);
  add_calibrator(queue, "z");
  finish(queue, Stage::convert, "d");
  finish(queue, Stage::convert, "e");
  finish(queue, Stage::flag, "e");
  queue.claim_group(Stage::convert, "a")->retry("once");
  now += 60;
  EXPECT_EQ(ready(queue), "z:convert e:calibrate d:flag b:convert c:convert a:convert");
  EXPECT_EQ(ready(queue, 2), "z:convert e:calibrate");
  queue.database().execute("UPDATE job SET priority = 1 WHERE group_id = 'c'");
  EXPECT_EQ(ready(queue, 1), "c:convert");
}

TEST_F(ReadyTest, TheNewestComesFirstOnRequest) {
  QueueSettings newest = settings();
  newest.newest_first = true;
  Queue queue(newest);
  add(queue, "a");
  add(queue, "b");
  EXPECT_EQ(ready(queue), "b:convert a:convert");
}

TEST_F(ReadyTest, WhatAWorkerHasOrWaitsOrIsDoneOrDisabledIsNotReady) {
  Queue queue(settings());
  for (const char* id : {"claimed", "done", "failed", "waits"}) add(queue, id);
  add(queue, "collects", GroupState::collecting);
  for (const Stage stage : {Stage::convert, Stage::flag, Stage::calibrate})
    finish(queue, stage, "done");
  queue.claim_group(Stage::convert, "failed")->fail("bad");
  queue.claim_group(Stage::convert, "waits")->release("no_calibration", now + 100);
  const auto claim = queue.claim_group(Stage::convert, "claimed");
  EXPECT_EQ(ready(queue), "");
  now += 100;
  EXPECT_EQ(ready(queue), "waits:convert");

  QueueSettings fewer = settings();
  fewer.stages = {Stage::flag, Stage::calibrate};
  Queue without(fewer);
  EXPECT_EQ(ready(without), "");
}

TEST_F(ReadyTest, NothingIsReadyWhilePaused) {
  Queue queue(settings());
  add(queue, "a");
  pause(queue, "disk swap");
  EXPECT_EQ(ready(queue), "");
  resume(queue);
  EXPECT_EQ(ready(queue), "a:convert");
}

TEST_F(ReadyTest, WithoutRoomNothingIsReadyTheReasonIsShownAndGoesByItself) {
  Queue queue(settings());
  add(queue, "a");
  const double free_byte = available_byte(folder.string());
  ASSERT_GT(free_byte, 0);
  RoomRule rule{{"", (folder / "not" / "yet").string()}, free_byte * 2};
  EXPECT_TRUE(ready_groups(queue, rule, 0).empty());
  EXPECT_NE(held(queue).find("not/yet has "), std::string::npos);
  EXPECT_NE(held(queue).find("disk.floor_gb; free some"), std::string::npos);
  EXPECT_EQ(state(queue, "a"), "pending");
  EXPECT_EQ(find_group(queue.database(), "a")->retry_count, 0);
  rule.floor_byte = free_byte / 2;
  EXPECT_EQ(ready_groups(queue, rule, 0).size(), 1U);
  EXPECT_EQ(held(queue), "");
}

TEST_F(ReadyTest, RoomIsThreeTimesTheLargestGroupThatIsToBeConverted) {
  Queue queue(settings());
  add(queue, "a");
  add(queue, "b");
  const auto file = [&](const std::string& id, int subband, double size_byte) {
    const std::string path = id + std::to_string(subband);
    Statement(
        queue.database(),
        "INSERT INTO hdf5_file_index (path, filename, file_size_bytes, modified_time, indexed_at,"
        " seen_at_unix_s, inode, mtime_ns, state) VALUES (?1, ?1, ?2, 0, 0, 0, 0, 0, 'valid')")
        .bind(1, path)
        .bind(2, static_cast<std::int64_t>(size_byte))
        .run();
    Statement(queue.database(), "INSERT INTO subband_files VALUES (?, ?, ?)")
        .bind(1, id)
        .bind(2, subband)
        .bind(3, path)
        .run();
  };
  const double free_byte = available_byte(folder.string());
  file("a", 0, 1e3);
  file("b", 0, 0.2 * free_byte);
  const RoomRule rule{{folder.string()}, 0};
  EXPECT_EQ(ready_groups(queue, rule, 0).size(), 2U);
  file("b", 1, 0.2 * free_byte);
  EXPECT_TRUE(ready_groups(queue, rule, 0).empty());
  EXPECT_NE(held(queue).find("3 times the next product"), std::string::npos);
  finish(queue, Stage::convert, "b");
  EXPECT_EQ(ready_groups(queue, rule, 0).size(), 2U);
}

TEST_F(ReadyTest, AJobWhoseProcessIsGoneAndSilentIsFreeBeforeItsLeaseEnds) {
  QueueSettings dead = settings();
  dead.worker.pid = dead_pid();
  Queue queue(dead);
  add(queue, "a");
  queue.claim_group(Stage::convert, "a")->detach();
  now += 2 * heartbeat_period_s(dead.lease_s) - 1;
  EXPECT_EQ(free_abandoned(queue), 0);
  EXPECT_EQ(ready(queue), "");
  now += 2;
  EXPECT_EQ(ready(queue), "a:convert");
  EXPECT_EQ(find_group(queue.database(), "a")->retry_count, 1);
}

TEST_F(ReadyTest, AJobOfALivingProcessAnotherHostOrSlurmIsFreeWhenItsLeaseEnds) {
  QueueSettings alive = settings(), far = settings(), slurm = settings();
  far.worker.host = "elsewhere";
  far.worker.pid = slurm.worker.pid = dead_pid();
  slurm.worker.slurm_job_id = "7";
  Queue queue(alive), queue_far(far), queue_slurm(slurm);
  for (const char* id : {"a", "b", "c"}) add(queue, id);
  queue.claim_group(Stage::convert, "a")->detach();
  queue_far.claim_group(Stage::convert, "b")->detach();
  queue_slurm.claim_group(Stage::convert, "c")->detach();
  now += alive.lease_s - 1;
  EXPECT_EQ(free_abandoned(queue), 0);
  now += 2;
  EXPECT_EQ(free_abandoned(queue), 3);
}

TEST_F(ReadyTest, StagesThatAreNotDoneAreToldInOrder) {
  Queue queue(settings());
  add(queue, "a");
  const auto stages = [&] {
    std::string words;
    for (const Json& row : stages_to_do(queue, "a"))
      words += row["stage"].get<std::string>() + ":" + row["state"].dump() + " ";
    return words;
  };
  EXPECT_EQ(stages(), "convert:\"ready\" flag:null calibrate:null ");
  finish(queue, Stage::convert, "a");
  EXPECT_EQ(stages(), "flag:\"ready\" calibrate:null ");
  finish(queue, Stage::flag, "a");
  finish(queue, Stage::calibrate, "a");
  EXPECT_EQ(stages(), "");
  EXPECT_THROW(stages_to_do(queue, "b"), UsageError);
}

}  // namespace
}  // namespace contimg::queue
