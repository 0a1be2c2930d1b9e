// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "queue/claim.h"
#include "queue/groups.h"
#include "queue/queue.h"

namespace contimg::queue {

/// A queue of its own for each test, under a clock that the test turns.
class QueueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::temp_directory_path() /
             ("queue-" + std::string(test->name()) + "-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  QueueSettings settings() {
    QueueSettings result;
    result.path = (folder / "queue.sqlite3").string();
    result.clock_unix_s = [this] { return now; };
    result.stages = {Stage::convert, Stage::flag};
    return result;
  }

  void add(Queue& queue, const std::string& group_id, GroupState state = GroupState::pending) {
    Group group;
    group.group_id = group_id;
    group.state = state;
    group.received_at_unix_s = group.last_update_unix_s = now;
    insert_group(queue.database(), group, "test", "");
  }

  std::string text(Queue& queue, const std::string& sql) { return queue.database().text(sql); }
  std::string state(Queue& queue, const std::string& group_id) {
    return group_state_name(find_group(queue.database(), group_id)->state);
  }

  std::filesystem::path folder;
  double now = 1.8e9;
};

}  // namespace contimg::queue
