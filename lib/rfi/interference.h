// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "rfi/observation.h"

namespace contimg::rfi {

/// Finds interference with AOFlagger's library and a strategy of its kind, a Lua script
/// (https://aoflagger.readthedocs.io). Our own is dsa110.lua. One object a thread.
class InterferenceFinder {
 public:
  /// Given: the path of a strategy; empty for dsa110.lua as it was compiled in.
  /// Throws UsageError when the strategy cannot be read or understood. The observation must
  /// outlive the finder, and not move; channels and antennas are told to the strategy.
  InterferenceFinder(const std::string& strategy_path, const Observation& observation);
  ~InterferenceFinder();
  InterferenceFinder(InterferenceFinder&&) noexcept;

  /// Runs the strategy on each cross-correlation of the block, on the amplitudes and phases of
  /// all its correlations together, and gives what it finds Reason::interference in all
  /// correlations. Samples that are flagged already are told to the strategy as such, with 0 for
  /// a value; baselines with nothing good are passed over.
  /// Throws UsageError, with the strategy's own words, when it fails.
  void flag(const Block& block, Flags& flags);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Version of the library, "3.1.0".
std::string aoflagger_version();

}  // namespace contimg::rfi
