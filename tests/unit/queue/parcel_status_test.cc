// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/parcel_status.h"

#include <fstream>

#include "base/error.h"
#include "fixture.h"
#include "queue/backup.h"
#include "queue/repair.h"

namespace contimg::queue {
namespace {

class ParcelStatusTest : public QueueTest {
 protected:
  void SetUp() override {
    QueueTest::SetUp();
    queue = std::make_unique<Queue>(settings());
    batch = (folder / "20251005T120000Z-1").string();
    for (int i = 1; i <= 4; ++i) {
      add(*queue, group(i));
      pack_group(*queue, group(i), task(i));
      renew_parcel(*queue, task(i), "70", "");
    }
    std::ofstream(batch + "/job") << "70\tconvert,flag\n";
    std::ofstream(batch + "/manifest") << R"({"task":1,"stages":"convert,flag"})"
                                       << "\n";
  }
  std::string group(int i) { return "2025-10-05T12:0" + std::to_string(i) + ":00"; }
  std::string task(int i) { return batch + "/" + std::to_string(i); }

  // What a task leaves, and collect-backlog does with it.
  void works(int i, const std::function<void(Queue&)>& work) {
    QueueSettings mine = settings();
    mine.path = (folder / ("scratch-" + std::to_string(i))).string();
    mine.worker = {"node-7", 4242, "70", std::to_string(i)};
    std::filesystem::copy_file(parcel_path(task(i)), mine.path);
    Queue copy(mine);
    work(copy);
    backup_queue(copy.database(), task(i) + "/receipt-" + std::to_string(i) + ".sqlite3", now);
  }
  void collect(int i) {
    merge_parcel(*queue, task(i));
    std::filesystem::create_directories(batch + "/taken");
    std::filesystem::rename(task(i), batch + "/taken/" + std::to_string(i));
  }
  SchedulerView shown(const std::string& lines) {
    std::ofstream(folder / "shown") << lines;
    return read_scheduler_view((folder / "shown").string());
  }
  Json report(const std::optional<SchedulerView>& view) {
    return batch_status(*queue, {batch}, view, true);
  }
  // The tasks' states, in order; their counts are held to them.
  std::string states(const std::optional<SchedulerView>& view) {
    const Json all = report(view);
    std::string words;
    std::size_t counted = 0;
    for (const Json& row : all["tasks"])
      words += (words.empty() ? "" : ",") + row["state"].get<std::string>();
    for (const char* state : {"queued", "running", "returned", "done", "waits", "failed",
                              "given_back", "lost", "unknown"})
      counted += all["batches"][0][state].get<std::size_t>();
    EXPECT_EQ(counted, all["tasks"].size());
    EXPECT_EQ(all["batches"][0]["groups"], all["tasks"].size());
    return words;
  }
  const std::string name = "contimg.20251005T120000Z-1";

  std::unique_ptr<Queue> queue;
  std::string batch;
};

TEST_F(ParcelStatusTest, TellsWhatIsQueuedRunningReturnedAndLost) {
  works(3, [](Queue& q) { q.claim(Stage::convert)->finish({}); });
  const SchedulerView view =
      shown(name + "|1|RUNNING|n1|None\n" + name + "|2|PENDING||Resources\n" +
            "other|4|RUNNING|n1|None\nno such line\n");
  EXPECT_EQ(states(view), "running,queued,returned,lost");
  const Json tasks = report(view)["tasks"];
  EXPECT_EQ(tasks[0]["node"], "n1");
  EXPECT_EQ(tasks[0]["slurm_job"], "70_1");
  EXPECT_EQ(tasks[1]["reason"], "Resources");
  const std::string reason = tasks[3]["reason"], next = tasks[3]["next"];
  EXPECT_NE(reason.find("it never began; Slurm does not know it"), std::string::npos) << reason;
  // 1.8e9 is 2027-01-15T08:00:00Z, and the lease is 900 s.
  EXPECT_NE(next.find("2027-01-15T08:15:00Z"), std::string::npos) << next;
  EXPECT_NE(next.find("manage-parcels recall " + task(4)), std::string::npos) << next;
}

TEST_F(ParcelStatusTest, SaysWhatEndsAHold) {
  const SchedulerView view = shown(name + "|1|PENDING||launch failed requeued held\n" + name +
                                   "|2|PENDING||JobHeldUser\n" + name + "|3|PENDING||Priority\n");
  const Json tasks = report(view)["tasks"];
  for (const std::size_t i : {0U, 1U})
    EXPECT_NE(tasks[i]["next"].get<std::string>().find("scontrol release"), std::string::npos);
  EXPECT_EQ(tasks[2]["next"], nullptr);
}

TEST_F(ParcelStatusTest, KnowsTasksThatWereCancelledBeforeTheyWereJobs) {
  std::ofstream(task(3) + "/begun-70_3.0.n1.5") << "n1 5 1\n";
  const SchedulerView view =
      shown(name + "|1|RUNNING|n1|None\n" + name + "|N/A|CANCELLED||JobArrayTaskLimit\n");
  const Json tasks = report(view)["tasks"];
  EXPECT_EQ(tasks[0]["state"], "running");
  EXPECT_EQ(tasks[1]["reason"], "its task was cancelled before it left a receipt");
  EXPECT_EQ(tasks[2]["reason"], "it began, no receipt; Slurm does not know it");
}

TEST_F(ParcelStatusTest, WithoutAnAnswerNothingIsLost) {
  works(3, [](Queue&) {});
  EXPECT_EQ(states(std::nullopt), "unknown,unknown,returned,unknown");
  EXPECT_EQ(report(std::nullopt)["scheduler"], "squeue does not answer");
}

TEST_F(ParcelStatusTest, WhatWasTakenInIsAsTheQueueRecordedIt) {
  works(1, [](Queue& q) {
    q.claim(Stage::convert)->finish({});
    q.claim(Stage::flag)->finish({});
  });
  works(2, [](Queue& q) {
    q.claim(Stage::convert)->finish({});
    q.claim(Stage::flag)->fail("bad data");
  });
  works(3, [](Queue& q) { q.claim(Stage::convert)->release("told to end"); });
  for (int i = 1; i <= 3; ++i) collect(i);
  now += 1000;
  queue->recover_expired();
  const SchedulerView view = shown(name + "|4|NODE_FAIL|n2|None\n");
  EXPECT_EQ(states(view), "done,failed,given back,lost");
  const Json tasks = report(view)["tasks"];
  EXPECT_EQ(tasks[0]["reached"], "flag");
  EXPECT_EQ(tasks[0]["node"], "node-7");
  EXPECT_EQ(tasks[0]["receipt"], "receipt-1.sqlite3");
  EXPECT_EQ(tasks[1]["reason"], "bad data");
  EXPECT_EQ(tasks[1]["outcome"], "failed");
  EXPECT_EQ(tasks[2]["reason"], "told to end");
  EXPECT_EQ(tasks[3]["outcome"], "expired");
  EXPECT_EQ(tasks[3]["held"], false);
  // The counts are the queue's.
  EXPECT_EQ(report(view)["batches"][0]["done"],
            queue->database().integer("SELECT count(*) FROM job_attempt WHERE outcome = 'done'"
                                      " AND slurm_job_id = '70' AND stage = 'flag'"));
}

TEST_F(ParcelStatusTest, ANewClaimOfTheGroupIsNotTheTasks) {
  works(1, [](Queue& q) { q.claim(Stage::convert)->release("told to end"); });
  collect(1);
  queue->claim_group(Stage::convert, group(1))->fail("later, by somebody else");
  EXPECT_EQ(report(std::nullopt)["tasks"][0]["state"], "given back");
}

TEST_F(ParcelStatusTest, TheSecondArrayIsLookedAtToo) {
  std::ofstream(batch + "/job", std::ios::app) << "71\timage\n";
  works(1, [](Queue& q) { q.claim(Stage::convert)->finish({}); });
  const SchedulerView view =
      shown(name + "|1|COMPLETED|n1|None\n" + name + ".2|1|PENDING||Dependency\n");
  EXPECT_EQ(report(view)["tasks"][0]["state"], "queued");
  EXPECT_EQ(report(view)["batches"][0]["slurm_job"], "70,71");
}

TEST_F(ParcelStatusTest, AFolderThatIsNoBatchIsRefused) {
  EXPECT_THROW(batch_status(*queue, {folder.string()}, std::nullopt, false), UsageError);
  EXPECT_THROW(read_scheduler_view((folder / "absent").string()), UsageError);
}

}  // namespace
}  // namespace contimg::queue
