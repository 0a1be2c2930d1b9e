// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "caltable/solutions.h"

namespace contimg::caltable {

/// Throws DataError "<path>: ..." unless the parts of a table fit each other: ids within their
/// subtables, arrays of the right length, one channel for delays and gains, and every solution
/// that is not flagged a finite number, gains not 0; times finite, frequencies positive.
void check(const std::string& path, const CalTable& table);

}  // namespace contimg::caltable
