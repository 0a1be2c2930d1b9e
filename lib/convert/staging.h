// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/atomic_output.h"

namespace contimg::convert {

/// Copies of a group's files on a faster disk, removed when destroyed unless `keep`.
class StagedInputs {
 public:
  /// Copies `files` into `<scratch_dir>/<group_id>.inputs.partial-...` by `n_worker` threads.
  /// Throws TemporaryError when the disk is full or a file vanishes.
  StagedInputs(const std::vector<std::string>& files, const std::string& scratch_dir,
               const std::string& group_id, const PartialOwner& owner, std::size_t n_worker,
               bool keep);
  ~StagedInputs();
  StagedInputs(const StagedInputs&) = delete;
  StagedInputs& operator=(const StagedInputs&) = delete;

  const std::vector<std::string>& files() const { return copies_; }

 private:
  std::string folder_;
  bool keep_;
  std::vector<std::string> copies_;
};

/// Copies a folder and all it holds to `to`, which must not exist. Throws TemporaryError.
void copy_tree(const std::string& from, const std::string& to);

/// Bytes in a file, or in a folder and all below it.
std::uint64_t size_of_tree(const std::string& path);

}  // namespace contimg::convert
