// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/queue.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/stop.h"
#include "fixture.h"
#include "queue/heartbeat.h"
#include "queue/repair.h"
#include "queue/report.h"
#include "queue/schema.h"
#include "queue/verify.h"
#include "queue/work.h"

namespace contimg::queue {
namespace {

Outcome one_set() {
  Outcome outcome;
  outcome.products.push_back({"/ms/science/a.ms", "ms", 5, "", ""});
  outcome.measurement_set = MeasurementSetRow{"/ms/science/a.ms", 60000, 60001, "f", 10, 20};
  outcome.conversion = ConversionTimes{1, 2, 3, 6, "contimg"};
  outcome.metrics = StageMetrics{};
  return outcome;
}

TEST_F(QueueTest, AGroupGoesFromCollectingThroughInProgressToCompleted) {
  Queue queue(settings());
  add(queue, "a", GroupState::collecting);
  EXPECT_FALSE(queue.claim(Stage::convert));
  ASSERT_TRUE(set_group_state(queue.database(), "a", GroupState::pending, now, "form-groups", ""));
  auto claim = queue.claim(Stage::convert);
  ASSERT_TRUE(claim);
  EXPECT_EQ(state(queue, "a"), "in_progress");
  EXPECT_EQ(find_group(queue.database(), "a")->processing_stage, "processing_fresh");
  claim->finish(one_set());
  EXPECT_EQ(state(queue, "a"), "completed");
  EXPECT_EQ(text(queue, "SELECT mid_mjd FROM ms_index"), "60000.5");
  EXPECT_EQ(text(queue, "SELECT total_time FROM performance_metrics"), "6.0");
  EXPECT_EQ(text(queue, "SELECT group_concat(\"to\") FROM state_history"),
            "collecting,pending,in_progress,completed");
  EXPECT_TRUE(check_queue(queue.database()).empty());
}

TEST_F(QueueTest, FinishingMakesTheNextEnabledStageReadyAndOnlyThen) {
  Queue queue(settings());
  add(queue, "a");
  EXPECT_FALSE(queue.claim(Stage::flag));
  queue.claim(Stage::convert)->finish({});
  auto flag = queue.claim(Stage::flag);
  ASSERT_TRUE(flag);
  EXPECT_EQ(flag->job().group_id, "a");
  EXPECT_EQ(state(queue, "a"), "completed");
  flag->finish({});
  EXPECT_FALSE(queue.claim(Stage::calibrate));
}

TEST_F(QueueTest, TheLeastRetriedComesFirstThenTheOldestThenByOption) {
  Queue queue(settings());
  for (const char* id : {"b", "a", "c"}) add(queue, id);
  auto first = queue.claim(Stage::convert);
  EXPECT_EQ(first->job().group_id, "a");
  first->retry("trouble");
  now += 31;
  auto second = queue.claim(Stage::convert);
  EXPECT_EQ(second->job().group_id, "b");
  QueueSettings newest = settings();
  newest.newest_first = true;
  add(queue, "d");
  Queue other(newest);
  auto third = other.claim(Stage::convert);
  EXPECT_EQ(third->job().group_id, "d");
  queue.database().execute("UPDATE ingest_queue SET priority = 1 WHERE group_id = 'a'");
  auto fourth = queue.claim(Stage::convert);
  EXPECT_EQ(fourth->job().group_id, "a");
}

TEST_F(QueueTest, BackOffDoublesFromThirtySecondsToThreeHundredAndRetriesRunOut) {
  QueueSettings many = settings();
  many.max_retries = 7;
  Queue queue(many);
  add(queue, "a");
  for (const double wait_s : {30, 60, 120, 240, 300, 300}) {
    auto claim = queue.claim(Stage::convert);
    ASSERT_TRUE(claim) << wait_s;
    EXPECT_TRUE(claim->retry("trouble"));
    EXPECT_EQ(state(queue, "a"), "pending");
    now += wait_s - 1;
    EXPECT_FALSE(queue.claim(Stage::convert)) << wait_s;
    now += 1;
  }
  auto last = queue.claim(Stage::convert);
  EXPECT_TRUE(last->job().resuming);
  EXPECT_FALSE(last->retry("trouble", "tail"));
  EXPECT_EQ(state(queue, "a"), "failed");
  EXPECT_EQ(text(queue, "SELECT error || log_tail FROM ingest_queue"), "troubletail");
  EXPECT_EQ(text(queue, "SELECT error_type FROM dead_letter"), "retries spent");
  retry_group(queue, "a");
  EXPECT_EQ(find_group(queue.database(), "a")->retry_count, 0);
  EXPECT_TRUE(queue.claim(Stage::convert));
}

TEST_F(QueueTest, ADeadWorkersJobIsRecoveredAsResumingAndCountedAndFailsInTheEnd) {
  Queue queue(settings());
  add(queue, "a");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    auto claim = queue.claim(Stage::convert);
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->job().attempt, attempt);
    EXPECT_EQ(claim->job().resuming, attempt > 1);
    claim->detach();  // as if it had been killed
    now += 899;
    EXPECT_EQ(queue.recover_expired(), 0);
    EXPECT_EQ(stale_groups(queue.database(), now), 0);
    now += 2;
    EXPECT_EQ(stale_groups(queue.database(), now), 1);
  }
  EXPECT_FALSE(queue.claim(Stage::convert));
  EXPECT_EQ(state(queue, "a"), "failed");
  EXPECT_EQ(find_group(queue.database(), "a")->processing_stage, "resuming");
  EXPECT_TRUE(check_queue(queue.database()).empty());
}

TEST_F(QueueTest, AWorkerThatLostItsLeaseCanChangeNothing) {
  Queue queue(settings());
  add(queue, "a");
  auto slow = queue.claim(Stage::convert);
  now += 901;
  auto taken_over = queue.claim(Stage::convert);
  ASSERT_TRUE(taken_over);
  EXPECT_NE(slow->job().claim_token, taken_over->job().claim_token);
  EXPECT_THROW(slow->record_checkpoint("/x"), LeaseLost);
  EXPECT_THROW(slow->finish(one_set()), LeaseLost);
  EXPECT_EQ(text(queue, "SELECT count(*) FROM product"), "0");
  EXPECT_EQ(state(queue, "a"), "in_progress");
  taken_over->finish({});
}

TEST_F(QueueTest, AReleaseIsNotCountedAndWaitsAsLongAsItSays) {
  Queue queue(settings());
  add(queue, "a");
  queue.claim(Stage::convert)->release("disk full", now + 60);
  EXPECT_FALSE(queue.claim(Stage::convert));
  now += 60;
  auto claim = queue.claim(Stage::convert);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->job().retry_count, 0);
}

TEST_F(QueueTest, ACheckpointIsHandedToTheNextTryEvenAfterAnOperatorsReset) {
  Queue queue(settings());
  add(queue, "a");
  auto first = queue.claim(Stage::convert);
  first->record_checkpoint("/ck/a.checkpoint.uvh5");
  first->detach();
  queue.database().execute(
      "UPDATE ingest_queue SET state='pending', processing_stage='collecting' WHERE group_id='a'");
  auto next = queue.claim(Stage::convert);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->job().checkpoint_path, "/ck/a.checkpoint.uvh5");
  EXPECT_TRUE(next->job().resuming);
}

TEST_F(QueueTest, ANamedGroupIsTakenWhateverItsStateButNeverFromALivingWorker) {
  Queue queue(settings());
  add(queue, "a", GroupState::collecting);
  pause(queue, "test");
  EXPECT_FALSE(queue.claim(Stage::convert));
  auto claim = queue.claim_group(Stage::convert, "a");
  ASSERT_TRUE(claim);
  EXPECT_THROW(queue.claim_group(Stage::convert, "a", true), TemporaryError);
  EXPECT_THROW(queue.claim_group(Stage::flag, "a"), UsageError);
  EXPECT_THROW(queue.claim_group(Stage::convert, "b"), UsageError);
  claim->finish({});
  EXPECT_FALSE(queue.claim_group(Stage::convert, "a"));
  auto again = queue.claim_group(Stage::convert, "a", true);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->job().redo);
}

TEST_F(QueueTest, WorkOneRecordsEachKindOfEnd) {
  Queue queue(settings());
  const auto end_as = [&](const std::function<Outcome()>& work) {
    return work_one(queue, Stage::convert, {}, [&](Claim&, const Heartbeat&) { return work(); });
  };
  EXPECT_FALSE(end_as([] { return Outcome(); }));
  add(queue, "bad");
  EXPECT_THROW(end_as([]() -> Outcome { throw DataError("rotten"); }), DataError);
  EXPECT_EQ(state(queue, "bad"), "failed");
  add(queue, "full");
  EXPECT_THROW(end_as([]() -> Outcome { throw TemporaryError("disk"); }), TemporaryError);
  EXPECT_EQ(text(queue, "SELECT not_before - " + std::to_string(now) +
                            " FROM job WHERE group_id = 'full'"),
            "60.0");
  add(queue, "stop");
  EXPECT_THROW(end_as([]() -> Outcome { throw Stopped("TERM"); }), Stopped);
  EXPECT_EQ(text(queue, "SELECT state FROM job WHERE group_id = 'stop'"), "ready");
  EXPECT_THROW(end_as([]() -> Outcome { throw std::runtime_error("odd"); }), std::runtime_error);
  EXPECT_EQ(find_group(queue.database(), "stop")->retry_count, 1);
  now += 30;
  const auto done = end_as(one_set);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->group_id, "stop");
  EXPECT_EQ(find_group(queue.database(), "stop")->error, "");
}

TEST_F(QueueTest, TheHeartbeatKeepsALeaseAliveAndTellsWhenItIsGone) {
  QueueSettings quick = settings();
  quick.clock_unix_s = system_clock_unix_s;
  quick.lease_s = 3;
  Queue queue(quick);
  add(queue, "a");
  auto claim = queue.claim(Stage::convert);
  const Heartbeat heartbeat(quick, claim->job());
  std::this_thread::sleep_for(std::chrono::milliseconds(4500));
  EXPECT_EQ(queue.recover_expired(), 0);
  EXPECT_NO_THROW(heartbeat.check());
  queue.database().execute("UPDATE ingest_queue SET state = 'pending'");
  for (int i = 0; i < 3000 && !heartbeat.lost(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_THROW(heartbeat.check(), LeaseLost);
  claim->detach();
}

TEST_F(QueueTest, FiftyProcessesTakeTwoThousandGroupsEachOnce) {
  {
    Queue queue(settings());
    Transaction transaction(queue.database());
    for (int i = 0; i < 2000; ++i) add(queue, "g" + std::to_string(10000 + i));
    transaction.commit();
  }
  std::vector<pid_t> children;
  for (int worker = 0; worker < 50; ++worker) {
    const pid_t child = fork();
    if (child == 0) {
      int code = 1;
      try {
        Queue queue(settings());
        std::ofstream out(folder / ("claims-" + std::to_string(getpid())));
        while (auto claim = queue.claim(Stage::convert)) out << claim->detach().group_id << '\n';
        code = 0;
      } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
      }
      _exit(code);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  std::multiset<std::string> claimed;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().rfind("claims-", 0) != 0) continue;
    std::ifstream in(entry.path());
    for (std::string id; in >> id;) claimed.insert(id);
  }
  EXPECT_EQ(claimed.size(), 2000u);
  EXPECT_EQ(std::set<std::string>(claimed.begin(), claimed.end()).size(), 2000u);
}

TEST_F(QueueTest, AKillAtAnyMomentLeavesASoundQueue) {
  {
    Queue queue(settings());
    Transaction transaction(queue.database());
    for (int i = 0; i < 400; ++i) add(queue, "g" + std::to_string(1000 + i));
    transaction.commit();
  }
  for (int round = 0; round < 40; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      Queue queue(settings());
      for (int i = 0; auto claim = queue.claim(Stage::convert); ++i) {
        if (i % 3 == 0)
          claim->finish(one_set());
        else if (i % 3 == 1)
          claim->release("again");
        else
          claim->retry("trouble");
      }
      ::pause();
    }
    std::this_thread::sleep_for(std::chrono::microseconds(4000 + 997 * round));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    now += 901;
    Queue queue(settings());
    const Json faults = check_queue(queue.database());
    ASSERT_TRUE(faults.empty()) << faults.dump();
    ASSERT_EQ(text(queue, "SELECT count(*) FROM ingest_queue"), "400");
  }
}

// A worker on another host took a job while the machine's clock was a day ahead, and died.
TEST_F(QueueTest, LeaseOfAClockThatWasAheadRunsOutLikeAnyOther) {
  Queue queue(settings());
  add(queue, "a");
  const double right = now;
  now += 86400;
  queue.claim(Stage::convert)->detach();
  now = right;
  EXPECT_EQ(queue.recover_expired(), 0);
  now += settings().lease_s + 1;
  EXPECT_EQ(queue.recover_expired(), 1);
  EXPECT_TRUE(queue.claim(Stage::convert));
}

TEST_F(QueueTest, LeaseOfAClockThatWasAheadStaysItsLivingHolders) {
  Queue queue(settings());
  add(queue, "a");
  now += 86400;
  std::optional<Claim> claim = queue.claim(Stage::convert);
  now -= 86400;
  EXPECT_EQ(queue.recover_expired(), 0);
  claim->renew();
  now += settings().lease_s - 1;
  EXPECT_EQ(queue.recover_expired(), 0);
  claim->finish({});
  EXPECT_EQ(state(queue, "a"), "completed");
}

}  // namespace
}  // namespace contimg::queue
