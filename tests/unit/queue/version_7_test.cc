// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_7.h"

#include <gtest/gtest.h>

#include "base/version.h"
#include "fixture.h"
#include "queue/schema.h"

namespace contimg::queue {
namespace {

TEST_F(QueueTest, AQueueOfVersionSixKeepsItsTriesAndProducts) {
  Database db(settings().path, Database::Mode::create, 1000);
  migrate(db, {migrations().begin(), migrations().begin() + 6});
  db.execute("INSERT INTO ingest_queue (group_id, state) VALUES ('a', 'completed')");
  db.execute(
      "INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at, outcome)"
      " VALUES (7, 'a', 'convert', 1, 5, 'done')");
  db.execute(
      "INSERT INTO product (path, group_id, stage, kind, created_at)"
      " VALUES ('a.ms', 'a', 'convert', 'ms', 9)");
  EXPECT_EQ(migrate(db), 6);
  EXPECT_EQ(db.text("SELECT claim_token || outcome || (command IS NULL) FROM job_attempt"),
            "7done1");
  EXPECT_EQ(db.text("SELECT path || kind || (removed_at IS NULL) FROM product"), "a.msms1");
  EXPECT_EQ(db.integer("SELECT count(*) FROM notice") + db.integer("SELECT count(*) FROM removal"),
            0);
}

TEST_F(QueueTest, ATryKeepsTheVersionAndTheCommandLineOfItsTool) {
  Queue queue(settings());
  add(queue, "a");
  const auto claim = queue.claim(Stage::convert);
  EXPECT_EQ(text(queue, "SELECT version FROM job_attempt"), kVersion);
  const std::string command = text(queue, "SELECT command FROM job_attempt");
  EXPECT_NE(command.find("unit_queue"), std::string::npos) << command;
}

// notify asks for the last day's every five minutes, of a table that grows by 8 kB a group.
TEST_F(QueueTest, ADaysFlaggedSharesAreFoundWithoutReadingAllOthers) {
  Queue queue(settings());
  Statement plan(queue.database(),
                 "EXPLAIN QUERY PLAN SELECT shares FROM flag_shares WHERE dim = 'antenna'"
                 " AND recorded_at > 1 AND recorded_at <= 2 ORDER BY recorded_at DESC LIMIT 3");
  ASSERT_TRUE(plan.step());
  EXPECT_EQ(plan.text(3),
            "SEARCH flag_shares USING INDEX flag_shares_recorded"
            " (dim=? AND recorded_at>? AND recorded_at<?)");
  EXPECT_FALSE(plan.step());
}

}  // namespace
}  // namespace contimg::queue
