// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/sqlite.h"

namespace contimg::report {

/// From 12:00 UTC of its date to 12:00 UTC of the next.
struct Night {
  std::string date;  ///< "2026-01-26"
  double begin_unix_s = 0, end_unix_s = 0;
  /// Ids of groups of the night lie in [first_id, end_id).
  std::string first_id, end_id;
};

/// Throws UsageError for what is no date.
Night night_named(const std::string& date);
/// The last that has ended.
Night last_night(double now_unix_s);

/// A group of a night, as the report needs it. Not known: NaN, or empty.
struct NightGroup {
  std::string group_id, state, observation_class;
  double begin_unix_s = 0, end_unix_s = 0;  ///< Of its data.
  double dec_deg = 0;
  double arrived_unix_s = 0;  ///< When its last subband was seen.
  int n_subbands = 0, expected_subbands = 16;
  std::string missing;         ///< "3,7"
  std::string calibrators;     ///< JSON list.
  std::string trouble_stage;   ///< Of the first job that failed or waits; else empty.
  std::string trouble_state;   ///< "failed", "waiting".
  std::string trouble_reason;  ///< As the queue has it.
  std::string next_stage;      ///< First that is not done; empty: all are.
  double imaged_unix_s = 0, finished_unix_s = 0;  ///< First end of its image, of its last stage.
  int n_lost_attempts = 0;                        ///< That failed, expired or have to be retried.
  // Its image.
  std::string verdict, reasons, image_path, tier, calibration_set, thumbnail;
  double noise_jy = 0, theoretical_jy = 0, flux_ratio = 0, astrometry_arcsec = 0;
  double flagged_share = 0, dynamic_range = 0, beam_major_arcsec = 0, beam_minor_arcsec = 0;

  bool imaged() const { return !verdict.empty(); }
  bool failed() const { return state == "failed" || trouble_state == "failed"; }
};

/// The groups of a night in order of time. Read by the index of ids: a queue of any length will do.
/// `last_stage` is that at whose end a group is through.
std::vector<NightGroup> groups_of(Database& db, const Night& night, const std::string& last_stage);

}  // namespace contimg::report
