// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/sqlite.h"

namespace contimg::metrics {

struct Warning {
  std::string kind;  ///< "queue_depth", "stale_groups", "slow_group", "missing_subbands".
  std::string text;  ///< In the documented words, without "WARNING: ".
};

/// The documented warnings that hold now: of queue::warnings(); of each group whose conversion was
/// recorded within `slow_window_s` and took more than 4.5 min; of each group that has been collecting
/// for more than `collecting_timeout_s`. In this order, groups by id.
std::vector<Warning> current_warnings(Database& db, double now_unix_s, double slow_window_s,
                                      double collecting_timeout_s);

}  // namespace contimg::metrics
