// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/step.h"

#include <cstdio>

namespace contimg::metrics {
namespace {

using queue::Degradation;
using queue::Step;

double begins_at(Step step, const MetricsSettings& settings) {
  return step == Step::quicklook_first ? settings.quicklook_pressure
                                       : settings.convert_only_pressure;
}

Degradation made(Step step, const char* format, double pressure, double limit, const KeepUp& now,
                 double now_unix_s) {
  char reason[160];
  std::snprintf(reason, sizeof reason, format, pressure, limit, now.backlog_s / 60);
  Degradation next;
  next.step = step;
  next.reason = reason;
  next.since_unix_s = now_unix_s;
  next.pressure = pressure;
  next.backlog_s = now.backlog_s;
  next.capacity = now.capacity;
  return next;
}

}  // namespace

std::optional<Degradation> next_step(const Degradation& in_force, const KeepUp& now,
                                     double now_unix_s, const MetricsSettings& settings) {
  if (!settings.degrade) {
    if (in_force.step == Step::full) return std::nullopt;
    Degradation off = made(Step::full, "", now.pressure, 0, now, now_unix_s);
    off.reason = "metrics.degrade is off";
    return off;
  }
  if (in_force.id != 0 && now_unix_s - in_force.since_unix_s < 60 * settings.step_hold_min)
    return std::nullopt;
  if (in_force.step != Step::convert_and_calibrate) {
    const auto heavier = static_cast<Step>(static_cast<int>(in_force.step) + 1);
    const double limit = begins_at(heavier, settings);
    if (now.pressure >= limit)
      return made(heavier, "pressure %.2f, at least %.2f, with a backlog of %.0f min of sky",
                  now.pressure, limit, now, now_unix_s);
  }
  if (in_force.step == Step::full) return std::nullopt;
  const double limit = settings.recover_share * begins_at(in_force.step, settings);
  if (now.pressure >= limit) return std::nullopt;
  return made(static_cast<Step>(static_cast<int>(in_force.step) - 1),
              "pressure %.2f, below %.2f, with a backlog of %.0f min of sky", now.pressure, limit,
              now, now_unix_s);
}

}  // namespace contimg::metrics
