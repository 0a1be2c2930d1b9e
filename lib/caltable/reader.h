// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "caltable/solutions.h"

namespace contimg::caltable {

/// Reads a calibration table, ours or one that CASA wrote; rows may be in any order. Solutions are
/// returned in the order of window, then time.
///
/// Throws DataError naming the path and what is wrong: no calibration table; a kind other than
/// K, B or G Jones; a column, subtable, cell or antenna's row missing (half written, cut off); the
/// name of a partial product; values that are NaN or 0 and not flagged.
CalTable read_caltable(const std::string& path);

}  // namespace contimg::caltable
