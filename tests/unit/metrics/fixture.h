// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/settings.h"
#include "queue/claim.h"
#include "queue/groups.h"
#include "queue/queue.h"
#include "scratch.h"

namespace contimg::metrics {

/// A queue of its own for each test, under a clock that the test turns.
class MetricsTest : public ::testing::Test {
 protected:
  queue::QueueSettings queue_settings() {
    queue::QueueSettings result;
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    result.path = scratch(std::string(test->name()) + ".sqlite3");
    result.clock_unix_s = [this] { return now; };
    result.stages = queue::stages_from(settings.stages);
    return result;
  }

  /// A whole group of 309.24 s that arrives now.
  void arrive(Database& db, const std::string& group_id,
              queue::GroupState state = queue::GroupState::pending) {
    queue::Group group;
    group.group_id = group_id;
    group.state = state;
    group.received_at_unix_s = group.last_update_unix_s = now;
    group.first_time_unix_s = now - 309.24 + 12.885;
    group.last_time_unix_s = now;
    group.integration_time_s = 12.885;
    queue::insert_group(db, group, "test", "");
    const std::string path = "/in/" + group_id + "_sb00.hdf5";
    Statement(db,
              "INSERT INTO hdf5_file_index (path, filename, file_size_bytes, modified_time,"
              " indexed_at, inode, mtime_ns, state, seen_at_unix_s, needs_grouping)"
              " VALUES (?1, ?1, 1, 1, 1, 1, 1, 'valid', ?2, 0)")
        .bind(1, path)
        .bind(2, now)
        .run();
    queue::set_group_files(db, group_id, {{0, path}});
  }

  /// Takes the next job of a stage and ends it well `work_s` later.
  bool work(queue::Queue& queue, queue::Stage stage, double work_s) {
    auto claim = queue.claim(stage);
    if (!claim) return false;
    now += work_s;
    queue::Outcome outcome;
    outcome.metrics = queue::StageMetrics{now - work_s, work_s, work_s, 1000, 0, 0};
    claim->finish(outcome);
    return true;
  }

  contimg::Settings settings;
  double now = 1.8e9;
};

}  // namespace contimg::metrics
