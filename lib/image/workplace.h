// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/atomic_output.h"
#include "image/image_ms.h"

namespace contimg::image {

/// A folder for imaging sets and WSClean's files, gone with all it holds when destroyed. What
/// processes that are dead left in its place is removed.
class Workplace {
 public:
  /// Chooses `tmpfs_dir` where about so much fits, else `scratch_dir`, else the folder of the
  /// products.
  Workplace(const ImageMsSettings& settings, const std::string& product_folder,
            const std::string& group_id, double needed_byte);

  const std::string& path() const { return output_.path(); }

 private:
  AtomicOutput output_;
};

}  // namespace contimg::image
