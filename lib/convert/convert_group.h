// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "astro/earth_orientation.h"
#include "convert/integration.h"
#include "convert/plan.h"

namespace contimg::convert {

/// Where and how a group is converted.
struct Settings {
  std::string output_dir;             ///< Under it science/, calibrators/, failed/, each by date.
  std::string scratch_dir;            ///< Build the set here, then move it; empty: in place.
  bool stage_inputs = false;          ///< First copy the subband files to scratch_dir.
  std::size_t stage_workers = 4;      ///< Files copied at once.
  bool cleanup_temp = true;           ///< Remove the copies afterwards.
  std::string checkpoint_dir;         ///< Empty: a killed conversion starts again.
  double checkpoint_interval_s = 10;  ///< At most this much work is lost; 0: every integration.
  std::size_t n_thread = 2;
  bool overwrite = false;  ///< Replace a set that is there already.
  bool dry_run = false;    ///< Plan only: nothing is written.
  /// Least free space to begin with, or three times the set if that is more; 0: once the set.
  std::uint64_t disk_floor_byte = 0;
  std::int64_t token = 0;    ///< Of the queue's claim; 0 without a queue.
  std::string command_line;  ///< For HISTORY.
  Layout layout;
};

/// What was made.
struct Report {
  std::string ms_path;
  bool existed = false;  ///< The set was there already; nothing was done.
  bool resumed = false;  ///< A killed conversion was gone on with.
  bool planned = false;  ///< A dry run: the set was not made.
  std::size_t n_row = 0, n_channel = 0, n_correlation = 0, n_time = 0, n_baseline = 0;
  std::vector<std::size_t> missing_subbands;
  std::string field_name;                            ///< Of the middle field,
  astro::Direction phase_centre;                     ///< and its place, ICRS.
  double first_time_mjd_s = 0, last_time_mjd_s = 0;  ///< Start and end of the data.
  double uvw_discrepancy_m = 0;
  Findings findings;
  double total_s = 0;  ///< Wall clock; Findings has the threads' seconds.
  std::vector<std::string> remarks;
};

/// Hooks into a conversion; all may be empty.
struct Observer {
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< Integrations.
  std::function<void()> check;  ///< Called for each integration; throws to end the conversion.
  /// Called with the path of the set when all is in it, before it is read back and named: for
  /// flagging. It may be called again for a set that it was called for, by a process that died.
  std::function<void(const std::string& path)> finish_set;
};

/// Converts one group of subband files into one Measurement Set,
/// `<output-dir>/{science,calibrators}/YYYY-MM-DD/<group_id>.ms`.
///
/// The set is built aside (or in scratch_dir), validated (find_faults), made durable and renamed:
/// under its own name it is whole. A set that fails validation is moved to failed/ with
/// `<group_id>.reason.json`; a group that cannot be converted leaves the JSON alone. With a
/// checkpoint folder a killed conversion of the same inputs is gone on with.
///
/// Throws DataError when the inputs are at fault (the JSON tells), TemporaryError when disk,
/// permissions or a stop are, UsageError for an impossible layout. Nothing is left behind but a
/// checkpoint and its partial.
Report convert_group(const Group& group, const Settings& settings,
                     const astro::EarthOrientation& earth, const Observer& observer);

/// Folder and name of a group's set: class_folder is science, calibrators or failed. The date is
/// that of the group's id.
std::string set_path(const std::string& output_dir, const std::string& class_folder,
                     const std::string& group_id);

}  // namespace contimg::convert
