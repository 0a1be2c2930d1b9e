// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/wal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "scratch.h"

namespace contimg {
namespace {

TEST(SwitchToWal, ManyThatMakeOneFileWaitForEachOther) {
  for (int round = 0; round < 20; ++round) {
    const std::string path = scratch("made-by-many.sqlite3");
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    std::vector<std::thread> makers;
    for (int i = 0; i < 4; ++i)
      makers.emplace_back([&] {
        try {
          Database db(path, Database::Mode::create, 30'000);
          switch_to_wal(db, 30'000);
          db.execute("CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES (1)");
        } catch (const Error& error) {
          ADD_FAILURE() << error.what();
        }
      });
    for (std::thread& maker : makers) maker.join();
    Database db(path, Database::Mode::read_only, 1000);
    EXPECT_EQ(db.text("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(db.integer("SELECT count(*) FROM t"), 4);
  }
}

}  // namespace
}  // namespace contimg
