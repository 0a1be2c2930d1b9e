// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "rfi/rules.h"

namespace contimg::rfi {

/// Shares of flagged samples, 0 to 1. Only cross-correlations count.
struct Statistics {
  double raw_share = 0;   ///< Of everything.
  double live_share = 0;  ///< Among baselines of live antennas.
  double lost_share = 0;  ///< Of what was good before and is live, what is flagged now.
  std::array<double, kReasonCount> by_reason{};  ///< Of everything; none is what is left.
  std::vector<double> by_antenna;                ///< [antenna] among live antennas; a dead one's
                                                 ///< baselines with live ones; NaN: it has none.
  std::vector<double> by_channel;                ///< [channel] among live antennas.
  std::vector<double> by_baseline;               ///< [baseline]; NaN for autocorrelations.
  std::vector<double> by_time_channel;           ///< [time, channel] among live antennas.
  Dead dead;
};

Statistics count(const Observation& observation, const Flags& flags, const Dead& dead);

}  // namespace contimg::rfi
