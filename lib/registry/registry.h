// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "queue/queue.h"
#include "registry/calibration_set.h"
#include "registry/gates.h"

/// Which calibration tables there are, whether they may be used, and which a group gets.
namespace contimg::registry {

/// How long and how far around itself a set is used: settings `calibration.*`.
struct Limits {
  double bandpass_validity_h = 24;  ///< Before and after the solved data: delays, bandpasses,
  double gain_validity_h = 1;       ///< and gains.
  double max_age_h = 12;            ///< Outside its validity a set is used up to this age.
  double warn_age_h = 6;
  double dec_tolerance_deg = 1;
  GateLimits gates;
};
Limits limits_from(const Settings& settings);

/// The settings that limits_from() reads, for cli::add_settings().
const std::vector<std::string>& lookup_options();  ///< Validity, age, declination.
const std::vector<std::string>& gate_options();

/// The calibration sets in the queue's database.
///
///     candidate -> active -> retired | failed        candidate -> failed
///     failed, retired -> active by an operator only
///
/// Any number of processes may use it at once; each change is one IMMEDIATE transaction, so that
/// a reader (or a crash) sees all of it or nothing. At most one version of a name is active. What
/// choose() returns was active when it looked, its tables whole and as they were when judged.
class Registry {
 public:
  /// Opens the queue as Queue does; throws what that throws, and UsageError when there is none.
  Registry(const queue::QueueSettings& queue, const Limits& limits);

  /// Where the next solve of `name` should write: `<folder>/<name>`, to which ".K", ".B" ... are
  /// added; `<folder>/<name>.v2` when version 1 was in use, so that the tables of an active set are
  /// never overwritten. The same until add_candidate(), so a killed solve is written over.
  std::string table_stem(const std::string& folder, const std::string& name);

  /// Enters a set as a candidate, after reading its tables. One of that name that was never active
  /// is replaced; if one was, this is its next version. Entering the tables of the active version
  /// again changes nothing. Returned: its id.
  /// Throws DataError when a table is absent, not whole, not readable or without solutions, when
  /// the tables do not fit each other, or belong to an active set of another name; UsageError
  /// when something that has to be said is missing.
  std::int64_t add_candidate(const NewSet& set);

  /// Records the gates' verdict; in the same transaction the candidate becomes active (and an
  /// older active version retired) when it may be used, and failed when it failed; UNKNOWN leaves
  /// it a candidate. A set that is no candidate is left as it is. Calibrate jobs that wait for a
  /// reason beginning with "no_calibration" become due. Returned: the set as it is then. Throws UsageError for an unknown id,
  /// DataError when its tables have changed since.
  CalibrationSet judge(std::int64_t id, const Verdict& verdict);

  /// Activates by an operator's hand. A set whose verdict does not allow it, or that was failed or
  /// retired, needs a reason, which is recorded. Throws UsageError without, and as judge().
  CalibrationSet activate(std::int64_t id, const std::string& override_reason);

  /// Takes a set out of use. What was calibrated with it is stale then.
  void fail(std::int64_t id, const std::string& why);
  void retire(std::int64_t id, const std::string& why);

  /// In order of time; `state` nothing: all.
  std::vector<CalibrationSet> list(std::optional<SetState> state = std::nullopt);
  std::optional<CalibrationSet> find(std::int64_t id);
  /// By name: the active version, else the newest. By "name:2": that version. Throws UsageError.
  CalibrationSet named(const std::string& name);

  /// The set for a target: active, its band the target's or more, its declination within the
  /// tolerance, the telescope not moved in between; those whose validity holds the target before others up to max_age_h; the nearest in
  /// time, before or after; the newest of those as near. Its tables are read; a set whose tables
  /// are not as they were judged is passed over with a warning.
  Choice choose(const Target& target);
  /// The sets nearest in time to a target, at most `limit`, of any state, declination and band, within
  /// twice the reach: first those that choose() would have to choose from, the best first, then those
  /// that are unfit, with the first reason, by age. Tables are not read.
  std::vector<Contender> contenders(const Target& target, std::size_t limit);
  /// The target that a group of the queue is. Throws UsageError for an unknown one, DataError for
  /// one without times.
  Target target_of(const std::string& group_id);

  /// Records what a group was calibrated with, instead of what was there before. Throws DataError
  /// for a set that was never active.
  void record_use(const Use& use);
  std::optional<Use> use_of(const std::string& group_id);

  /// Groups whose set failed, was retired for a fault, or is farther than the one they would get
  /// now; cheapest first.
  std::vector<Dependant> stale();

  /// Says that the telescope pointed at `dec_deg` at `mjd`. Active sets at other declinations that
  /// were solved before are retired, unless an uncalibrated group in reach still wants them;
  /// choose() does not use them across the move in any case. Nothing becomes stale by this.
  /// Returned: the sets that were retired.
  std::vector<CalibrationSet> pointing_seen(double dec_deg, double mjd, const std::string& source);

  const Limits& limits() const { return limits_; }
  Database& database() { return db_; }

 private:
  struct Near;
  std::vector<Near> near(const Target& target);
  Choice chosen(const Target& target, bool read_tables);
  std::string why_none(const Target& target);
  std::string why_unfit(const CalibrationSet& set, const Target& target, double age_h,
                        bool in_validity);
  bool moved_between(double mjd, double other_mjd, double dec_deg);
  void require_whole(const CalibrationSet& set);
  CalibrationSet existing(std::int64_t id);
  std::int64_t insert(const CalibrationSet& set, const std::string& config_hash);
  void make_active(const CalibrationSet& set, const std::string& reason);
  void change_state(std::int64_t id, SetState state, const std::string& why, bool invalid);

  queue::QueueSettings queue_;
  Limits limits_;
  Database db_;
};

}  // namespace contimg::registry
