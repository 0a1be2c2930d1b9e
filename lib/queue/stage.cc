// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/stage.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"

namespace contimg::queue {
namespace {
constexpr const char* kStageName[] = {"convert", "flag",    "calibrate",
                                      "image",   "measure", "lightcurve"};
}

std::string stage_name(Stage stage) { return kStageName[static_cast<int>(stage)]; }

Stage stage_from(const std::string& name) {
  for (std::size_t i = 0; i < std::size(kStageName); ++i)
    if (name == kStageName[i]) return static_cast<Stage>(i);
  throw UsageError(
      name + ": not a stage, expected convert, flag, calibrate, image, measure or lightcurve");
}

std::vector<Stage> stages_from(const std::vector<std::string>& names) {
  std::vector<Stage> stages;
  for (const std::string& name : names) stages.push_back(stage_from(name));
  std::sort(stages.begin(), stages.end());
  return stages;
}

std::optional<Stage> next_stage(Stage stage, const std::vector<Stage>& enabled) {
  std::optional<Stage> next;
  for (const Stage candidate : enabled)
    if (candidate > stage && (!next || candidate < *next)) next = candidate;
  return next;
}

}  // namespace contimg::queue
