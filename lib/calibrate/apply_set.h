// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "caltable/corrected_blocks.h"
#include "caltable/recorded.h"

namespace contimg::calibrate {

/// Name of the stage in the mark of a set that is being changed.
constexpr const char* kStage = "calibrate";

/// What is to be applied to a Measurement Set.
struct ApplySettings {
  std::string set_name;             ///< Label of the calibration set; empty for tables by hand.
  std::vector<std::string> tables;  ///< Paths, in the order in which they are applied.
  bool force = false;               ///< Also when these were applied already.
  /// Change no column, only record the tables: who uses the data calibrates them with
  /// caltable::recorded_calibration() and caltable::for_each_corrected_block().
  bool in_memory = false;
  std::size_t n_thread = 2;
  std::string details = "{}";  ///< JSON object put into the record: age, the tile's own solve, ...
  std::string command_line;    ///< For HISTORY.
  /// Hooks; both may be empty. `check` is called often and throws to end the work.
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< Rows.
  std::function<void()> check;
};

/// What was done.
struct ApplyReport {
  std::string ms_path;
  std::string set_name;
  std::vector<std::string> tables;        ///< Absolute paths.
  std::vector<std::string> fingerprints;  ///< [table]
  bool already_applied = false;           ///< The same tables were, and nothing was done.
  bool repaired = false;  ///< An earlier run was killed while it wrote; its work was done again.
  std::size_t n_row = 0;
  caltable::BlockCounts counts;               ///< Zero when nothing was done.
  std::vector<std::string> missing_antennas;  ///< Flagged, as some table lacks them.
  double read_s = 0, write_s = 0, total_s = 0;
};

/// Applies calibration tables to a Measurement Set: CORRECTED_DATA, FLAG (starting from the flags
/// before the first calibration, version `pre_calibrate`), WEIGHT and WEIGHT_SPECTRUM from SIGMA,
/// in one pass; records what was applied in the keyword CONTIMG_CALIBRATION_APPLIED and HISTORY.
/// Applying the same tables again does nothing, and would change no column.
///
/// Tables are read and matched to the set before anything is changed. Throws UsageError without
/// tables, DataError when a table or the set cannot be used (caltable::Calibration) or all data
/// would be flagged, TemporaryError for the disk, another process that has the set, or a stop.
ApplyReport apply_set(const std::string& ms_path, const ApplySettings& settings);

/// Records in the set that it has no calibration and why; CORRECTED_DATA, if there is one, is not
/// to be used then. `details`: JSON object put into the record.
void mark_uncalibrated(const std::string& ms_path, const std::string& why,
                       const std::string& command_line);

/// What the set says was applied to it (JSON); empty: nothing yet.
std::string applied_record(const std::string& ms_path);

/// True when the set's record names this calibration set and begins with these tables, and all
/// tables in it (a tile's own comes last) are as they were when they were applied.
bool is_applied(const std::string& ms_path, const std::string& set_name,
                const std::vector<std::string>& tables, bool in_memory);

}  // namespace contimg::calibrate
