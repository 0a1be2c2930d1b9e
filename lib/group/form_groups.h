// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "astro/earth_orientation.h"
#include "base/settings.h"
#include "group/assess.h"
#include "group/classify.h"
#include "queue/group_ledger.h"

namespace contimg::group {

struct FormSettings {
  int expected_subbands = 16;
  double chunk_duration_min = 5;  ///< Only recorded.
  int min_subbands = 16;          ///< For PartialPolicy::convert.
  double collecting_timeout_s = 600;
  PartialPolicy partial = PartialPolicy::wait;
  double partial_timeout_s = 86400;  ///< After this a group that still waits fails.
  ClassifySettings classify;
};

/// What became of one group in this run.
struct GroupReport {
  Assessment assessment;
  std::string state;  ///< In the queue now.
  bool became_pending = false;
  std::vector<CalibratorMatch> calibrators;
  std::string reason;  ///< Why it failed, or is converted incomplete.
};

/// A file that came too late.
struct LateFile {
  std::string group_id;
  std::string path;
  std::string reason;
};

struct FormReport {
  std::vector<GroupReport> groups;  ///< Those that were touched, in order of time.
  std::vector<LateFile> late;
};

/// Puts files that scan-incoming has recorded since the last call into groups, and settles groups
/// that have waited too long. Costs as much as there are new files and waiting groups.
///
/// - A group collects until every expected subband has a member; then it is classified, becomes
///   pending and its first job ready. Its id may change while it collects (subband 0 names it).
/// - A group that collects for longer than collecting_timeout_s is warned about once, in the
///   documented words; then it waits on, is converted as it is (from min_subbands up) or fails,
///   as `partial` says; after partial_timeout_s it fails in any case.
/// - A file for a pending group is added if its subband is missing. A file for a group that is in
///   progress, completed or failed is recorded as late and changes nothing.
///
/// Each batch of files is one transaction: a run that is killed, or two runs at once, lose and
/// double nothing.
FormReport form_groups(queue::GroupLedger& ledger, const FormSettings& settings,
                       const astro::EarthOrientation& earth, double now_unix_s);

/// Groups files without a queue: what form_groups() would make of them. All are reported as
/// collecting or pending; timeouts do not count.
std::vector<GroupReport> group_files(const std::vector<queue::FileRecord>& files,
                                     const FormSettings& settings,
                                     const astro::EarthOrientation& earth);

/// One line of JSON: group_id, state, n_subbands, missing, files with role and reason, calibrators.
std::string to_json(const GroupReport& report);
/// One line of JSON: group_id, late_file, reason.
std::string to_json(const LateFile& late);

}  // namespace contimg::group
