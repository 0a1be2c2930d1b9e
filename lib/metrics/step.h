// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "base/metrics_settings.h"
#include "metrics/keep_up.h"
#include "queue/degradation.h"

namespace contimg::metrics {

/// The step that should follow the one in force; nothing when that stays.
///
/// One step at a time, and none before the one in force has lasted step_hold_min: heavier from its
/// pressure on; lighter below recover_share of the pressure at which the one in force begins. What
/// lies between those two changes nothing, so that the step does not flap. With degrade off, `full`
/// at once.
std::optional<queue::Degradation> next_step(const queue::Degradation& in_force, const KeepUp& now,
                                            double now_unix_s, const MetricsSettings& settings);

}  // namespace contimg::metrics
