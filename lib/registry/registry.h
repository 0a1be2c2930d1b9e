// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "queue/queue.h"

/// Which calibration tables there are, whether they may be used, and which a group gets.
namespace contimg::registry {

/// A set begins as a candidate; only a set whose quality was judged good enough becomes active, and
/// only active sets are ever applied.
enum class SetState { candidate, active, retired, failed };

/// "candidate", ...
std::string state_name(SetState state);

/// What a set is, as its solver (or an operator who registers a table) says.
struct NewSet {
  std::string name;                 ///< Unique: the group id of the calibrator, or the operator's.
  std::vector<std::string> tables;  ///< Paths, in the order in which they are applied.
  std::string group_id;             ///< Group that was solved; empty for tables from elsewhere.
  std::string ms_path;
  double solved_mjd = 0;   ///< Middle of the solved data.
  double dec_deg = 0;      ///< Declination of the pointing, ICRS.
  std::string calibrator;  ///< IAU name.
  double flux_jy = 0;      ///< Used for it, at `frequency_hz`,
  double frequency_hz = 0;
  std::string flux_source;            ///< and where it came from, "Perley & Butler 2017".
  std::string refant;                 ///< Name of the antenna.
  std::vector<std::string> antennas;  ///< Names of those that have solutions.
  std::string software_version;
  std::string quality;  ///< JSON: the figures that were judged, and each gate's verdict.
};

struct CalibrationSet : NewSet {
  std::int64_t id = 0;
  SetState state = SetState::candidate;
  double valid_from_mjd = 0, valid_until_mjd = 0;  ///< Both ends, always.
  std::string verdict;                             ///< "PASS", "WARN" or "FAIL", and why.
  std::string state_reason;  ///< Why it is in its state: "superseded", "pointing changed", ...
  double created_at_unix_s = 0;
};

/// What a group is, for the choice of its calibration.
struct Target {
  double mjd = 0;      ///< Middle.
  double dec_deg = 0;  ///< Of the pointing.
  std::string group_id;
};

/// The set that a target gets, and why; or why none.
struct Choice {
  std::optional<CalibrationSet> set;
  std::string why;      ///< "2026-...: 0.4 h later, 0.1 deg off; 2 others are farther".
  std::string warning;  ///< E.g. "6.5 h old"; empty: none.
};

}  // namespace contimg::registry
