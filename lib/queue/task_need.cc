// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/task_need.h"

#include <algorithm>
#include <cmath>

namespace contimg::queue {
namespace {

// Slurm may signal a minute before the minute that it is asked for.
constexpr int kMinutesToEnd = 2;

const char* source(bool measured) { return measured ? "measured" : "default"; }

}  // namespace

double nearest_rank(std::vector<double> values, double p) {
  const auto n = static_cast<double>(values.size());
  const auto rank = static_cast<std::ptrdiff_t>(std::clamp(std::ceil(p / 100 * n), 1.0, n));
  std::nth_element(values.begin(), values.begin() + rank - 1, values.end());
  return values[static_cast<std::size_t>(rank - 1)];
}

std::vector<StageNeed> measured_needs(Database& db, const std::vector<Stage>& stages) {
  std::vector<StageNeed> needs;
  for (const Stage stage : stages) {
    Statement find(db,
                   "SELECT wall_s, coalesce(max_rss_kb, 0) FROM stage_metrics AS m"
                   " WHERE stage = ?1 AND source = 'measured' AND wall_s > 0 AND EXISTS (SELECT 1"
                   " FROM job_attempt AS a WHERE a.group_id = m.group_id AND a.stage = m.stage"
                   " AND a.attempt = m.attempt AND a.outcome = 'done')"
                   " ORDER BY coalesce(ended_at, started_at) DESC LIMIT ?2");
    find.bind(1, stage_name(stage)).bind(2, kLatestTries);
    std::vector<double> wall_s, max_rss_kb;
    while (find.step()) {
      wall_s.push_back(find.real(0));
      if (find.real(1) > 0) max_rss_kb.push_back(find.real(1));
    }
    StageNeed need;
    need.stage = stage;
    need.n_measured = static_cast<int>(wall_s.size());
    need.wall_s = wall_s.empty() ? kDefaultWall_s : nearest_rank(wall_s, 95);
    need.max_rss_kb = max_rss_kb.empty() ? 0 : nearest_rank(max_rss_kb, 95);
    needs.push_back(need);
  }
  return needs;
}

TaskNeed task_need(const std::vector<StageNeed>& stages, double margin) {
  TaskNeed need;
  double wall_s = 0, memory_kb = 0;
  for (const StageNeed& stage : stages) {
    wall_s += stage.wall_s * (stage.n_measured > 0 ? margin : 1);
    need.time_measured = need.time_measured && stage.n_measured > 0;
    need.memory_measured = need.memory_measured && stage.max_rss_kb > 0;
    memory_kb =
        std::max(memory_kb, stage.max_rss_kb > 0 ? margin * stage.max_rss_kb : kDefaultMemory_kb);
  }
  need.time_min = static_cast<int>(std::ceil(wall_s / 60)) + kMinutesToEnd;
  need.memory_mb = static_cast<int>(std::ceil(memory_kb / 1024));
  return need;
}

Json estimate(Database& db, const std::vector<Stage>& stages, double margin) {
  const std::vector<StageNeed> needs = measured_needs(db, stages);
  const TaskNeed need = task_need(needs, margin);
  Json list = Json::array();
  for (const StageNeed& stage : needs)
    list.push_back({{"stage", stage_name(stage.stage)},
                    {"n_measured", stage.n_measured},
                    {"wall_s", stage.wall_s},
                    {"max_rss_kb", stage.max_rss_kb > 0 ? Json(stage.max_rss_kb) : Json(nullptr)}});
  return {{"time_min", need.time_min},
          {"memory_mb", need.memory_mb},
          {"time_source", source(need.time_measured)},
          {"memory_source", source(need.memory_measured)},
          {"margin", margin},
          {"stages", list}};
}

}  // namespace contimg::queue
