// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace contimg::ms {

/// A row of HISTORY: what a program did to the set.
struct HistoryRow {
  double time_mjd_s = 0;
  std::string application;  ///< "convert-group 0.1.0"
  std::string command;      ///< The command line, words joined by blanks.
  std::string message;
};

/// Reads HISTORY in the order in which it was written. Throws DataError when the set is not there or
/// damaged.
std::vector<HistoryRow> read_history(const std::string& set_path);

}  // namespace contimg::ms
