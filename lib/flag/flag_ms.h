// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rfi/flag_list.h"
#include "rfi/statistics.h"

namespace contimg::flag {

/// The flags from which every run starts, kept beside FLAG by the first.
constexpr const char* kVersionBefore = "pre_flag";

/// How a set is flagged.
struct Settings {
  bool find_interference = true;
  std::string strategy;   ///< Path of AOFlagger's Lua; empty: the built-in one.
  std::string flag_list;  ///< Path; empty: none.
  rfi::ExtensionLimits extension;
  rfi::DeadLimits dead;
  double max_lost_share = 0.5;   ///< More of what was good is flagged: the set is refused.
  double max_live_share = 0.97;  ///< More is flagged among live antennas: the set is no use.
  std::size_t n_thread = 2;
};

/// Hooks; both may be empty.
struct Observer {
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< Baselines.
  std::function<void()> check;  ///< Called from one thread, often; throws to end the work.
};

/// What was found.
struct Report {
  std::string ms_path;
  bool repaired = false;  ///< An earlier run was killed while it wrote; its flags were replaced.
  std::size_t n_row = 0;
  rfi::Observation observation;
  rfi::Statistics statistics;
  std::size_t n_listed = 0;  ///< Entries of the list that concerned the set.
  std::string strategy;      ///< What found the interference, with AOFlagger's version; or "none".
  double read_s = 0;         ///< Threads' seconds,
  double find_s = 0;         ///< and these in AOFlagger.
  double total_s = 0;        ///< Wall clock,
  double cpu_s = 0;          ///< and the process's CPU time meanwhile.
  std::string plot_path;     ///< Empty: none was drawn.
};

/// Flags a Measurement Set in place, in this order: values that are not finite or exactly zero,
/// autocorrelations, shadowed antennas, the list, interference, what is left around it, dead
/// antennas, dead channels. Starts from the flags that were there before the first run (version
/// `pre_flag`), so that running it again gives the same flags.
///
/// FLAG and FLAG_ROW are replaced at the very end, under a mark (ms/in_place.h); killed before
/// that, nothing has changed. DATA is read once, a block of baselines at a time.
/// Throws DataError when the set cannot be read or too much would be flagged (FLAG is then as it
/// was), UsageError for a bad strategy or list, TemporaryError for the disk, another process that
/// has the set, or a stop.
Report flag_ms(const std::string& path, const Settings& settings, const Observer& observer);

}  // namespace contimg::flag
