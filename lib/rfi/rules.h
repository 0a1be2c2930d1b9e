// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rfi/observation.h"

/// Rules that need no threshold on amplitudes. Each gives a reason to samples that have none.
namespace contimg::rfi {

/// NaN or infinite, and exactly 0 (real and imaginary part).
void flag_bad_values(const Observation& observation, const Block& block, Flags& flags);

void flag_autocorrelations(const Observation& observation, Flags& flags);

/// Where two dishes overlap as seen from the source, sqrt(u^2 + v^2) < (D1 + D2) / 2, the one
/// behind is shadowed (antenna 2 where w > 0), and all its baselines are flagged at that time.
void flag_shadowed(const Observation& observation, Flags& flags);

/// How much of something must be flagged for the rest to be flagged as well.
struct ExtensionLimits {
  double channel = 0.6;  ///< Share of a baseline's times that are flagged in a channel.
  double time = 0.6;     ///< Share of a baseline's channels that are flagged at a time.
};
/// Flags the rest of what is mostly flagged by interference, within one baseline: its channel at
/// all times, its time at all channels, and all correlations of a sample that is flagged in one.
/// Samples flagged for another reason do not count, neither as flagged nor as good.
void extend_interference(const Observation& observation, const ExtensionLimits& limits,
                         std::size_t first_baseline, std::size_t n_baseline, Flags& flags);

struct DeadLimits {
  double antenna = 0.95;  ///< More of an antenna's samples are flagged: it is dead.
  double channel = 0.5;   ///< More of a channel's samples, among live antennas, are flagged.
};
/// What next to nothing good is left of.
struct Dead {
  std::vector<std::size_t> antennas;
  std::vector<std::size_t> channels;
};
/// Finds dead antennas, then dead channels among the others, and flags all of them. Only
/// cross-correlations count, and for antennas only channels that have anything good (a subband
/// that is missing kills no antenna); a baseline with a dead antenna counts for neither. An
/// antenna is found dead before it can make others look dead: the worst first, then again.
Dead flag_dead(const Observation& observation, const DeadLimits& limits, Flags& flags);

}  // namespace contimg::rfi
