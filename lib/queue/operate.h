// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/settings.h"
#include "queue/report.h"
#include "queue/verify.h"

namespace contimg::queue {

/// A command of manage-queue with what was given to it.
struct Order {
  std::string word;  ///< "status", "list", ...
  std::string group, state, stage, reason, target;
  int limit = 0;
  bool failed = false, all = false, yes = false, emergency = false;
};

/// Does it. Throws UsageError when there is no queue: none is made here.
Json operate(const Order& order, const contimg::Settings& settings, const HeaderReader& read);

}  // namespace contimg::queue
