// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "rfi/observation.h"

namespace contimg::rfi {

/// One line of a flag list: what it names is bad from `from` until `until`. What is left open
/// means all. docs/formats/flag-list.md describes the file.
struct FlagEntry {
  std::string antenna1, antenna2;  ///< Names; both empty: all baselines; one: all of its.
  double low_hz = -std::numeric_limits<double>::infinity();
  double high_hz = std::numeric_limits<double>::infinity();
  double from_mjd_s = -std::numeric_limits<double>::infinity();
  double until_mjd_s = std::numeric_limits<double>::infinity();
  std::string why;
};

/// Reads a flag list. Throws UsageError "<path>:<line>: ..." for what cannot be understood, and
/// for an entry that names nothing (it would flag everything).
std::vector<FlagEntry> read_flag_list(const std::string& path);

/// Flags what the entries name: integrations whose middle is in [from, until), channels that
/// overlap [low, high]. Antennas that the observation does not have are passed over: a list
/// outlives arrays. Returned: the number of entries that concerned the observation.
std::size_t flag_listed(const Observation& observation, const std::vector<FlagEntry>& entries,
                        Flags& flags);

}  // namespace contimg::rfi
