// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "metrics/figures.h"
#include "metrics/record.h"

namespace contimg::metrics {

/// What record-metrics is asked for.
struct Request {
  std::string textfile;           ///< Write the figures here for Prometheus; empty: nowhere.
  std::vector<std::string> logs;  ///< Record what these logs tell.
  bool dry_run = false;           ///< Put no step in force, write no file.
};

/// Records logs; then reads the figures, puts the next step in force, writes the textfile, and logs
/// each warning that holds and a change of the step. Returned: the figures with the step in force.
/// Throws UsageError for an absent queue or log.
Figures take_stock(const contimg::Settings& settings, const Request& request);

/// Records lines of JSON from stdin, passing them through to stdout; logs what is wrong with them.
/// Throws DataError when any was malformed, after the last.
void record_stdin(const contimg::Settings& settings);

/// True when something was put before stdin for this process to read: a pipe, a socket or a file.
bool stdin_has_input();

}  // namespace contimg::metrics
