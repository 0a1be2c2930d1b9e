// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg {

/// What an operator can set of [metrics], a part of Settings (base/settings.h).
/// docs/operations/keep-up.md says what each does.
struct MetricsSettings {
  double allowed_latency =
      4;  ///< From the last subband to the last stage, in durations of a group.
  double latency_window_h = 24;  ///< Percentiles are of what ended within this.
  double rate_window_min = 60;   ///< Rates are of this last while.
  bool degrade = true;           ///< Leave work out under pressure.
  double quicklook_pressure = 1, convert_only_pressure = 3;
  double recover_share = 0.5;  ///< Of the pressure that a step begins at: below, it ends.
  double step_hold_min = 30;   ///< A step lasts at least so long.
};

}  // namespace contimg
