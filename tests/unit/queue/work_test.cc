// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/work.h"

#include "fixture.h"

namespace contimg::queue {
namespace {

class WorkTest : public QueueTest {
 protected:
  // A queue whose group "a" is ready to be flagged.
  std::unique_ptr<Queue> flaggable() {
    auto queue = std::make_unique<Queue>(settings());
    add(*queue, "a");
    queue->claim(Stage::convert)->finish({});
    return queue;
  }
  static std::optional<Job> wait(Queue& queue, double until_unix_s, const std::string& group = "") {
    WorkOptions options;
    options.group_id = group;
    return work_one(queue, Stage::flag, options, [&](Claim&, const Heartbeat&) -> Outcome {
      throw Waits("no_calibration", "a: nothing in reach", until_unix_s);
    });
  }
  std::string job(Queue& queue) {
    return text(queue,
                "SELECT state || ' ' || coalesce(reason, '') || ' ' || retry_count || ' ' ||"
                " coalesce(not_before, '') FROM job WHERE stage = 'flag'");
  }
};

TEST_F(WorkTest, AJobThatWaitsIsNotCountedAndComesBackInTime) {
  const auto queue = flaggable();
  EXPECT_FALSE(wait(*queue, now + 3600));
  EXPECT_EQ(job(*queue),
            "waiting no_calibration 0 " + std::to_string(static_cast<long>(now) + 3600) + ".0");
  EXPECT_FALSE(queue->claim(Stage::flag));
  now += 3601;
  EXPECT_TRUE(queue->claim(Stage::flag));
}

TEST_F(WorkTest, AJobThatWaitsUntilSomeTimeCanBeTakenByName) {
  const auto queue = flaggable();
  wait(*queue, now + 3600);
  const auto claim = queue->claim_group(Stage::flag, "a");
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->job().retry_count, 0);
}

TEST_F(WorkTest, WaitingCountsFromItsBeginningUntilTheJobIsDone) {
  const auto queue = flaggable();
  const auto since = [&] {
    return waiting_since_unix_s(queue->database(), "a", Stage::flag, "no_calibration");
  };
  EXPECT_FALSE(since());
  const double begin = now;
  wait(*queue, now + 3600);
  now += 4000;
  wait(*queue, now + 3600, "a");
  EXPECT_EQ(since().value_or(0), begin);
  now += 1;
  queue->claim_group(Stage::flag, "a")->finish({});
  EXPECT_FALSE(since());
  now += 1;
  queue->claim_group(Stage::flag, "a", true)->release("no_calibration", now + 10);
  EXPECT_EQ(since().value_or(0), now);
}

}  // namespace
}  // namespace contimg::queue
