// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"

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

enum class Grade { pass, warn, fail, unknown };
/// "PASS", "WARN", "FAIL", "UNKNOWN".
const char* grade_name(Grade grade);

/// What one gate says. A limit that a gate does not have is nothing.
struct GateResult {
  std::string gate;  ///< Name of the figure: "flagged_share", ...
  std::optional<double> value, warn, fail;
  Grade grade = Grade::unknown;
  std::string reason;  ///< "median_snr 4.20, expected at least 5"; empty when it passes.
};

/// What all gates say together: the worst, where unknown is worse than a warning and better than a
/// failure.
struct Verdict {
  Grade grade = Grade::unknown;
  std::vector<GateResult> gates;

  bool usable() const { return grade == Grade::pass || grade == Grade::warn; }
  /// "PASS", or "FAIL: <reasons>".
  std::string text() const;
  /// {"verdict", "gates": {name: {"value", "warn", "fail", "grade"}}}; JSON null where not known.
  nlohmann::ordered_json json() const;
};

/// Holds figures to limits. A figure that is not known (or no number) makes the verdict UNKNOWN
/// unless another fails; a limit is met by a figure equal to it.
Verdict judge(const Figures& figures, const GateLimits& limits = {});

}  // namespace contimg::registry
