// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/calibrate_tile.h"
#include "queue/claim.h"
#include "registry/registry.h"

/// The stage `calibrate` of the queue.
///
///     calibrator's group   solve -> candidate -> judged by the gates -> active -> its own applied
///                                              '-> failed: goes on as a science group
///     science group        nearest active set -> tile's own solve -> applied
///                          no set in reach: waits (no_calibration) up to max_wait_h, then fails,
///                          or is marked as not calibrated
namespace contimg::calibrate {

/// What a solve of a calibrator's group gives the stage.
struct Solved {
  registry::NewSet set;       ///< Its name and group are the stage's to fill in.
  registry::Figures figures;  ///< For the gates.
  std::vector<std::string> plots;
};
/// Solves a set and writes the tables `table_stem` + ".K", ".B", ".G". Throws DataError when the
/// group cannot be solved: a calibrator too weak, too few antennas.
using Solver = std::function<Solved(const std::string& ms_path, const std::string& table_stem)>;

struct StageSettings {
  ScienceSettings science;   ///< Set and tables are filled in by the stage.
  std::string caltable_dir;  ///< For the tables of calibrators and tiles.
  registry::Limits limits;
  double max_wait_h = 24;           ///< From the first time that no set was found.
  double look_again_h = 1;          ///< Waiting groups look at least so often.
  bool allow_uncalibrated = false;  ///< After that: go on without calibration instead of failing.
  Solver solver;                    ///< Empty: no calibrator is solved.
};

/// How a group was calibrated.
struct StageReport {
  std::string group_id, ms_path;
  bool is_calibrator = false;
  bool calibrated = false;         ///< False: marked as not for science.
  std::string solve_failure;       ///< Why a calibrator's own solutions are not used.
  registry::Choice choice;         ///< The set that was applied; a calibrator's own has age 0.
  std::int64_t set_id = 0;         ///< Of what was solved here, active or not.
  std::vector<std::string> plots;  ///< Of what was solved here.
  ScienceReport science;
  double total_s = 0;
};

/// Calibrates the group of a claimed job; everything but the job's end is recorded.
///
/// A set that the group already has, solved by an earlier try of this job, is not solved again
/// unless the job is redone. Throws queue::Waits when there is no set yet, DataError when waiting
/// took too long or the data cannot be calibrated, and what the parts throw.
StageReport calibrate_group(queue::Queue& queue, const queue::Job& job,
                            const StageSettings& settings);

/// Applies the tables that settings.apply names.
StageReport calibrate_by_hand(const std::string& ms_path, const ScienceSettings& settings);

/// Looks up the nearest active set for a Measurement Set, applies it, and records its use when the
/// queue knows the group. Throws DataError when there is none.
StageReport calibrate_by_lookup(registry::Registry& registry, const std::string& ms_path,
                                const ScienceSettings& settings);

/// What the queue shall record of it.
queue::Outcome outcome_of(const StageReport& report);
/// One line of JSON: stage, group_id, product, state, seconds, set, tables, age, tile.
std::string to_json(const StageReport& report);
/// Logs what an operator looks for.
void log_report(const StageReport& report, bool profile);

}  // namespace contimg::calibrate
