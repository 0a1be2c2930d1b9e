// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/stage.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/text.h"

namespace contimg::queue {
namespace {
constexpr const char* kStageName[] = {"convert", "flag",    "calibrate",
                                      "image",   "measure", "lightcurve"};
}

const std::vector<Stage>& all_stages() {
  static const std::vector<Stage> stages = [] {
    std::vector<Stage> all;
    for (std::size_t i = 0; i < std::size(kStageName); ++i) all.push_back(static_cast<Stage>(i));
    return all;
  }();
  return stages;
}

std::string stage_name(Stage stage) { return kStageName[static_cast<int>(stage)]; }

std::vector<std::string> stage_names() { return {std::begin(kStageName), std::end(kStageName)}; }

Stage stage_from(const std::string& name) {
  for (std::size_t i = 0; i < std::size(kStageName); ++i)
    if (name == kStageName[i]) return static_cast<Stage>(i);
  throw UsageError(name + ": not a stage, expected one of " + joined(stage_names()));
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
