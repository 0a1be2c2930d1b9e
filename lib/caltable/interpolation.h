// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "base/span.h"

namespace contimg::caltable {

/// A gain at one time, or none.
struct InterpolatedGain {
  std::complex<double> gain{1, 0};
  bool flagged = true;
};

/// Interpolates the gains of one antenna and receptor: linear in amplitude and in phase between
/// the two neighbouring solutions that are not flagged, the phase the short way round; before the
/// first and after the last of them that one is held.
///
/// Given:
///   times_mjd_s  [solution] ascending
///   gains        [solution]
///   flagged      [solution] 1 = no solution
///   time_mjd_s   where
///
/// Returned: flagged when no solution is good.
InterpolatedGain interpolate_gain(Span<const double> times_mjd_s,
                                  Span<const std::complex<float>> gains,
                                  Span<const std::uint8_t> flagged, double time_mjd_s);

/// Index of the time nearest to `time_mjd_s` (the earlier of two as near). Times ascend; not empty.
std::size_t nearest_time(Span<const double> times_mjd_s, double time_mjd_s);

}  // namespace contimg::caltable
