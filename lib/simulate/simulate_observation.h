// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "simulate/settings.h"

namespace contimg::simulate {

/// What became of one planned file, told as soon as it is so.
struct WrittenFile {
  std::string path;
  std::string group_id;
  std::size_t subband = 0;
  std::vector<std::string> faults;
};

struct SimulationReport {
  std::size_t n_file = 0;
  std::vector<std::string> group_ids;
  double seconds = 0;
};

/// Writes a run of groups as the correlator would, with the truth of each beside its files
/// (`<group_id>.truth.json`).
///
/// The same settings give the same bytes (but for the history's version), whatever the number of
/// threads. `announce` is called from one thread at a time, after each file got its name. A file
/// is complete under its own name; what was interrupted stays `_incomplete`.
/// Throws UsageError, DataError (sky list), TemporaryError (disk; stopped).
SimulationReport simulate_observation(const Settings& settings,
                                      const std::function<void(const WrittenFile&)>& announce);

}  // namespace contimg::simulate
