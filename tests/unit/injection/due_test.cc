// SPDX-License-Identifier: GPL-3.0-or-later
#include "injection/due.h"

#include <gtest/gtest.h>

#include "injection/record.h"
#include "scratch.h"

namespace contimg::injection {
namespace {

// The tables of a database of measurements that are looked at.
class DueTilesTest : public ::testing::Test {
 protected:
  DueTilesTest() : db_(path_, Database::Mode::create, 1000) {
    db_.execute(
        "CREATE TABLE epoch (group_id TEXT UNIQUE, mid_mjd REAL, science INTEGER, verdict TEXT);"
        "CREATE TABLE injection (group_id TEXT UNIQUE)");
  }

  void tile(const std::string& group_id, double mid_mjd, bool injected, int science = 1,
            const std::string& verdict = "PASS") {
    Statement(db_, "INSERT INTO epoch VALUES (?1, ?2, ?3, ?4)")
        .bind(1, group_id)
        .bind(2, mid_mjd)
        .bind(3, science)
        .bind(4, verdict)
        .run();
    if (injected) Statement(db_, "INSERT INTO injection VALUES (?1)").bind(1, group_id).run();
  }

  std::string path_ = scratch(
      std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".sqlite3");
  Database db_;
};

TEST_F(DueTilesTest, CountsTheNewestThatWereDueAndHaveNone) {
  tile("a", 1, true);
  tile("b", 2, false);
  tile("c", 3, false);
  tile("d", 4, true);
  const DueTiles last = due_tiles(db_, 1, 3, 0);
  EXPECT_EQ(last.n, 3);
  EXPECT_EQ(last.n_without, 2);
  EXPECT_EQ(last.newest_without, "c");
  EXPECT_EQ(due_tiles(db_, 1, 9, 1.5).n, 3) << "only data since then";
}

TEST_F(DueTilesTest, PassesOverWhatGetsNone) {
  tile("not for science", 1, false, 0);
  tile("failed", 2, false, 1, "FAIL");
  EXPECT_EQ(due_tiles(db_, 1, 9, 0).n, 0);
  int n_due = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string group_id = "group " + std::to_string(i);
    n_due += is_due(group_id, 4) ? 1 : 0;
    tile(group_id, 3 + i, false);
  }
  EXPECT_GT(n_due, 0);
  EXPECT_LT(n_due, 60);
  EXPECT_EQ(due_tiles(db_, 4, 99, 0).n, n_due);
  EXPECT_EQ(due_tiles(db_, 0, 99, 0).n, 0) << "switched off";
}

}  // namespace
}  // namespace contimg::injection
