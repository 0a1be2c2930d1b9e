// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

#include "queue/claim.h"
#include "queue/groups.h"
#include "queue/heartbeat.h"
#include "scratch.h"
#include "watch/stage.h"

namespace contimg::watch {
namespace {

using queue::Queue;
using queue::Stage;

class EndAttempts : public ::testing::Test {
 protected:
  queue::QueueSettings settings() {
    queue::QueueSettings result;
    result.path = scratch(
        std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".sqlite3");
    result.clock_unix_s = [this] { return now; };
    return result;
  }
  void SetUp() override {
    jobs.emplace(settings());
    queue::Group group;
    group.group_id = "2026-01-25T22:26:05";
    group.state = queue::GroupState::pending;
    group.received_at_unix_s = group.last_update_unix_s = now;
    queue::insert_group(jobs->database(), group, "test", "");
  }
  std::string text(const std::string& sql) { return jobs->database().text(sql); }

  double now = 1.8e9;
  std::optional<Queue> jobs;
};

TEST_F(EndAttempts, TheClaimOfTheKilledProcessBecomesAFailedTryWithItsOutput) {
  std::optional<queue::Claim> claim = jobs->claim(Stage::convert);
  ASSERT_TRUE(claim);
  EXPECT_EQ(end_attempts(*jobs, {1, getpid()}, {}, "made no progress", "last words\n"), 1);
  EXPECT_EQ(text("SELECT state || retry_count || reason FROM job"), "waiting1made no progress");
  EXPECT_EQ(text("SELECT log_tail FROM job"), "last words\n");
  EXPECT_EQ(text("SELECT outcome || reason FROM job_attempt"), "retrymade no progress");
  EXPECT_EQ(text("SELECT state || log_tail FROM ingest_queue"), "pendinglast words\n");
  // The stage obeys TERM and wants to give its job back: that is over.
  EXPECT_THROW(claim->release("stopped"), queue::LeaseLost);
  EXPECT_EQ(text("SELECT retry_count FROM job"), "1");
}

TEST_F(EndAttempts, ClaimsOfOthersAreLeftAlone) {
  std::optional<queue::Claim> claim = jobs->claim(Stage::convert);
  EXPECT_EQ(end_attempts(*jobs, {getpid() + 1}, {}, "r", ""), 0);
  StageRequest other;
  other.group_id = "2026-01-25T22:31:14";
  EXPECT_EQ(end_attempts(*jobs, {getpid()}, other, "r", ""), 0);
  other = {};
  other.stage = "flag";
  EXPECT_EQ(end_attempts(*jobs, {getpid()}, other, "r", ""), 0);
  jobs->database().execute("UPDATE job SET host = 'elsewhere'");
  EXPECT_EQ(end_attempts(*jobs, {getpid()}, {}, "r", ""), 0);
  EXPECT_EQ(text("SELECT state FROM job"), "claimed");
}

TEST_F(EndAttempts, TheLastTryMakesTheGroupFailed) {
  jobs->database().execute("UPDATE job SET retry_count = 2");
  std::optional<queue::Claim> claim = jobs->claim(Stage::convert);
  EXPECT_EQ(end_attempts(*jobs, {getpid()}, {}, "made no progress", "tail"), 1);
  claim->detach();
  EXPECT_EQ(text("SELECT state FROM ingest_queue"), "failed");
  EXPECT_EQ(text("SELECT reason || log_tail FROM dead_letter"), "made no progresstail");
}

// A stage that hangs while its lease is renewed: run by the test below, as a program of its own.
TEST(DISABLED_Stage, HangsUnderAHeartbeat) {
  queue::QueueSettings where;
  where.path = std::getenv("CONTIMG_TEST_QUEUE");
  where.lease_s = 10;
  Queue queue(where);
  std::optional<queue::Claim> claim = queue.claim(Stage::convert);
  ASSERT_TRUE(claim);
  const queue::Heartbeat heartbeat(where, claim->job());
  for (int i = 0; i < 600; ++i) std::this_thread::sleep_for(std::chrono::seconds(1));
}

TEST_F(EndAttempts, AHeartbeatDoesNotKeepAStageThatHangsAlive) {
  now = queue::system_clock_unix_s();
  ::setenv("CONTIMG_TEST_QUEUE", settings().path.c_str(), 1);
  contimg::Settings given;
  given.queue_db = settings().path;
  given.stall_min = 0.1;
  StageRequest request;
  request.command = {"/proc/self/exe", "--gtest_also_run_disabled_tests",
                     "--gtest_filter=DISABLED_Stage.*"};
  request.group_id = "2026-01-25T22:26:05";
  EXPECT_EQ(run_stage(given, request), 128 + SIGTERM);
  EXPECT_EQ(text("SELECT state || retry_count || reason FROM job"),
            "waiting1made no progress for 0.1 min, killed");
  EXPECT_GT(
      jobs->database().integer("SELECT heartbeat_at - started_at > 1 FROM job JOIN job_attempt"
                               " USING (group_id)"),
      0);
}

}  // namespace
}  // namespace contimg::watch
