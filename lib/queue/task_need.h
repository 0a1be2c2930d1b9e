// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/sqlite.h"
#include "queue/report.h"
#include "queue/stage.h"

namespace contimg::queue {

/// What a stage took in the past: of its latest tries that were done and measured, the value that
/// 95 % of them do not exceed (nearest rank).
struct StageNeed {
  Stage stage = Stage::convert;
  int n_measured = 0;  ///< Tries that were looked at; 0: the other fields are defaults.
  double wall_s = 0;
  double max_rss_kb = 0;  ///< 0: never measured.
};

/// What is asked for where nothing was measured: a stage's time, and a task's memory.
constexpr double kDefaultWall_s = 1800;
constexpr double kDefaultMemory_kb = 8.0 * 1024 * 1024;
/// The latest tries of a stage that count.
constexpr int kLatestTries = 200;

/// The p-th percentile by nearest rank: the smallest value that p % of all do not exceed. `values`
/// are not empty, 0 < p <= 100.
double nearest_rank(std::vector<double> values, double p);

/// One row a stage, from stage_metrics of source "measured" and tries that were done.
std::vector<StageNeed> measured_needs(Database& db, const std::vector<Stage>& stages);

/// What a task that does these stages one after another has to ask for.
struct TaskNeed {
  int time_min = 0;   ///< margin * the sum of the stages' seconds, in whole minutes, and 2 more in
                      ///< which a task that is told to end gives back its claim.
  int memory_mb = 0;  ///< margin * the largest of the stages' memories, MiB, rounded up.
  bool time_measured = true;  ///< False: some stage's time is the default, without the margin.
  bool memory_measured = true;
};
TaskNeed task_need(const std::vector<StageNeed>& stages, double margin);

/// {time_min, memory_mb, time_source, memory_source, margin, stages: [{stage, n_measured, wall_s,
/// max_rss_kb}]}, the sources "measured" or "default".
Json estimate(Database& db, const std::vector<Stage>& stages, double margin);

}  // namespace contimg::queue
