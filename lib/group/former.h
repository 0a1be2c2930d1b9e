// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "group/form_groups.h"
#include "group/matching.h"

namespace contimg::group {

/// Why a group is incomplete: what is missing, and the files that would have been it.
std::string incomplete_reason(const Assessment& assessment);

/// The calibrators that the members' headers show.
std::vector<CalibratorMatch> classify(const Assessment& assessment, const FormSettings& settings,
                                      const astro::EarthOrientation& earth);

/// Says in the log which files are duplicates or bad, and why.
void log_odd_files(const Assessment& assessment);

/// One call of form_groups(): the ledger, and what was done to it.
class Former {
 public:
  Former(queue::GroupLedger& ledger, const FormSettings& settings,
         const astro::EarthOrientation& earth, double now_unix_s)
      : ledger_(ledger), settings_(settings), earth_(earth), now_unix_s_(now_unix_s) {}

  /// Groups one batch of files in one transaction; false when none was left.
  bool group_batch();
  /// Warns about groups that have waited too long, and applies the policy to them.
  void settle_waiting();
  FormReport take_report();

 private:
  using Row = std::optional<queue::Group>;
  std::vector<queue::Group> neighbours(const std::vector<queue::FileRecord>& files);
  Window window_of_row(const queue::Group& row);
  void place(const std::vector<queue::FileRecord>& files);
  void leave(const queue::FileRecord& file);
  void join(const Row& existing, const std::vector<queue::FileRecord>& newcomers);
  void join_late(const queue::Group& group, const std::vector<queue::FileRecord>& files);
  void write(const Row& existing, GroupReport& report);
  std::string free_id(const Row& existing, const Assessment& assessment);
  void make_pending(GroupReport& report, const std::string& reason);
  void settle(const queue::Group& group);
  void keep(GroupReport report);

  queue::GroupLedger& ledger_;
  const FormSettings& settings_;
  const astro::EarthOrientation& earth_;
  double now_unix_s_;
  std::map<std::string, GroupReport> reports_;  // by id, the last word on each
  std::vector<LateFile> late_;
  std::set<std::string> waiting_;  // strays whose companions may still come
};

}  // namespace contimg::group
