// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

/// Whether something is good enough to be used: its figures against limits.
namespace contimg::quality {

enum class Grade { pass, warn, fail, unknown };
/// "PASS", "WARN", "FAIL", "UNKNOWN".
const char* grade_name(Grade grade);

/// Which figures are good ones. `nearer_zero` ignores the sign; the limits of `nearer_one` are
/// distances from 1.
enum class Better { lower, higher, nearer_zero, nearer_one };

/// A figure and its limits. A limit is met by a figure equal to it.
struct Gate {
  std::string name;                  ///< Of the figure, with its unit: "astrometry_arcsec".
  std::optional<double> value;       ///< Nothing, or no number: not known.
  std::optional<double> warn, fail;  ///< Nothing: the gate has no such limit.
  Better better = Better::lower;
  bool required = true;  ///< A figure that is not known counts as UNKNOWN; else it is passed over.
};

/// What one gate says.
struct GateResult {
  std::string gate;
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
  /// The reasons alone, joined with "; ".
  std::string reasons() const;
  /// {"verdict", "gates": {name: {"value", "warn", "fail", "grade"}}}; JSON null where not known.
  nlohmann::ordered_json json() const;
};

/// Holds each figure to its limits. No gates: PASS.
Verdict judge(const std::vector<Gate>& gates);

}  // namespace contimg::quality
