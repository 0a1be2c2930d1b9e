// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace contimg::simulate {

/// Everything that can go wrong with a subband file on request.
enum class FaultKind {
  missing,            ///< Never written.
  duplicate,          ///< Written again after all others, with a stamp 4 s later.
  truncated,          ///< Cut off: fraction=0.6 of its bytes are left.
  zero_length,        ///< Empty.
  bit_flip,           ///< bits=1 flipped, in=data (a visibility) or in=signature.
  nan_tail,           ///< Visibilities of the last integrations=1 are NaN.
  short_file,         ///< Lacks the last integrations=1.
  mislabelled,        ///< The host forgot who it is: named sb00, channels off the grid.
  wrong_name,         ///< Right inside, but named as subband with=N (default the next one).
  wrong_time_origin,  ///< Times count from MJD 55000.
  late,               ///< Written after all the others, delay=0 seconds later.
  restart_gap,        ///< The correlator stops for gap=103 seconds before this group.
  growing,            ///< Grows under its final name for seconds=10.
  not_hdf5,           ///< Text.
  missing_dataset,    ///< Lacks dataset=Header/time_array.
  wrong_shape,        ///< Header/freq_array has one channel too many.
  wrong_type,         ///< Header/time_array holds text.
  frequency_gap,      ///< All frequencies are mhz=1.2 MHz too high: off the grid.
  antenna_count,      ///< One antenna fewer than the other subbands: a stranger in its group.
};

/// What a file with this fault is worth to the tools that read it.
enum class FileOutcome {
  valid,    ///< Counts as its subband.
  invalid,  ///< Must be recorded with a reason, and not counted.
  absent,   ///< Not there.
};

struct Fault {
  FaultKind kind;
  std::optional<std::size_t> group;    ///< From 0; nothing: every group.
  std::optional<std::size_t> subband;  ///< Nothing: subband 5 or the last; all with subband=all.
  bool every_subband = false;
  std::map<std::string, std::string> options;

  bool concerns(std::size_t group_index) const { return !group || *group == group_index; }
  /// A numeric option, or its default. Throws UsageError when it is no number.
  double number(const std::string& name, double otherwise) const;
  std::string text(const std::string& name, const std::string& otherwise) const;
};

/// "truncated", "zero-length", "short" ...: as on the command line.
std::string fault_name(FaultKind kind);
const std::vector<FaultKind>& all_fault_kinds();
FileOutcome fault_outcome(const Fault& fault);

/// Reads KIND[:group=N][:subband=N|all][:option=value ...]. Throws UsageError.
Fault parse_fault(const std::string& text);

/// A day's worth of trouble: every kind at least once when there are at least three times as many
/// groups as kinds, one fault in about every third group, the rest sound. Seeded.
std::vector<Fault> mixed_faults(std::uint64_t seed, std::size_t n_group, std::size_t n_subband);

/// Damages a finished file: truncated, zero_length, bit_flip, not_hdf5, missing_dataset,
/// wrong_shape, wrong_type. Other kinds are made while writing, and leave it alone. Inside HDF5
/// while it works. Throws DataError, TemporaryError.
void damage_file(const std::string& path, const Fault& fault, std::uint64_t seed);

}  // namespace contimg::simulate
