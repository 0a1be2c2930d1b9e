// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace contimg::registry {

/// A set begins as a candidate; only a set whose quality was judged good enough becomes active, and
/// only active sets are ever applied. docs/formats/calibration-set.md draws the changes.
enum class SetState { candidate, active, retired, failed };

/// "candidate", ...
std::string state_name(SetState state);
/// Throws UsageError for another word.
SetState state_from(const std::string& name);

/// What a set is, as its solver (or an operator who registers a table) says.
struct NewSet {
  std::string name;                 ///< Unique: the group id of the calibrator, or the operator's.
  std::vector<std::string> tables;  ///< Paths, in the order in which they are applied.
  std::string group_id;             ///< Group that was solved; empty for tables from elsewhere.
  std::string ms_path;
  double solved_mjd = 0;  ///< Middle of the solved data, days; 0: as the tables say.
  /// Declination of the pointing, ICRS. Has to be given.
  double dec_deg = std::numeric_limits<double>::quiet_NaN();
  std::string calibrator;  ///< IAU name.
  double flux_jy = 0;      ///< Used for it, at `frequency_hz`,
  double frequency_hz = 0;
  std::string flux_source;            ///< and where it came from, "Perley & Butler 2017".
  std::string refant;                 ///< Name of the antenna.
  std::vector<std::string> antennas;  ///< Names of those that have solutions; empty: as the tables.
  std::string software_version;
  std::string quality;  ///< JSON object: what the solver found out; each gate's verdict is added.
  /// Validity where it is not what the settings say; nothing: solved time -+ the shortest validity
  /// of its tables.
  std::optional<double> valid_from_mjd_given, valid_until_mjd_given;
};

struct CalibrationSet : NewSet {
  std::int64_t id = 0;
  int version = 1;  ///< Among the sets of its name: a calibrator that was solved again has 2.
  SetState state = SetState::candidate;
  double solved_from_mjd = 0, solved_until_mjd = 0;  ///< The solved data.
  double valid_from_mjd = 0, valid_until_mjd = 0;    ///< Both ends, always.
  double low_edge_hz = 0, high_edge_hz = 0;          ///< Of the band that all tables cover.
  int n_channel = 0;                                 ///< Of the table that has most.
  std::string verdict;          ///< "PASS", "WARN: ...", "FAIL: ..."; empty: not judged yet.
  std::string override_reason;  ///< Why an operator activated it against the gates.
  std::string state_reason;     ///< Why it is in its state: "superseded by version 2", ...
  bool invalid = false;         ///< What was calibrated with it should be done again.
  double created_at_unix_s = 0;

  /// "2026-01-25T22:26:05", with " (version 2)" after the first.
  std::string label() const;
};

/// What a group is, for the choice of its calibration.
struct Target {
  double mjd = 0;      ///< Middle.
  double dec_deg = 0;  ///< Of the pointing; apparent or ICRS (they differ by 0.2 deg at most).
  std::string group_id;
  double low_edge_hz = 0, high_edge_hz = 0;  ///< Of the band; 0: any set's will do.
};

/// The set that a target gets, and why; or why none.
struct Choice {
  std::optional<CalibrationSet> set;
  double age_h = 0;          ///< Hours between the target's middle and the solved data.
  bool in_validity = false;  ///< Else the gains have expired: a tile's own solve has to follow.
  std::string why;           ///< "2026-...: 0.4 h later, 0.1 deg off; 2 others are farther".
  std::string warning;       ///< E.g. "6.5 h old"; empty: none.
};

/// A set that was in reach of a target, or near it.
struct Contender {
  CalibrationSet set;  ///< Without its tables' paths.
  double age_h = 0;    ///< Hours between the target's middle and the solved data.
  bool in_validity = false;
  std::string unfit;  ///< Why it cannot be chosen; empty: it can.
  bool fits() const { return unfit.empty(); }
};

/// What a group was calibrated with.
struct Use {
  std::string group_id;
  std::int64_t set_id = 0;  ///< 0: with none; its products are not for science.
  std::string ms_path;
  std::string quality;  ///< Word or JSON, e.g. the outcome of the tile's own solve.
  bool success = true;
  double applied_at_unix_s = 0;  ///< Filled in by the registry.
};

/// A group that would be calibrated otherwise now.
struct Dependant {
  std::string group_id;
  std::string action;   ///< "reapply": a set is there; "solve": its own; "wait": there is none.
  std::string why;      ///< "its set 2026-... failed: ...", "2026-... is nearer by 3.1 h".
  std::string set;      ///< Label of the set it has; empty: none.
  std::string new_set;  ///< Label of the set it would get; empty: none.
};

}  // namespace contimg::registry
