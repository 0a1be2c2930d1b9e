// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg::report {

/// What a person can do about a job that failed or waits.
struct Remedy {
  std::string advice;   ///< In words, without a full stop.
  std::string command;  ///< The command line that mends it, or lets it go on once it is mended.
};

/// Given: the stage, the reason that the queue has, the group. docs/operations/symptoms
/// tells the same at length.
Remedy remedy_for(const std::string& stage, const std::string& reason, const std::string& group_id);

/// A reason without what differs from group to group (ids, paths, numbers) and without what follows its
/// first clause, so that failures of one kind have the same.
std::string kind_of_reason(const std::string& reason, const std::string& group_id);

}  // namespace contimg::report
