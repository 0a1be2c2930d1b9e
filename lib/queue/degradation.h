// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "queue/stage.h"

namespace contimg::queue {

/// How much work is done with a group, from all of it downwards. docs/operations/keep-up.md.
enum class Step {
  full,                   ///< Every stage, as configured.
  quicklook_first,        ///< Images as quicklook, nothing after; deep ones wait for `full`.
  convert_and_calibrate,  ///< Nothing after calibrate.
};

/// "full", "quicklook first, deep later", "convert and calibrate only".
std::string step_name(Step step);
/// Throws UsageError for words that are no step.
Step step_from(const std::string& name);

/// The last of the enabled stages that is done at a step; nothing when none is.
std::optional<Stage> last_stage(Step step, const std::vector<Stage>& enabled);

/// A step, from when it was in force, and why. A row of the table `degradation`.
struct Degradation {
  std::int64_t id = 0;  ///< 0: no step was ever taken, which is `full` since ever.
  Step step = Step::full;
  std::string reason;
  double since_unix_s = 0;
  std::optional<double> pressure;   ///< When it began; and so the following.
  std::optional<double> backlog_s;  ///< Sky time that waited.
  std::optional<double> capacity;   ///< Sky time worked off per second.
};

/// The step that the stages have to obey now.
Degradation degradation_in_force(Database& db);

/// When a step was last given up for a lighter one; nothing if never. Groups that came before are
/// what was put off: they are done when nothing newer waits, and cause no pressure.
std::optional<double> last_relief_unix_s(Database& db);

/// Puts `next` in force, in one transaction, unless another process has changed the step since
/// `seen` was read. Returned: true if it did.
bool begin_step(Database& db, const Degradation& seen, const Degradation& next);

}  // namespace contimg::queue
