// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "base/settings.h"
#include "quality/verdict.h"

/// Whether a solve is good enough to be used: its figures against limits. The whole table of
/// gates, with the source of each limit, is in docs/formats/calibration-set.md.
namespace contimg::registry {

/// What is known of the quality of a set; nothing where it is not known. Shares are 0 to 1.
struct Figures {
  std::optional<double> flagged_share;      ///< Of solutions, among live antennas.
  std::optional<double> live_antennas;      ///< Antennas that have solutions.
  std::optional<double> median_snr;         ///< Of solutions, the worst table's.
  std::optional<double> beam_response;      ///< Power, towards the calibrator, at its best.
  std::optional<double> dec_offset_deg;     ///< Calibrator minus pointing; its sign is ignored.
  std::optional<double> refant_flagged;     ///< Share of the reference antenna's data flagged.
  std::optional<double> phase_scatter_deg;  ///< About a smooth fit in frequency, not raw.
  std::optional<double> unconverged_share;  ///< Of solutions.
};

/// The limits in force: the `calibration.*` settings.
struct GateLimits {
  double flagged_warn = 0.2, flagged_fail = 0.5;
  double min_antennas = 10;
  double snr_warn = 10, snr_fail = 5;
  double min_beam = 0.5;
  double dec_offset_warn_deg = 1, dec_offset_fail_deg = 5;
  double refant_flagged_fail = 0.5;
  double scatter_warn_deg = 15, scatter_fail_deg = 30;
  double unconverged_warn = 0.02, unconverged_fail = 0.2;
};
GateLimits gate_limits(const Settings& settings);

using quality::GateResult;
using quality::Grade;
using quality::grade_name;
using quality::Verdict;

/// Holds figures to limits. A figure that is not known (or no number) makes the verdict UNKNOWN
/// unless another fails; a limit is met by a figure equal to it.
Verdict judge(const Figures& figures, const GateLimits& limits = {});

}  // namespace contimg::registry
