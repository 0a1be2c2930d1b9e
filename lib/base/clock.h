// SPDX-License-Identifier: GPL-3.0-or-later
// Durations: how long something took, and the units that times are told in.
#pragma once

#include <chrono>

namespace contimg {

/// Only goes on, whatever is done to the date.
using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

inline constexpr double kMinute_s = 60, kHour_s = 3600, kDay_s = 86400, kHoursPerDay = 24;
/// Sky that a group covers: 24 integrations of 12.885 s.
inline constexpr double kSlot_s = 309.24;
inline constexpr double kUnixEpoch_mjd = 40587;  ///< 1970-01-01T00:00 UTC.

}  // namespace contimg
