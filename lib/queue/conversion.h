// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "queue/claim.h"

namespace contimg::queue {

/// What a claimed convert job works on.
struct ConversionInput {
  std::vector<std::string> files;
  bool is_calibrator = false;
  std::string calibrator;  ///< The best match's name; empty for a science group.
  std::size_t expected_subbands = 0;
};

/// Looks up the files and the class of a group. Throws UsageError when the queue does not know it,
/// DataError when it has no files.
ConversionInput conversion_input(Queue& queue, const std::string& group_id);
/// The same of a claimed group, and records where its checkpoint will be (`checkpoint_dir` empty:
/// nowhere).
ConversionInput conversion_input(Queue& queue, Claim& claim, const std::string& checkpoint_dir);

/// What a conversion leaves to be recorded. Given: the set's row, the seconds it took
/// (total_s 0: the set was there already and no times are recorded), bytes read.
Outcome conversion_outcome(const MeasurementSetRow& set, const ConversionTimes& times,
                           std::int64_t bytes_read);

}  // namespace contimg::queue
