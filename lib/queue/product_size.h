// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "queue/claim.h"

namespace contimg::queue {

/// Bytes in a file, or in a folder and all below it; links count as links. 0 when it is not there.
std::int64_t size_on_disk(const std::string& path);

/// The same outcome, with the sizes of products whose size is not known (0), read from the disk.
Outcome with_sizes(const Outcome& outcome);

}  // namespace contimg::queue
