// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metrics/work.h"

namespace contimg::metrics {

/// Whether the work keeps pace with the sky. "Sky time" is the duration of the data of groups; a
/// rate is sky time per second of the clock, so 1 is the pace of the sky. Derived here;
/// docs/operations/keep-up.md has the same in words.
struct KeepUp {
  enum class Verdict { idle, keeping_up, catching_up, falling_behind, unknown };

  double backlog_s = 0;              ///< B: sky time of the groups that are ready or claimed.
  double held_s = 0;                 ///< Sky time that waits for something else than a worker.
  double put_off_s = 0;              ///< Sky time that was put off.
  double arrival_rate = 0;           ///< a
  double throughput = 0;             ///< Sky time done in the window over the window.
  std::optional<double> capacity;    ///< c: the same over the time in which there was work to do.
  double allowed_s = 0;              ///< Latency that a group of mean duration may have.
  std::optional<double> catch_up_s;  ///< B / (c - a) where c > a; 0 without a backlog.
  std::optional<double> fall_behind_s;  ///< Until a new group will be late; 0: it will.
  double pressure = 0;  ///< Predicted latency of a group that came now, over what is allowed.
  int n_late = 0;       ///< Groups of the backlog whose deadline has passed.
  std::optional<double> least_slack_s;  ///< Of the backlog.
  Verdict verdict = Verdict::idle;
};
const char* verdict_name(KeepUp::Verdict verdict);

/// When a group is due: `allowed_latency` of its durations after its last subband.
double deadline_unix_s(const WaitingGroup& group, double allowed_latency);

/// Given: the work of one moment, and the latency that a group may have, in its durations.
KeepUp keep_up(const Work& work, double allowed_latency);

/// The smallest of the values that a share `q` of them does not exceed (nearest rank), q in
/// (0, 1]. Given: the values in any order. Nothing for none.
std::optional<double> percentile(std::vector<double> values, double q);

}  // namespace contimg::metrics
