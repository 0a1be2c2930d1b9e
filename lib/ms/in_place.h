// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/span.h"

/// Changing a Measurement Set that has its final name: a stage marks it with a keyword while its
/// columns are neither as they were nor as they will be, and Reader refuses a marked set. A killed
/// stage leaves the mark; the same stage, run again, does its work anew and takes it away.
namespace contimg::ms {

/// Keyword of MAIN; its value names the stage, "flag".
constexpr const char* kInProgressKeyword = "CONTIMG_IN_PROGRESS";

/// Keeps other processes that use this class away from a set for as long as it lives. Taking it
/// puts in order what a killed process left (ms/change.h).
class SetLock {
 public:
  /// Throws TemporaryError when another process has the set, DataError when there is none.
  explicit SetLock(const std::string& path);
  ~SetLock();
  SetLock(const SetLock&) = delete;
  SetLock& operator=(const SetLock&) = delete;

 private:
  int descriptor_;
};

/// Replaces FLAG and FLAG_ROW of a set:
///
///     mark the set  ->  put() rows, in any order  ->  finish(): make durable, unmark
///
/// What calibrate-ms did to the set (its flags of failed solutions, what it said it applied) is
/// void then, so that it is done again. Destroyed without finish() the set stays marked. casacore's errors become DataError, a full
/// disk TemporaryError.
class FlagWriter {
 public:
  /// Marks the set with the name of the stage, durably.
  FlagWriter(const std::string& path, const std::string& stage);
  ~FlagWriter();
  FlagWriter(FlagWriter&&) noexcept;

  /// Given: flags [row, channel, correlation] of neighbouring rows.
  void put(std::size_t first_row, std::size_t n_row, Span<const bool> flags);
  void finish();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace contimg::ms
